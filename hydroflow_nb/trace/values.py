"""How two values differ: where inside of them, down to the part that is another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any, Final

from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.ticks import Text, text_of

# What stands for a part that one of two values has not.
ABSENT: Final = Text("absent")
_DEEPEST: Final = 20
_MOST_PARTS: Final = 200


@dataclass(frozen=True)
class Part:
    """A part that differs: where in the value, as one would write it behind its name, such as `[1]['a']`, and the part
    before and after; `absent` where there is none.
    """

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path or 'the item'}: {text_of(self.before, 200)} → {text_of(self.after, 200)}"


def value_of(item: Any) -> Any:
    """An item as a value: of a text of plain values what it says."""
    if type(item) is Text:
        try:
            return ast.literal_eval(item)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return item
    return item


def parts_that_differ(before: Any, after: Any) -> list[Part]:
    """The innermost parts in which two items differ, the first 200."""
    found: list[Part] = []
    for part in _differing(value_of(before), value_of(after), "", 0):
        found.append(part)
        if len(found) >= _MOST_PARTS:
            break
    return found


def _differing(before: Any, after: Any, path: str, depth: int) -> Iterator[Part]:
    if _same(before, after):
        return
    if type(before) is type(after) and depth < _DEEPEST:
        if isinstance(before, Mapping):
            for key in [*before, *(key for key in after if key not in before)]:
                one, other = before.get(key, ABSENT), after.get(key, ABSENT)
                yield from _differing(one, other, f"{path}[{text_of(key, 40)}]", depth + 1)
            return
        if isinstance(before, Sequence) and not isinstance(before, str | bytes | bytearray):
            for at in range(max(len(before), len(after))):
                one = before[at] if at < len(before) else ABSENT
                other = after[at] if at < len(after) else ABSENT
                yield from _differing(one, other, f"{path}[{at}]", depth + 1)
            return
        if isinstance(before, Set):
            for gone in _in_order(before - after):
                yield Part(f"{path} without {text_of(gone, 40)}".strip(), gone, ABSENT)
            for new in _in_order(after - before):
                yield Part(f"{path} with {text_of(new, 40)}".strip(), ABSENT, new)
            return
        if is_dataclass(before) and not isinstance(before, type):
            for field in fields(before):
                one, other = getattr(before, field.name, ABSENT), getattr(after, field.name, ABSENT)
                yield from _differing(one, other, f"{path}.{field.name}", depth + 1)
            return
    yield Part(path, before, after)


def likeness(before: Any, after: Any) -> float:
    """How alike two different items are, from 0 to below 1: the share of their parts that is equal."""
    one, other = value_of(before), value_of(after)
    if type(one) is not type(other):
        return 0.0
    every = max(1, _size(one, 0), _size(other, 0))
    return max(0.0, 1.0 - len(parts_that_differ(one, other)) / every)


def _size(value: Any, depth: int) -> int:
    """How many parts a value has."""
    if depth >= _DEEPEST:
        return 1
    if isinstance(value, Mapping):
        return sum(_size(part, depth + 1) for part in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return sum(_size(part, depth + 1) for part in value)
    if isinstance(value, Set):
        return len(value)
    if is_dataclass(value) and not isinstance(value, type):
        return sum(_size(getattr(value, field.name, None), depth + 1) for field in fields(value))
    return 1


def _same(one: Any, other: Any) -> bool:
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # the classes of items are the user's
        return text_of(one, 10_000) == text_of(other, 10_000)


def _in_order(items: Any) -> list[Any]:
    return sorted(items, key=lambda item: text_of(item, 200))
