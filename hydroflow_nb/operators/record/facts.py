"""What is known of an operator beside its words: what the compiler, the generator and the error texts ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Emits(Enum):
    """What comes out of an operator: nothing at all, items that came in, the results of its function, one for each
    item, those of its items, which are awaitables, or something else that it makes.
    """

    NOTHING = "nothing"
    ITEMS = "items"
    RESULTS = "results"
    AWAITED = "awaited"
    MADE = "made"


class Shape(Enum):
    """How the edges of an operator belong together.

    A fan-in hands on the items of all its inputs, one input after the other, and does nothing else. A fan-out hands on
    every item to every output.
    """

    PLAIN = "plain"
    FAN_IN = "fan-in"
    FAN_OUT = "fan-out"


class LooksUp(Enum):
    """What an operator looks its items up by, which has to be hashable: whole items, or the keys of pairs."""

    NOTHING = "nothing"
    ITEM = "item"
    KEY = "key"


class Wanted(Enum):
    """What an item, or the result of a function, has to be."""

    PAIR = "pair"
    ITERABLE = "iterable"
    COMPARABLE = "comparable"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a function has to return: its kind, that kind in words with an article, and what to do about another one."""

    kind: Wanted
    words: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an operator does with its items, as far as others have to know it.

    `takes` is what its items have to be, None where anything will do. One that `loops` has a loop in its own lines for
    each item. One that is `pure` does nothing but emit and remember; what a user's function does is not its own. One
    that `lets_go` has nothing of an item when it was emitted or its first argument, a function that gets it, has
    returned.
    """

    emits: Emits = Emits.MADE
    shape: Shape = Shape.PLAIN
    looks_up: LooksUp = LooksUp.NOTHING
    takes: Wanted | None = None
    loops: bool = False
    pure: bool = True
    lets_go: bool = False
