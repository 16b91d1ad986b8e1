from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb.simulation import (
    Deliver,
    ImpossibleDecision,
    Tick,
)

Build = Callable[..., hf.Network]
StateOf = Callable[[hf.Network], list[Any]]


unkindness = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "loss": st.sampled_from([0.0, 0.2]),
        "duplication": st.sampled_from([0.0, 0.2]),
        "partitions": st.sampled_from([0.0, 0.1]),
        "crashes": st.sampled_from([0.0, 0.05]),
        "restarts": st.sampled_from(["kept", "lost"]),
        "fifo": st.booleans(),
        "holds": st.booleans(),
        "codec": st.sampled_from(["msgpack", "json"]),
    }
)


@settings(deadline=None, max_examples=60)
@given(options=unkindness, kind=st.sampled_from(["echo", "chat", "ring", "gossip"]))
def test_any_run_is_replayed_exactly(
    options: dict[str, Any],
    kind: str,
    echo: Build,
    chat: Build,
    ring: Build,
    gossip: Build,
    state_of: StateOf,
) -> None:
    net = {"echo": echo, "chat": chat, "ring": ring, "gossip": gossip}[kind](**options)
    net.run()
    decisions, history, state = list(net.decisions), net.history, state_of(net)

    net.replay(json.loads(json.dumps([one.to_dict() for one in decisions])))

    assert net.decisions == decisions
    assert net.history == history
    assert state_of(net) == state


@settings(deadline=None, max_examples=60)
@given(options=unkindness, choices=st.lists(st.integers(0, 1000), max_size=60))
def test_whatever_is_possible_can_be_performed_and_replayed(
    options: dict[str, Any], choices: list[int], chat: Build, state_of: StateOf
) -> None:
    net = chat(**options)
    for choice in choices:
        possible = net.possible()
        assert net.perform(possible[choice % len(possible)]) if possible else True
    decisions, state = list(net.decisions), state_of(net)

    performed = net.replay(decisions)

    assert (performed, state_of(net)) == (len(decisions), state)


@settings(deadline=None, max_examples=40)
@given(options=unkindness, left_out=st.sets(st.integers(0, 100)))
def test_a_lenient_replay_leaves_out_what_is_not_possible(
    options: dict[str, Any], left_out: set[int], chat: Build, state_of: StateOf
) -> None:
    net = chat(**options)
    net.run()
    some = [one for index, one in enumerate(net.decisions) if index not in left_out]

    performed = net.replay(some, strict=False)
    state, taken = state_of(net), list(net.decisions)
    net.replay(taken)

    assert performed == len(taken) <= len(some)
    assert state_of(net) == state


def test_an_exact_replay_names_the_decision_that_is_not_possible(two_nodes: Build) -> None:
    net = two_nodes("x")

    with pytest.raises(ImpossibleDecision, match="decision 1, deliver a>b#2, is not possible: the message 'a>b#2'"):
        net.replay([Tick("a"), Deliver("a>b#2"), Tick("b")])


def test_what_is_no_decision_is_refused(two_nodes: Build) -> None:
    net = two_nodes("x")

    with pytest.raises(TypeError, match="decision 1, 'tick a', is not a decision: write"):
        net.replay([Tick("a"), "tick a"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="is not a decision"):
        net.perform("tick a")  # type: ignore[arg-type]
    for alone in (Tick("a"), {"do": "tick", "node": "a"}, None):
        with pytest.raises(TypeError, match="a list of decisions is expected"):
            net.replay(alone)  # type: ignore[arg-type]


def test_a_decision_is_performed_as_plain_data_too(two_nodes: Build) -> None:
    net = two_nodes("x")

    net.perform({"do": "deliver", "message": "a>b#1"})

    assert net.decisions == [Tick("a"), Deliver("a>b#1")]
