from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb.net.messages.codec import JSON, encoded, readable
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Delay,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Reorder,
    Restart,
    Send,
    State,
    Tick,
    from_dict,
)

names = st.text(st.characters(codec="utf-8"), min_size=1)
items = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text("ab$"), inner),
    max_leaves=5,
)
decisions = st.one_of(
    *(st.builds(kind, names) for kind in (Tick, Crash, Join, Deliver, Drop, Duplicate)),
    st.builds(Delay, names, st.none() | st.integers(1, 10**6)),
    st.builds(Reorder, st.lists(names).map(tuple), st.lists(names).map(tuple)),
    st.builds(Cut, st.lists(st.lists(names).map(tuple)).map(tuple)),
    st.just(Heal()),
    st.builds(Restart, names, st.sampled_from(State)),
    st.builds(Send, names, names, items.map(lambda item: readable(encoded(JSON, item)))),
)


@given(decisions)
def test_a_decision_comes_back_from_json_as_it_was(decision: Decision) -> None:
    text = json.dumps(decision.to_dict(), ensure_ascii=False)

    assert from_dict(json.loads(text)) == decision


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        (Tick("alice"), "tick alice"),
        (Deliver("alice>bob#1"), "deliver alice>bob#1"),
        (Delay("alice>bob#1"), "delay alice>bob#1"),
        (Delay("alice>bob#1", 1), "delay alice>bob#1 for 1 decision"),
        (Reorder(("a>b#2",), ("a>b#1", "c>b#1")), "reorder a>b#2 before a>b#1, c>b#1"),
        (Cut((("a",), ("b", "c"))), "cut a | b, c"),
        (Restart("a", State.LOST), "restart a with its state lost"),
        (Send("a", "lines", '"hi"'), 'send "hi" to lines of a'),
    ],
)
def test_a_decision_reads_as_a_phrase(decision: Decision, text: str) -> None:
    assert str(decision) == text


def test_decisions_of_different_kinds_differ_though_they_name_the_same() -> None:
    assert len({Tick("a"), Crash("a"), Join("a"), Deliver("a"), Drop("a"), Duplicate("a")}) == 6


def test_lists_and_words_that_a_person_writes_are_taken() -> None:
    assert Cut([["a"], ["b"]]) == Cut((("a",), ("b",)))  # type: ignore[arg-type]
    assert Restart("a", "lost") == Restart("a", State.LOST)  # type: ignore[arg-type]


@pytest.mark.parametrize("decisions", [0, -1, 1.5, True])
def test_a_delay_is_for_a_number_of_decisions(decisions: Any) -> None:
    with pytest.raises(ValueError, match="number of decisions from 1"):
        Delay("a>b#1", decisions)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (3, "a decision is an object"),
        ({}, '"do" is None: it is one of tick, deliver'),
        ({"do": "tikc", "node": "a"}, 'did you mean "tick"'),
        ({"do": "tick"}, 'a "tick" needs "node": a text'),
        ({"do": "tick", "node": 3}, '"node" of a "tick" is a text, not 3'),
        ({"do": "tick", "node": "a", "nod": "b"}, 'a "tick" has no "nod"'),
        ({"do": "delay", "message": "a>b#1", "decisions": 0}, "a number from 1, not 0"),
        ({"do": "delay", "message": "a>b#1", "decisions": True}, "a number from 1, not True"),
        ({"do": "cut", "groups": ["a"]}, "lists of nodes"),
        ({"do": "restart", "node": "a", "state": "gone"}, '"kept", "lost" or "durable"'),
        ({"do": "restart", "node": "a", "state": []}, '"kept", "lost" or "durable"'),
        ({"do": ["tick"]}, "it is one of"),
    ],
)
def test_what_is_no_decision_is_told_what_it_should_be(data: Any, why: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is checked below
        from_dict(data)

    assert why in str(raised.value)


def test_decisions_read_back_are_the_same_decisions(chat: Callable[..., hf.Network]) -> None:
    net = chat(loss=0.1, duplication=0.1, partitions=0.1, crashes=0.1)
    net.send("alice", "lines", ("a", (1, b"2")))
    net.run()

    read = [from_dict(json.loads(json.dumps(one.to_dict()))) for one in net.decisions]

    assert read == net.decisions
