"""The search through states, in which equal ones are merged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from random import Random
from typing import Any

import pytest
from every_run import Faults, every_run
from small_systems import (
    ADDER,
    DIVIDER,
    ELECTION,
    GREATEST,
    KEEPER,
    LAST,
    READ_MODIFY_WRITE,
    RECEIVER,
    SENDER,
    WRITER,
    counter,
    delivery,
    election,
    stores,
)

import hydroflow_nb as hf
import hydroflow_nb.maelstrom
from hydroflow_nb.simulation import Exploration, State
from hydroflow_nb.simulation.model.properties import Properties
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.outcome import Ended
from hydroflow_nb.simulation.search.plan import SearchPlan
from hydroflow_nb.simulation.search.search import explore

# --- as slow and obviously right enumerations -------------------------------------------------------------------------

# What a node has collected goes out in the order in which a dict and a set of the operators' give it.
COLLECTOR = """
said = source_stream_serde(inbound) -> map(lambda message: message[0]) -> tee();
said -> map(lambda item: (item % 2, item)) -> fold_keyed::<'static>(int, lambda n, item: n + item)
    -> map(lambda pair: (pair, "alice")) -> dest_sink_serde(outbound);
said -> unique::<'static>() -> for_each(seen.append);
"""
# A node that sends some messages at its start, and its answers to each message that it gets.
TALKER = """
source_iter(begins) -> out;
source_stream_serde(inbound) -> map(lambda message: (log.append(message[0]), message[0])[1])
    -> flat_map(lambda item: answers.get(item, [])) -> out;
