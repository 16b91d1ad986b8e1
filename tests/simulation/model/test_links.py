from __future__ import annotations

import pytest
from small_systems import HOLDING, numbers

import hydroflow_nb as hf
from hydroflow_nb.simulation import ImpossibleDecision, Resend
from hydroflow_nb.simulation.model.legal import legal

GREETER = "source_iter([('hello', 'bob')]) -> dest_sink_serde(outbound); source_stream_serde(inbound) -> null();"


def flying(net: hf.Network) -> list[tuple[str, str]]:
    return [(message.id, message.text) for message in net.in_flight]


def all_sent(most: int, **settings: object) -> hf.Network:
    """A network in which alice has sent its numbers."""
    net = numbers(most, **settings)
    for _ in range(most):
        net.tick("alice")
    return net


def test_messages_of_a_tick_are_a_batch_which_is_acknowledged_by_the_tick_that_takes_it_in() -> None:
    net = hf.Network()
    net.node("alice", GREETER.replace("[(", "[('well', 'bob'), ("), durable=True)
    net.node("bob", HOLDING, durable=True, seen=[])
    net.tick("alice")

    assert flying(net) == [("alice>bob#1", '["well","hello"]')]
    assert net.in_flight[0].value == ["well", "hello"]
    net.deliver("alice>bob#1")
    assert flying(net) == []
    net.tick("bob")
    assert flying(net) == [("bob>alice#1", "acknowledges up to 1")]
    assert net["bob"]["seen"] == ["well", "hello"]


def test_an_acknowledgement_is_no_item_and_is_named_by_its_id_alone() -> None:
    net = all_sent(1)
    net.deliver("alice>bob#1")
    net.tick("bob")

    with pytest.raises(ImpossibleDecision, match="true of no message"):
        net.drop(lambda message: message.value == 1)
    net.deliver("bob>alice#1")
    net.run()

    assert net["alice"].undecodable == 0
    assert "gets bob>alice#1: acknowledges up to 1 (an acknowledgement)" in str(net.diagram())


def test_what_is_lost_breaks_the_connection_and_goes_over_the_next_one_with_all_behind_it() -> None:
    net = all_sent(3)
    net.deliver("alice>bob#1")
    net.tick("bob")

    net.drop("alice>bob#2")

    # The first batch was acknowledged as the two connected again.
    assert flying(net) == [
        ("bob>alice#1", "acknowledges up to 1"),
        ("alice>bob#4", "2"),
        ("alice>bob#5", "3"),
    ]
    net.run()
    assert net["bob"]["seen"] == [1, 2, 3]


def test_what_is_doubled_comes_once() -> None:
    net = all_sent(2)
    net.duplicate("alice>bob#1")
    net.run()

    assert net["bob"]["seen"] == [1, 2]
    assert net["bob"]["inbound"].statistics.repeated == 1
    assert "gets alice>bob#1': 1 (it was seen before)" in str(net.diagram())


def test_a_copy_that_is_lost_breaks_nothing() -> None:
    net = all_sent(2)
    copy = net.duplicate("alice>bob#1")

    net.drop(copy)

    assert [id for id, _ in flying(net)] == ["alice>bob#1", "alice>bob#2"]


def test_nothing_overtakes_on_a_connection_in_a_network_where_messages_do() -> None:
    net = all_sent(2, fifo=False)

    assert net.why_not(hf.simulation.Deliver("alice>bob#2")) is not None
    assert [message.id for message in net.deliverable()] == ["alice>bob#1"]
    with pytest.raises(ImpossibleDecision, match="behind others on its connection"):
        net.deliver("alice>bob#2")
    for _ in range(3):
        net.reset()
        net.run()
        assert net["bob"]["seen"] == [1, 2]


def test_two_nodes_that_connect_again_send_what_is_not_acknowledged_once_more() -> None:
    net = all_sent(2)

    net.resend("alice", "bob")

    assert [id for id, _ in flying(net)] == ["alice>bob#1", "alice>bob#2", "alice>bob#3", "alice>bob#4"]
    net.run()
    assert net["bob"]["seen"] == [1, 2]
    assert net["bob"]["inbound"].statistics.repeated == 2
    text = str(net.diagram())
    assert "alice and bob connect again" in text
    assert "alice sends again alice>bob#3: 1" in text


