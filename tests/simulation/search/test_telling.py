"""What is told of a search: how much was tried, by which faults, and how far it has come."""

from __future__ import annotations

import pytest
from small_systems import SENDER, delivery

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Cut, Restart, Send, State, Tick
from hydroflow_nb.simulation.model.properties import Properties
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.outcome import Ended, Verdict
from hydroflow_nb.simulation.search.plan import SearchPlan
from hydroflow_nb.simulation.search.progress import Progress
from hydroflow_nb.simulation.search.search import _Search

# --- how much is said of what was tried -------------------------------------------------------------------------------


def keeper() -> hf.Network:
    net = hf.Network()
    net.node("alice", "source_stream(lines) -> for_each(seen.append);", lines=hf.channel(), seen=[])
    return net


def test_what_is_sent_after_a_run_is_explored_too():
    net = keeper()
    net.send("alice", "lines", "one")
    net.run()
    net.send("alice", "lines", "two")
    net.always(lambda net: "two" not in net["alice"]["seen"], "no two")

    found = net.explore()

    assert not found
    assert found.counterexample == [Send("alice", "lines", '"two"'), Tick("alice")]
    assert found.left_out == [Send("alice", "lines", '"one"')]
    assert 'left out: send "one" to lines of alice; `keep="sends"`' in str(found)
    assert "left out: send" in found._repr_html_()


def test_a_search_that_begins_within_a_run_says_so():
    net = keeper()
    net.send("alice", "lines", "one")
    net.run()
    net.send("alice", "lines", "two")
    net.eventually(lambda net: net["alice"]["seen"] == ["one", "two"], "both")

    found = net.explore()

    assert found.holds
    assert "each after the 3 decisions that it begins with" in str(found)
    assert net.decisions == list(found.begin)
    assert net["alice"].inputs["lines"].waiting() == ["two"]


def test_faults_of_the_run_before_that_are_not_part_of_the_search_are_told_of():
    net = delivery()
    net.tick("alice")
    net.crash("bob")

    found = net.explore()

    assert found.holds
    assert "without the 1 fault of the run before" in str(found)
    assert "without" not in str(net.explore(after=[]))


def test_a_counterexample_can_keep_all_that_was_sent():
    net = keeper()
    for line in ("one", "two", "three"):
        net.send("alice", "lines", line)
        net.tick("alice")
    net.send("alice", "lines", "four")
    net.always(lambda net: "two" not in net["alice"]["seen"], "no two")
    net.properties = Properties()
    net.eventually(lambda net: "two" not in net["alice"]["seen"], "no two")

    short, kept = net.explore(), net.explore(keep="sends")

    assert short.counterexample == [Send("alice", "lines", '"two"')]
    assert len(short.left_out) == 3
    assert [one.item for one in kept.counterexample] == ['"one"', '"two"', '"three"', '"four"']
    assert kept.left_out == []
    assert "left out" not in str(kept)
    with pytest.raises(ValueError, match='keep is "sends"'):
        net.explore(keep="messages")


@pytest.mark.parametrize("count", [12, 24])
def test_networks_of_any_size_are_estimated_and_told_of(count):
    net = hf.Network(seed=3)
    names = [f"n{number}" for number in range(count)]
    for name in names:
        net.node(name, SENDER, item=name, others=names)
    net.eventually(lambda net: True, "any end")

    found = net.explore(runs=3)

    assert found.estimate > 10 ** (4 * count)
    assert "3 schedules of about 10^" in str(found)
    assert "not refuted in 3 of about 10^" in found._repr_html_()


def test_faults_happen_at_chosen_nodes_only():
    def crashed(**bounds) -> set[str]:
        net = delivery(["one", "two"])
        net.properties = Properties()
        nodes: set[str] = set()
        net.always(
            lambda net: nodes.update(one.node for one in net.decisions if isinstance(one, Crash)) or True, "look"
        )
        found = net.explore(runs=5_000, **bounds)
        assert "crashes up to 1 at bob" in str(found) or bounds["crashes"] == 1
        return nodes

    assert crashed(crashes=1) == {"alice", "bob"}
    assert crashed(crashes={"bob": 1}) == {"bob"}
    assert crashed(crashes={"bob": True, "alice": 0}) == {"bob"}


def test_messages_to_chosen_nodes_are_lost_or_doubled():
    def found(**bounds) -> bool:
        net = delivery(["one", "two"])
        net.properties = Properties()
        net.eventually(lambda net: net["bob"]["seen"] == ["one", "two"], "as sent")
        return bool(net.explore(**bounds))

    assert not found(loss={"bob": 1})
    assert found(loss={"alice": 1})
    assert not found(duplication={"bob": 1})
    assert found(duplication={"alice": True})


