from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.equality import EqualSet
from hydroflow_nb.engine.sides import DistinctSide, Matched, MultisetSide


class Liar:
    """Says that it is a dict, and that it is equal to everything."""

    @property
    def __class__(self) -> Any:
        return dict

    def __iter__(self) -> Any:
        raise AssertionError("it was taken for several values")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Liar)

    def __hash__(self) -> int:
        return 0


class OwnDict(dict[Any, Any]):
    """A dict of the user's."""


LIAR = Liar()
# Values that look like what a side holds several values in, or like nothing.
HOSTILE: list[Any] = [
    {},
    {"a": None, "b": None},
    [],
    ["a", "b"],
    EqualSet(["a", "b"]),
    OwnDict(a=None),
    DistinctSide({"a": 1}),
    MultisetSide({"a": [1]}),
    LIAR,
    None,
    (),
    ("a", "b"),
    frozenset("ab"),
]


def distinct(values: list[Any]) -> list[Any]:
    return [value for place, value in enumerate(values) if value not in values[:place]]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_a_value_that_looks_like_several_values_is_one(value: Any) -> None:
    for others in ([], ["a"], [value], ["a", value, "b"]):
        side, multiset = DistinctSide(), MultisetSide()
        for one in (value, *others):
            side.put("key", one)
            multiset.append("key", one)

        assert side.groups() == {"key": distinct([value, *others])}
        assert multiset.groups() == {"key": [value, *others]}
        assert (side.count(), multiset.count()) == (len(distinct([value, *others])), 1 + len(others))


def test_a_side_says_whether_a_value_is_new() -> None:
    side, known = DistinctSide(), dict[int, list[Any]]()
    rng = random.Random(1)

    for _ in range(400):
        key, value = rng.randrange(4), rng.choice([0, 1, 1.0, True, "a", (1, 2), [1], [1.0], {1}, frozenset({1}), None])
        assert side.put(key, value) == (value not in known.get(key, []))
        known[key] = distinct([*known.get(key, []), value])

    assert side.groups() == known


@pytest.mark.parametrize("make", [lambda side: side.copy(), lambda side: Copier().held(side)])
def test_the_copy_of_a_side_does_not_change_with_it(make: Callable[[Any], Any]) -> None:
    side, multiset = DistinctSide(), MultisetSide()
    for key, value in [(1, "a"), (2, "a"), (2, "b"), (3, [1]), (3, [2])]:
        side.put(key, value)
        multiset.append(key, value)
    before, before_multiset = side.groups(), multiset.groups()

    copy, copied_multiset = make(side), make(multiset)
    for key in (1, 2, 3, 4):
        side.put(key, "new")
        multiset.append(key, "new")

    assert (copy.groups(), copied_multiset.groups()) == (before, before_multiset)
    assert copy.put(2, "b") is False
    assert copy.put(3, [2]) is False


def test_what_people_are_given_of_a_side_is_apart_from_its_values_that_change() -> None:
    side, multiset = DistinctSide(), MultisetSide()
    lists: list[list[int]] = [[1], [2], [3]]
    for key, value in zip((1, 2, 2), lists, strict=True):
        side.put(key, value)
        multiset.append(key, value)

    copies = [Copier().accumulated(side), Copier().accumulated(multiset)]
    for one in lists:
        one.append(9)

    assert [copy.groups() for copy in copies] == [{1: [[1]], 2: [[2], [3]]}] * 2


def test_a_copier_counts_the_values_of_a_side() -> None:
    side = DistinctSide()
    for key, value in [(1, "a"), (2, "a"), (2, "b"), (3, [1]), (3, [2])]:
        side.put(key, value)
    copier = Copier()

    copier.held(side)

    assert copier.size == side.count() == 5


def test_matched_keys_are_those_of_both_whatever_comes_first() -> None:
    rng = random.Random(2)
    for _ in range(50):
        left, right, matched = dict[int, str](), dict[int, int](), Matched()
        for _ in range(8):
            for _ in range(rng.randrange(6)):
                left.setdefault(rng.randrange(20), "l")
            for _ in range(rng.randrange(6)):
                right.setdefault(rng.randrange(20), 0)
            before = list(matched.keys_of(left, right))

            found = matched.keys_of(left, right)

            assert found == before
            assert sorted(found) == sorted(left.keys() & right.keys())
            assert list(matched.matches(left, right)) == [(key, "l", 0) for key in found]


def test_keys_that_match_in_one_look_come_in_the_order_of_the_left() -> None:
    left, right, matched = dict.fromkeys([3, 1, 2, 5]), dict.fromkeys([5, 2, 9, 3]), Matched()

    assert matched.keys_of(left, right) == [3, 2, 5]
    left[9] = None
    right[1] = None
    assert matched.keys_of(left, right) == [3, 2, 5, 1, 9]


def test_a_look_that_was_interrupted_is_undone_by_the_next() -> None:
    class Stops:
        armed = False

        def __hash__(self) -> int:
            if self.armed:
                raise KeyboardInterrupt
            return 1

    stops = Stops()
    left, right, matched = {1: "a", stops: "b", 2: "c"}, {2: "x", 1: "y"}, Matched()
    left.pop(2)
    stops.armed = True
    with pytest.raises(KeyboardInterrupt):
        matched.keys_of(left, right)
    stops.armed = False
    left[2] = "c"

    assert matched.keys_of(left, right) == [1, 2]


def test_a_copy_of_matched_keys_goes_on_by_itself() -> None:
    left, right, matched = {1: "a"}, {1: "x", 2: "y"}, Matched()
    matched.keys_of(left, right)
    copy = matched.copy()
    left[2] = "b"
    matched.keys_of(left, right)

    assert (len(matched), len(copy)) == (2, 1)
    assert copy.keys_of(left, right) == [1, 2]
