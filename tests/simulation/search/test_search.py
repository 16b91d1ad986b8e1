"""Searches through the schedules of small systems, all of them or some by chance."""

from __future__ import annotations

import contextlib
import io
from random import Random

import pytest
from small_systems import (
    ADDER,
    DIVIDER,
    GREATEST,
    KEEPER,
    LAST,
    READ_MODIFY_WRITE,
    RECEIVER,
    SENDER,
    WRITER,
    counter,
    delivery,
    stores,
    without_reduction,
)

import hydroflow_nb as hf
from hydroflow_nb.simulation import Cut, Drop, Exploration, PropertyViolated, Restart, Send, State, Tick
from hydroflow_nb.simulation.model.decisions import ImpossibleDecision
from hydroflow_nb.simulation.model.properties import Properties
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.outcome import Ended, Verdict
from hydroflow_nb.simulation.search.plan import SearchPlan
from hydroflow_nb.simulation.search.search import explore

# --- what holds and what does not -------------------------------------------------------------------------------------


def test_a_counter_that_is_read_and_then_written_loses_an_update():
    net = counter(READ_MODIFY_WRITE)

    found = net.explore()

    assert not found
    assert found.violation.property == "no update is lost"
    assert len(found.counterexample) <= 6


def test_a_counter_that_is_added_to_holds_in_every_schedule():
    net = counter(ADDER)

    found = net.explore()

    # Each of the two clients ticks once, before its message arrives. What the server does: the messages in either
    # order, a first tick before them or not, and a tick between them or not.
    assert found.holds
    assert (found.tried, found.total, found.ended) == (8, 8, Ended.ALL)


def test_a_store_in_which_the_last_write_wins_is_refuted_in_few_decisions():
    found = stores(LAST).explore()

    assert not found.holds
    assert len(found.counterexample) <= 12
    assert [finding.verdict for finding in found.findings] == [Verdict.VIOLATED]


def test_a_store_that_merges_holds_in_every_schedule():
    found = stores(GREATEST).explore()

    assert found.holds
    assert found.total == found.tried == 8**3


def test_lost_messages_refute_that_all_arrive_only_where_messages_are_lost():
    net = delivery(["one", "two"])

    lossless, lossy = net.explore(), net.explore(loss=1)

    assert lossless.holds
    assert not lossy.holds
    assert [type(one) for one in lossy.counterexample] == [Tick, Drop]


def test_a_lost_state_refutes_durability_where_a_kept_one_does_not():
    net = hf.Network()
    net.node("alice", WRITER, acknowledged=[])
    net.node("bob", KEEPER, stored=[])

    @net.always
    def durable(net):
        return set(net["alice"]["acknowledged"]) <= set(net["bob"]["stored"])

    kept, lost = net.explore(crashes=1, restarts="kept"), net.explore(crashes=1, restarts="lost")

    assert kept.holds
    assert kept.total is not None
    assert lost.violation.property == "durable"
    assert Restart("bob", State.LOST) in lost.counterexample
    assert len(lost.counterexample) == 7


def test_a_duplicate_refutes_that_messages_arrive_once():
    net = delivery()
    net.always(lambda net: len(net["bob"]["seen"]) <= 1, "once")

    assert net.explore().holds
    found = net.explore(duplication=True)

    assert found.violation.property == "once"
    assert len(found.counterexample) == 5


def test_overtaking_refutes_that_messages_arrive_in_order():
    def ordered(**settings) -> hf.Network:
        net = delivery([1, 2, 3], **settings)
        net.always(lambda net: net["bob"]["seen"] == sorted(net["bob"]["seen"]), "in order")
        return net

    assert ordered().explore().holds
    assert ordered(fifo=False).explore(reorder=False).holds
    assert ordered(fifo=False).explore().violation.property == "in order"
    with pytest.raises(ValueError, match="fifo=False"):
        ordered().explore(reorder=True)