def test_chosen_nodes_are_cut_off_and_come_up_as_is_said():
    cuts: set[Cut] = set()
    states: set[Restart] = set()

    def look(net):
        cuts.update(one for one in net.decisions if isinstance(one, Cut))
        states.update(one for one in net.decisions if isinstance(one, Restart))
        return True

    net = delivery()
    net.properties = Properties()
    net.always(look)

    net.explore(partitions={"bob": 1})
    net.explore(crashes=1, restarts={"bob": "lost"})

    assert cuts == {Cut((("bob",), ("alice",)))}
    assert states == {Restart("alice", State.KEPT), Restart("bob", State.LOST)}


@pytest.mark.parametrize("option", ["crashes", "loss", "duplication", "partitions", "restarts"])
def test_a_node_that_does_not_exist_is_told_of_with_one_that_does(option):
    with pytest.raises(ValueError, match=f"{option} names 'bop', which is not a node: did you mean 'bob'\\?"):
        delivery().explore(**{option: {"bop": "lost" if option == "restarts" else 1}})
    with pytest.raises(ValueError, match="crashes of bob is a whole number from 0"):
        delivery().explore(crashes={"bob": 0.5})


def test_faults_at_the_start_use_up_no_bound():
    net = delivery()
    begin = [Crash("bob"), Restart("bob")]
    crashes = set()
    net.always(lambda net: crashes.add(sum(isinstance(one, Crash) for one in net.decisions)) or True, "count")

    net.explore(crashes=1, after=begin)

    assert max(crashes) == 2


def test_a_schedule_that_chance_chooses_again_counts_once():
    net = delivery([1, 2, 3, 4])
    plan = SearchPlan(runs=500, depth=None, seconds=None, seed=0, bounds=Bounds())
    search = _Search(net, plan, Progress(False))
    search._search = lambda: search._estimate() or Ended.RUNS

    found = search.result()

    # There are 16 schedules, and chance chooses 20 runs.
    assert search.tried == 20
    assert 0 < found.tried <= 16


def test_other_properties_of_a_refuted_network_are_not_said_to_hold():
    net = delivery()
    net.always(lambda net: not net["bob"]["seen"], "nothing")
    net.always(lambda net: True, "anything")

    found = net.explore()

    assert {one.name: one.verdict for one in found.findings} == {
        "all received": Verdict.NEVER_MET,
        "nothing": Verdict.VIOLATED,
        "anything": Verdict.NOT_REFUTED,
    }


def test_an_interrupt_before_the_first_end_has_tried_nothing():
    net = delivery()

    @net.always
    def interrupting(net):
        raise KeyboardInterrupt

    found = net.explore()

    assert not found.holds
    assert "0 schedules, then interrupted" in str(found)
    assert "always 'interrupting': not refuted in 0 schedules" in str(found)


# --- the nearest run that holds, and how far a search has come --------------------------------------------------------


def test_the_run_nearest_to_a_counterexample_lacks_one_decision_and_holds_to_its_end() -> None:
    net = hf.Network(fifo=False)
    for name, word in (("a", "x"), ("b", "y")):
        net.node(name, "source_iter(words) -> map(|w| (w, 'c')) -> dest_sink_serde(outbound);", words=[word])
    net.node("c", "source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));", seen=[])
    net.eventually(lambda net: net["c"]["seen"] == ["x", "y"], "in order")
    found = net.explore(100)

    near = found.nearest()

    assert found.violation is not None
    assert near is not None
    assert net.decisions == []
    net.replay(near)
    assert net["c"]["seen"] == ["x", "y"]
    assert net.is_quiet()
    assert found.replay()["c"]["seen"] == ["y", "x"]


def test_a_counterexample_that_no_decision_makes_has_no_run_nearby_that_holds() -> None:
    net = hf.Network()
    net.node("a", "source_iter([1]) -> for_each(seen.append);", seen=[])
    net.eventually(lambda net: not net["a"]["seen"], "nothing seen")

    found = net.explore(10)

    assert found.nearest() is None


def test_a_function_is_told_how_far_the_search_has_come(chat) -> None:
    told = []

    found = chat().explore(30, seconds=20, progress=told.append)

    assert [one.runs for one in told] == [30] * len(told)
    assert told[0].seconds < 20
    assert told[-1].tried <= found.tried
    assert " tried, " in str(told[-1])
