"""How a loop of recorded code goes through its items: which are kept, and which are only counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
_NOTHING: Final[tuple[Iterable[Any]]] = ((),)

# Lists of items that were looked at before, with their depth, by `id`.
Known = Mapping[int, tuple[Sequence[Any], int, int | None]]
# For a loop: the items that are known not to change, those that are kept one by one, those that are counted, and the
# length of a list that ends the first two. Each is in a tuple: no variable of the code holds the iterator once more,
# which tells what an aborted tick did not reach.
Part = tuple[tuple[Iterable[Any]], tuple[Iterable[Any]], tuple[Iterable[Any]], float]


class Way:
    """A way to keep items: how many entries of lists a passing item makes, and whether a list may become full."""

    def __init__(self, rows: Sequence[int], run: RunPlan) -> None:
        self.width = max(1, sum(run.rows[number].width for number in rows))
        self.can_be_full = any(run.rows[number].overflow for number in rows)

    def most(self, left: int, room: int) -> int:
        """How many of a loop's items are kept where there is room for so many entries."""
        most = room // self.width
        return most if left <= most else min(most, max(left // _SHARE, most // _LEAST))


class Loop:
    """A loop of recorded code. `counted` is told how many items were counted in it."""

    def __init__(self, plan: LoopPlan, run: RunPlan, given: list[Any] | None, counted: Callable[[int], None]) -> None:
        self._counted = counted
        self._kept = Way(plan.rows, run)
        self._unchanged = None if plan.given is None else Way(plan.given.rows, run)
        self._depth = 0 if plan.given is None else plan.given.depth
        # Where the loop's own items are put; the iterator of those that were put there before they passed, where it
        # began, and how long the list was.
        self._given = given
        self._passing: tuple[Iterator[Any], int, int] | None = None

    def parts(self, items: Iterator[Any], room: int, allow: Callable[[int], None], known: Known) -> Iterable[Part]:
        """The first items are kept, as far as there is room, and where the end is in sight the last ones; what lies
        between is counted.
        """
        kind = type(items)
        left = length_hint(items) if kind in _SIZED else 0
        if not left or not room or kind not in _WHOLE:
            if 0 < left <= room // self._kept.width and not self._kept.can_be_full:
                return ((_NOTHING, (items,), _NOTHING, inf),)
            return self._in_parts(items, left, self._kept, room, allow, _NOTHING, is_unchanged=False)
        batch = items.__reduce__()[1][0]
        at = len(batch) - left
        way, is_unchanged = self._kept, False
        if self._unchanged is not None:
            seen, size, depth = known.get(id(batch), (_NOTHING, 0, None))
            if seen is not batch or size != len(batch):
                first, last = _ends(left, self._unchanged.most(left, room))
                depth = depth_of([*batch[at : at + first], *(batch[-last:] if last else ())])
            if depth is not None and depth <= self._depth:
                way, is_unchanged = self._unchanged, True
        if left > room // way.width or way.can_be_full:
            return self._in_parts(items, left, way, room, allow, batch, is_unchanged=is_unchanged)
        if not is_unchanged:
            return ((_NOTHING, (items,), _NOTHING, inf),)
        if self._given is not None:
            self._passing = items, at, len(self._given)
            self._given += batch[at:] if at else batch
        return (((items,), _NOTHING, _NOTHING, inf),)

    def break_off(self) -> None:
        """A run was broken off, perhaps in this loop: what did not pass is not kept."""
        if self._passing is None or self._given is None:
            return
        items, at, size = self._passing
        state: Any = items.__reduce__()
        # An iterator at its end has no index.
        if len(state) == 3:
            del self._given[size + state[2] - at :]
        self._passing = None

    def ends(self) -> None:
        """The tick is over."""
        self._passing = None

    def _in_parts(
        self,
        items: Iterator[Any],
        left: int,
        way: Way,
        room: int,
        allow: Callable[[int], None],
        batch: Sequence[Any],
        *,
        is_unchanged: bool,
    ) -> Iterator[Part]:
        most = way.most(left, room)
        allow(most)
        if type(items) not in _SIZED:
            yield from self._unsized(items, most)
            return
        first, last = _ends(left, most)
        if first:
            yield from self._keep(items, first, most, batch, is_unchanged=is_unchanged)
        now, last = length_hint(items), most - first
        if now > last:
            try:
                yield _NOTHING, _NOTHING, (islice(items, now - last),), inf
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
            yield _NOTHING, (kept,), _NOTHING, ends
            return
        begin = len(batch) - length_hint(items)
        try:
            yield (kept,), _NOTHING, _NOTHING, ends
        finally:
            if self._given is not None:
                self._given += batch[begin : len(batch) - length_hint(items)]

    def _unsized(self, items: Iterator[Any], most: int) -> Iterator[Part]:
        if most:
            yield _NOTHING, (islice(items, most),), _NOTHING, most
        counter = count(1)
        try:
            yield _NOTHING, _NOTHING, (compress(items, counter),), inf
        finally:
            self._counted(next(counter) - 1)


def _ends(left: int, room: int) -> tuple[int, int]:
    """How many of the first items are kept, and how many of the last ones."""
    if left <= room:
        return left, 0
    first = int(room * _FIRST)
    return first, room - first
