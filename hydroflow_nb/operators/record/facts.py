"""What the compiler, the generator and the error texts know of an operator."""

from __future__ import annotations

from enum import Enum

from hydroflow_nb.records import dataclass


class Emits(Enum):
    """What an operator emits: nothing; items that it received; for each item the result of its function; the results
    of its items, which are awaitables; or something else, which it makes.
    """

    NOTHING = "nothing"
    ITEMS = "items"
    RESULTS = "results"
    AWAITED = "awaited"
    MADE = "made"


class Shape(Enum):
    """How the edges of an operator belong together.

    A fan-in emits the items of all its inputs, one input after the other, and does nothing else. A fan-out emits every
    item to every output.
    """

    PLAIN = "plain"
    FAN_IN = "fan-in"
    FAN_OUT = "fan-out"


class LooksUp(Enum):
    """What an operator looks items up by: nothing, whole items, or the keys of pairs. That has to be hashable."""

    NOTHING = "nothing"
    ITEM = "item"
    KEY = "key"


class Wanted(Enum):
    """What the result of a function has to be."""

    PAIR = "pair"
    ITERABLE = "iterable"
    COMPARABLE = "comparable"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a function has to return: its kind, the kind in words with an article, and a hint for other results."""

    kind: Wanted
    words: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Lends:
    """An accumulator that an operator hands on, and changes when further items come: by a function argument, of this
    number, or without one by a merge. `keyed`: there is one for each key. `port`: the output that gets it, if not each.
    """

    argument: int | None = None
    keyed: bool = False
    port: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an operator does with its items, as far as other rooms have to know it.

    - `iterates`: it emits the elements of its items, which have to be iterable.
    - `loops`: its own lines contain a loop for each item.
    - `pure`: it has no effects; all that it does is to remember and to emit. One that only calls a function for what
      that does (`for_each`), writes, sends, prints or aborts ticks is not pure. One that calls a function for its
      result is: what else the function does is the user's.
    - `stateless`: what comes out for an item depends on that item alone, in the order of the items, and nothing of it
      is kept.
    - `lets_go`: it holds nothing of an item once it has emitted it, or once its first argument, a function that gets
      the item, has returned.
    - `lends`: it hands on what it goes on to change.
    One that `meets_network` takes its items from a network, or gives them to it.
    """

    emits: Emits = Emits.MADE
    shape: Shape = Shape.PLAIN
    looks_up: LooksUp = LooksUp.NOTHING
    iterates: bool = False
    loops: bool = False
    pure: bool = True
    stateless: bool = False
    lets_go: bool = False
    meets_network: bool = False
    lends: Lends | None = None
