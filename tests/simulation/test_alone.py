"""Two runs of a flow alone that are one step apart, and differ."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf


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