def test_a_cut_delays_what_is_in_flight_and_the_run_goes_on_when_it_is_healed():
    net = stores(GREATEST, count=1)

    found = net.explore(partitions=1)

    assert found.holds
    assert found.total > net.explore().total


def test_a_cut_refutes_what_needs_the_network_whole():
    net = delivery()
    net.always(lambda net: not (net.transit.groups and net.in_flight), "nothing waits at a cut")

    found = net.explore(partitions=True)

    assert [type(one) for one in found.counterexample] == [Tick, Cut]


def test_what_a_node_raises_is_found_with_the_run_that_leads_to_it():
    net = hf.Network()
    net.node("alice", SENDER, item=0, others=["carol"])
    net.node("bob", SENDER, item=2, others=["carol"])
    net.node("carol", DIVIDER, seen=[])

    found = net.explore()

    assert found.violation.property == "carol raises ZeroDivisionError"
    assert found.violation.when is None
    assert found.counterexample[-1] == Tick("carol")
    with pytest.raises(ZeroDivisionError):
        net.replay(found.counterexample)


def test_what_a_node_raises_is_told_with_the_place_where():
    net = hf.Network()
    net.node("alice", SENDER, item=1, others=["bob"])
    net.node("bob", DIVIDER, seen=[])

    found = net.explore()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(found.cell, {"net": net})

    last = len(found.counterexample) - 1
    for told in (str(found), found._repr_html_(), printed.getvalue()):
        assert "division by zero" in told
        assert "hydroflow: in `for_each` at bob, line 1, item (1, " in told.replace("&#x27;", "'")
        assert f"hydroflow: in node bob, decision {last} of the run: tick bob" in told


# --- how much is tried ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "depth", "bounds"),
    [
        (1, None, {}),
        (2, 5, {}),
        (1, None, {"loss": 1}),
        (1, None, {"duplication": 1}),
        (1, 5, {"crashes": 1}),
        (1, 5, {"crashes": 1, "states": (State.LOST,), "loss": 1}),
        (1, 5, {"partitions": 1}),
    ],
)
def test_leaving_out_orders_of_what_is_independent_leaves_out_no_state(count, depth, bounds):
    def states(*, reduced: bool) -> tuple[set[str], int]:
        net = stores(LAST, count=count)
        net.properties = Properties()
        seen: set[str] = set()

        @net.always
        def state(net):
            nodes = [
                (node.is_up, node.is_due(), node.current_tick(), name.startswith("r") and node["store"])
                for name, node in net.nodes.items()
            ]
            if depth is None or len(net.decisions) <= depth:
                seen.add(repr((nodes, sorted(net.transit.messages), net.transit.groups)))
            return True

        plan = SearchPlan(runs=100_000, depth=depth, seconds=None, seed=0, bounds=Bounds(**bounds), reduced=reduced)
        found = explore(net, plan)
        assert found.ended is Ended.ALL
        return seen, found.tried

    every_state, every_order = states(reduced=False)
    states_left, orders_left = states(reduced=True)

    assert states_left == every_state
    assert orders_left < every_order


def test_nodes_with_timers_share_a_clock_and_no_state_is_left_out():
    def states(*, reduced: bool) -> tuple[set[str], int]:
        net = hf.Network()
        for name, period in (("a", 1), ("c", 2)):
            text = f'source_interval({period}) -> map(lambda _: ("{name}", "b")) -> dest_sink_serde(outbound);'
            net.node(name, text)
        net.node("b", RECEIVER, seen=[])
        seen: set[str] = set()

        @net.always
        def state(net):
            if len(net.decisions) <= 5:
                ticks = [node.current_tick() for node in net.nodes.values()]
                seen.add(repr((net["b"]["seen"], ticks, sorted(net.transit.messages), net.now)))
            return True

        bounds = Bounds(timers=2, loss=1)
        found = explore(net, SearchPlan(runs=10_000, depth=5, seconds=None, seed=0, bounds=bounds, reduced=reduced))
        assert found.ended is Ended.ALL
        return seen, found.tried

    every_state, every_order = states(reduced=False)
    states_left, orders_left = states(reduced=True)

    assert states_left == every_state
    assert orders_left < every_order


