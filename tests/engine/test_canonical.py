"""Canonical forms: the same bytes for equal values, others for values that differ."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.canonical import SIZE, Forms, NoForm, digest
from hydroflow_nb.engine.equality import EqualSet
from hydroflow_nb.engine.sides import DistinctSide, MultisetSide
from hydroflow_nb.lattices import MapUnion, Max, Min, Pair, SetUnion


class Colour(Enum):
    RED = 1
    BLUE = 2


class Point(NamedTuple):
    x: int
    y: Any


@dataclass(frozen=True)
class Frozen:
    held: Any


@dataclass
class Changing:
    held: Any


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held


class Words(set[str]):
    pass


def counting(start: int) -> Callable[[], int]:
    number = start

    def count() -> int:
        nonlocal number
        number += 1
        return number

    return count


def generated(first: int) -> Iterator[int]:
    yield first


def side(kind: Any, *pairs: tuple[Any, Any]) -> Any:
    made = kind()
    for key, value in pairs:
        (made.put if kind is DistinctSide else made.append)(key, value)
    return made


# No two of them are the same state.
CONSTANTS = (None, True, 1, 1.0, 0.0, -0.0, "1", b"1", 1j, 10**30, (), (1,), (1, 2), ("1",), ((1,),), "ab", Decimal(1))
MADE: list[Callable[[], Any]] = [
    *[partial(lambda value: value, value) for value in CONSTANTS],
    list,
    lambda: [1],
    lambda: [[1]],
    lambda: [1, 2],
    lambda: [2, 1],
    lambda: deque([1]),
    lambda: bytearray(b"1"),
    lambda: {1, 2},
    lambda: frozenset({1, 2}),
    lambda: {"1", "2"},
    lambda: {(1, "a"), (2, "b")},
    lambda: Words("ab"),
    dict,
    lambda: {1: 2},
    lambda: {1: 2, 3: 4},
    lambda: {3: 4, 1: 2},
    lambda: {1: [2]},
    lambda: Counter("aab"),
    lambda: defaultdict(list, {1: [2]}),
    lambda: OrderedDict({1: 2}),
    lambda: {frozenset("ab"): {"a"}},
    lambda: Colour.RED,
    lambda: Colour.BLUE,
    lambda: Point(1, 2),
    lambda: Point(1, [2]),
    lambda: Frozen(1),
    lambda: Changing(1),
    lambda: Changing(2),
    lambda: Changing([1]),
    lambda: Slotted(1),
    lambda: Slotted([1]),
    lambda: Max(1),
    lambda: Max(2),
    lambda: Min(1),
    lambda: SetUnion({1}),
    lambda: MapUnion({"a": Max(1)}),
    lambda: Pair(Max(1), Min(2)),
    lambda: hf.channel(),
    lambda: hf.channel([1]),
    lambda: datetime(2000, 1, 1, tzinfo=UTC),
    lambda: side(DistinctSide, (1, 2)),
    lambda: side(MultisetSide, (1, 2)),
    lambda: side(DistinctSide, (1, 2), (1, 3)),
    lambda: EqualSet([1, 2]),
    lambda: EqualSet([[1]]),
    lambda: counting(1),
    lambda: counting(2),
    lambda: generated(1),
    lambda: generated(2),
    lambda: iter([1, 2]),
    lambda: iter((1, 2)),
    lambda: random.Random(1),
    lambda: random.Random(2),
    lambda: partial(int, base=2),
    lambda: partial(int, base=3),
    lambda: [1].append,
    lambda: [2].append,
    lambda: Changing,
    lambda: Frozen,
    lambda: counting,
    lambda: len,
    lambda: random,
    lambda: itertools.count(3),
    lambda: ValueError("x"),
]


def test_values_that_are_made_alike_have_one_form_and_others_have_another():
    forms = Forms()

    first = [forms.of([make()]) for make in MADE]
    again = [forms.of([make()]) for make in MADE]

    assert first == again
    assert len(set(first)) == len(MADE)
    assert {len(digest(form)) for form in first} == {SIZE}


def test_what_stands_in_two_places_is_told_from_two_that_are_equal():
    forms, one = Forms(), [1]

    assert forms.of([one, one]) != forms.of([[1], [1]])
    assert forms.of([Changing(one), one]) != forms.of([Changing([1]), [1]])
    # What never changes is the same either way.
    for make in (lambda: Point(1, 2), lambda: Frozen("x"), lambda: (1, ("a",)), lambda: frozenset("ab")):
        held = make()
        assert forms.of([held, held]) == forms.of([make(), make()])


def test_what_holds_itself_has_a_form():
    def round() -> list[Any]:
        made: list[Any] = [1]
        made.append(made)
        return made

    assert Forms().of([round()]) == Forms().of([round()]) != Forms().of([[1, [1]]])


def test_a_lattice_that_was_hashed_is_told_from_one_that_can_change():
    forms, frozen = Forms(), SetUnion({1, 2})
    hash(frozen)

    assert forms.of([frozen]) != forms.of([frozen.copy()])


def test_a_function_that_counts_its_calls_has_another_form_after_each():
    forms, count = Forms(), counting(0)
    before = forms.of([count])

    count()

    assert forms.of([count]) != before


def begun() -> Iterator[int]:
    made = generated(1)
    next(made)
    return made


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (begun, "a generator that was begun"),
        (threading.Lock, "a `lock`"),
        (lambda: {Changing}.__class__([object()]), "a set of `object`, which are equal to nothing but themselves,"),
        (lambda: [[threading.Lock()]], "a `lock`"),
    ],
)
def test_what_is_open_or_under_way_has_no_form(make, what):
    with pytest.raises(NoForm) as refused:
        Forms().of([make()])

    assert str(refused.value) == what


def test_what_nests_too_deeply_has_no_form():
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(NoForm, match="nests too deeply"):
        Forms().of([deep])


def test_names_are_exchanged_wherever_they_stand():
    forms, exchange = Forms(), {"a": "b", "b": "a", ("h", 1): ("h", 2), ("h", 2): ("h", 1)}

    def form(*values: Any) -> bytes:
        return forms.of(values, exchange)

    same = {name: name for name in exchange}
    assert form("a", ["b"], {"a": ("a", "c")}, {"b", "c"}, ("h", 1), Changing("a")) == forms.of(
        ["b", ["a"], {"b": ("b", "c")}, {"a", "c"}, ("h", 2), Changing("b")], same
    )


def test_a_form_does_not_depend_on_the_hash_seed():
    program = """
from hydroflow_nb.engine.canonical import Forms
from hydroflow_nb.lattices import MapUnion, SetUnion
held = SetUnion({"one", "two", "three"})
hash(held)
words = [f"word {number}" for number in range(50)]
values = [set(words), frozenset(words), {frozenset([a, "x"]) for a in words}, MapUnion({"a": SetUnion(words)}), held]
print(Forms().of(values).hex())
"""

    def form(seed: int) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        return subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert len({form(seed) for seed in range(3)}) == 1
