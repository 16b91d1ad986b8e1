from __future__ import annotations

from collections.abc import Callable
from operator import neg
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf


def test_one_item_comes_for_one_in_the_same_order(through: Callable[..., Any]) -> None:
    assert through("map(|x| 10 * x)", [3, 1, 3], [2]) == [[30, 10, 30], [20]]


@pytest.mark.parametrize(
    "function", ["|x| -x", "lambda x: -x", "negated", "signs.neg", "table[0]", "|x| (lambda: -x)()"]
)
def test_the_function_may_be_written_in_any_way(through: Callable[..., Any], function: str) -> None:
    names = {"negated": neg, "signs": SimpleNamespace(neg=neg), "table": [neg]}

    assert through(f"map({function})", [1, -2], **names) == [[-1, 2]]


def test_a_pattern_takes_an_item_apart(through: Callable[..., Any]) -> None:
    assert through("map(|(a, (_, [b]))| a + b)", [(1, (2, [3]))]) == [[4]]


def test_an_item_that_a_pattern_does_not_fit_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([(1, 2), 3]) -> map(|(a, b)| a + b) -> null();")

    assert "the pattern `(a, b)` of `map` does not fit the item 3" in str(error)


def test_what_the_function_raises_comes_out_with_a_note_that_names_the_item() -> None:
    flow = hf.compile("source_iter([1, 0]) -> map(|x| 1 / x) -> null();")

    with pytest.raises(ZeroDivisionError) as caught:
        flow.run_tick()

    assert caught.value.__notes__ == ["hydroflow: in `map` at flow, line 1, item 0, tick 0, stratum 0"]


def test_a_name_is_looked_up_whenever_the_function_runs() -> None:
    names: dict[str, Any] = {"items": hf.channel([1]), "out": [], "factor": 10}
    flow = hf.compile("source_stream(items) -> map(|x| factor * x) -> for_each(out.append);", names)
    flow.run_tick()
    names["factor"] = 100
    names["items"].send(1)

    flow.run_tick()

    assert names["out"] == [10, 100]
