"""Searches through the schedules of small systems, all of them or some by chance, and what the searches find."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, replace
from random import Random

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Cut, Deliver, Drop, Exploration, PropertyViolated, Restart, Send, State, Tick
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.decisions import ImpossibleDecision
from hydroflow_nb.simulation.model.properties import Properties, When
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.outcome import Ended, Verdict
from hydroflow_nb.simulation.search.plan import SearchPlan
from hydroflow_nb.simulation.search.progress import Progress
from hydroflow_nb.simulation.search.search import _Search, explore

SENDER = """
source_iter([(item, to) for to in others]) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> null();
"""
RECEIVER = "source_stream_serde(inbound) -> for_each(lambda message: seen.append(message[0]));"

# A store that keeps what arrived last, and one that keeps the greatest.
LAST = "source_stream_serde(inbound) -> for_each(lambda message: store.update(x=message[0]));"
GREATEST = (
    "source_stream_serde(inbound) -> for_each(lambda message: store.update(x=max(store.get('x', 0), message[0])));"
)

# Fails by a 2 that arrives second.
DIVIDER = "source_stream_serde(inbound) -> for_each(lambda m: seen.append(1 / (m[0] - len(seen) - 1)));"

# A client reads the counter, adds to what it read, and writes that; the server obeys.
READ_MODIFY_WRITE = """
start = source_iter([(("read",), "server")]) -> out;
answers = source_stream_serde(inbound) -> map(lambda message: (("write", message[0] + 1), "server")) -> out;
out = union() -> dest_sink_serde(outbound);
"""
ADDER = """
source_iter([(("add", 1), "server")]) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> null();
"""


# A client that gets an acknowledgement of what is stored, and a store that sends it.
WRITER = """
source_iter([("x", "bob")]) -> dest_sink_serde(outbound);
source_stream_serde(inbound) -> for_each(lambda message: acknowledged.append(message[0]));
"""
KEEPER = """
written = source_stream_serde(inbound) -> tee();
written -> for_each(lambda message: stored.append(message[0]));
written -> dest_sink_serde(outbound);
"""


def stores(text: str, count: int = 3, **settings) -> hf.Network:
    """Two clients, each of which writes a value to all stores."""
    net = hf.Network(seed=7, **settings)
    names = [f"r{index}" for index in range(1, count + 1)]
    for client, value in (("c1", 1), ("c2", 2)):
        net.node(client, SENDER, item=value, others=names)
    for name in names:
        net.node(name, text, store={})
    net.eventually(lambda net: len({net[name]["store"]["x"] for name in names}) == 1, "stores agree")
    return net


def counter(client: str) -> hf.Network:
    net = hf.Network()
    net.node("server", COUNTING, state={"n": 0})
    net.node("alice", client)
    net.node("bob", client)
    net.eventually(lambda net: net["server"]["state"]["n"] == 2, "no update is lost")
    return net


COUNTING = """
requests = source_stream_serde(inbound) -> tee();
requests -> filter(lambda message: message[0][0] == "write") -> for_each(lambda m: state.update(n=m[0][1]));
requests -> filter(lambda message: message[0][0] == "add") -> for_each(lambda m: state.update(n=state["n"] + m[0][1]));
requests -> filter(lambda message: message[0][0] == "read") -> map(lambda m: (state["n"], m[1]))
    -> dest_sink_serde(outbound);
