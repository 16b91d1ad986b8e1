"""Blocking operators gather their input where it comes from, instead of going over a list of it."""

from __future__ import annotations

import contextlib

import hydroflow_nb as hf

COUNT = """
    source_stream(lines) -> flat_map(|line| line.split()) -> map(|word| (word, 1))
        -> fold_keyed(|| 0, |n, one| n + one) -> sort() -> for_each(out.append);
"""


def test_a_pair_that_is_only_folded_is_never_built() -> None:
    source = hf.compile(COUNT, namespace={"lines": hf.channel(), "out": []}).generated_source

    first_stratum = source[source.index("def stratum_0") : source.index("def stratum_1")]
    assert "groups.get(" in first_stratum
    assert "append" not in first_stratum
    assert "handoff_1 = []" not in source


def test_a_flow_whose_recording_begins_between_ticks_goes_on_as_before() -> None:
    results = []
    for begins in (None, 0, 1):
        lines, out = hf.channel(["a b a"]), []
        flow = hf.compile(
            COUNT.replace("fold_keyed(", "fold_keyed::<'static>("), namespace={"lines": lines, "out": out}
        )
        for tick in range(3):
            if begins == tick:
                flow.record()
            flow.run_tick()
            lines.send("b")
        results.append(out)

    assert results[0] == results[1] == results[2]
    assert results[0][:4] == [("a", 2), ("b", 1), ("a", 2), ("b", 2)]


def test_what_is_gathered_from_a_cycle_is_complete_before_it_is_used() -> None:
    out: list[int] = []
    text = """
        source_iter([1]) -> c; c = union() -> unique() -> tee();
        c -> map(|x| x + 1) -> filter(|x| x < 5) -> c;
        c -> fold(|| 0, |a, x| a + x) -> for_each(out.append);
    """
    hf.compile(text, namespace={"out": out}).run_tick()

    assert out == [10]


def test_a_fault_in_a_recorded_tick_leaves_nothing_in_its_handoffs() -> None:
    items, out = hf.channel([1, 2]), []
    text = "source_stream(items) -> sort() -> map(|x| 1 // x) -> for_each(out.append);"
    flow = hf.compile(text, namespace={"items": items, "out": out})
    flow.record()
    flow.run_stratum()
    flow.reset()
    items.extend([0, 1])
    with contextlib.suppress(ZeroDivisionError):
        flow.run_tick()
    flow.run_tick()

    assert out == []
