from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydroflow_nb as hf

TEXT = """
    j = join_fused{}(Fold(list, lambda acc, n: acc.append(n)), Reduce(lambda acc, n: acc + n)) -> for_each(out.append);
    source_stream(left) -> [0]j;
    source_stream(right) -> [1]j;
"""


def test_a_key_of_both_sides_comes_once_with_both_accumulators(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format(""), {"left": [(1, "a"), (2, "b"), (1, "c")], "right": [(1, 10), (1, 5), (3, 1)]}, {})

    assert found == [[(1, (["a", "c"], 15))], []]


def test_with_static_sides_every_tick_emits_all_keys(ticks: Callable[..., Any]) -> None:
    text = TEXT.format("::<'static>")

    found = ticks(text, {"left": [(1, "a")], "right": [(1, 10)]}, {}, {"left": [(2, "b")], "right": [(2, 1), (1, 1)]})

    assert found == [[(1, (["a"], 10))], [(1, (["a"], 10))], [(1, (["a"], 11)), (2, (["b"], 1))]]


def test_both_sides_are_complete_before_it_emits(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 4) -> n;
        n -> map(|n| ("k", n)) -> [0]j;
        n -> map(|n| ("k", -n)) -> [1]j;
        j = join_fused(Reduce(lambda a, b: a + b), Reduce(lambda a, b: a + b)) -> for_each(out.append);
    """

    assert ticks(text, [1]) == [[("k", (6, -6))]]


def test_the_classes_may_be_used_from_outside() -> None:
    both = hf.Reduce(lambda a, b: a + b)
    out: list[Any] = []
    flow = hf.compile(
        "source_iter([(1, 2), (1, 3)]) -> [0]j; source_iter([(1, 4)]) -> [1]j; "
        "j = join_fused(both, both) -> for_each(out.append);",
        {"both": both, "out": out},
    )

    flow.run_available()

    assert out == [(1, (5, 4))]