"""


def delivery(items=("one",), **settings) -> hf.Network:
    net = hf.Network(seed=1, **settings)
    net.node("alice", "source_iter([(item, 'bob') for item in items]) -> dest_sink_serde(outbound);", items=list(items))
    net.node("bob", RECEIVER, seen=[])
    net.eventually(lambda net: set(net["bob"]["seen"]) == set(items), "all received")
    return net


def without_reduction(net: hf.Network, **bounds) -> Exploration:
    plan = SearchPlan(runs=100_000, depth=None, seconds=None, seed=0, bounds=Bounds(**bounds), reduced=False)
    return explore(net, plan)


def still_fails(net: hf.Network, violation, decisions) -> bool:
    """Replay the decisions that are possible; for what must hold eventually the run then comes to rest."""
    try:
        net.replay(decisions, strict=False)
        if violation.when is When.EVENTUALLY:
            net.settle()
    except PropertyViolated as found:
        return found.property == violation.property
    return False


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

    assert found.ended is Ended.SECONDS
    assert 0 < found.tried < 1_000_000


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


# --- counterexamples --------------------------------------------------------------------------------------------------


def refuted() -> list[tuple[hf.Network, Exploration]]:
    found = []
    for net, bounds in (
        (stores(LAST), {}),
        (stores(LAST, count=2), {"duplication": 1}),
        (counter(READ_MODIFY_WRITE), {}),
        (delivery(["one", "two"]), {"loss": True}),
        (delivery(["one", "two"]), {"crashes": 1, "restarts": "lost"}),
    ):
        found.append((net, net.explore(**bounds)))
    return found


@pytest.mark.parametrize("case", range(5))
def test_no_single_decision_of_a_counterexample_can_be_left_out(case):
    net, found = refuted()[case]
    violation, decisions = found.violation, found.counterexample

    assert violation.is_minimal
    assert still_fails(net, violation, decisions)
    for at in range(len(decisions)):
        assert not still_fails(net, violation, decisions[:at] + decisions[at + 1 :])


@pytest.mark.parametrize("case", range(5))
def test_the_cell_reproduces_the_violation(case):
    net, found = refuted()[case]
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        exec(found.cell, {"net": net})

    assert printed.getvalue().strip() == str(found.violation.error)
    assert net.decisions[: len(found.counterexample)] == found.counterexample


def test_a_replay_leaves_the_network_in_the_failing_state():
    net = stores(LAST)
    found = net.explore()

    failing = found.replay()

    assert failing is net
    assert net.is_quiet()
    assert len({net[name]["store"]["x"] for name in ("r1", "r2", "r3")}) == 2
    assert isinstance(found.diagram(), Diagram)


def test_a_counterexample_that_does_not_fail_any_more_is_told_of():
    net = stores(LAST)
    found = net.explore()

    net.eventually(lambda net: True, "stores agree")

    with pytest.raises(hf.HydroflowError, match="does not fail any more"):
        found.replay()


def test_what_is_told_of_a_counterexample_is_the_whole_run():
    net = stores(LAST)

    found = net.explore()
    found.replay()

    assert [*found.violation.decisions, *found.violation.ending] == net.decisions
    told = str(found).splitlines()
    assert f"{len(net.decisions) - 1:>4}  {net.decisions[-1]} (by itself)" in told
    assert "   0  tick c1" in told


def test_a_property_that_fails_in_a_run_without_faults_needs_no_decision():
    net = delivery()
    net.eventually(lambda net: False, "nothing")

    found = net.explore()

    assert found.counterexample == []
    assert "    net.replay([])\n    net.settle()\n" in found.cell
    assert found.violation.ending == (Tick("alice"), Tick("bob"), Deliver("alice>bob#1"), Tick("bob"))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(found.cell, {"net": net})
    assert "'nothing' is violated" in printed.getvalue()


def test_what_fails_before_any_decision_has_none():
    net = delivery()
    net.always(lambda net: net.decisions, "something was decided")

    found = net.explore()

    assert found.counterexample == []
    assert str(found.violation.error).endswith("is violated before the first decision")
    assert found.replay() is net


def test_without_properties_only_what_nodes_raise_is_looked_for():
    net = delivery()
    net.properties = Properties()

    found = net.explore()

    assert found.holds
    assert "no property: only what nodes raise was looked for" in str(found)


def test_there_is_no_counterexample_to_what_holds():
    found = stores(GREATEST, count=1).explore()

    assert found.counterexample is None
    assert bool(found)
    with pytest.raises(hf.HydroflowError, match="no run failed"):
        found.replay()
    with pytest.raises(hf.HydroflowError, match="no run failed"):
        assert found.cell
    assert str(found).startswith("all 8 schedules (")


def test_decisions_in_a_cell_evaluate_to_themselves():
    from hydroflow_nb import simulation
    from hydroflow_nb.simulation.search.outcome import constructed

    decisions = [
        Tick('ä\'lice\n"x"'),
        Crash("a"),
        Restart("a", State.LOST),
        Cut((("a",), ("b", "c"))),
        Send("a", "lines", '{"$set": [1, "\\"]}'),
        simulation.Delay("a>b#1"),
        simulation.Delay("a>b#1", 3),
        simulation.Heal(),
    ]

    assert [eval(constructed(one), vars(simulation)) for one in decisions] == decisions
    assert all("\n" not in constructed(one) for one in decisions)


def test_what_is_shown_is_escaped():
    net = delivery(["<script>alert(1)</script>"])
    net.eventually(lambda net: not net["bob"]["seen"], "<b>nothing</b>")

    found = net.explore()

    html = found._repr_html_()
    assert "<script>" not in html
    assert "<b>nothing" not in html
    assert "&lt;b&gt;nothing&lt;/b&gt;" in html
    assert "\x1b" not in str(found)


def test_the_estimate_is_near_the_number_of_schedules():
    found = stores(GREATEST, count=2).explore()

    assert found.total / 10 < found.estimate < 10 * found.total


# Candidates travel round a ring; each stops at a greater one.
ELECTION = """
start = source_iter([(number, next_one)]) -> out;
source_stream_serde(inbound) -> map(lambda message: message[0]) -> filter(lambda other: other > number)
    -> map(lambda other: (other, next_one)) -> out;
