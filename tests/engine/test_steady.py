from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import pytest

from hydroflow_nb.engine.steady import Steady
from hydroflow_nb.lattices import Max
from hydroflow_nb.purity import Relied


@dataclass(frozen=True)
class Point:
    x: int


@dataclass(eq=False)
class Alone:
    x: int


class Pair(NamedTuple):
    left: int
    right: int


class Colour(Enum):
    RED = 1


def doubled(x: int) -> int:
    return 2 * factor * x


def noted(x: int) -> int:
    seen.append(x)
    return x


def put(acc: list[int], x: int) -> None:
    acc.append(x)


factor = 1
seen: list[int] = []
tripled = lambda x: 3 * x  # noqa: E731


@pytest.mark.parametrize(
    "value", [1, "a", (1, ("b", None)), Colour.RED, len, math.sqrt, str.lower, Point, Pair, Max, doubled, tripled, int]
)
def test_what_gives_the_same_in_every_tick_is_steady(value: Any) -> None:
    names = {"value": value}
    steady = Steady(names, Relied({("value",): None}))

    assert not steady.impure
    assert steady.holds(names)
    names["value"] = 7
    assert not steady.holds(names)


@pytest.mark.parametrize("value", [[1], {}, set(), noted, random.random, Alone, object(), print, open, put, [].append])
def test_what_can_change_or_has_effects_is_refused(value: Any) -> None:
    names = {"value": value}
    steady = Steady(names, Relied({("value",): None}))

    assert steady.impure.startswith("uses `value`, which ")
    assert steady.holds(names)
    names["value"] = 1
    assert not steady.holds(names)


def test_a_fold_may_be_given_what_changes_its_accumulator() -> None:
    for value in (put, list.append, set.add):
        assert not Steady({"value": value}, Relied(folds={("value",): None})).impure


def test_a_name_that_a_function_reads_is_looked_at_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"value": doubled}
    steady = Steady(names, Relied({("value",): None}))

    monkeypatch.setitem(globals(), "factor", 5)

    assert not steady.holds(names)


def test_another_namespace_is_another_thing() -> None:
    steady = Steady({"n": 1}, Relied({("n",): None}))

    assert not steady.holds({"n": 1})


def test_attributes_are_followed_through_modules_and_classes_only() -> None:
    assert not Steady({"math": math}, Relied({("math", "pi"): None})).impure
    assert not Steady({"Colour": Colour}, Relied({("Colour", "RED"): None})).impure
    part = Steady({"point": Point(1)}, Relied({("point", "x"): None})).impure
    assert part == "uses `point.x`, which is a part of a Point, which can change"
