from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.engine.aggregation import Aggregation, Fold, FoldFrom, Reduce, aggregation
from hydroflow_nb.engine.misfit import Misfit


def add(acc: Any, value: Any) -> Any:
    return acc + value


def put(acc: list[Any], value: Any) -> None:
    acc.append(value)


@pytest.mark.parametrize(
    ("made", "groups"),
    [
        (Fold(int, add), {"a": 4, "b": 2}),
        (Reduce(add), {"a": 4, "b": 2}),
        (FoldFrom(float, add), {"a": 4.0, "b": 2.0}),
        (Fold(list, put), {"a": [1, 3], "b": [2]}),
        (FoldFrom(lambda value: [value], put), {"a": [1, 3], "b": [2]}),
        (Reduce(lambda acc, value: None), {"a": 1, "b": 2}),
    ],
)
def test_an_aggregation_puts_the_values_of_a_key_together(made: Aggregation, groups: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    for key, value in [("a", 1), ("b", 2), ("a", 3)]:
        made.add(found, key, value, set())

    assert found == groups


def test_a_value_that_is_reduced_in_place_is_not_changed_itself() -> None:
    value, found = [1], dict[str, Any]()

    for one in (value, [2]):
        Reduce(list.extend).add(found, "a", one, set())

    assert (value, found) == ([1], {"a": [1, 2]})


def test_an_accumulator_that_was_emitted_is_copied_before_the_next_ticks_first_change() -> None:
    made, found = Fold(list, put), dict[str, Any]()
    made.add(found, "a", 1, set())
    emitted, fresh = found["a"], set[Any]()

    made.add(found, "a", 2, fresh)
    second = found["a"]
    made.add(found, "a", 3, fresh)

    assert emitted == [1]
    assert found["a"] is second
    assert second == [1, 2, 3]


@pytest.mark.parametrize("value", [None, 3, add, "Fold"])
def test_what_is_no_aggregation_is_told_with_what_would_be_one(value: Any) -> None:
    with pytest.raises(Misfit, match=r"Fold\(init, f\)"):
        aggregation(value)


@pytest.mark.parametrize("make", [lambda: Fold(0, add), lambda: Reduce(None), lambda: FoldFrom(int, "f")])
def test_an_aggregation_is_made_of_functions(make: Callable[[], Aggregation]) -> None:
    with pytest.raises(Misfit, match="cannot call"):
        make()
