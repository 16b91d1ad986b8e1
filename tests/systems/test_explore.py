"""Searches find what is planted in systems, by few decisions, and nothing in what is right."""

from __future__ import annotations

import pytest
from whole_systems import CHAT, PROGRAMS, TWO_PC, one_leader_a_term

MOST_DECISIONS = 25
ONCE = " -> unique::<'static>()"


def two_pc(text):
    program = PROGRAMS["two_pc"]
    net = program.system(text).network(fifo=False, **program.members)
    net.always(lambda net: len(set(net["coordinator"]["log"])) <= 1, "one decision")
    net.send("coordinator", "requests", "t2")
    return net


def election(restarts):
    program = PROGRAMS["election"]
    net = program.system().network(fifo=False, restarts=restarts, **program.members)
    net.always(lambda net: one_leader_a_term({node: net[node]["log"] for node in net.nodes}), "one leader a term")
    for node in program.members["nodes"]:
        net.send(node, "requests", "now")
    return net


def chat(text):
    net = PROGRAMS["chat"].system(text).network(clients=["a", "b"])
    net.always(lambda net: all(len(set(net[name]["log"])) == len(net[name]["log"]) for name in "ab"), "said once")
    net.send("a", "requests", "hello")
    return net


def test_a_coordinator_that_counts_a_vote_twice_is_found():
    outcome = two_pc(TWO_PC.replace(ONCE, "", 1)).explore(500, duplication=1)

    assert outcome.counterexample is not None
    assert len(outcome.counterexample) <= MOST_DECISIONS


def test_one_that_counts_each_vote_once_holds():
    assert two_pc(TWO_PC).explore(300, duplication=1).counterexample is None


def test_voters_that_forget_elect_two_leaders():
    outcome = election("lost").explore(2_000, crashes=2)

    assert outcome.counterexample is not None
    assert len(outcome.counterexample) <= MOST_DECISIONS


def test_voters_that_remember_elect_one_leader():
    assert election("kept").explore(200, crashes=2, duplication=1).counterexample is None


@pytest.mark.parametrize(("text", "is_found"), [(CHAT.replace(ONCE, ""), True), (CHAT, False)])
def test_a_chat_that_passes_on_each_copy_is_found(text, is_found):
    outcome = chat(text).explore(300, duplication=1)

    assert (outcome.counterexample is not None) == is_found
    assert not is_found or len(outcome.counterexample) <= MOST_DECISIONS
