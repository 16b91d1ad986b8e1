from __future__ import annotations

import json
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.reasons import Reasons


@pytest.fixture
def flow() -> hf.Flow:
    channel = hf.channel()
    flow = hf.compile("source_stream(xs) -> map(|x| x * 10) -> filter(|x| x < 25) -> null();", {"xs": channel})
    flow.record()
    channel.extend([1, 2, 3])
    flow.run_tick()
    return flow


def answer(flow: hf.Flow, kind: str, **question: Any) -> dict[str, Any]:
    told = Reasons(flow, BoundFlow(flow, {"ten": 10})).answers[kind](question)
    assert told is not None
    json.dumps(told)
    return told


def test_the_derivation_of_a_row_is_told_as_a_list(flow: hf.Flow) -> None:
    told = answer(flow, "why", edge="edge-3", tick=0, step=2, index=1)["told"]

    assert [(step["text"], step["edge"], step["causes"]) for step in told["steps"]] == [
        ("20", "edge-3", [1]),
        ("20", "edge-2", [2]),
        ("2", "edge-1", []),
    ]
    assert told["steps"][2]["origin"] == "input"
    assert told["more"] == 0


@pytest.mark.parametrize("wrong", [{"index": 9}, {"tick": 7}, {"edge": "edge-99"}, {"step": 0}])
def test_a_row_that_is_no_longer_kept_is_refused(flow: hf.Flow, wrong: dict[str, Any]) -> None:
    row = {"edge": "edge-3", "tick": 0, "step": 2, "index": 1, **wrong}

    assert answer(flow, "why", **row) == {"refused": "this item is no longer kept"}


def test_what_is_missing_is_an_expression_of_the_notebook(flow: hf.Flow) -> None:
    told = answer(flow, "why_not", edge="edge-3", tick=None, text="3 * ten")

    assert told["item"] == "30"
    assert told["absence"]["obstacles"][0]["stop"] == "filtered"


def test_what_cannot_be_asked_is_refused_in_words(flow: hf.Flow) -> None:
    assert "did go over" in answer(flow, "why_not", edge="edge-3", tick=0, text="20")["refused"]
    assert "NameError" in answer(flow, "why_not", edge=None, tick=None, text="nobody")["refused"]
    assert "ticks 0 to 0 are" in answer(flow, "why_not", edge="edge-3", tick=5, text="1")["refused"]