# A node that sends some messages at its start, and its answers to each message that it gets.
TALKER = """
source_iter(begins) -> out;
source_stream_serde(inbound) -> map(lambda message: (log.append(message[0]), message[0])[1])
    -> flat_map(lambda item: answers.get(item, [])) -> out;
out = union() -> dest_sink_serde(outbound);
"""


def talkers(seed: int) -> hf.Network:
    """Two or three nodes that talk to each other and to themselves, at random."""
    chance = Random(seed)
    names = ["a", "b", "c"][: chance.choice([2, 3])]
    items = iter(range(chance.choice([3, 4])))
    begins: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    answers: dict[str, dict[int, list[tuple[int, str]]]] = {name: {} for name in names}
    net = hf.Network(fifo=chance.random() < 0.7)
    for item in items:
        receiver = chance.choice(names)
        begins[chance.choice(names)].append((item, receiver))
        while chance.random() < 0.6 and (answer := next(items, None)) is not None:
            to = chance.choice(names)
            answers[receiver].setdefault(item, []).append((answer, to))
            item, receiver = answer, to
    late = chance.random() < 0.2
    for name in names:
        net.node(name, TALKER, join_later=late and name == "b", begins=begins[name], answers=answers[name], log=[])
    return net


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 6, 7, 8])
def test_each_way_to_search_finds_the_same_ends(seed, monkeypatch):
    def ends(*, reduced: bool) -> tuple[set[str], Exploration]:
        net = talkers(seed)
        seen: set[str] = set()

        @net.eventually
        def end(net):
            seen.add(repr([(node["log"], node.current_tick()) for node in net.nodes.values()]))
            return True

        plan = SearchPlan(runs=20_000, depth=None, seconds=None, seed=0, bounds=Bounds(), reduced=reduced)
        return seen, explore(net, plan)

    by_races, races = ends(reduced=True)
    monkeypatch.setattr("hydroflow_nb.simulation.search.search._Search._ends_only", False)
    by_sleep_sets, sleep_sets = ends(reduced=True)
    in_every_order, plain = ends(reduced=False)

    assert races.ended is sleep_sets.ended is plain.ended is Ended.ALL
    assert by_races == by_sleep_sets == in_every_order
    assert races.total == sleep_sets.total <= plain.total
    assert races.decisions <= sleep_sets.decisions


def test_schedules_in_every_order_are_as_many_as_counted_by_hand():
    net = delivery()

    found = without_reduction(net)

    # Alice ticks, her message arrives, bob ticks after it. Bob's first tick may also come before: at the start, or
    # between the two.
    assert found.total == 3
    assert net.explore().total == 2


def test_messages_of_one_tick_may_arrive_in_any_number_of_ticks():
    net = delivery([1, 2, 3, 4])

    # The first tick of bob comes before any message or not; between two of the four he ticks or does not.
    assert net.explore().total == 2 * 2**3


def test_what_overtakes_multiplies_the_schedules():
    net = delivery([1, 2, 3], fifo=False)

    assert net.explore().total == 6 * net.explore(reorder=False).total


def test_as_many_messages_are_lost_as_may_be():
    net = delivery([1, 2, 3])
    net.properties = Properties()
    lost = set()
    net.always(lambda net: lost.add(sum(isinstance(one, Drop) for one in net.decisions)) or True, "count")

    net.explore(loss=2)
    up_to_two = set(lost)
    lost.clear()
    net.explore(loss=True)

    assert up_to_two == {0, 1, 2}
    assert lost == {0, 1, 2, 3}


