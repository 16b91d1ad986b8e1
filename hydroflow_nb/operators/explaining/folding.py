"""Operators that put many items together: a value that left is explained by the items that changed the accumulator, the
last of them first. They are found by folding again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from hydroflow_nb.operators.explaining.explaining import (
    EVERY,
    UNKNOWN,
    Arrival,
    Because,
    Family,
    ItemView,
    Since,
    Sought,
    Stop,
    Stopped,
    Undecided,
    View,
    Wanted,
    pair,
    same,
)

# Of more items than these it is not asked which of them changed the accumulator: all are named. One that has to be
# copied for each item costs more.
_MOST_FOLDED: Final = 100_000
_MOST_COPIED: Final = 3_000
_UNCOPIED: Final = frozenset({int, float, complex, str, bytes, bool, type(None)})
EMPTY: Final = object()
ALONE: Final = "other items that change the value"

# An accumulator before its first item is EMPTY; a step gives the next one.
Step = Callable[[Any, Any], Any]


def folded(start: Any, step: Step, items: Sequence[tuple[Arrival, Any]]) -> tuple[Any, list[Arrival]]:
    """The accumulator after some values, and the arrivals that changed it, oldest first. Raises Undecided."""
    accumulator, changed = start, []
    for place, (arrival, value) in enumerate(items):
        if value is UNKNOWN:
            raise Undecided("of an item that came only the text is kept")
        most = _MOST_FOLDED if type(accumulator) in _UNCOPIED else _MOST_COPIED
        if place >= most:
            raise Undecided(f"of more than {most:,} items it is not asked which changed the value")
        before = accumulator
        try:
            after = step(copy.deepcopy(accumulator) if accumulator is not EMPTY else EMPTY, copy.deepcopy(value))
        except Undecided:
            raise
        except Exception as exception:
            raise Undecided(f"called again, its function raises {type(exception).__name__}") from None
        if before is EMPTY or not same(before, after):
            changed.append(arrival)
            accumulator = after
    return accumulator, changed


def calling(f: Callable[[Any, Any], Any]) -> Step:
    """A step by a function of the user, which may return None where it has changed the accumulator."""

    def step(accumulator: Any, value: Any) -> Any:
        result = f(accumulator, value)
        return accumulator if result is None else result

    return step


def merged(accumulator: Any, value: Any) -> Any:
    """A step that merges lattice values."""
    if accumulator is EMPTY:
        return value
    accumulator.merge(value)
    return accumulator


class Folding(Family):
    """Folds all items into one value; `keyed`: those of each key into a value of its own. `begin`: the position of the
    function that makes the first accumulator, None where that is the first item; `f`: that of the function that folds.
    """

    begin: int | None = 0
    f: int = 1
    keyed: bool = False

    def because(self, view: ItemView) -> Because:
        """The items that changed the value, the last of them first."""
        since = view.lifetime()
        key = UNKNOWN
        if self.keyed:
            parts = pair(view.value)
            if parts is None:
                raise Undecided("of the item only the text is kept")
            key = parts[0]
        items = self._items(view, key, since)
        of = f" of the key {key!r:.200}" if self.keyed else ""
        if not items and not view.lost(EVERY, since):
            return Because(words="is the value to begin with", absent=["an item that is folded into it"])
        doubt = view.lost(EVERY, since)
        try:
            if doubt:
                raise Undecided(doubt)
            value, changed = self._folded(view, items)
            if not view.made((key, value) if self.keyed else value):
                raise Undecided("folded again, the items give another value: the function gives other results now")
        except Undecided as undecided:
            everything = [arrival for arrival, _ in reversed(items)]
            return Because(
                words=f"is folded from the items{of}", items=everything, absent=[ALONE], doubt=str(undecided)
            )
        left = len(items) - len(changed)
        rest = f"; {left} more changed nothing" if left else ""
        words = f"is folded from {len(changed)} item{'s' * (len(changed) != 1)}{of}, the last one first{rest}"
        return Because(words=words, items=changed[::-1], absent=[ALONE])

    def _items(self, view: View, key: Any, since: Since) -> list[tuple[Arrival, Any]]:
        """The items that count for a value, with what is folded of each."""
        came = view.came(EVERY, since)
        if not self.keyed:
            return [(one, one.value) for one in came]
        found: list[tuple[Arrival, Any]] = []
        for one in came:
            if view.is_mutable:
                instruction = view.instruction(one.value)
                if instruction is None:
                    continue
                persists, content = instruction
                if not persists and same(content, key):
                    found.clear()
                parts = pair(content) if persists else None
            else:
                parts = pair(one.value)
            if parts is not None and same(parts[0], key):
                found.append((one, parts[1]))
        return found

    def _folded(self, view: View, items: Sequence[tuple[Arrival, Any]]) -> tuple[Any, list[Arrival]]:
        start = self._start(view)
        return folded(start, self._step(view), items)

    def _start(self, view: View) -> Any:
        return EMPTY if self.begin is None else view.function(self.begin)()

    def _step(self, view: View) -> Step:
        step = calling(view.function(self.f))
        if self.begin is not None:
            return step
        return lambda accumulator, value: value if accumulator is EMPTY else step(accumulator, value)

    def holds(self, view: View) -> tuple[Any, Because]:
        """The accumulator."""
        since = view.lifetime()
        if self.keyed:
            return super().holds(view)
        if lost := view.lost(EVERY, since):
            raise Undecided(lost)
        value, changed = self._folded(view, self._items(view, UNKNOWN, since))
        if value is EMPTY:
            value = None
        return value, Because(words="is folded from the items that came", items=changed[::-1], absent=[ALONE])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """The value is another one."""
        since = view.lifetime()
        keys: list[Any] = [UNKNOWN]
        if self.keyed:
            parts = pair(wanted.value) if wanted.value is not UNKNOWN else None
            keys = [parts[0]] if parts is not None else []
            if parts is not None and not self._items(view, parts[0], since):
                yield from self._key_is_missing(view, parts[0])
                return
        for key in keys:
            items = self._items(view, key, since)
            try:
                yield from self._another(view, wanted, key, items)
            except Undecided as undecided:
                words = f"its value is another one: {undecided}"
                yield Stopped(stop=Stop.UNKNOWN, words=words, item=items[-1][0] if items else None)

    def _key_is_missing(self, view: View, key: Any) -> Iterator[Stopped | Sought]:
        deleted = [
            one
            for one in (view.came(EVERY, Since.EVER) if view.is_mutable else ())
            if (found := view.instruction(one.value)) is not None and not found[0] and same(found[1], key)
        ]
        if deleted:
            words = f"the key {key!r:.200} was deleted in tick {deleted[-1].tick}"
            yield Stopped(stop=Stop.DELETED, words=words, item=deleted[-1])
        earlier = [] if view.is_mutable else self._items(view, key, Since.EVER)
        if earlier:
            words = (
                f"the key {key!r:.200} came in tick {earlier[-1][0].tick}, and is remembered for one tick only: "
                "`'static` remembers it"
            )
            yield Stopped(stop=Stop.FORGOTTEN, words=words, item=earlier[-1][0])
        test = of_key(key)
        for port in dict.fromkeys(view.input_ports):
            yield Sought(port=port, wanted=Wanted(test=test, text=f"an item of the key {key!r:.200}"))

    def _another(
        self, view: View, wanted: Wanted, key: Any, items: list[tuple[Arrival, Any]]
    ) -> Iterator[Stopped | Sought]:
        value, changed = self._folded(view, items)
        # Where the value was the wanted one for a while, an item that came later replaced it.
        for count in range(len(items) - 1, 0, -1):
            if len(items) > 200:
                break
            before, _ = self._folded(view, items[:count])
            if wanted.fits((key, before) if self.keyed else before):
                newer = next(one for one, _ in items[count:] if one in changed)
                of = f"the key {key!r:.200}" if self.keyed else "the value"
                words = (
                    f"{of} had that value until {newer.text:.200} came in tick {newer.tick}: it is {value!r:.200} now"
                )
                yield Stopped(
                    stop=Stop.REPLACED, words=words, item=items[count - 1][0], others=[newer], facts={"value": value}
                )
                return
        if value is EMPTY:
            for port in dict.fromkeys(view.input_ports):
                yield Sought(port=port, wanted=Wanted(test=lambda _: True, text="any item"))
            return
        of = f" of the key {key!r:.200}" if self.keyed else ""
        yield Stopped(
            stop=Stop.OTHER_VALUE,
            words=f"the value{of} is {value!r:.200}, folded from {len(items)} item{'s' * (len(items) != 1)}",
            item=changed[-1] if changed else None,
            others=changed[::-1][:10],
            facts={"value": value},
        )


class Running(Folding):
    """Emits for each item what is made of it and of all before."""

    def because(self, view: ItemView) -> Because:
        """The item, and those before it."""
        since = view.lifetime()
        came = view.came(EVERY, since)
        words, absent = "is made of an item and of those before it", ["other items before it"]
        try:
            if lost := view.lost(EVERY, since):
                raise Undecided(lost)
            place = self._place(view, came)
        except Undecided as undecided:
            one = view.opposite()
            if one is None:
                return Because(words=words, items=came[::-1], absent=absent, doubt=str(undecided))
            place = next(index for index, other in enumerate(came) if other.key == one.key)
        return Because(words=words, items=came[place::-1], absent=absent if place else ())

    def _place(self, view: ItemView, came: Sequence[Arrival]) -> int:
        accumulator, f = view.function(self.begin or 0)(), view.function(self.f)
        here = {one.key for one in view.came(EVERY, Since.RUN)}
        for place, one in enumerate(came):
            if one.value is UNKNOWN:
                raise Undecided("of an item that came only the text is kept")
            try:
                made = f(accumulator, copy.deepcopy(one.value))
                if hasattr(made, "__await__"):
                    made.close()
                    raise Undecided("its function is async, and is not called again")
                accumulator, out = made
            except Undecided:
                raise
            except Exception:  # it ended there, or the function takes the item no more
                break
            if one.key in here and view.made(out):
                return place
        raise Undecided("called again, the function gives it of no item that came")

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """What it made is something else."""
        came = view.came()
        words = "what it made of the items is something else"
        yield Stopped(stop=Stop.OTHER_VALUE, words=words, item=came[-1] if came else None)


def of_key(key: Any) -> Callable[[Any], bool]:
    """Whether a value is a pair of a key."""
    return lambda value: (found := pair(value)) is not None and same(found[0], key)
