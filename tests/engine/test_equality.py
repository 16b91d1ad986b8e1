from __future__ import annotations

from typing import Any

import pytest

from hydroflow_nb.engine.equality import EqualPairs, EqualSet


class Unhashable:
    """Equal to others of its value, and without a hash."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unhashable) and self.value == other.value


NAN = float("nan")


@pytest.mark.parametrize(
    ("items", "distinct"),
    [
        ([1, 2, 1], [1, 2]),
        ([[1], [2], [1]], [[1], [2]]),
        ([1, [1], True, 1.0, {1: 2}, [1.0]], [1, [1], {1: 2}]),
        ([frozenset({1}), {1}], [frozenset({1})]),
        ([{1}, frozenset({1}), {1}], [{1}]),
        ([NAN, NAN, [NAN], [NAN]], [NAN, [NAN]]),
        ([(1, [2]), (1, [2]), (1, [3])], [(1, [2]), (1, [3])]),
        ([bytearray(b"a"), b"a"], [bytearray(b"a")]),
    ],
)
def test_members_are_told_apart_by_equality_in_the_order_of_arrival(items: list[Any], distinct: list[Any]) -> None:
    found = EqualSet(items)

    assert list(found) == distinct
    assert len(found) == len(distinct)
    assert all(item in found for item in items)


def test_classes_of_ones_own_need_equality_only() -> None:
    found = EqualSet([Unhashable(1), Unhashable(1), Unhashable(2)])

    assert [item.value for item in found] == [1, 2]
    assert Unhashable(2) in found
    assert Unhashable(3) not in found


def test_nans_are_the_same_where_they_are_one_object() -> None:
    assert len(EqualSet([float("nan"), float("nan")])) == 2


def test_a_copy_is_for_itself() -> None:
    first = EqualSet([[1]])
    second = first.copy()
    second.add([2])
    second[3] = None

    assert (list(first), list(second)) == ([[1]], [[1], [2], 3])


def test_what_equality_raises_comes_out() -> None:
    class Odd(Unhashable):
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError

    found = EqualSet([Odd(1)])

    with pytest.raises(ZeroDivisionError):
        found.add(Odd(1))


def test_of_pairs_only_the_keys_are_hashed() -> None:
    found = EqualPairs([(1, [1])])

    assert [found.add(pair) for pair in [(1, [1]), (1, [2]), (2, [1]), (1, (1,))]] == [False, True, True, True]
    assert (1, [2]) in found
    assert (3, [2]) not in found
    with pytest.raises(TypeError, match="unhashable"):
        found.add(([1], 1))
