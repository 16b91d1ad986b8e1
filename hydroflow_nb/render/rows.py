"""Rows of items that are joined to those of the next row: their order, with few crossings, and their places."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import field
from itertools import accumulate, pairwise

from hydroflow_nb.records import dataclass

# Sweeps over the rows, down and up; more of them change little.
_ORDERING_SWEEPS = 8
_PLACING_SWEEPS = 10
# An edge that goes past rows is to be straight, more than the edges of nodes.
_STRAIGHT = 4.0


@dataclass(eq=False, kw_only=True)
class Item:
    """Something in a row; `x` is its middle. One without a size is a point that an edge goes through."""

    rank: int
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    up: list[Joint] = field(default_factory=list)
    down: list[Joint] = field(default_factory=list)

    @property
    def is_point(self) -> bool:
        """True for a point of an edge."""
        return self.height == 0.0


@dataclass(frozen=True, kw_only=True)
class Joint:
    """An end of a piece of an edge: the item at the other end, and how far from both middles the piece begins."""

    other: Item
    own_offset: float
    other_offset: float


class Rows:
    """Items by row; `arrange` orders and places them. `width` is that of the widest row then."""

    def __init__(self, spacing: float) -> None:
        self._spacing = spacing
        self._rows: dict[int, list[Item]] = {}
        self.width = 0.0

    def add(self, rank: int, width: float = 0.0, height: float = 0.0) -> Item:
        """Put an item at the end of a row."""
        item = Item(rank=rank, width=width, height=height)
        self._rows.setdefault(rank, []).append(item)
        return item

    def of(self, rank: int) -> Sequence[Item]:
        """The items of a row, from left to right."""
        return self._rows.get(rank, [])

    def join(self, above: Item, below: Item, offset_above: float, offset_below: float) -> None:
        """Join an item to one of the next row; the piece begins and ends so far from their middles."""
        above.down.append(Joint(other=below, own_offset=offset_above, other_offset=offset_below))
        below.up.append(Joint(other=above, own_offset=offset_below, other_offset=offset_above))

    def arrange(self) -> None:
        """Order the items of each row, then place them; the leftmost item begins at 0."""
        self._rows = dict(sorted(self._rows.items()))
        self._order()
        for row in self._rows.values():
            self._set(row, [0.0] * len(row), [1.0] * len(row))
        for sweep in range(_PLACING_SWEEPS):
            self._sweep(is_down=sweep % 2 == 0)
        left = min((item.x - item.width / 2 for row in self._rows.values() for item in row), default=0.0)
        for row in self._rows.values():
            for item in row:
                item.x -= left
        self.width = max((item.x + item.width / 2 for row in self._rows.values() for item in row), default=0.0)

    # --- the order ----------------------------------------------------------------------------------------------------

    def _order(self) -> None:
        best, fewest = list(self._rows.values()), self._crossings()
        for sweep in range(_ORDERING_SWEEPS):
            if fewest == 0:
                break
            is_down = sweep % 2 == 0
            for rank in self._rows if is_down else reversed(self._rows):
                self._rows[rank] = self._sorted(self._rows[rank], is_down=is_down)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = list(self._rows.values()), crossings
        self._rows = dict(zip(self._rows, best, strict=True))

    def _sorted(self, row: list[Item], *, is_down: bool) -> list[Item]:
        """A row in the order of the barycentres of what its items are joined to; others keep their places."""
        places = self._places()

        def barycentre(index: int) -> float:
            joints = row[index].up if is_down else row[index].down
            if not joints:
                return index / max(1, len(row) - 1)
            return sum(places[joint.other] + 1e-3 * joint.other_offset for joint in joints) / len(joints)

        return [row[index] for index in sorted(range(len(row)), key=barycentre)]

    def _places(self) -> dict[Item, float]:
        """How far from the left each item stands in its row, from 0 to 1."""
        return {item: index / max(1, len(row) - 1) for row in self._rows.values() for index, item in enumerate(row)}

    def _crossings(self) -> int:
        return sum(
            _crossings_below(row, {item: index for index, item in enumerate(self.of(rank + 1))})
            for rank, row in self._rows.items()
        )

    # --- the places ---------------------------------------------------------------------------------------------------

    def _sweep(self, *, is_down: bool) -> None:
        for rank in self._rows if is_down else reversed(self._rows):
            row = self._rows[rank]
            wanted, weights = [], []
            for item in row:
                joints = (item.up or item.down) if is_down else (item.down or item.up)
                if joints:
                    places = [joint.other.x + joint.other_offset - joint.own_offset for joint in joints]
                    wanted.append(sum(places) / len(places))
                    weights.append(_STRAIGHT if item.is_point else float(len(joints)))
                else:
                    wanted.append(item.x)
                    weights.append(0.1)
            self._set(row, wanted, weights)

    def _set(self, row: Sequence[Item], wanted: Sequence[float], weights: Sequence[float]) -> None:
        """Place the items of a row as close to where they are wanted as they can stand side by side."""
        distances = [0.0]
        for one, other in pairwise(row):
            gap = self._spacing / 2 if one.is_point and other.is_point else self._spacing
            distances.append((one.width + other.width) / 2 + gap)
        starts = list(accumulate(distances))
        free = _ascending([place - start for place, start in zip(wanted, starts, strict=True)], weights)
        for item, start, place in zip(row, starts, free, strict=True):
            item.x = start + place


def _crossings_below(row: Sequence[Item], places: dict[Item, int]) -> int:
    """How many pairs of pieces cross between a row and the next one."""
    crossings = 0
    seen: list[int] = []
    for item in row:
        targets = [places[joint.other] for joint in item.down]
        crossings += sum(len(seen) - bisect_right(seen, target) for target in targets)
        for target in targets:
            insort(seen, target)
    return crossings


def _ascending(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The ascending numbers that are closest to the wanted ones by weighted least squares: pool adjacent violators."""
    pools: list[tuple[float, float, int]] = []  # the sum of weights, the mean, how many
    for number, weight in zip(wanted, weights, strict=True):
        total, mean, count = weight, number, 1
        while pools and pools[-1][1] >= mean:
            other, other_mean, other_count = pools.pop()
            mean = (total * mean + other * other_mean) / (total + other)
            total, count = total + other, count + other_count
        pools.append((total, mean, count))
    return [mean for _, mean, count in pools for _ in range(count)]