def test_beyond_what_is_to_be_tried_chance_chooses_and_says_so():
    net = stores(GREATEST, count=5)

    found = net.explore(runs=50)

    assert found
    assert not found.holds
    assert [one.verdict for one in found.findings] == [Verdict.NOT_REFUTED]
    assert "eventually 'stores agree': not refuted in 50 of about 10^" in str(found)
    assert "not refuted in 50 of about 10^" in found._repr_html_()
    assert (found.tried, found.total, found.ended) == (50, None, Ended.RUNS)
    assert found.estimate > 1_000
    assert str(found).startswith("50 schedules of about 10^")
    assert "seed 7" in str(found)


def test_chance_finds_what_all_schedules_would_show():
    found = stores(LAST, count=6).explore(runs=200)

    assert not found.holds
    assert len(found.counterexample) <= 12


def test_the_same_seed_finds_the_same_counterexample():
    one, other = (stores(LAST, count=5).explore(runs=100, seed=11) for _ in "ab")

    assert one.violation.found == other.violation.found
    assert one.counterexample == other.counterexample
    assert one.tried == other.tried


def test_up_to_a_depth_decisions_are_chosen_and_then_the_network_settles():
    net = stores(LAST)

    shallow, deeper = net.explore(depth=1), net.explore(depth=3)

    assert shallow
    assert shallow.total is not None
    assert not shallow.holds
    assert "not refuted in " in str(shallow)
    assert f"{shallow.cut_off} of them could have gone on otherwise" in str(shallow)
    assert not deeper


def test_time_is_bounded():
    found = stores(GREATEST, count=6).explore(runs=1_000_000, seconds=0.2)

    # On a busy machine the time may be over before the first run is.
    assert found.ended is Ended.SECONDS
    assert found.tried < 1_000_000


def test_runs_that_never_end_are_counted_and_no_property_is_met_at_their_end(monkeypatch):
    monkeypatch.setattr("hydroflow_nb.simulation.search.search.LONGEST_RUN", 40)
    net = hf.Network()
    net.node("alice", "source_iter([0]) -> items; items = union() -> defer_tick() -> items;")
    net.eventually(lambda net: True, "ends")

    found = net.explore(runs=3)

    # Without a choice all runs are one schedule.
    assert found.unfinished == found.tried == 1
    assert [finding.verdict for finding in found.findings] == [Verdict.NEVER_MET]
    assert "1 given up before they came to rest" in str(found)


def test_a_timer_may_wake_a_node_at_any_time_and_what_it_repeats_arrives():
    net = hf.Network()
    net.node("alice", 'source_interval(1) -> map(lambda _: ("ping", "bob")) -> dest_sink_serde(outbound);')
    net.node("bob", RECEIVER, seen=[])
    net.eventually(lambda net: "ping" in net["bob"]["seen"], "a ping arrives")

    found = net.explore(runs=200, loss=1)

    assert found.holds
    assert found.unfinished == 0


def test_late_nodes_join_at_any_time():
    net = stores(GREATEST, count=1)
    ticks = set()
    net.node("late", RECEIVER, join_later=True, seen=[])
    net.always(lambda net: ticks.add((net["late"].is_up, net["r1"].current_tick())) or True, "ticks")

    found = net.explore()

    assert found.ended is Ended.ALL
    assert {(True, 0), (False, 3)} <= ticks


def test_what_was_sent_into_inputs_first_begins_every_run():
    net = hf.Network()
    net.node("alice", "source_stream(lines) -> for_each(seen.append);", lines=hf.channel(), seen=[])
    net["alice"].inputs["lines"].extend(["one", "two"])
    net.eventually(lambda net: net["alice"]["seen"] != ["one", "two"], "nothing is seen")
    with contextlib.suppress(PropertyViolated):
        net.run()

    found = net.explore()

    assert found.counterexample == [Send("alice", "lines", '"one"'), Send("alice", "lines", '"two"')]
    assert net.explore(after=[]).holds
    with pytest.raises(ImpossibleDecision):
        net.explore(after=[Restart("alice")])


