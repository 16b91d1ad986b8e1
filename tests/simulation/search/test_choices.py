"""What may be decided next, and what it spends."""

from __future__ import annotations

from collections import Counter

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Cut, Deliver, Drop, Duplicate, Heal, Restart, State, Tick
from hydroflow_nb.simulation.search import choices as module
from hydroflow_nb.simulation.search.choices import Bounds, Choices, Expense, are_independent, footprint

SEND = "source_iter(words) -> map(|word| (word, there)) -> dest_sink_serde(outbound);"
TAKE = "source_stream_serde(inbound) -> for_each(seen.append);"


def two_nodes() -> hf.Network:
    """Alice has sent two words to Bob."""
    net = hf.Network(fifo=False)
    net.node("alice", SEND, words=["a", "b"], there="bob")
    net.node("bob", TAKE, seen=[])
    net.tick("alice")
    net.tick("bob")
    return net


def decided(net: hf.Network, spent: Counter[Expense] | None = None, **bounds: object) -> list[object]:
    found = Choices(net, Bounds(**bounds)).now(spent or Counter())  # type: ignore[arg-type]
    return [choice.decision for choice in found]


def test_a_kind_network_ticks_what_is_due_and_delivers_what_is_in_flight() -> None:
    net = two_nodes()

    before = decided(net)
    net.deliver("alice>bob#2")

    assert before == [Deliver("alice>bob#1"), Deliver("alice>bob#2")]
    assert decided(net) == [Tick("bob"), Deliver("alice>bob#1")]


def test_a_message_is_duplicated_once_and_its_copy_is_not() -> None:
    net = two_nodes()

    net.duplicate("alice>bob#1")

    assert [one for one in decided(net, duplication=None) if isinstance(one, Duplicate)] == [Duplicate("alice>bob#2")]


def test_what_is_spent_may_not_be_spent_again() -> None:
    net, bounds = two_nodes(), Bounds(loss=1, crashes={"bob": 1}, partitions={"alice": None})
    options, spent = Choices(net, bounds), Counter[Expense]()

    at_first = [choice for choice in options.now(spent) if not choice.ordinary]
    for choice in at_first[:1] + at_first[2:]:
        spent.update(choice.spends)

    cut = Cut((("alice",), ("bob",)))
    assert [choice.decision for choice in at_first] == [Drop("alice>bob#1"), Drop("alice>bob#2"), Crash("bob"), cut]
    assert [choice.decision for choice in options.now(spent) if not choice.ordinary] == [cut]


def test_what_went_wrong_is_mended_whatever_is_spent() -> None:
    net = two_nodes()
    net.cut(["alice"], ["bob"])
    net.crash("bob")

    mended = decided(net, crashes={"bob": 0, "alice": 1}, partitions=1, states={"bob": (State.LOST,)})

    assert mended == [Crash("alice"), Restart("bob", State.LOST), Heal()]


def test_a_node_of_which_nothing_is_durable_comes_up_as_new() -> None:
    net = two_nodes()
    net.crash("bob")

    assert Restart("bob", State.LOST) in decided(net, crashes=1, states=(State.DURABLE,))
    assert Restart("bob", State.LOST) not in decided(net, crashes=1, states=(State.KEPT,))


def test_a_crash_commutes_with_what_happens_elsewhere_where_what_is_sent_waits() -> None:
    net, losing = two_nodes(), hf.Network(holds=False)
    losing.node("alice", SEND, words=["a"], there="bob")
    losing.node("bob", TAKE, seen=[])
    crash = footprint(Crash("bob"), net)

    assert are_independent(crash, footprint(Tick("alice"), net))
    assert not are_independent(crash, footprint(Tick("bob"), net))
    assert not are_independent(crash, footprint(Deliver("alice>bob#1"), net))
    assert not are_independent(crash, footprint(Crash("alice"), net))
    assert not are_independent(footprint(Crash("bob"), losing), footprint(Tick("alice"), losing))


def test_a_node_that_wakes_itself_may_tick_early_so_often_as_the_bounds_say() -> None:
    net = hf.Network()
    net.node("clock", "source_interval(1) -> for_each(seen.append);", seen=[])
    net.tick("clock")
    options, spent = Choices(net, Bounds(timers=2)), Counter[Expense]()

    counts = []
    for _ in range(3):
        found = options.now(spent)
        counts.append(len(found))
        spent.update(one for choice in found for one in choice.spends)

    assert counts == [1, 1, 0]


def test_the_runs_of_a_search_have_their_choices_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    net = two_nodes()
    asked = []
    footprint = module.footprint
    monkeypatch.setattr(
        module, "footprint", lambda decision, net: [asked.append(decision), footprint(decision, net)][1]
    )

    found = net.explore(runs=100, loss=1, duplication=1, crashes=False)

    assert found.decisions > 500
    assert len(asked) == len(set(asked)) < 20
