from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import (
    Crash,
    Cut,
    Deliver,
    Drop,
    Heal,
    ImpossibleDecision,
    Join,
    Restart,
    Send,
    Tick,
)
from hydroflow_nb.simulation.model.history import Dropped

Build = Callable[..., hf.Network]
Payloads = Callable[..., list[Any]]

SENDS = "source_iter(start) -> dest_sink_serde(outbound);"
KEEPS = "source_stream_serde(inbound) -> for_each(|(m, a)| seen.append((m, a)));"


# --- decisions by hand ------------------------------------------------------------------------------------------------


def test_messages_of_one_sender_arrive_in_order(two_nodes: Build) -> None:
    net = two_nodes("first", "second")

    with pytest.raises(ImpossibleDecision, match=r"a>b#2 is not the oldest from a to b.*fifo=False"):
        net.deliver("a>b#2")

    assert [message.value for message in net.in_flight] == ["first", "second"]


def test_without_fifo_a_message_overtakes_another(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("first", "second", fifo=False)

    net.deliver(lambda message: message.value == "second")
    net.deliver("a>b#1")
    net.tick("b")

    assert payloads(net) == ["second", "first"]


def test_a_dropped_message_is_gone(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("gone", "kept")

    net.drop("a>b#1")
    net.run()

    assert payloads(net) == ["kept"]
    with pytest.raises(ImpossibleDecision, match="not in flight"):
        net.deliver("a>b#1")


def test_a_misspelt_message_is_told_what_is_in_flight(two_nodes: Build) -> None:
    net = two_nodes(*range(7))

    with pytest.raises(ImpossibleDecision, match=r"a>b' is not in flight; in flight are a>b#1, .*, a>b#5, \.\.\.$"):
        net.deliver("a>b")


@pytest.mark.parametrize("item", ["hello", 3])
def test_an_item_of_a_decision_that_is_no_json_is_explained(item: Any) -> None:
    net = hf.Network()
    net.node("a", "source_stream(lines) -> null();", lines=hf.channel())

    with pytest.raises(ImpossibleDecision, match=r"`Send\('a', 'lines', '3'\)`.*`net.send` takes the item itself"):
        net.perform(Send("a", "lines", item))

    assert net.decisions == []


def test_a_duplicate_is_visible_and_has_an_id_of_its_own(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("twice")

    copy = net.duplicate("a>b#1")
    again = net.duplicate(copy)
    third = net.duplicate("a>b#1")
    net.run()

    assert [one.id for one in (copy, again, third)] == ["a>b#1'", "a>b#1''", "a>b#1'''"]
    assert copy.is_duplicate
    assert payloads(net) == ["twice"] * 4


def test_a_held_message_waits_until_it_is_delivered_by_name(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("late")

    net.hold("a>b#1")
    net.run()
    waited = payloads(net)
    net.deliver("a>b#1")
    net.run()

    assert (waited, payloads(net)) == ([], ["late"])


def test_a_message_held_for_a_while_arrives_before_the_run_ends(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("late", "behind it")

    net.hold("a>b#1", decisions=1_000)
    net.run()

    assert payloads(net) == ["late", "behind it"]


def test_a_message_held_for_some_decisions_may_not_be_delivered_by_chance_before(two_nodes: Build) -> None:
    net = two_nodes("late", fifo=False)
    net.hold("a>b#1", decisions=2)

    seen = [net.possible()]
    for _ in range(2):
        net.tick("a")
        seen.append(net.possible())

    assert [Deliver("a>b#1") in one for one in seen] == [False, False, True]


def test_a_message_to_an_unknown_address_is_kept_where_it_can_be_seen(payloads: Payloads) -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("lost", ("127.0.0.1", 9)), ("found", "b")])
    net.node("b", KEEPS, seen=[])

    net.run()

    assert [message.id for message in net.undeliverable] == ["a>127.0.0.1:9#1"]
    assert "undeliverable" in repr(net)
    assert payloads(net) == ["found"]


def test_an_address_that_is_none_aborts_the_tick() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("lost", "nobody")])

    with pytest.raises(hf.ItemError, match="'nobody' is neither a node of the network nor an address"):
        net.run()


def test_a_misspelt_node_is_answered_with_the_one_that_is_meant() -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("lost", "sever")])
    net.node("server", KEEPS, seen=[])

    with pytest.raises(hf.ItemError, match="nor an address: did you mean 'server'"):
        net.run()


def test_a_network_has_its_nodes_by_name_as_a_dict_does(two_nodes: Build) -> None:
    net = two_nodes()

    assert list(net) == ["a", "b"]
    assert "a" in net
    assert "c" not in net


