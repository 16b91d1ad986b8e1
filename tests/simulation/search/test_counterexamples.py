"""What a search finds: a counterexample in few decisions, told whole, that repeats."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, replace

import pytest
from small_systems import GREATEST, LAST, READ_MODIFY_WRITE, RECEIVER, counter, delivery, still_fails, stores

import hydroflow_nb as hf
from hydroflow_nb.simulation import Crash, Cut, Deliver, Exploration, PropertyViolated, Restart, Send, State, Tick
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.properties import Properties
from hydroflow_nb.simulation.search.outcome import Ended


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
        simulation.Reorder(("a>b#2",), ("a>b#1",)),
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