out = union() -> dest_sink_serde(outbound);
"""
# Two messages go round for ever; which of them is where is all that changes.
RING = """
source_iter(begins) -> out;
source_stream_serde(inbound) -> map(lambda message: (message[0], other)) -> out;
out = union() -> dest_sink_serde(outbound);
"""


def durable() -> hf.Network:
    net = hf.Network()
    net.node("alice", WRITER, acknowledged=[])
    net.node("bob", KEEPER, stored=[])
    net.always(lambda net: set(net["alice"]["acknowledged"]) <= set(net["bob"]["stored"]), "durable")
    return net


def ring() -> hf.Network:
    net = hf.Network()
    net.node("a", RING, begins=[("x", "b"), ("y", "b")], other="b")
    net.node("b", RING, begins=[], other="a")
    return net


def divided() -> hf.Network:
    net = hf.Network()
    net.node("alice", SENDER, item=1, others=["carol"])
    net.node("bob", SENDER, item=2, others=["carol"])
    net.node("carol", DIVIDER, seen=[])
    return net


def collected(**settings: Any) -> hf.Network:
    net = hf.Network(**settings)
    text = "source_iter([(1, 'bob'), (2, 'bob')]) -> dest_sink_serde(outbound);"
    net.node("alice", f"{text} {RECEIVER}", seen=[])
    net.node("bob", COLLECTOR, seen=[])
    return net


def talkers(seed: int) -> hf.Network:
    """Two or three nodes that talk to each other and to themselves, at random."""
    chance = Random(seed)
    names = ["a", "b", "c"][: chance.choice([2, 2, 3])]
    items = iter(range(chance.choice([2, 3])))
    begins: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    answers: dict[str, dict[int, list[tuple[int, str]]]] = {name: {} for name in names}
    net = hf.Network(fifo=chance.random() < 0.5)
    for item in items:
        receiver = chance.choice(names)
        begins[chance.choice(names)].append((item, receiver))
        while chance.random() < 0.6 and (answer := next(items, None)) is not None:
            to = chance.choice(names)
            answers[receiver].setdefault(item, []).append((answer, to))
            item, receiver = answer, to
    for name in names:
        net.node(name, TALKER, begins=begins[name], answers=answers[name], log=[])
    return net


def held(net: hf.Network) -> list[Any]:
    """What the nodes have collected under the names of their texts."""
    return [
        node[name]
        for node in net.nodes.values()
        for name in ("seen", "stored", "acknowledged", "store", "state", "log")
        if name in node.plan.names.values
    ]


SYSTEMS: Mapping[str, tuple[Callable[[], hf.Network], Faults]] = {
    "a counter that loses updates": (lambda: counter(READ_MODIFY_WRITE), Faults()),
    "a counter that is added to": (lambda: counter(ADDER), Faults()),
    "the last write wins": (lambda: stores(LAST, count=1), Faults()),
    "the greatest write wins, and one is lost": (lambda: stores(GREATEST, count=1), Faults(loss=1)),
    "a delivery": (delivery, Faults()),
    "two messages in order": (lambda: delivery([1, 2]), Faults()),
    "three messages in any order": (lambda: delivery([1, 2, 3], fifo=False), Faults()),
    "two equal messages in any order": (lambda: delivery([1, 1], fifo=False), Faults()),
    "a message is lost": (lambda: delivery([1, 2]), Faults(loss=1)),
    "two messages are lost in any order": (lambda: delivery([1, 2], fifo=False), Faults(loss=2)),
    "a message comes twice": (lambda: delivery([1, 2]), Faults(duplication=1)),
    "messages come twice in any order": (lambda: delivery([1, 1], fifo=False), Faults(duplication=1)),
    "a node crashes": (delivery, Faults(crashes=1)),
    "a node crashes and forgets": (delivery, Faults(crashes=1, restarts="lost")),
    "a node crashes, and what is sent to it is lost": (lambda: delivery(holds=False), Faults(crashes=1)),
    "what was stored is kept": (durable, Faults(crashes=1)),
    "what was stored is forgotten": (durable, Faults(crashes=1, restarts="lost")),
    "the network is cut": (lambda: delivery([1, 2]), Faults(partitions=1)),
    "the network is cut and loses": (lambda: delivery(holds=False), Faults(partitions=1)),
    "a node raises": (divided, Faults()),
    "what is collected goes on in order": (collected, Faults()),
    "what is collected goes on in any order": (lambda: collected(fifo=False), Faults()),
    **{f"talkers {seed}": (lambda seed=seed: talkers(seed), Faults()) for seed in range(5)},
    "talkers that crash": (lambda: talkers(1), Faults(crashes=1)),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_search_through_states_finds_what_every_run_shows(system):
    make, faults = SYSTEMS[system]
    every = every_run(make, faults, held)

    net = make()
    ends: set[str] = set()
    net.eventually(lambda net: ends.add(repr(held(net))) or True, "ends")
    found = net.explore(1, states=True, **asdict(faults))

    assert (found.violation is not None) == every.fails
    if not every.fails:
        assert found.ended is Ended.ALL
        assert found.holds
        assert ends == every.ends


# --- what is a state --------------------------------------------------------------------------------------------------


def test_all_is_said_where_all_states_were_met_and_how_many():
    net = stores(GREATEST, count=2)

    found, schedules = net.explore(1, states=True), net.explore()

    assert found.holds
    assert found.total is None
    assert found.states < schedules.decisions
    assert str(found).startswith(f"all {found.states} states in {found.tried} runs")
    assert "eventually 'stores agree': holds" in str(found)


def test_a_search_that_has_met_as_many_states_as_asked_for_says_that_there_are_more():
    found = stores(GREATEST, count=2).explore(1, states=20)

    assert found
    assert not found.holds
    assert (found.ended, found.states) == (Ended.STATES, 20)
    assert "20 states" in str(found)
    assert "there are more" in str(found)
    assert "'stores agree': not refuted in 20 states" in str(found)


def test_time_is_bounded_where_states_are_merged():
    found = stores(GREATEST, count=6).explore(1, states=True, seconds=0.2)

    assert (found.ended, found.holds) == (Ended.SECONDS, False)


def test_a_run_that_fails_is_replayed_by_its_decisions():
    net = stores(LAST, count=2)

    found = net.explore(1, states=True)

    assert found.violation.property == "stores agree"
    assert len(found.counterexample) <= 12
    assert len({found.replay()[name]["store"]["x"] for name in ("r1", "r2")}) == 2


def test_what_goes_round_for_ever_has_an_end_where_states_are_merged():
    net = ring()
    net.always(lambda net: len(net.in_flight) <= 2, "no more than two")

    found = net.explore(1, states=True)

    assert found.holds
    assert found.goes_on
    assert "some runs go on for ever" in str(found)


def test_the_order_in_a_dict_is_part_of_a_state_and_that_in_a_set_is_not():
    def states(text: str, seen: Any) -> int:
        net = hf.Network()
        net.node("a", SENDER, item=1, others=["c"])
        net.node("b", SENDER, item=2, others=["c"])
        net.node("c", text, seen=seen)
        return net.explore(1, states=True).states

    in_a_dict = states("source_stream_serde(inbound) -> for_each(lambda m: seen.update({m[0]: 0}));", {})
    in_a_set = states("source_stream_serde(inbound) -> for_each(lambda m: seen.add(m[0]));", set())

    assert in_a_set < in_a_dict


def test_how_often_a_node_has_ticked_is_part_of_a_state_where_somebody_asks():
    def states(text: str, *, asks: bool = False) -> int:
        net = hf.Network()
        net.node("a", RING, begins=[("x", "b")], other="b")
        net.node("b", text, other="a")
        if asks:
            net.always(lambda net: net["b"].current_tick() >= 0, "ticks")
        return net.explore(1, states=50).states

    passing = "source_stream_serde(inbound) -> map(lambda m: (m[0], other)) -> dest_sink_serde(outbound);"
    telling = passing.replace("lambda m:", "lambda m: context.current_tick() < 0 or")

    assert states(passing) < 20
    assert states(passing, asks=True) == states(telling) == 50


@pytest.mark.parametrize("asked", ["decisions", "history"])
def test_states_are_not_merged_where_a_property_asks_how_the_run_came_there(asked):
    net = delivery()
    net.always(lambda net: getattr(net, asked) is not None, "looks back")

    found = net.explore(states=True)

    assert found.holds
    assert (found.states, found.total) == (None, 2)
    assert "equal states were not merged: 'looks back' asks for the decisions of the run" in str(found)


@pytest.mark.parametrize(
    ("make", "faults"),
    [
        (lambda: counter(READ_MODIFY_WRITE), {}),
        (lambda: stores(LAST, count=1), {"loss": 1}),
        (durable, {"crashes": 1, "states": (State.LOST,)}),
        (lambda: talkers(1), {"crashes": 1}),
        (ring, {"crashes": 1}),
    ],
)
def test_one_order_of_what_is_independent_leads_to_all_states(make, faults):
    def states(*, reduced: bool) -> Exploration:
        net = make()
        net.properties = Properties()
        bounds = Bounds(**faults)
        plan = SearchPlan(runs=1, depth=None, seconds=None, seed=0, bounds=bounds, states=20_000, reduced=reduced)
        return explore(net, plan)

    every_order, one_order = states(reduced=False), states(reduced=True)

    assert one_order.states == every_order.states
    assert one_order.decisions < every_order.decisions


class Locked:
    """What can be copied and has no parts that can be read."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("locked")

    def __deepcopy__(self, memo: Any) -> Locked:
        return Locked()


