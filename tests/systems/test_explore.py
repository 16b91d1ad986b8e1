"""Searches find what is planted in systems, by few decisions, and nothing in what is right."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import Max

MOST_DECISIONS = 25

TWO_PC = """
coordinator = process();
participants = cluster();
@coordinator source_stream(requests) ~> @participants.all map(|t| (t, t not in refuses)) ~> vote;
@coordinator vote = map(|((t, yes), who)| (t, yes, who)) -> ONCE;
vote -> filter_map(|(t, yes, _)| (t, 1) if yes else None) -> fold_keyed::<'static>(int, |n, one| n + one)
    -> filter(|(_, n)| n == len(participants)) -> map(|(t, _)| (t, "commit")) -> decision;
vote -> filter_map(|(t, yes, _)| None if yes else (t, "abort")) -> decision;
decision = union() -> unique::<'static>() -> for_each(log.append);
"""

ELECTION = """
nodes = cluster();
@nodes {
    source_stream(timeouts) -> map(|_| ($term.reveal() or 0) + 1) ~> @nodes.all asked;
    asked = tee();
    asked -> map(|(term, _)| Max(term)) -> term;
    term = state::<'static, Max>();
    asked -> reduce_keyed::<'static>(|first, _| first) -> unique::<'static>() ~> votes;
    votes = unique::<'static>() -> fold_keyed::<'static>(set, |voters, who| voters | {who})
        -> filter(|(_, voters)| 2 * len(voters) > len(nodes)) -> map(|(term, _)| term)
        -> unique::<'static>() -> for_each(leads.append);
}
"""

CHAT = """
server = process();
clients = cluster();
@clients source_stream(keyboard) ~> said;
@server said = map(|(text, _)| text) -> ONCE;
said ~> @clients.all ONCE -> for_each(screen.append);
"""


def two_pc(once):
    text = TWO_PC.replace("ONCE", f"{once} -> tee()" if once else "tee()")
    net = hf.compile(text, {"requests": hf.channel(), "refuses": set(), "log": []}).network(
        fifo=False, participants={"p1": {}, "p2": {"refuses": {"t"}}}
    )
    net.always(lambda net: len(set(net["coordinator"]["log"])) <= 1, "one decision")
    net.send("coordinator", "requests", "t")
    return net


def election(restarts):
    names = {"timeouts": hf.channel(), "leads": [], "Max": Max}
    net = hf.compile(ELECTION, names).network(fifo=False, restarts=restarts, nodes=3)

    def one_leader(net):
        leads = [term for node in net.nodes for term in net[node]["leads"]]
        return len(leads) == len(set(leads))

    net.always(one_leader, "one leader a term")
    for node in ("nodes1", "nodes2", "nodes3"):
        net.send(node, "timeouts", ())
    return net


def chat(once):
    text = CHAT.replace("ONCE", once)
    net = hf.compile(text, {"keyboard": hf.channel(), "screen": []}).network(clients=["a", "b"])
    net.always(lambda net: all(net[name]["screen"].count("hello") <= 1 for name in ("a", "b")), "said once")
    net.send("a", "keyboard", "hello")
    return net


def test_a_coordinator_that_counts_a_vote_twice_is_found():
    outcome = two_pc("").explore(500, duplication=1)

    assert outcome.counterexample is not None
    assert len(outcome.counterexample) <= MOST_DECISIONS


def test_one_that_counts_each_vote_once_holds():
    assert two_pc("unique::<'static>()").explore(300, duplication=1).counterexample is None


def test_voters_that_forget_elect_two_leaders():
    outcome = election("lost").explore(2_000, crashes=2)

    assert outcome.counterexample is not None
    assert len(outcome.counterexample) <= MOST_DECISIONS


def test_voters_that_remember_elect_one_leader():
    assert election("kept").explore(200, crashes=2, duplication=1).counterexample is None


@pytest.mark.parametrize(("once", "is_found"), [("identity()", True), ("unique::<'static>()", False)])
def test_a_chat_that_passes_on_each_copy_is_found(once, is_found):
    outcome = chat(once).explore(300, duplication=1)

    assert (outcome.counterexample is not None) == is_found
    assert not is_found or len(outcome.counterexample) <= MOST_DECISIONS
