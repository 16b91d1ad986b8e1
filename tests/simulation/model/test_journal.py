from __future__ import annotations

from pathlib import Path

import pytest
from small_systems import HOLDING, numbers

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, ImpossibleDecision, Point, Restart
from hydroflow_nb.simulation.model.legal import legal

RELAY = """
source_stream_serde(inbound) -> map(|(n, _)| n) -> inspect(told.append) -> fold::<'static>(|| 0, |a, n| a + n)
    -> map(|n| (n, "carol")) -> dest_sink_serde(outbound);
"""


def relayed() -> hf.Network:
    """Alice has sent 1 to bob, who has it, adds up what he gets, and sends the sum to carol."""
    net = hf.Network()
    net.node("alice", "source_iter([(1, 'bob')]) -> dest_sink_serde(outbound);", durable=True)
    net.node("bob", RELAY, durable=True, told=[])
    net.node("carol", HOLDING, durable=True, seen=[])
    net.tick("alice")
    net.deliver("alice>bob#1")
    return net


@pytest.mark.parametrize(
    ("at", "flies", "told", "again"),
    [
        # It is lost, was not acknowledged, and comes again.
        ("accept", [], [], ["alice>bob#2"]),
        # The tick is to run again, and says so when alice connects again.
        ("journal", [], [], []),
        ("acknowledge", ["bob>alice#1"], [], ["bob>alice#1"]),
        ("tick", ["bob>alice#1"], [1], ["bob>alice#1"]),
        ("send", ["bob>alice#1", "bob>carol#1"], [1], ["bob>alice#1", "bob>carol#1"]),
    ],
)
def test_a_node_crashes_at_a_point_of_its_tick(at: str, flies: list[str], told: list[int], again: list[str]) -> None:
    net = relayed()

    net.crash("bob", at=at)

    assert [message.id for message in net.in_flight] == flies
    assert net["bob"]["told"] == told
    net.restart("bob", "durable")
    assert [message.id for message in net.in_flight] == again
    assert net["bob"].is_due()
    made = list(net.decisions)
    net.run()
    assert net["carol"]["seen"] == [1]
    net.replay(made)
    assert [message.id for message in net.in_flight] == again


def test_a_tick_that_runs_again_sends_what_it_sent_under_the_same_numbers() -> None:
    net = relayed()
    net.crash("bob", at="send")
    net.restart("bob", "durable")
    net.tick("bob")

    assert [message.text for message in net.in_flight if message.receiver == "carol"] == ["1", "1"]
    net.run()
    assert net["carol"]["seen"] == [1]
    assert net["carol"]["inbound"].statistics.repeated == 1


def test_what_a_tick_sends_again_is_acknowledged_also_where_its_receiver_has_done_so_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    net = numbers(2)
    net.tick("alice")
    net.deliver("alice>bob#1")
    net.crash("alice", at="send")
    net.deliver("alice>bob#2")
    net.tick("bob")
    net.restart("alice", "durable")
    net.tick("alice")
    assert [message.text for message in net.in_flight] == ["2"]

    net.run()

    assert not net.links.owes("alice", "bob")
    assert caplog.text == "", "nothing is lost"


def test_a_node_may_crash_again_before_its_tick_has_run_again() -> None:
    net = relayed()
    for at in (None, "journal", "tick", None, "send", "acknowledge"):
        net.crash("bob", at=at or "journal")
        net.restart("bob", "durable")
        net.crash("bob")
        net.restart("bob", "kept")

    net.run()

    assert net["carol"]["seen"] == [1]


def test_a_tick_that_runs_again_has_the_instant_that_it_had() -> None:
    clock = "source_interval(1.0) -> null();"
    text = clock + "source_stream(xs) -> map(|x| context.current_tick_start().second) -> for_each(seen.append);"
    net = hf.Network()
    net.node("a", text, durable=True, xs=hf.channel(), seen=[])
    net.node("b", clock)
    net.send("a", "xs", 1)
    net.crash("a", at="tick")
    for _ in range(4):
        net.tick("b")

    net.restart("a", "durable")
    net.tick("a")

    assert net.now == 3
    assert net["a"]["seen"] == [0, 0]