def test_states_are_not_merged_where_a_value_has_no_canonical_form():
    net = delivery()
    net.node("carol", "source_iter([1]) -> for_each(lambda item: held.append(item));", held=[Locked()])

    found = net.explore(states=True)

    assert found.holds
    assert found.states is None
    assert "equal states were not merged: carol holds a `Locked`, which has no canonical form" in str(found)


def test_what_a_function_counts_for_itself_is_part_of_a_state():
    def counting() -> Callable[[Any], int]:
        calls = 0

        def count(_: Any) -> int:
            nonlocal calls
            calls += 1
            return calls

        return count

    net = hf.Network()
    net.node("a", "source_iter([(1, 'b'), (1, 'b')]) -> dest_sink_serde(outbound);")
    text = "source_stream_serde(inbound) -> map(counting()) -> fold::<'static>(int, max) -> for_each(seen.append);"
    net.node("b", text, counting=counting, seen=[])
    ends = set()
    net.eventually(lambda net: ends.add(net["b"]["seen"][-1]) or True, "ends")

    assert net.explore(1, states=True).holds
    assert ends == {2}


def test_what_clients_of_a_workload_saw_is_part_of_a_state():
    net = hf.Network()
    text = """
    source_stream_serde(inbound) -> map(|(m, client)| (hf.maelstrom.reply(m, echo=m["body"]["echo"]), client))
        -> dest_sink_serde(outbound);
    """
    net.node("n1", text)
    net.workload("echo", clients=2, operations=2)

    found = net.explore(1, states=True, crashes=1, timers=0)

    assert found.unmerged == ""
    assert found.states > 20
    assert found.holds


