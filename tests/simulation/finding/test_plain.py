"""Items that two runs made, compared by what they hold."""

from __future__ import annotations

import array
import functools
import math
import random
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

import pytest

import hydroflow_nb as hf
from hydroflow_nb.simulation.finding.plain import plain


class Point:
    def __init__(self, x):
        self.x = x


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class Unhashed(Point):
    __hash__ = None

    def __eq__(self, other):
        return self.x == other.x


class Alone(Point):
    """Equal to nothing, not even itself."""

    def __eq__(self, other):
        return False

    __hash__ = object.__hash__


class Hostile:
    def __eq__(self, other):
        raise RuntimeError

    def __hash__(self):
        raise RuntimeError

    def __repr__(self):
        return str(random.random())


@dataclass
class Stamped:
    x: int
    made: float = field(default_factory=random.random, compare=False)


class Colour(Enum):
    RED = 1
    BLUE = 2


def cyclic(x):
    found = [x]
    found.append(found)
    return found


MADE = {
    "an object": Point,
    "slots": Slotted,
    "an object that is not hashed": Unhashed,
    "an object that equals nothing": Alone,
    "a dataclass with a field that is not compared": Stamped,
    "an exception": ValueError,
    "within": lambda x: (x, [Point({x})]),
    "a cycle": cyclic,
    "a deque of sets": lambda x: deque([{"a", "b", x}]),
    "an array": lambda x: array.array("d", [x, math.nan]),
    "a number of another kind": Decimal,
}
UNSEEN = {
    "an object": lambda _: object(),
    "hostile": lambda _: Hostile(),
    "nan": lambda _: float("nan"),
    "a decimal that is not a number": lambda _: Decimal("nan"),
    "a lock": lambda _: threading.Lock(),
    "a function": lambda x: lambda: x,
    "a method": lambda x: Point(x).__init__,
    "a partial": lambda x: functools.partial(print, x),
    "a generator": lambda x: (one for one in [x]),
    "an iterator": lambda x: iter([x]),
    "a class": lambda _: type("Made", (), {}),
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_what_is_made_anew_is_compared_by_what_it_holds(made):
    assert plain(made(1)) == plain(made(1))
    assert hash(plain(made(1))) == hash(plain(made(1)))
    assert plain(made(1)) != plain(made(2))


@pytest.mark.parametrize("made", UNSEEN.values(), ids=UNSEEN)
def test_what_cannot_be_told_apart_counts_as_equal(made):
    assert plain([made(1)]) == plain([made(1)])
    assert hash(plain(made(1))) == hash(plain(made(1)))
    assert plain(made(1)) != plain(1)


def test_what_its_class_calls_equal_is_equal():
    assert plain(Colour.RED) == plain(Colour.RED) != plain(Colour.BLUE)
    assert plain(Counter(a=1, b=0)) == plain(Counter(a=1))
    assert plain(Decimal(1)) == plain(1) == plain(1.0)


@pytest.mark.parametrize("made", [*MADE.values(), *UNSEEN.values()], ids=[*MADE, *(f"{one}, unseen" for one in UNSEEN)])
def test_no_two_runs_differ_in_items_that_are_only_made_anew(made):
    flow = hf.compile(
        "source_stream(a) -> map(|x| made(x)) -> for_each(out.append);", {"a": hf.channel(), "out": [], "made": made}
    )

    assert flow.find("out", network="tcp", examples={"a": [1, 2]}) is None
