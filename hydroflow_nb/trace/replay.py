"""Where the run of a flow differs from a recorded one: the first tick, edge and item."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from html import escape
from typing import Any, Final

from hydroflow_nb.records import dataclass
from hydroflow_nb.render.counts import counted
from hydroflow_nb.trace.ticks import LONGEST_SHOWN, LONGEST_TEXT, RecordedTick, Text, text_of


class Nothing(Enum):
    """In place of an item: there is none."""

    NOTHING = "nothing"

    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = Nothing.NOTHING
_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one run has at a place, and another one has not.

    `tick` and `edge` are the place, `edge` with its operators in `way`; `index` is the number of the item among those
    that went over the edge in the tick, None where what differs is no item: a number of items that are not kept, or
    what aborted the tick. `was` and `now` are the items, `NOTHING` where one run has none. `is_order` is true where the
    edge carried the same items in another order.
    """

    tick: int
    edge: str | None
    way: str
    index: int | None
    was: Any
    now: Any
    is_order: bool = False

    def __str__(self) -> str:
        was, now = (_shown(item) for item in (self.was, self.now))
        if self.edge is None:
            return f"tick {self.tick}: it was {was}, and is {now}"
        item = "the number of items" if self.index is None else f"item {self.index}"
        order = " (the same items in another order)" if self.is_order else ""
        return f"tick {self.tick}, {self.way} ({self.edge}): {item} was {was}, and is {now}{order}"


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A run with the inputs of a recorded one. `difference` is the first place at which they differ, None where they
    are the same in all of the `ticks` that were run. `recording` is what was recorded of the new run.
    """

    difference: Difference | None
    ticks: int
    recording: Any

    @property
    def is_same(self) -> bool:
        """True where nothing differs."""
        return self.difference is None

    def __bool__(self) -> bool:
        return self.is_same

    def __str__(self) -> str:
        if self.difference is None:
            return f"the same in {counted(self.ticks, 'tick')}"
        return f"the same up to {self.difference}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        found = self.difference
        if found is None:
            return f"<p>{escape(str(self))}</p>"
        rows = {
            "tick": str(found.tick),
            "edge": f"{found.way} ({found.edge})" if found.edge else "",
            "item": "" if found.index is None else str(found.index),
            "was": _shown(found.was),
            "is": _shown(found.now) + (" (the same items in another order)" if found.is_order else ""),
        }
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left">{name}</th>'
            f'<td style="text-align:left"><code>{escape(value)}</code></td></tr>'
            for name, value in rows.items()
            if value
        )
        return f"<table><caption>The run differs</caption>{cells}</table>"


def first_difference(
    was: RecordedTick, now: RecordedTick, twins: Mapping[str, str], ways: Mapping[str, str]
) -> Difference | None:
    """The first difference of two ticks, in the order in which the first one ran. `twins` are the edges of the second
    run by those of the first, `ways` the operators around an edge, in words.
    """
    old, new = _passed(was), _passed(now)

    def differs(edge: str, index: int | None, one: Any, other: Any, *, is_order: bool = False) -> Difference:
        way = ways.get(edge, edge)
        return Difference(tick=was.tick, edge=edge, way=way, index=index, was=one, now=other, is_order=is_order)

    for edge in [*old, *(edge for edge in twins if edge not in old)]:
        if edge not in twins:
            continue
        mine, theirs = old.get(edge, _Passed()), new.get(twins[edge], _Passed())
        # What one run carries over the other one may have sent again, perhaps in another order.
        has_order = not (mine.carried or theirs.carried)
        if not has_order and (not (mine.is_whole and theirs.is_whole) or _is_same_bag(mine.items, theirs.items)):
            if mine.count != theirs.count:
                return differs(edge, None, mine.count, theirs.count)
            continue
        for index, (one, other) in enumerate(_side_by_side(mine.items, theirs.items)):
            if not _same(one, other):
                is_order = mine.count == theirs.count and _texts(mine.items) == _texts(theirs.items)
                return differs(edge, index, one, other, is_order=is_order)
        if mine.count != theirs.count:
            return differs(edge, None, mine.count, theirs.count)
    if was.fault != now.fault:
        faults = [Text(fault) if fault else NOTHING for fault in (was.fault, now.fault)]
        return Difference(tick=was.tick, edge=None, way="", index=None, was=faults[0], now=faults[1])
    return None


class _Passed:
    """What went over an edge in a tick, and how much of it was carried over."""

    def __init__(self) -> None:
        self.count = 0
        self.carried = 0
        self.items: list[Any] = []

    @property
    def is_whole(self) -> bool:
        """Whether all items are kept."""
        return len(self.items) == self.count


def _passed(tick: RecordedTick) -> dict[str, _Passed]:
    found: dict[str, _Passed] = {}
    for step in tick.steps:
        for edge, moved in step.moves.items():
            passed = found.setdefault(edge, _Passed())
            passed.count += moved.count
            passed.carried += moved.carried
            passed.items += moved.items
    return found


def _is_same_bag(ones: Sequence[Any], others: Sequence[Any]) -> bool:
    with suppress(Exception):  # some cannot be hashed
        if Counter(ones) == Counter(others):
            return True
    return len(ones) == len(others) and _texts(ones) == _texts(others)


def _side_by_side(one: Sequence[Any], other: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    for index in range(max(len(one), len(other))):
        yield (one[index] if index < len(one) else NOTHING, other[index] if index < len(other) else NOTHING)


def _text(item: Any) -> str:
    return _ADDRESS.sub("", text_of(item, LONGEST_TEXT))


def _texts(items: Sequence[Any]) -> list[str]:
    return sorted(map(_text, items))


def _same(one: Any, other: Any) -> bool:
    """Whether items look alike, or are equal: the members of a set may come in another order."""
    if _text(one) == _text(other):
        return True
    values = [_value(one), _value(other)]
    with suppress(Exception):  # what a user's `__eq__` raises is the user's
        return NOTHING not in (one, other) and bool(values[0] == values[1])
    return False


def _value(item: Any) -> Any:
    """The value of an item, also of one whose text alone is kept, where the text is that of a plain value."""
    if not isinstance(item, Text):
        return item
    try:
        return ast.literal_eval(str(item))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return item


def _shown(item: Any) -> str:
    return "nothing" if item is NOTHING else text_of(item, LONGEST_SHOWN)
