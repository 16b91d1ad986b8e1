"""Two runs of a flow alone that are one step apart, and differ."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace

import pytest
from IPython.lib.pretty import pretty

import hydroflow_nb as hf
from hydroflow_nb.correctness.levels import NETWORKS, Level
from hydroflow_nb.simulation.alone import search
from hydroflow_nb.simulation.finding.aim import Aim
from hydroflow_nb.simulation.finding.items import recorded_items


def flow_of(text, **names):
    return hf.compile(f"{text} -> for_each(out.append);", {"a": hf.channel(), "b": hf.channel(), "out": [], **names})


LAST = "source_stream(a) -> fold_keyed::<'static>(|| None, |held, v| v)"
PUTS = [("tea", "green"), ("tea", "black")]


def test_two_orders_of_two_items_are_found_where_the_last_one_wins():
    witness = flow_of(LAST).find("out", network="tcp", examples={"a": PUTS})

    assert str(witness) == (
        "the same run, but ('tea', 'black') in `a` arrives before ('tea', 'green') in `a`: "
        "`out` is [('tea', 'green')], not [('tea', 'black')]"
    )
    assert witness.is_minimal


@pytest.mark.parametrize(
    ("text", "network", "examples", "words"),
    [
        ("source_stream(a) -> fold(|| 0, |n, _| n + 1) -> filter(|n| n > 0)", None, [1, 2], "a tick ends after 1"),
        ("source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1)", "at-least-once", [5], "5 in `a` arrives again"),
        ("source_stream(a) -> enumerate::<'static>()", "udp", [7], "7 in `a`"),
    ],
)
def test_the_one_step_between_the_runs_is_said(text, network, examples, words):
    assert words in str(flow_of(text).find("out", network=network, examples={"a": examples}))


def test_the_pair_is_one_step_apart_also_in_a_longer_run():
    witness = flow_of(LAST).find("out", network="at-least-once", examples={"a": [("k", n) for n in range(9)]})

    assert len(witness.first) <= 20
    assert witness.outputs[0] != witness.outputs[1]


@pytest.mark.parametrize("text", ["source_stream(a) -> unique::<'static>()", "source_stream(a) -> map(|x| -x)"])
def test_none_is_found_where_all_runs_agree(text):
    assert flow_of(text).find("out", network="tcp", examples={"a": [1, 2, 3]}) is None


@dataclass(frozen=True)
class Put:
    key: str
    value: int


def test_messages_are_of_the_classes_of_the_flows_notebook():
    inbound = hf.Network().bind("a")[1]
    text = "source_stream_serde::<Put>(inbound) -> fold::<'static>(|| 0, |n, (m, _)| n + m.value)"
    witness = flow_of(text, inbound=inbound, Put=Put).find(
        "out", network="at-least-once", examples={"inbound": [Put("a", 3)]}
    )

    assert "Put(key='a', value=3)" in str(witness)


def test_messages_come_into_an_inbox():
    inbound = hf.Network().bind("a")[1]
    flow = flow_of("source_stream_serde(inbound) -> fold::<'static>(|| 0, |n, (m, _)| n + m)", inbound=inbound)
    witness = flow.find("out", network="at-least-once", examples={"inbound": [3]})

    assert witness.outputs == ("[6]", "[3]")


def test_the_flow_its_channels_and_its_lists_are_left_alone():
    flow = flow_of(LAST)
    flow.inputs["a"].send(("ink", "blue"))
    flow.run_available()

    flow.find("out", network="tcp", examples={"a": PUTS})

    assert flow.current_tick() == 1
    assert flow.inputs["a"].waiting() == []


def test_what_is_missing_or_misspelt_is_said():
    with pytest.raises(hf.HydroflowError, match="examples"):
        flow_of(LAST).find("out")
    with pytest.raises(hf.HydroflowError, match="did you mean 'out'"):
        flow_of(LAST).find("oud", examples={"a": PUTS})
    with pytest.raises(hf.HydroflowError, match="not an input"):
        flow_of(LAST).find("out", examples={"puts": PUTS})


def test_both_runs_are_drawn_side_by_side_and_replayed_by_a_cell():
    witness = flow_of(LAST).find("out", network="tcp", examples={"a": PUTS})

    drawn = witness.diagram()
    assert drawn.html().count("<svg") == 2
    assert "without it" in drawn.text()
    ran = {"witness": witness}
    exec(compile(witness.cell, "<cell>", "exec"), ran)
    assert (ran["first"], ran["second"]) == ([[("tea", "green")]], [[("tea", "black")]])


def test_equal_seeds_find_equal_pairs():
    examples = {"a": [("k", n) for n in range(8)]}
    one, other = (flow_of(LAST).find("out", network="udp", examples=examples, seed=3) for _ in range(2))

    assert (one.first, one.second) == (other.first, other.second)


def test_inputs_interleave_where_nothing_else_may_differ():
    text = """
        source_stream(a) -> [0]j; source_stream(b) -> [1]j;
        j = join_fused_lhs::<'static, 'tick>(Fold(lambda: 0, lambda n, x: n + x))
    """
    witness = flow_of(text).find("out", examples={"a": [("k", 1), ("k", 2)], "b": [("k", ())]})

    assert witness is not None
    assert "in `b` arrives before" in str(witness) or "a tick ends after" in str(witness)


def test_items_that_can_change_are_compared_by_what_they_hold():
    text = "source_stream(a) -> fold::<'static>(|| set(), |held, x| held.add(x))"

    # In another order these three give a set that is written in another order.
    assert flow_of(text).find("out", network="tcp", examples={"a": [1, 9, 17]}) is None


def test_what_a_recording_holds_is_sent_where_no_items_are_given():
    flow = flow_of(LAST)
    flow.record()
    for put in PUTS:
        flow.inputs["a"].send(put)
    flow.run_available()

    assert flow.find("out", network="tcp").outputs == ("[('tea', 'green')]", "[('tea', 'black')]")


def test_the_messages_of_a_recording_are_sent_to_an_inbox():
    net = hf.Network()
    inbound = net.bind("a")[1]
    flow = flow_of("source_stream_serde(inbound) -> map(|(m, _)| m) -> reduce::<'static>(|_, m| m)", inbound=inbound)
    net.node("a", flow)
    net.node("b", hf.compile("source_iter([(3, 'a'), (4, 'a')]) -> dest_sink_serde(o);", {"o": net.bind("b")[0]}))
    net["a"].records = True
    net.reset()
    net.run()

    assert recorded_items(net["a"].flow) == {"inbound": [3, 4]}


@pytest.mark.parametrize(
    ("level", "network", "words"),
    [
        ("sequence", "tcp", "arrives before"),
        ("bag", "at-least-once", "arrives again"),
        ("set", "udp", "never arrives"),
        ("bag", "tcp", None),
        ("set", "at-least-once", None),
    ],
)
def test_runs_are_compared_by_the_level_that_is_asked_for(level, network, words):
    witness = flow_of("source_stream(a) -> map(|x| -x)").find(
        "out", network=network, examples={"a": [1, 2]}, level=level
    )

    assert (witness is None) if words is None else (words in str(witness))


def test_a_level_by_which_all_runs_agree_cannot_be_asked_for():
    with pytest.raises(ValueError, match="`part`: sequence, bag, set and final"):
        flow_of(LAST).find("out", examples={"a": PUTS}, level="part")
    with pytest.raises(ValueError, match="not a level"):
        flow_of(LAST).find("out", examples={"a": PUTS}, level="bags")


def test_only_what_the_check_names_goes_wrong():
    witness = flow_of("source_stream(a) -> fold::<'static>(|| 0, |n, _| n + 1)").find(
        "out", network="udp", examples={"a": [5, 6, 7]}, level="final"
    )
    assert "again" in str(witness) or "never" in str(witness)

    # A sum is the same in every order, and in other batches.
    witness = flow_of("source_stream(a) -> fold::<'static>(|| 0, |n, x| n + x)").find(
        "out", network="at-least-once", examples={"a": [5, 6, 7]}
    )
    assert "arrives again" in str(witness)


def test_the_first_edge_that_differs_is_named():
    flow = flow_of("source_stream(a) -> map(|x| x) -> fold_keyed::<'static>(|| None, |_, v| v) -> tee() -> map(|x| x)")
    witness = flow.find("out", network="udp", examples={"a": PUTS})

    behind = next(
        wire for wire in flow.graph.partitioned.wires if wire.source_port == "" and wire.element == witness.at
    )
    assert flow.graph.partitioned.nodes[behind.edge.source].operator.name == "fold_keyed"
    assert str(witness).endswith("; they differ first behind `fold_keyed`, line 1")
    assert witness.at in flow.check().edges("order")


def test_two_runs_that_refute_a_declared_law_say_so():
    @hf.law("commutes")
    def last(_, new):
        return new

    flow = flow_of("source_stream(a) -> fold::<'static>(|| 0, last)", last=last)
    assert flow.check(network="tcp")["out"].level == "final"

    witness = flow.find("out", network="tcp", examples={"a": [1, 2]})
    assert "`last` in line 1 is declared to keep to the law `commutes`: these two runs show" in witness.refuted
    assert witness.refuted in str(witness)


def test_two_runs_that_refute_the_check_ask_for_a_report():
    flow = flow_of("source_stream(a) -> map(|x| x)")
    output = flow.check(network="tcp")["out"]
    aim = Aim(output=output, flow=output)

    assert "a fault of hydroflow_nb" in aim.refuted(NETWORKS["tcp"])
    assert aim.refuted(NETWORKS["udp"]).startswith("the check promises `part`")
    assert Aim(output=output, flow=output, level=Level.SEQUENCE).refuted(NETWORKS["tcp"]) == ""


def test_a_search_says_in_how_many_runs_nothing_differs():
    flow = flow_of("source_stream(a) -> map(|x| -x)")

    assert str(search(flow, "out", examples={"a": [1, 2, 3]})) == (
        "`out` has the same items in the same order in all 6 runs"
    )
    assert str(search(flow, "out", network="tcp", examples={"a": range(8)}, runs=50)) == (
        "`out` has the same items, each as often in 50 runs of about 10^7 (seed 0)"
    )


def test_it_can_be_asked_of_flows_and_networks_alike():
    assert hf.find(flow_of(LAST), "out", network="tcp", examples={"a": PUTS}) is not None
    with pytest.raises(TypeError, match="can be searched, not an object of type str"):
        hf.find("a text", "out")


def test_both_pictures_say_from_where_the_runs_differ():
    drawn = flow_of(LAST).find("out", network="tcp", examples={"a": PUTS}).diagram()

    assert drawn.html().count("from here on the two runs differ") == 4
    assert drawn.first.text().splitlines()[2] == "    -- from here on the two runs differ --"


def test_more_than_a_recording_keeps_is_not_compared():
    flow = flow_of("source_stream(a) -> flat_map(|n| range(n)) -> map(|x| -x)")

    assert flow.find("out", network="tcp", examples={"a": [1_500, 2]}) is None
    assert flow.find("out", network="tcp", examples={"a": [5, 2]}, level="sequence") is not None


def test_a_witness_is_shown_with_both_runs_also_as_text():
    witness = flow_of(LAST).find("out", network="tcp", examples={"a": PUTS})

    assert pretty(witness).startswith("the same run, but ")
    assert pretty(witness).count("from here on the two runs differ") == 2
    assert repr(witness).startswith("<Witness: the same run, but ")


def test_a_search_calls_no_sink_and_writes_no_file(tmp_path, capsys):
    got = []
    sinks = ["for_each(print)", "for_each(|x| got.insert(0, x))", "dest_file(path, True)"]
    text = f"s = source_stream(a) -> tee(); {' '.join(f's -> {sink};' for sink in sinks)}"
    flow = hf.compile(text, {"a": hf.channel(), "got": got, "path": tmp_path / "items.txt"})
    (tmp_path / "items.txt").write_text("kept")

    assert [flow.find(output, network="tcp", examples={"a": ["x", "y"]}) for output in flow.check()] == [None] * 3
    assert (got, capsys.readouterr().out, (tmp_path / "items.txt").read_text()) == ([], "", "kept")


@pytest.mark.parametrize("sink", ["for_each(print)", "dest_file(path, False)", "dest_sink(later)"])
def test_the_cell_of_a_pair_asks_what_came_to_a_sink_that_was_not_called(sink, tmp_path, capsys):
    async def later(_):
        raise AssertionError

    names = {"a": hf.channel(), "path": tmp_path / "file", "later": later}
    flow = hf.compile(f"source_stream(a) -> reduce::<'static>(|_, x| x) -> map(str) -> {sink};", names)
    witness = flow.find(next(iter(flow.check())), network="tcp", examples={"a": [1, 2]})
    ran = {"witness": witness, "print": lambda _: None}
    exec(compile(witness.cell, "<cell>", "exec"), ran)

    assert (ran["first"], ran["second"]) == ([["1"]], [["2"]])
    assert capsys.readouterr().out == ""


def test_what_a_flow_sends_into_its_own_channel_comes_back():
    again = hf.channel()
    text = """
        source_stream(a) -> for_each(again.send);
        source_stream(again) -> fold::<'static>(|| 0, |n, x| n + x) -> for_each(out.append);
    """
    flow = hf.compile(text, {"a": hf.channel(), "again": again, "out": []})

    witness = flow.find("out", network="at-least-once", examples={"a": [5]})
    assert witness is not None
    assert witness.outputs == ("[10]", "[5]")
    assert again.waiting() == []


def test_a_run_that_raises_differs_from_one_that_does_not():
    flow = flow_of("source_stream(a) -> assert_eq([1, 2])")
    witness = flow.find("out", network="tcp", examples={"a": [1, 2]})

    assert "`out` is not reached (AssertionFailed: error[HF403]: `assert_eq`: item 0 is 2" in str(witness)
    assert witness.refuted == ""
    assert "Misfit: item 0 is 2" in witness.diagram().text()
    ran = {"witness": witness}
    exec(compile(witness.cell, "<cell>", "exec"), ran)
    assert ran["first"] != ran["second"]


def test_what_the_reference_raises_is_raised():
    with pytest.raises(hf.AssertionFailed):
        flow_of("source_stream(a) -> assert_eq([1, 2])").find("out", network="tcp", examples={"a": [2, 1]})


@pytest.mark.parametrize(
    "made", ["random.random()", "random.random() < 0.5", "kept(x)"], ids=["chance", "a coin", "what a function keeps"]
)
def test_what_differs_in_equal_runs_is_laid_to_no_decision(made):
    seen = []
    flow = flow_of(f"source_stream(a) -> map(|x| {made})", random=random, kept=lambda x: seen.append(x) or len(seen))
    witness = flow.find("out", network="tcp", examples={"a": [1, 2, 3]})

    assert str(witness).startswith("the same run, made twice: `out` is [")
    assert (witness.decision, witness.refuted, witness.first) == (None, "", witness.second)
    assert witness.diagram().text().startswith("the run\n")
    assert "differ" not in witness.diagram().text()
    exec(compile(witness.cell, "<cell>", "exec"), {"witness": witness})


def test_chance_that_shows_in_few_runs_is_laid_to_no_decision():
    runs = iter([*[1] * 5, *range(2, 1_000)])
    flow = flow_of("source_stream(a) -> map(|x| next(runs))", runs=runs, next=next)

    assert flow.find("out", network="tcp", examples={"a": [1]}).decision is None


@pytest.mark.parametrize(
    ("text", "words", "outputs"),
    [
        ("source_stream(a) -> fold(|| 0, |n, x| n + x)", "a tick without items happens before 1", ("[0, 1]", "[1]")),
        ("source_stream(a) -> persist::<'static>() -> reduce::<'static>(|n, x| n + x)", "after 1", ("[1, 2]", "[1]")),
    ],
)
def test_a_tick_without_items_may_be_the_one_step(text, words, outputs):
    witness = flow_of(text).find("out", examples={"a": [1]})

    assert f"{words} in `a`" in str(witness)
    assert witness.outputs == outputs


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("fold::<'static>(|| 0, |_, x| x)", "udp"),
        ("fold::<'static>(|| 0, |n, x| n + x)", "at-least-once"),
        ("fold(|| 0, |n, x| n + x) -> filter(|n| n > 0)", None),
        ("enumerate::<'static>() -> filter(|(n, _)| n > 60)", "tcp"),
    ],
)
def test_the_pair_has_no_more_items_than_it_needs(text, network):
    witness = flow_of(f"source_stream(a) -> {text}").find("out", network=network, examples={"a": range(1, 101)})

    assert len(witness.first) <= (12 if "60" not in text else 70)
    ran = {"witness": witness}
    exec(compile(witness.cell, "<cell>", "exec"), ran)


@pytest.mark.parametrize("seconds", [None, 60])
def test_the_pair_is_as_small_on_a_slow_machine_and_says_where_time_was_over(seconds, monkeypatch):
    monkeypatch.setattr("hydroflow_nb.simulation.search.shrink.time", SimpleNamespace(monotonic=count(0, 30).__next__))
    text = "source_stream(a) -> enumerate::<'static>() -> filter(|(n, _)| n > 5)"

    witness = flow_of(text).find("out", network="tcp", seconds=seconds, examples={"a": range(1, 30)})

    assert witness.is_minimal is (seconds is None)
    assert (len(witness.first) < 15) is (seconds is None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"runs": 0}, "runs is a whole number from 1, not 0"),
        ({"runs": 2.5}, "runs is a whole number from 1, not 2.5"),
        ({"seconds": -1}, "seconds is a number from 0, not -1"),
        ({"seed": None}, "a seed is a number such as 7, not None"),
        ({"examples": [1]}, r"`examples` are items by input, as in {\"a\": \[1, 2\]}, not \[1\]"),
        ({"examples": {"a": 3}}, "`examples` of 'a' are a list of items"),
    ],
)
def test_a_wrong_option_is_told_of(given, words):
    with pytest.raises(ValueError, match=words):
        flow_of(LAST).find("out", **{"examples": {"a": PUTS}, **given})


def test_at_most_so_many_runs_are_tried_and_so_many_seconds():
    flow, examples = flow_of("source_stream(a) -> map(|x| -x)"), {"a": range(9)}

    assert search(flow, "out", network="udp", level="set", examples=examples, runs=1).tried == 1
    assert str(search(flow, "out", examples=examples, seconds=0)).startswith("time was over before a run of `out`")


def test_lines_of_a_file_are_not_sent_besides(tmp_path):
    (tmp_path / "lines").write_text("x\ny\n")
    text = "u = union() -> for_each(out.append); source_file(path) -> u; source_stream(a) -> u;"
    flow = hf.compile(text, {"path": tmp_path / "lines", "a": hf.channel(), "out": []})
    flow.record()
    flow.inputs["a"].send(1)
    flow.run_available()

    assert recorded_items(flow) == {"a": [1]}


def test_an_input_is_named_as_in_the_text():
    class Shop:
        orders = hf.channel()

    flow = flow_of("source_stream(shop.orders) -> fold::<'static>(|| 0, |_, x| x)", shop=Shop)
    with pytest.raises(hf.HydroflowError, match=r"\(shop\.orders\): give them as `examples=\{'shop\.orders'"):
        flow.find("out")
    assert flow.find("out", network="tcp", examples={"shop.orders": [1, 2]}) is not None


def test_a_flow_without_an_input_is_said_to_have_equal_runs():
    flow = hf.compile("source_iter([1]) -> for_each(out.append);", {"out": []})
    with pytest.raises(hf.HydroflowError, match="no such input: all its runs take in the same"):
        flow.find("out")
    with pytest.raises(hf.HydroflowError, match="it has no input to send items into"):
        flow.find("out", examples={"a": [1]})


def test_a_flow_that_never_comes_to_rest_is_told_of():
    text = "w = union() -> tee(); source_stream(a) -> w; w -> defer_tick() -> w; w -> for_each(out.append);"
    with pytest.raises(hf.HydroflowError, match="the flow does not come to rest"):
        hf.compile(text, {"a": hf.channel(), "out": []}).find("out", examples={"a": [1]})


def test_what_only_an_event_loop_brings_is_refused_and_what_a_tick_waits_for_is_compared():
    async def later(x):
        return x

    text = "source_stream(a) -> map(later) -> resolve_futures_ordered() -> reduce::<'static>(|_, x| x)"
    with pytest.raises(hf.HydroflowError, match=r"`resolve_futures_ordered` in line 1 waits for an event"):
        flow_of(text, later=later).find("out", network="tcp", examples={"a": [1, 2]})

    within = flow_of(text.replace("futures", "futures_blocking"), later=later)
    assert within.find("out", network="tcp", examples={"a": [1, 2]}).outputs == ("[1]", "[2]")


def test_what_a_tick_alone_leaves_out_is_no_difference_unless_it_is_asked_for():
    flow = flow_of("source_stream(a) -> defer_tick_lazy()")

    # Where all arrives in one tick this gives nothing: another run that gives more refutes nothing.
    assert flow.check()["out"].level == "part"
    assert flow.find("out", network="udp", examples={"a": [1, 2]}) is None
    assert flow.find("out", examples={"a": [1, 2]}, level="set").refuted == ""


def test_what_a_flow_prints_in_the_runs_of_a_search_is_not_shown(capsys):
    flow = flow_of("source_stream(a) -> inspect(print) -> _counter('n', 1) -> reduce::<'static>(|_, x| x)")
    witness = flow.find("out", network="tcp", examples={"a": [1, 2]})
    witness.diagram()

    assert capsys.readouterr().out == ""


def test_messages_to_others_are_outputs_that_no_node_takes_in():
    net = hf.Network()
    outbound, inbound, _ = net.bind("here")
    text = """
        told = source_stream_serde(inbound) -> map(|(m, _)| m) -> tee();
        told -> fold::<'static>(|| 0, |n, m| n + m) -> for_each(out.append);
        told -> map(|m| (m, 'lima')) -> dest_sink_serde(outbound);
    """
    flow = hf.compile(text, {"inbound": inbound, "outbound": outbound, "out": []})
    examples = {"inbound": [1, 2]}

    assert flow.find("out", network="at-least-once", examples=examples).outputs == ("[2]", "[1]")
    assert "never arrives" in str(flow.find("outbound", network="udp", examples=examples, level="set"))
