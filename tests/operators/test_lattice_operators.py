"""The operators that merge lattice values: one kind of behaviour, told in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.lattices import CartesianProductBimorphism, MapUnion, Max, Min, Pair, SetUnion

NAMES = {
    "Max": Max,
    "Min": Min,
    "SetUnion": SetUnion,
    "MapUnion": MapUnion,
    "Pair": Pair,
    "product": CartesianProductBimorphism(),
}


def test_a_fold_emits_once_in_every_tick_that_happens(through: Callable[..., Any]) -> None:
    for lifetime, expected in (("'tick", [[3], [0], [2]]), ("'static", [[3], [3], [3]])):
        operator = f"map(|x| Max(x)) -> lattice_fold::<{lifetime}>(|| Max(0)) -> map(|m| m.reveal())"

        assert through(operator, [1, 3], [], [2], **NAMES) == expected


def test_a_reduction_emits_nothing_before_the_first_item(through: Callable[..., Any]) -> None:
    for lifetime, expected in (("'tick", [[], [3], []]), ("'static", [[], [3], [3]])):
        operator = f"map(|x| Max(x)) -> lattice_reduce::<{lifetime}>() -> map(|m| m.reveal())"

        assert through(operator, [], [3, 1], [], **NAMES) == expected


@pytest.mark.parametrize("operator", ["lattice_fold(|| Max(0))", "lattice_reduce()"])
def test_a_cycle_through_a_growing_value_comes_to_its_fixpoint(ticks: Callable[..., Any], operator: str) -> None:
    text = f"""
        source_stream(items) -> map(Max) -> grow;
        grow = union() -> {operator} -> map(|m| Max(m.reveal() + 1)) -> filter(|m| m.reveal() < 5) -> tee();
        grow -> grow;
        grow -> for_each(|m| out.append(m.reveal()));
    """

    assert ticks(text, [1], [], **NAMES)[0] == [2, 3, 4]


def test_what_was_emitted_is_not_changed_by_later_merges(ticks: Callable[..., Any]) -> None:
    text = (
        "source_stream(items) -> map(|x| SetUnion({x})) -> lattice_fold::<'static>(SetUnion) -> for_each(kept.append);"
    )
    kept: list[SetUnion[int]] = []
    ticks(text, [1], [2], kept=kept, **NAMES)

    assert [sorted(found.reveal()) for found in kept][:2] == [[1], [1, 2]]


def test_a_batch_waits_for_its_signal(ticks: Callable[..., Any]) -> None:
    text = """
        source_stream(items) -> map(|x| SetUnion({x})) -> [input]b;
        source_stream(signals) -> [signal]b;
        b = _lattice_fold_batch::<SetUnion>() -> for_each(|s| out.append(sorted(s.reveal())));
    """
    batches = [{"items": [1], "signals": []}, {"items": [2], "signals": [(), ()]}, {"items": [], "signals": [()]}]

    assert ticks(text, *batches, **NAMES) == [[], [[1, 2]], [[]]]


def test_a_fused_join_gives_each_key_once(ticks: Callable[..., Any]) -> None:
    for lifetime, second in (("'tick", []), ("'static", [MapUnion({"k": Pair(Max(9), Min(5))})])):
        text = f"""
            source_stream(items) -> map(|(k, v)| (k, Max(v))) -> [0]j;
            source_stream(others) -> map(|(k, v)| (k, Min(v))) -> [1]j;
            j = _lattice_join_fused_join::<{lifetime}, Max, Min>() -> for_each(out.append);
        """
        batches = [{"items": [("k", 1), ("k", 2)], "others": [("k", 7), ("k", 5)]}, {"items": [("k", 9)], "others": []}]

        assert ticks(text, *batches, **NAMES) == [[MapUnion({"k": Pair(Max(2), Min(5))})], second]


def test_a_bimorphism_takes_what_is_new_with_the_state_of_the_other_side(ticks: Callable[..., Any]) -> None:
    text = """
        l = source_stream(items) -> map(|x| SetUnion({x})) -> state::<'static, SetUnion>(); l -> [0]j;
        r = source_stream(others) -> map(|x| SetUnion({x})) -> state::<'static, SetUnion>(); r -> [1]j;
        j = lattice_bimorphism(product, $l, $r) -> for_each(|s| out.append(sorted(s.reveal())));
    """
    batches = [{"items": [1], "others": [8, 9]}, {"items": [], "others": []}, {"items": [2], "others": []}]

    assert ticks(text, *batches, **NAMES) == [[[(1, 8), (1, 9)]], [], [[(2, 8), (2, 9)]]]
