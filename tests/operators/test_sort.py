from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb.engine.ordering import ordered


def test_the_items_of_a_tick_come_in_ascending_order(through: Callable[..., Any]) -> None:
    assert through("sort()", [3, 1, 2, 1], [], [5, 4]) == [[1, 1, 2, 3], [], [4, 5]]


def test_items_that_were_made_on_the_way_are_sorted(through: Callable[..., Any]) -> None:
    assert through("map(|x| (-x, x)) -> sort() -> map(|(_, x)| x)", [1, 3, 2]) == [[3, 2, 1]]


def test_it_waits_for_the_end_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n - 1) -> filter(|n| n > 0) -> n;
        n -> sort() -> for_each(out.append);
    """

    assert ticks(text, [3]) == [[1, 2, 3]]


def test_two_items_that_cannot_be_compared_are_named(refused: Callable[..., Any]) -> None:
    error = refused('source_iter([1, 2, "a"]) -> sort() -> null();')

    assert "`sort` cannot compare the items 1 and 'a'" in str(error)
    assert "sort_by_key" in str(error)


def test_what_a_comparison_of_the_user_raises_comes_out_as_it_is() -> None:
    class Odd:
        def __lt__(self, other: Any) -> bool:
            raise ZeroDivisionError

    flow = hf.compile("source_iter([Odd(), Odd()]) -> sort() -> null();", {"Odd": Odd})

    with pytest.raises(ZeroDivisionError):
        flow.run_tick()


NAN = float("nan")


@pytest.mark.parametrize("operator", ["sort()", "sort_by_key(|x| x)", "sort_by_key(lambda x: x)"])
def test_nan_comes_behind_all_other_numbers(through: Callable[..., Any], operator: str) -> None:
    items = [3.0, NAN, 1, float("inf"), NAN, -2.0, 10**400, True]

    (found,) = through(operator, items)

    assert repr(found) == repr([-2.0, 1, True, 3.0, 10**400, float("inf"), NAN, NAN])


def test_nan_has_its_place_in_tuples_and_lists(through: Callable[..., Any]) -> None:
    items = [("b", [NAN, 1]), ("b", [2.0, 2]), ("a", [NAN, 2]), ("a", [NAN, 1])]

    (found,) = through("sort()", items)

    assert repr(found) == repr([("a", [NAN, 1]), ("a", [NAN, 2]), ("b", [2.0, 2]), ("b", [NAN, 1])])


def test_pairs_with_nan_are_in_order(through: Callable[..., Any]) -> None:
    (found,) = through("sort_keyed()", [(NAN, 1), (2.0, NAN), (2.0, 3.0), (1.0, 5)])

    assert repr(found) == repr([(1.0, 5), (2.0, 3.0), (2.0, NAN), (NAN, 1)])


@pytest.mark.parametrize("items", [[1.0, NAN, "a"], [(1.0, 2), NAN], [[NAN], (1.0,)]])
def test_what_cannot_be_compared_is_an_error_with_nan_too(refused: Callable[..., Any], items: list[Any]) -> None:
    assert "`sort` cannot compare" in str(refused("source_iter(items) -> sort() -> null();", items=items))


@given(st.lists(st.floats() | st.integers() | st.booleans(), max_size=30))
def test_every_list_of_numbers_has_one_order(items: list[Any]) -> None:
    found = items.copy()
    ordered(found)

    numbers = [item for item in items if item == item]
    assert found[: len(numbers)] == sorted(numbers)
    assert all(item != item for item in found[len(numbers) :])