def test_a_network_that_was_explored_stands_where_each_run_began_and_can_be_explored_again():
    net = hf.Network()
    net.node("alice", "source_stream(lines) -> for_each(seen.append);", lines=hf.channel(), seen=[])
    net.send("alice", "lines", "one")
    assert net.explore().holds
    net.always(lambda net: net["alice"]["seen"] == [], "nothing is seen")

    found = net.explore()

    assert found.counterexample == [Send("alice", "lines", '"one"'), Tick("alice")]
    assert net.decisions == [Send("alice", "lines", '"one"')]
    assert net["alice"].inputs["lines"].waiting() == ["one"]


def test_an_interrupt_ends_the_search_with_what_was_tried():
    net = stores(GREATEST, count=4)
    looked = 0

    @net.always
    def interrupting(net):
        nonlocal looked
        looked += 1
        if looked == 1_000:
            raise KeyboardInterrupt
        return True

    found = net.explore(runs=10_000)

    assert found.ended is Ended.INTERRUPTED
    assert 0 < found.tried < 10_000
    assert found
    assert not found.holds
    assert f"not refuted in {found.tried:,} of about " in str(found)
    assert "then interrupted" in str(found)


def test_an_interrupt_while_a_run_is_made_shorter_keeps_the_shortest_so_far():
    net = stores(LAST)
    net.properties = Properties()
    failed = 0

    @net.eventually
    def agree(net):
        nonlocal failed
        agree = len({net[name]["store"]["x"] for name in ("r1", "r2", "r3")}) == 1
        failed += not agree
        if failed == 3:
            raise KeyboardInterrupt
        return agree

    found = net.explore()

    assert found.ended is Ended.VIOLATED
    assert not found.violation.is_minimal
    assert len(found.counterexample) < len(found.violation.found)


def test_what_a_predicate_raises_ends_the_search():
    net = delivery()
    net.always(lambda net: net["bob"]["sen"], "a slip")

    with pytest.raises(KeyError):
        net.explore()


def test_numbers_of_times_are_not_probabilities():
    net = delivery()

    for name in ("loss", "duplication", "crashes", "partitions"):
        with pytest.raises(ValueError, match=f"{name} is a whole number from 0, or True or False"):
            net.explore(**{name: 0.5})
    with pytest.raises(ValueError, match="runs is a whole number from 1, not 0"):
        net.explore(runs=0)
    with pytest.raises(ValueError, match="depth is a whole number"):
        net.explore(depth=-1)
    for seconds in (-1, "long"):
        with pytest.raises(ValueError, match="seconds is a number from 0"):
            net.explore(seconds=seconds)


def test_a_run_begins_with_decisions_as_plain_data_too():
    net = delivery()

    found = net.explore(after=[{"do": "tick", "node": "bob"}])

    assert found.holds
    assert net.decisions == [Tick("bob")]
    with pytest.raises(TypeError, match="decision 0, 'tick bob', is not a decision"):
        net.explore(after=["tick bob"])


def test_what_goes_wrong_by_the_networks_own_rates_may_go_wrong_in_an_exploration():
    assert not delivery(loss=0.1).explore().holds
    assert delivery(loss=0.1).explore(loss=False).holds


def test_a_node_that_depends_on_more_than_its_messages_is_told_of():
    net = hf.Network()
    runs = []

    def once(message):
        runs.append(message)
        return [(message[0], "bob")] if len(runs) % 2 else []

    net.node("alice", SENDER, item=1, others=["carol", "bob"])
    net.node("carol", "source_stream_serde(inbound) -> flat_map(once) -> dest_sink_serde(outbound);", once=once)
    net.node("bob", RECEIVER, seen=[])

    with pytest.raises(hf.HydroflowError, match="a run cannot be repeated"):
        net.explore()