# --- symmetric nodes --------------------------------------------------------------------------------------------------

VOTE = """
candidates = cluster();
voter = process();
@candidates source_iter(["me"]) ~> @voter asked;
@voter asked = map(|(_, who)| ("yes", who)) -> reduce::<'static>(|first, _| first) -> unique::<'static>()
    ~> @candidates won;
@candidates won = for_each(|_| seen.append("won"));
"""


def vote() -> hf.Network:
    net = hf.compile(VOTE, {"seen": []}).network(candidates=3)
    net.always(lambda net: sum(len(net[name]["seen"]) for name in net.clusters["candidates"]) <= 1, "one has won")
    return net


def test_states_that_differ_by_an_exchange_of_symmetric_nodes_are_one():
    net = vote()

    every, symmetric = net.explore(1, states=True), net.explore(1, states=True, symmetric="candidates")

    assert every.holds
    assert symmetric.holds
    # Of three nodes there are six exchanges.
    assert every.states / 6 <= symmetric.states < every.states / 3


def test_symmetric_nodes_are_found_to_fail_as_others_are():
    net = vote()
    net.always(lambda net: not any(net[name]["seen"] for name in net.clusters["candidates"]), "none has won")

    found = net.explore(1, states=True, symmetric=["candidates1", "candidates2", "candidates3"])

    assert found.violation.property == "none has won"
    assert found.replay()


def test_nodes_that_begin_unlike_are_not_symmetric():
    net = stores(LAST, count=2)

    with pytest.raises(ValueError, match="c1 and c2 are not symmetric: `item` is 1 at c1, and 2 at c2"):
        net.explore(states=True, symmetric=["c1", "c2"])
    with pytest.raises(ValueError, match="c1 and r1 are not symmetric: they run different flows"):
        net.explore(states=True, symmetric=["c1", "r1"])
    with pytest.raises(ValueError, match="at least two"):
        net.explore(states=True, symmetric=["c1"])
    with pytest.raises(ValueError, match="symmetric names 'c3', which is not a node"):
        net.explore(states=True, symmetric=["c1", "c3"])
    assert net.explore(1, states=True, symmetric=["r1", "r2"]).violation is not None


def test_an_election_with_two_candidates_and_one_crash_has_at_most_one_leader_in_every_state():
    net, forgetful = election(), election()

    found = net.explore(1, states=True, crashes=1, symmetric=["oslo", "lima"])
    forgot = forgetful.explore(1, states=True, crashes=1, restarts="lost", symmetric=["oslo", "lima"])

    assert found.holds
    assert str(found).startswith(f"all {found.states} states in ")
    assert forgot.violation.property == "one_leader"
    assert len(forgot.counterexample) <= 30


def test_votes_that_are_durable_survive_a_crash_in_every_state():
    votes, counts = ELECTION.split("counted = union()")
    durable, other = votes.replace("'static", "'durable"), counts.replace("'static", "'durable")
    net, forgetful = election(f"{durable}counted = union(){counts}"), election(f"{votes}counted = union(){other}")

    assert net.explore(1, states=True, crashes=1, restarts="durable", symmetric=["oslo", "lima"]).holds
    assert not forgetful.explore(1, states=True, crashes=1, restarts="durable", symmetric=["oslo", "lima"])


# --- the same in every process ----------------------------------------------------------------------------------------

COUNTED = """
import hydroflow_nb as hf
net = hf.Network(fifo=False)
for name in ("alice", "bob"):
    items = "[(frozenset([(name, 1), (word, 2)]), 'c') for word in ('one', 'two')]"
    text = f"source_iter({items}) -> dest_sink_serde(outbound);"
    net.node(name, text, name=name)
text = "source_stream_serde(inbound) -> map(|(words, _)| words) -> unique::<'static>() -> for_each(seen.add);"
net.node("c", text, seen=set())
print(net.explore(1, states=True).states)
"""


def test_a_system_has_as_many_states_under_every_hash_seed():
    def states(seed: int) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        command = [sys.executable, "-c", COUNTED]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert len({states(seed) for seed in range(3)}) == 1
