"""What may happen now: the scheduler, the search and a person choose from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Cut, Deliver, Drop, Duplicate, Heal, Join, Restart, State, Tick
from hydroflow_nb.simulation.model.legal import legal
from hydroflow_nb.simulation.search.choices import Bounds, Choices

RATES = {"loss": 0.2, "duplication": 0.2, "crashes": 0.05, "partitions": 0.05, "joins": 0.2}


def network(seed: int = 0, **settings: object) -> hf.Network:
    """Alice has two words for Bob; a clock ticks by itself, and Carol is to come later."""
    net = hf.Network(seed, **settings)  # type: ignore[arg-type]
    net.node("alice", "source_iter(words) -> map(|w| (w, 'bob')) -> dest_sink_serde(outbound);", words=["a", "b"])
    net.node("bob", "source_stream_serde(inbound) -> for_each(seen.append);", seen=[])
    net.node("clock", "source_interval(1) -> for_each(seen.append);", seen=[])
    net.node("carol", "source_stream_serde(inbound) -> for_each(seen.append);", seen=[], join_later=True)
    return net


def test_what_happens_by_itself_comes_first_then_joins_then_faults() -> None:
    net = network()
    for name in ("alice", "bob", "clock"):
        net.tick(name)
    net.crash("bob")
    net.restart("bob")

    kinds = {Tick, Deliver, Join, Drop, Crash}

    assert legal(net, kinds) == [
        Deliver("alice>bob#1"),
        Tick("clock"),
        Join("carol"),
        Drop("alice>bob#1"),
        Drop("alice>bob#2"),
        Crash("alice"),
        Crash("bob"),
        Crash("clock"),
    ]


def test_what_broke_may_be_mended_in_every_way() -> None:
    net = network()
    net.crash("bob")
    net.cut("alice")

    assert legal(net, {Restart, Heal, Cut}) == [Restart("bob", State.KEPT), Restart("bob", State.LOST), Heal()]


def test_of_cuts_only_those_come_that_are_asked_for() -> None:
    wanted = Cut((("alice",), ("bob", "clock", "carol")))

    assert legal(network(), {Cut}, [wanted]) == [wanted]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_legal_can_be_performed(seed: int) -> None:
    net = network(seed, fifo=False, **RATES)
    for _ in range(seed):
        net.step()
    run = net.decisions

    for decision in legal(net):
        net.replay(run)
        net.perform(decision)

        assert net.decisions == [*run, decision]


def steps_of_the_scheduler(net: hf.Network) -> Callable[[], list[object]]:
    return lambda: [net.step()]


def choices_of_a_search(net: hf.Network) -> Callable[[], list[object]]:
    options = Choices(net, Bounds(loss=None, duplication=None, crashes=None, partitions=None, timers=9))
    return lambda: [choice.decision for choice in options.now(Counter())]


@pytest.mark.parametrize("choose", [steps_of_the_scheduler, choices_of_a_search])
@pytest.mark.parametrize("seed", range(10))
def test_scheduler_and_search_choose_from_what_is_legal(
    choose: Callable[[hf.Network], Callable[[], list[object]]], seed: int
) -> None:
    net = network(seed, fifo=False, **RATES)
    made = choose(net)
    for _ in range(30):
        may_be = set(legal(net))
        # A cut by chance may have either group first.
        sides = {frozenset(map(frozenset, one.groups)) for one in may_be if isinstance(one, Cut)}

        for one in made():
            assert one is None or one in may_be or frozenset(map(frozenset, one.groups)) in sides
        net.step()


def test_possible_filters_by_the_rates() -> None:
    net = network(fifo=True, loss=0.5)
    net.tick("alice")

    found = net.possible()

    assert Drop("alice>bob#1") in found
    assert Drop("alice>bob#2") not in found
    assert not any(isinstance(one, (Duplicate, Crash, Cut)) for one in found)
