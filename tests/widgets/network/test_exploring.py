"""The search beside the network: progress, and a counterexample that is a run to step."""

from __future__ import annotations

from typing import Any

import pytest
from network_fronts import Page

import hydroflow_nb as hf


@pytest.fixture
def racing() -> hf.Network:
    """Two nodes tell a third one a word each; the order is to be that of the alphabet."""
    net = hf.Network(fifo=False)
    for name, word in (("a", "x"), ("b", "y")):
        net.node(name, "source_iter(words) -> map(|w| (w, 'c')) -> dest_sink_serde(outbound);", words=[word])
    net.node("c", "source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));", seen=[])
    return net


@pytest.fixture
def page(racing: hf.Network) -> Any:
    page = Page(racing)
    page.ask("hello")
    return page


def test_a_counterexample_opens_as_a_run_to_step_beside_the_nearest_that_holds(page: Any, racing: hf.Network) -> None:
    racing.eventually(lambda net: net["c"]["seen"] == ["x", "y"], "in order")

    answer = page.ask("explore", runs=100)

    assert answer["fails"]
    assert any("is violated" in line for line in answer["told"])
    failing = list(racing.decisions)
    assert racing["c"]["seen"] == ["y", "x"]
    beside = answer["beside"]
    assert beside["rows"] >= answer["parts"]
    # It is stepped by undo and redo.
    page.ask("undo")
    assert page.told["ahead"] == 1
    page.ask("redo")
    assert racing.decisions == failing


def test_it_tells_how_far_it_has_come(page: Any, racing: hf.Network) -> None:
    racing.eventually(lambda net: True, "fine")

    answer = page.ask("explore", runs=50)

    assert not answer["fails"]
    assert any("holds" in line or "not refuted" in line for line in answer["told"])
    progress = page.news("explore")
    assert progress
    assert progress[0]["runs"] == 50


def test_after_a_search_that_finds_nothing_the_run_stands_where_it_stood(page: Any, racing: hf.Network) -> None:
    racing.tick("a")
    racing.tick("b")
    before = list(racing.decisions)

    page.ask("explore", runs=20)

    assert racing.decisions == before
    assert page.told["running"] is None


@pytest.mark.parametrize(
    "wrong", [{"runs": 0}, {"runs": "many"}, {"seconds": -1}, {"seconds": 1e9}, {"loss": -1}, {"crashes": "<script>"}]
)
def test_bounds_that_make_no_sense_are_refused(page: Any, wrong: dict[str, Any]) -> None:
    assert "a number" in page.ask("explore", **wrong)["error"]["message"]