def test_an_acknowledgement_that_is_lost_is_given_when_they_connect_again() -> None:
    net = all_sent(1)
    net.deliver("alice>bob#1")
    net.tick("bob")
    assert Resend("alice", "bob") in legal(net)

    net.drop("bob>alice#1")

    assert flying(net) == []
    assert net.why_not(Resend("alice", "bob")) == "all that alice and bob have sent each other is acknowledged"


def test_a_batch_that_came_again_before_its_tick_is_acknowledged_over_the_connection_that_there_is() -> None:
    net = all_sent(1)
    net.deliver("alice>bob#1")
    net.resend("alice", "bob")
    net.deliver("alice>bob#2")
    assert flying(net) == []

    net.tick("bob")

    assert flying(net) == [("bob>alice#1", "acknowledges up to 1")]


def test_nodes_that_do_not_reach_each_other_do_not_connect() -> None:
    net = all_sent(1)
    net.cut("alice")
    assert net.why_not(Resend("alice", "bob")) == "the cut is between alice and bob"
    net.heal()
    net.crash("bob")
    assert net.why_not(Resend("alice", "bob")) == "bob is down, so nothing is sent to it again"
    net.restart("bob", "durable")
    assert flying(net) == [("alice>bob#2", "1")]


def test_what_a_cut_loses_is_sent_again_when_it_is_healed() -> None:
    net = all_sent(2, holds=False)
    net.cut("alice")
    assert flying(net) == []

    net.heal()

    assert flying(net) == [("alice>bob#3", "1"), ("alice>bob#4", "2")]


def test_a_node_that_joins_later_gets_what_was_sent_to_it_before() -> None:
    net = hf.Network()
    net.node("alice", GREETER, durable=True)
    net.node("bob", HOLDING, durable=True, seen=[], join_later=True)
    net.tick("alice")
    assert flying(net) == []

    net.join("bob")

    assert flying(net) == [("alice>bob#1", '"hello"')]


def test_messages_to_a_node_that_is_not_durable_are_sent_once() -> None:
    net = hf.Network()
    net.node("alice", GREETER, durable=True)
    net.node("bob", HOLDING, seen=[])
    net.tick("alice")
    assert net.why_not(Resend("alice", "bob")) == "bob is not durable: its messages are sent once"

    net.drop("alice>bob#1")
    net.run()

    assert net["bob"]["seen"] == []


def test_a_durable_node_gets_what_it_sends_to_itself_once() -> None:
    text = """
        source_iter([("x", "alice")]) -> dest_sink_serde(outbound);
        source_stream_serde(inbound) -> map(|(n, _)| n) -> fold::<'static>(|| [], |held, n| [*held, n])
            -> for_each(|held| seen.__setitem__(slice(None), held));
    """
    net = hf.Network()
    net.node("alice", text, durable=True, seen=[])
    net.tick("alice")
    net.deliver("alice>alice#1")
    net.crash("alice", at="accept")
    net.restart("alice", "durable")
    net.run()

    assert net["alice"]["seen"] == ["x"]
    assert flying(net) == []


def test_the_first_of_several_nodes_that_run_one_flow_stays_durable() -> None:
    net = hf.Network()
    flow = hf.compile(HOLDING, {**net.bind()._asdict(), "seen": []})
    net.node("one", flow, durable=True)
    net.node("other", flow, durable=True)

    assert [node.plan.durable for node in net.nodes.values()] == [True, True]


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_nor_comes_twice_whatever_goes_wrong_by_chance(seed: int) -> None:
    net = numbers(4, seed=seed, loss=0.2, duplication=0.2, crashes=0.05, partitions=0.05, fifo=seed % 2 == 0)

    net.run()

    assert net["bob"]["seen"] == [1, 2, 3, 4]
    assert flying(net) == []