out = union() -> dest_sink_serde(outbound);
"""


def election(*numbers: int) -> hf.Network:
    net = hf.Network()
    for number, after in zip(numbers, [*numbers[1:], numbers[0]], strict=True):
        net.node(f"n{number}", ELECTION, number=number, next_one=f"n{after}")
    net.eventually(lambda net: True, "any end")
    return net


def repeater() -> hf.Network:
    """What may go on after it has come to rest: a timer repeats what may be lost."""
    net = hf.Network()
    net.node("alice", "source_interval(1) -> map(lambda _: (1, 'bob')) -> dest_sink_serde(outbound);")
    net.node("bob", RECEIVER, seen=[])
    net.eventually(lambda net: True, "any end")
    return net


@pytest.mark.parametrize(("build", "bounds"), [(lambda: election(4, 1, 3, 2), {}), (repeater, {"loss": 1})])
def test_estimates_are_about_the_number_of_schedules_whatever_the_seed(build, bounds):
    total = build().explore(runs=2_000, **bounds).total

    estimates = [build().explore(runs=20, seed=seed, **bounds).estimate for seed in range(10)]

    assert total / 2 < sum(estimates) / len(estimates) < 2 * total
    assert max(estimates) < 10 * total


@dataclass(frozen=True)
class Put:
    key: str
    tags: frozenset


def test_what_is_told_of_a_run_is_as_python_has_it_and_its_cell_stays_exact(tmp_path):
    net = hf.Network()
    relay = "source_stream(requests) -> map(lambda put: (put, 'bob')) -> dest_sink_serde(outbound);"
    net.node("alice", relay, requests=hf.channel(), Put=Put)
    net.node("bob", RECEIVER, seen=[], Put=Put)
    net.always(lambda net: not net["bob"]["seen"], "nothing is seen")
    net.send("alice", "requests", Put("tea", frozenset()))

    found = net.explore()

    told = 'Put("tea", frozenset())'
    assert f"send {told} to requests of alice\n" in str(found)
    assert f"deliver alice>bob#1: {told}\n" in str(found)
    assert f"# {told}\n" in found.cell
    assert "$" not in str(found) + found._repr_html_().partition("<pre>")[0]
    assert found.counterexample[0] == Send("alice", "requests", '{"$class":"Put","key":"tea","tags":{"$frozenset":[]}}')
    with contextlib.redirect_stdout(io.StringIO()):
        exec(found.cell, {"net": net})
    net.save(tmp_path / "run.json")
    with pytest.raises(PropertyViolated):
        net.replay(tmp_path / "run.json")
    assert net["bob"]["seen"] == [Put("tea", frozenset())]


def test_no_more_schedules_are_told_to_be_tried_than_there_are_about():
    found = replace(delivery().explore(), total=None, ended=Ended.RUNS, tried=1_000, estimate=364.0)

    assert str(found).startswith("1,000 schedules of more than 1,000;")


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
