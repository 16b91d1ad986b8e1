"""The widget of a system: what its picture tells, and how the steppers of its nodes open from it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.systems.system import System
from hydroflow_nb.widgets.system import SystemWidget

TEXT = """
a = process(); c = cluster();
@a source_stream(numbers) ~> @c.all heard;
@c heard = map(|x| x + 1) ~> back;
@a back = for_each(log.append);
"""


class Page:
    """A front end of a system without a browser: asks its widget, and keeps what it is told."""

    def __init__(self, system: System) -> None:
        self.widget: SystemWidget = system.widget()
        self.messages: list[dict[str, Any]] = []
        self.widget.send = lambda content, buffers=None: self.messages.append(content)

    def ask(self, kind: str, **content: Any) -> dict[str, Any]:
        self.widget._handle_custom_msg({"kind": kind, "request": "1", **content}, [])
        return [message for message in self.messages if message["kind"] == "answer"][-1]

    def news(self, side: str | None = None) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["kind"] == "news" and message.get("side") == side]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the notebook."""
    names = vars(sys.modules["__main__"])
    system = hf.compile(TEXT, {"numbers": hf.channel([1, 2]), "log": []}, "said")
    monkeypatch.setitem(names, "said", system)
    monkeypatch.setitem(names, "net", None)
    return names


@pytest.fixture
def page(names: dict[str, Any]) -> Page:
    return Page(names["said"])


def test_a_page_is_told_where_each_location_is_and_that_nothing_runs_there_yet(page: Page) -> None:
    page.ask("hello")

    (told,) = page.news()
    assert told["svg"] == page.widget._system.svg()
    assert [(one["name"], one["members"]) for one in told["locations"]] == [("a", []), ("c", [])]
    for one in told["locations"]:
        assert f'id="{one["element"]}" class="cluster location"><title>{one["name"]}, ' in told["svg"]
        assert all(f'id="{inside}"' in told["svg"] for inside in one["inside"])
    assert page.ask("nodes")["nodes"] == []


def test_every_member_of_the_newest_network_opens_as_a_stepper(page: Page, names: dict[str, Any]) -> None:
    names["net"] = names["said"].network(c=["x", "y"])
    names["net"].run()
    page.ask("hello")

    assert [one["members"] for one in page.news()[-1]["locations"]] == [["a"], ["x", "y"]]
    listed = page.ask("nodes")["nodes"]
    assert [(one["node"], one["network"]) for one in listed] == [("a", "net"), ("x", "net"), ("y", "net")]
    for one in listed:
        opened = page.ask("open", node=one["key"])
        page.ask("hello", side=opened["side"])
        assert page.news(opened["side"])[-1]["tick"] == names["net"][one["node"]].current_tick() > 0


def test_a_page_is_told_what_is_in_flight_on_each_arrow_in_the_words_of_the_text(
    page: Page, names: dict[str, Any]
) -> None:
    names["net"] = names["said"].network(c=["x", "y"])
    names["net"].tick("a")
    page.ask("hello")

    heard, back = page.news()[-1]["channels"]
    assert (heard["name"], heard["told"], heard["in_flight"]) == ("a>heard", "4 sent, 4 in flight", 4)
    assert heard["flying"][0] == "a>x#1: heard: 1"
    assert (back["told"], back["flying"]) == ("0 sent", [])
    assert "handoff-1" in heard["parts"]
    assert all(f'id="{part}"' in page.news()[-1]["svg"] for part in heard["parts"])


def test_the_page_hears_of_a_new_network_when_a_cell_has_ended_and_then_of_its_decisions(
    page: Page, names: dict[str, Any]
) -> None:
    page.ask("hello")
    page.ask("nodes")
    names["net"] = names["said"].network(c=["x"])
    page.widget._cell_ended()
    assert page.news()[-1]["locations"][1]["members"] == ["x"]
    assert [one["node"] for one in page.news("nodes")[-1]["nodes"]] == ["a", "x"]

    told = len(page.news())
    page.widget._cell_ended()
    assert len(page.news()) == told

    names["net"].tick("a")
    page.widget._news.tell()
    assert page.news()[-1]["channels"][0]["in_flight"] == 2


def test_a_check_leaves_the_network_that_is_shown(page: Page, names: dict[str, Any]) -> None:
    names["net"] = names["said"].network(c=["x"])
    names["said"].check()

    assert names["said"].newest is names["net"]
    assert [one["node"] for one in page.ask("nodes")["nodes"]] == ["a", "x"]


def test_a_run_that_is_taken_back_and_goes_on_otherwise_is_another_moment(names: dict[str, Any]) -> None:
    net = names["net"] = names["said"].network(c=["x"])
    net.tick("a")
    net.drop("a>x#1")
    before = names["said"].moment()

    net.repeat(net.decisions[:-1])
    net.drop("a>x#2")

    assert names["said"].moment() != before


def test_the_widget_ends_when_the_notebook_has_another_system_under_its_name(page: Page, names: dict[str, Any]) -> None:
    page.widget._cell_ended()
    assert page.widget.comm is not None

    names["said"] = None
    page.widget._cell_ended()

    assert page.widget.comm is None


def test_places_without_widgets_are_given_the_picture(page: Page) -> None:
    bundle = page.widget._repr_mimebundle_()

    assert bundle is not None
    data = bundle[0]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/svg+xml"] == page.widget._system.forms()["image/svg+xml"]
    assert data["text/plain"] == "<system said: a, c>"