def test_a_durable_node_whose_folder_is_lost_is_another_one_to_its_peers() -> None:
    net = numbers(2)
    net.run()
    net.crash("alice")
    net.restart("alice", "lost")

    with pytest.raises(hf.HydroflowError, match="none twice"):
        net.run()

    assert net["bob"]["seen"][:3] == [1, 2, 1]


def dividing(**options: str) -> hf.Network:
    """A node that adds up parts of 10, and is given a 5, a 0 and a 2."""
    net = hf.Network()
    text = "source_stream(xs) -> map(|x| 10 // x) -> fold::<'static>(|| 0, |a, x| a + x) -> for_each(seen.append);"
    net.node("a", text, durable=True, xs=hf.channel(), seen=[], **options)
    for item in (5, 0, 2):
        net.send("a", "xs", item)
    return net


def test_a_fault_within_the_tick_comes_before_the_crash() -> None:
    net = dividing(on_fault="stop")

    with pytest.raises(ZeroDivisionError, match="zero"):
        net.crash("a", at="send")

    assert net["a"].is_up
    net.send("a", "xs", 10)
    net.run()
    assert net["a"]["seen"] == [3]


@pytest.mark.parametrize("at", ["journal", "acknowledge", "tick", "send"])
def test_a_tick_that_runs_again_sets_the_same_items_aside(at: str) -> None:
    net = dividing()
    net.crash("a", at=at)
    net.restart("a", "durable")
    assert list(net["a"].set_aside) == []

    net.run()

    assert net["a"]["seen"][-1] == 7
    assert [one.item for one in net["a"].set_aside] == [0]


def test_points_are_those_of_durable_nodes_that_have_something_to_do_there() -> None:
    net = relayed()

    crashes = [one for one in legal(net) if isinstance(one, Crash)]

    assert [one.at for one in crashes if one.node == "alice"] == [None]
    assert [one.at for one in crashes if one.node == "bob"] == list(Point)
    with pytest.raises(ImpossibleDecision, match="alice has accepted nothing from a durable node since its last tick"):
        net.crash("alice", at="accept")
    with pytest.raises(ValueError, match="accept, journal, acknowledge, tick, send, not at 'snapshot'"):
        net.crash("alice", at="snapshot")


def test_a_node_that_is_not_durable_has_no_points() -> None:
    net = hf.Network()
    net.node("a", "source_iter([1]) -> null();")

    with pytest.raises(ImpossibleDecision, match="a is not durable, so there is no journal"):
        net.crash("a", at="journal")


def test_a_run_with_crashes_at_points_is_saved_read_and_taken_back(tmp_path: Path) -> None:
    net = relayed()
    net.crash("bob", at="tick")
    net.restart("bob", "durable")
    net.save(tmp_path / "run.json")
    assert '{"do": "crash", "node": "bob", "at": "tick"}' in (tmp_path / "run.json").read_text()

    net.replay(tmp_path / "run.json")

    assert net.undo() == Restart("bob", "durable")  # type: ignore[arg-type]
    assert str(net.undo()) == "crash bob at tick"
    net.crash("bob")
    assert net.decisions[-1].to_dict() == {"do": "crash", "node": "bob"}


def test_a_crash_within_a_tick_is_drawn_beside_it_and_told() -> None:
    net = relayed()
    net.crash("bob", at="send")
    net.restart("bob", "durable")
    net.tick("bob")

    text = str(net.diagram())
    assert "bob: crashed at send" in text
    # Both take in what alice has sent.
    assert text.count("bob: tick 0, 1 in") == 2
    assert "crashed at send" in net.diagram().svg()
