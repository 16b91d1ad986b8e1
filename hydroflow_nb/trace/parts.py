"""How a loop of recorded code goes through its items: which are kept, and which are only counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count, islice
from math import inf
from operator import length_hint
from typing import Any, Final

from hydroflow_nb.engine.keeping import LoopPlan, RunPlan
from hydroflow_nb.trace.ticks import depth_of

# Iterators that tell exactly how many items are left.
_SIZED: Final = frozenset(
    map(type, map(iter, ([], (), {}, {}.values(), {}.items(), set(), range(0), range(1 << 70), b"", "")))
)
# Iterators over what is there as a whole.
_WHOLE: Final = frozenset(map(type, map(iter, ([], ()))))
# Of what may be kept of a loop, so much is for its first items, the rest for its last ones.
_FIRST: Final = 0.75
# Of a loop that is not kept as a whole a twentieth is kept, or a quarter of what there is room for: a run in which one
# item in twenty costs ten times as much costs half as much again.
_SHARE: Final = 20
_LEAST: Final = 4
_NOTHING: Final[Any] = ()

# Lists of items that were looked at before, with their depth, by `id`.
Known = Mapping[int, tuple[Sequence[Any], int, int | None]]
# For a loop: the items that are known not to change, those that are kept one by one, those that are counted, and the
# length of a list that ends the first two.
Part = tuple[Iterator[Any], Iterator[Any], Iterator[Any], float]


@dataclass(slots=True)
class Way:
    """A way to keep items: how many entries of lists a passing item makes, and whether a list may become full."""

    width: int
    can_be_full: bool

    @staticmethod
    def of(rows: Sequence[int], run: RunPlan) -> Way:
        """The way that fills these lists."""
        width = sum(run.rows[number].width for number in rows)
        return Way(max(1, width), any(run.rows[number].overflow for number in rows))

    def most(self, left: int, room: int) -> int:
        """How many of a loop's items are kept where there is room for so many entries."""
        most = room // self.width
        return most if left <= most else min(most, max(left // _SHARE, most // _LEAST))


class Loop:
    """A loop of recorded code. `counted` is told how many items were counted in it."""

    def __init__(self, plan: LoopPlan, run: RunPlan, given: list[Any] | None, counted: Callable[[int], None]) -> None:
        self._counted = counted
        self._kept = Way.of(plan.rows, run)
        self._unchanged = None if plan.given is None else Way.of(plan.given.rows, run)
        self._depth = 0 if plan.given is None else plan.given.depth
        # Where the loop's own items are put.
        self._given = given

    def parts(self, items: Iterator[Any], room: int, allow: Callable[[int], None], known: Known) -> Iterator[Part]:
        """The first items are kept, as far as there is room, and where the end is in sight the last ones; what lies
        between is counted.
        """
        kind = type(items)
        is_sized = kind in _SIZED
        left = length_hint(items) if is_sized else 0
        way, is_unchanged = self._kept, False
        batch: Sequence[Any] = _NOTHING
        if kind in _WHOLE and left and room and self._unchanged is not None:
            batch = items.__reduce__()[1][0]
            at = len(batch) - left
            first, last = _ends(left, self._unchanged.most(left, room))
            seen, size, depth = known.get(id(batch), (_NOTHING, 0, None))
            if seen is not batch or size != len(batch):
                depth = depth_of([*batch[at : at + first], *(batch[-last:] if last else ())])
            is_unchanged = depth is not None and depth <= self._depth
            if is_unchanged:
                way = self._unchanged
        most = way.most(left, room)
        allow(most)
        if not is_sized:
            yield from self._unsized(items, most)
            return
        first, last = _ends(left, most)
        if left <= most and not way.can_be_full:
            first, ends = left, inf
        else:
            ends = most
        # Not the iterator itself: what variables hold of it tells which items an aborted tick did not reach.
        if first:
            yield from self._keep(items, first, ends, batch, is_unchanged=is_unchanged)
        now = length_hint(items)
        last = most - first
        if now > last:
            try:
                yield _NOTHING, _NOTHING, islice(items, now - last), inf
            finally:
                self._counted(now - length_hint(items))
        if last and length_hint(items):
            yield from self._keep(items, None, inf, batch, is_unchanged=is_unchanged)
        if length_hint(items):
            # The list has grown meanwhile.
            yield from self._unsized(items, max(0, most - left))
        else:
            # An iterator forgets its list when it is asked behind the last item: a later fault is not to find it here.
            next(items, None)

    def _keep(
        self, items: Iterator[Any], most: int | None, ends: float, batch: Sequence[Any], *, is_unchanged: bool
    ) -> Iterator[Part]:
        kept = islice(items, most)
        if not is_unchanged:
            yield _NOTHING, kept, _NOTHING, ends
            return
        begin = len(batch) - length_hint(items)
        try:
            yield kept, _NOTHING, _NOTHING, ends
        finally:
            if self._given is not None:
                self._given += batch[begin : len(batch) - length_hint(items)]

    def _unsized(self, items: Iterator[Any], most: int) -> Iterator[Part]:
        if most:
            yield _NOTHING, islice(items, most), _NOTHING, most
        counter = count(1)
        try:
            yield _NOTHING, _NOTHING, compress(items, counter), inf
        finally:
            self._counted(next(counter) - 1)


def _ends(left: int, room: int) -> tuple[int, int]:
    """How many of the first items are kept, and how many of the last ones."""
    if left <= room:
        return left, 0
    first = int(room * _FIRST)
    return first, room - first
