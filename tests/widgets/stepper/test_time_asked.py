"""What a front end asks about a flow's time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fronts import Front

TEXT = "source_stream(numbers) -> map(|x| x) -> next_stratum() -> for_each(out.append);"


@pytest.fixture
def page(front: Callable[[str], Front]) -> Front:
    return front(TEXT)


def ran(page: Front, *items: Any) -> Front:
    page.ask("hello")
    for item in items:
        page.namespace["numbers"].send(item)
        page.ask("step", grain="tick")
    return page


def time_in(page: Front) -> Any:
    return page.news[-1]["time"]


def test_going_back_begins_a_branch_which_is_told(page: Front) -> None:
    ran(page, 1, 2, 3)
    assert time_in(page)["kept"] == [0, 1, 2]
    assert time_in(page)["branches"] == []

    assert "error" not in page.ask("rewind", tick=1)
    page.ask("step", grain="tick")

    names = [(one["name"], one["current"], list(one["sent"].values())) for one in time_in(page)["branches"]]
    assert names == [("main", False, []), ("main.1", True, [2])]
    assert page.ask("diff", branch="main")["diff"]["only_before"] == [2]
    page.ask("switch", branch="main")
    assert page.flow.current_tick() == 3
    page.ask("delete_branch", branch="main.1")
    assert time_in(page)["branches"] == []


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("rewind", {"tick": 9}, "has not begun"),
        ("switch", {"branch": "nowhere"}, "there is no branch"),
        ("delete_branch", {"branch": "main"}, "the flow is on the branch"),
        ("break", {"place": "nowhere"}, "nowhere"),
        ("break", {"place": "map", "predicate": "item =="}, "invalid syntax"),
        ("watch", {"expression": "len(items)"}, "`items` are those of an edge"),
        ("diff", {"branch": "nowhere"}, "there is no branch"),
    ],
)
def test_what_cannot_be_done_is_refused(page: Front, kind: str, content: dict[str, Any], words: str) -> None:
    ran(page, 1)

    assert words in page.ask(kind, **content)["error"]["message"]


def test_a_breakpoint_is_set_told_hit_and_removed(page: Front) -> None:
    ran(page, 1)
    page.ask("break", place="map -> next_stratum", predicate="item == 2")
    ran(page, 2)

    (one,) = time_in(page)["breakpoints"]
    assert (one["place"], one["condition"], one["hits"]) == (
        "map -> next_stratum",
        "any item for which `item == 2` holds",
        1,
    )
    assert all(edge.startswith("edge-") for edge in one["edges"])
    assert page.news[-1]["stopped"].startswith("stopped before stratum 1 of tick 1")
    (summary,) = page.ask("summaries", **{"from": 1, "to": 1})["summaries"]
    assert summary["stops"] == [page.news[-1]["stopped"]]
    page.ask("unbreak", number=one["number"])
    assert time_in(page)["breakpoints"] == []


def test_a_breakpoint_may_wait_for_the_nth_item_or_for_growth(page: Front) -> None:
    ran(page, 1)
    page.ask("break", place="map -> next_stratum", predicate="", nth=2)
    page.ask("break", place="map -> next_stratum", grows=3)

    assert [one["condition"] for one in time_in(page)["breakpoints"]] == [
        "item 2",
        "a tick with 3 more items than the tick before",
    ]
    assert "from 1 on" in page.ask("break", place="map", nth=-1)["error"]["message"]


def test_a_breakpoint_may_be_on_a_state_or_on_the_entry_of_a_stratum(front: Callable[[str], Front]) -> None:
    text = "source_stream(numbers) -> map(|x| x) -> unique::<'static>() -> next_stratum() -> for_each(out.append);"
    page = ran(front(text), 1)
    page.ask("break", stratum=1)
    (node,) = (one for one in page.flow.graph.partitioned.nodes.values() if one.operator.name == "unique")
    assert "error" not in page.ask("break", place=node.element, state="state.size > 1")

    stratum, state = time_in(page)["breakpoints"]
    assert (stratum["stratum"], stratum["ops"], stratum["edges"]) == (1, [], [])
    assert (state["stratum"], state["edges"]) == (None, [])
    assert state["condition"] == "when `state.size > 1` becomes true"
    assert (state["ops"], state["place"]) == ([node.element], "the state of unique")
    assert "invalid syntax" in page.ask("break", place="unique", state="state >")["error"]["message"]
    assert "remembers nothing" in page.ask("break", place="map", state="state.size")["error"]["message"]
    assert "there is no stratum 9" in page.ask("break", stratum=9)["error"]["message"]


def test_a_watch_is_set_told_and_removed(page: Front) -> None:
    ran(page, 1, 2)
    page.ask("watch", expression="len(items)", place="map -> next_stratum")

    (one,) = time_in(page)["watches"]
    assert (one["title"], one["values"]) == ("len(items) on map -> next_stratum", [[0, 1.0, "1"], [1, 1.0, "1"]])
    page.ask("unwatch", number=one["number"])
    assert time_in(page)["watches"] == []


def test_a_text_is_looked_for_in_all_ticks_and_channels(page: Front) -> None:
    ran(page, "'web'", "'db'", "'db'")

    found = page.ask("search", text="db")

    assert (found["ticks"], found["unkept"]) == ([1, 2], 0)
    assert found["hits"][0]["tick"] == 1
    assert found["count"] == len(found["hits"])
    assert page.ask("search", text="nothing")["ticks"] == []


def test_where_items_passed_is_told_by_edge(page: Front) -> None:
    ran(page, 1)
    page.ask("step", grain="tick")
    ran(page, 2)

    (edge, *_) = page.flow.graph.to_dict()["edges"]
    assert page.ask("passed", edges=[edge])["ticks"] == [0, 2]
    assert page.ask("passed", edges=["edge-99"])["ticks"] == []


def test_of_a_closed_flow_nothing_is_told(page: Front) -> None:
    ran(page, 1)
    page.flow.close()
    page.ask("hello")

    assert time_in(page) == {"branches": [], "breakpoints": [], "watches": [], "kept": []}
    assert "closed" in page.ask("rewind", tick=0)["error"]["message"]
