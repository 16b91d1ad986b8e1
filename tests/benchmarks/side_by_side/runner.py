"""Interleaved rounds: every way of a shape once, in turn, after all of them have given the same items."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from side_by_side.peers import is_here
from side_by_side.shape import OURS, Shape, Way, bare


class Quartiles(NamedTuple):
    """The median of some numbers, and the quartiles around it."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Measured:
    """What the runs of a shape took: for each way the seconds of each round. The shape is bare."""

    shape: Shape
    seconds: Mapping[str, list[float]]

    def each(self, way: str) -> float:
        """The median time of a tick, in seconds."""
        return statistics.median(self.seconds[way]) / self.shape.ticks

    def ratio(self, way: str, base: str = OURS) -> Quartiles:
        """How many times longer than the base a way took, round by round."""
        pairs = zip(self.seconds[way], self.seconds[base], strict=True)
        return quartiles([one / other for one, other in pairs])


class ItemsDiffer(Exception):
    """Two ways of a shape do not give the same items."""


def quartiles(numbers: list[float]) -> Quartiles:
    """The median and the quartiles of one or more numbers."""
    if len(numbers) == 1:
        return Quartiles(*numbers * 3)
    return Quartiles(*statistics.quantiles(numbers, n=4, method="inclusive"))


def measure(shape: Shape, more: Mapping[str, Way] = {}, rounds: int = 7) -> Measured:
    """Ask all ways for their items, then time them in rounds, each in the reverse order of the one before.

    Ways of libraries that are not installed are left out. `more` holds ways that are no part of the shape. Raises
    ItemsDiffer.
    """
    ways = {name: way for name, way in chain(shape.ways.items(), more.items()) if is_here(name)}
    check(shape.title, ways)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways.items())
    for _ in range(rounds):
        for name, way in order:
            seconds[name].append(way.run().seconds)
        order.reverse()
    return Measured(bare(shape), seconds)


def check(name: str, ways: Mapping[str, Way]) -> None:
    """Raise ItemsDiffer unless all ways give the same items, each as often as the others."""
    first: tuple[str, Counter[str]] | None = None
    for way, made in ways.items():
        found = Counter(made.run().items())
        if first is None:
            first = way, found
        elif found != first[1]:
            raise ItemsDiffer(differences(name, first[0], way, first[1], found))


def differences(name: str, one: str, other: str, expected: Counter[str], found: Counter[str]) -> str:
    """What one way gives and the other does not."""
    missing, extra = expected - found, found - expected
    lines = [f"{name}: {other} does not give the items that {one} gives"]
    for words, items in (("are missing", missing), ("are too many", extra)):
        if items:
            lines.append(f"{items.total()} {words}, such as {next(iter(items))}")
    return "; ".join(lines)