def test_what_names_no_message_and_no_nodes_is_told_what_does(two_nodes: Build) -> None:
    net = two_nodes("x")

    with pytest.raises(TypeError, match=r'by its id such as "alice>bob#1".*, not 3'):
        net.deliver(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a cut is between groups of nodes, .*, not 3"):
        net.cut(3)  # type: ignore[arg-type]


# --- cuts -------------------------------------------------------------------------------------------------------------


def test_a_cut_holds_what_would_cross_it_until_it_heals(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("across")

    net.cut({"a"}, {"b"})
    net.run()
    before = payloads(net)
    net.heal()
    net.run()

    assert (before, payloads(net)) == ([], ["across"])


def test_without_holds_a_cut_loses_what_would_cross_it(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("across", holds=False)

    net.cut("a")
    net.heal()
    net.run()

    assert payloads(net) == []
    assert [one.reason for one in net.history.events if isinstance(one, Dropped)] == ["the network is cut"]


def test_nodes_that_a_cut_does_not_name_stay_together(ring: Build) -> None:
    net = ring()

    net.cut("a")
    net.run()

    assert net["c"]["seen"] == []
    assert {message.receiver for message in net.in_flight} == {"b", "a"}


@pytest.mark.parametrize(
    ("groups", "why"),
    [(["a", "b", "c"], "c"), ([{"a", "b"}], "both of its sides"), ([{"a"}, {"a", "b"}], "two groups"), ([], "both")],
)
def test_a_cut_that_cuts_nothing_is_impossible(groups: list[Any], why: str, two_nodes: Build) -> None:
    net = two_nodes("x")

    with pytest.raises(ImpossibleDecision, match=why):
        net.cut(*groups)

    assert net.decisions == [Tick("a")]


# --- crashes and joins ------------------------------------------------------------------------------------------------


COUNTS = (
    "source_stream_serde(inbound) -> map(|(m, a)| 1) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(seen.append);"
)


def test_what_reached_a_node_before_its_crash_and_was_in_no_tick_is_lost(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("in the inbox", "in flight")

    net.deliver("a>b#1")
    net.crash("b")
    net.run()
    net.restart("b")
    net.run()

    assert payloads(net) == ["in flight"]


def test_without_holds_what_is_in_flight_to_a_crashed_node_is_lost(two_nodes: Build, payloads: Payloads) -> None:
    net = two_nodes("in flight", holds=False)

    net.crash("b")
    net.restart("b")
    net.run()

    assert payloads(net) == []


@pytest.mark.parametrize(("state", "seen"), [("kept", [1, 2]), ("lost", [1])])
def test_a_node_restarts_with_its_state_or_without(state: str, seen: list[int]) -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("one", "b"), ("two", "b")])
    net.node("b", COUNTS, seen=[])
    net.tick("a")
    net.deliver("a>b#1")
    net.tick("b")

    net.crash("b")
    net.restart("b", state)
    net.run()

    assert net["b"]["seen"] == seen


def test_a_node_that_is_down_does_nothing(two_nodes: Build) -> None:
    net = two_nodes("x")
    net.crash("b")

    for attempt in (lambda: net.tick("b"), lambda: net.deliver("a>b#1"), lambda: net.crash("b")):
        with pytest.raises(ImpossibleDecision, match="b is down"):
            attempt()

    assert net.decisions == [Tick("a"), Crash("b")]


def test_a_late_node_gets_what_was_sent_to_it_before_it_joined(payloads: Payloads) -> None:
    net = hf.Network()
    net.node("a", SENDS, start=[("early", "b")])
    net.node("b", KEEPS, seen=[], join_later=True)

    net.run()
    before = (net["b"].state, payloads(net))
    net.join("b")
    net.run()

    assert before == ("not joined yet", [])
    assert payloads(net) == ["early"]
    with pytest.raises(ImpossibleDecision, match="has joined"):
        net.join("b")


def test_late_nodes_join_before_a_run_ends_where_there_is_a_rate_for_it(payloads: Payloads) -> None:
    net = hf.Network(joins=0.01)
    net.node("a", SENDS, start=[("early", "b")])
    net.node("b", KEEPS, seen=[], join_later=True)

    net.run()

    assert payloads(net) == ["early"]


# --- what is put in by hand -------------------------------------------------------------------------------------------


def test_what_is_put_into_an_input_is_a_decision(echo: Build) -> None:
    net = echo()

    net["alice"].inputs["lines"].send("by hand")
    net["alice"].inputs["lines"].extend(["more"])
    net.run()

    assert net.decisions[:2] == [Send("alice", "lines", '"by hand"'), Send("alice", "lines", '"more"')]
    assert net["alice"]["seen"] == ["A", "B", "BY HAND", "MORE"]


def test_an_item_put_in_keeps_its_type() -> None:
    net = hf.Network()
    net.node("a", "source_stream(items) -> for_each(seen.append);", items=hf.channel(), seen=[])
    item = (1, {"a", "b"}, b"bytes", {2: [None]}, 1 << 70)

    net.send("a", "items", item)
    net.run()
    net.replay(net.decisions)

    assert net["a"]["seen"] == [item]


def test_an_unknown_input_or_node_is_named(two_nodes: Build) -> None:
    net = two_nodes()

    with pytest.raises(ImpossibleDecision, match="no input 'lines'; its inputs are: inbound"):
        net.send("b", "lines", 1)
    with pytest.raises(ImpossibleDecision, match="no node 'c'; the nodes are: a, b"):
        net.send("c", "lines", 1)


def test_the_last_decision_is_taken_back_by_a_replay_without_it(two_nodes: Build, state_of: Callable[..., Any]) -> None:
    net = two_nodes(1, 2)
    net.deliver("a>b#1")
    before, state = list(net.decisions), state_of(net)
    net.tick("b")

    undone = net.undo()

    assert undone == Tick("b")
    assert net.decisions == before
    assert state_of(net) == state


def test_a_decision_is_taken_back_behind_a_tick_that_raised_and_a_property_that_was_violated() -> None:
    net = hf.Network()
    net.node(
        "a", "source_stream(numbers) -> map(|x| 1 / x) -> for_each(seen.append);", numbers=hf.channel([0]), seen=[]
    )
    net.always(lambda net: net["a"].current_tick() < 1, "no tick")
    for _ in range(3):
        with pytest.raises((ZeroDivisionError, hf.simulation.PropertyViolated)):
            net.tick("a")

    net.undo()

    assert net.decisions == [Tick("a"), Tick("a")]


def test_nothing_is_taken_back_at_the_start(two_nodes: Build) -> None:
    net = two_nodes()
    net.reset()

    with pytest.raises(ImpossibleDecision, match="nothing has been decided yet"):
        net.undo()


def test_why_a_decision_is_not_possible_is_told_beforehand_in_the_words_of_the_error(two_nodes: Build) -> None:
    net = two_nodes(1, 2)
    net.crash("b")
    wrong = [
        Tick("b"), Crash("b"), Deliver("a>b#1"), Deliver("a>b#7"), Restart("a"), Join("a"), Heal(), Cut([[]]),
        Send("a", "nowhere", "1"), Drop("no message"), Tick("nobody"),
    ]  # fmt: skip

    for decision in wrong:
        before = list(net.decisions)
        why = net.why_not(decision)
        with pytest.raises(ImpossibleDecision) as raised:
            net.perform(decision)
        assert why == str(raised.value)
        assert net.decisions == before
    for decision in net.possible(hf.simulation.Rates(loss=0.1, duplication=0.1, partitions=0.1, crashes=0.1)):
        assert net.why_not(decision) is None


def test_messages_that_are_reordered_arrive_in_that_order_whatever_chance_does(two_nodes: Build) -> None:
    for seed in range(10):
        net = two_nodes("first", "second", "third", seed=seed, fifo=False)
        net.reorder("a>b#3", ["a>b#1", lambda message: message.value == "second"])
        net.reorder(net.in_flight[1], "a>b#1")
        net.run()

        delivered = [one.message for one in net.decisions if isinstance(one, Deliver)]
        assert delivered == ["a>b#3", "a>b#2", "a>b#1"]
        net.replay(net.decisions)
        assert [one.message for one in net.decisions if isinstance(one, Deliver)] == delivered


def test_what_cannot_be_reordered_says_why(two_nodes: Build) -> None:
    net = two_nodes("first", "second", fifo=False)
    net.hold("a>b#1")
    for first, then, why in (
        ("a>b#9", "a>b#1", "is not in flight"),
        ("a>b#1", "a>b#1", "name both"),
        ([], "a>b#1", "name both"),
        ("a>b#1", "a>b#2", "a>b#1 is held, so nothing can wait for it"),
    ):
        with pytest.raises(ImpossibleDecision, match=why):
            net.reorder(first, then)
    ordered = two_nodes("first", "second")
    with pytest.raises(ImpossibleDecision, match="a>b#2 is behind a>b#1 on one way"):
        ordered.reorder("a>b#2", "a>b#1")
