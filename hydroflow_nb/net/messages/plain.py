"""The plain form of values: what JSON and msgpack can hold, with marks for the types that only Python has.

Texts, numbers, booleans, None and lists stay what they are. So does a dict, if all its keys are texts that do not start
with `$`. Everything else is an object with one mark, which is a key that starts with `$`:

- `{"$tuple": [..]}`, `{"$set": [..]}`, `{"$frozenset": [..]}`, `{"$map": [[key, value], ..]}` for any other dict
- `{"$bytes": base64}` and `{"$float": "nan"}` in JSON, `{"$bytearray": ..}`, `{"$int": "digits"}` for more than 64 bits
- `{"$complex": [real, imaginary]}`, `{"$decimal": "1.50"}`, `{"$uuid": ".."}`, `{"$timedelta": [days, seconds,
  microseconds]}`, and `$date`, `$time`, `$datetime` in ISO 8601; a time zone becomes its offset from UTC
- `{"$class": "EchoMsg", "payload": "Hello", "stamp": 1}` for dataclasses, named tuples and msgspec.Structs
- scalars of numpy and similar libraries as the numbers that they stand for
- `{"$enum": "Colour.RED"}`, `{"$enum": "Access", "value": 3}` for flags
- `{"$lattice": "Max", "of": [3]}` for this package's lattices, `{"$class": "Mine", "of": [..]}` for the user's own

The class of a value counts exactly: an instance of another class, such as a subclass of `str`, has no plain form.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, assert_never
from uuid import UUID

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.recipes import LATTICES, Form, Recipe, recipe_of
from hydroflow_nb.portable import Portable

DEEPEST: Final = 100
"""How deep a message that comes in may nest: how many containers and instances may be around its innermost value."""

# A flow can add levels to a message that came in, and send it on: a stranger's deep message must not stop it.
_DEEPEST_SENT: Final = DEEPEST + 20

MOST_DIGITS: Final = 4300
"""How many digits a number may have when it is written out: as many as Python prints."""

FLAT: Final = "$flat"
"""The mark of a long msgpack map with keys that are not texts: its keys and values in turn. Senders never use it."""

_MOST_INT: Final = 10**MOST_DIGITS

# Integers with more bits are written in base 16, which takes linear time to read and write.
_MOST_DECIMAL_BITS: Final = 2000
_WHAT_CAN_BE_SENT: Final = (
    "send numbers, texts, bytes, tuples, lists, sets, dicts, "
    "or instances of dataclasses, named tuples, enums or lattices"
)
_ALIKE: Final = tuple(frozenset((kind,)) for kind in (str, int, bytes))


class Unplain(Portable):
    """A value has no plain form; the message says why."""


class Endless(Unplain):
    """A value nests too deeply: no single place inside it is to blame."""

    def __init__(self) -> None:
        super().__init__(f"it nests deeper than {_DEEPEST_SENT} levels, or holds itself")


class Writer:
    """Gives values their plain form for one codec. `leaves` are the classes that the codec encodes itself."""

    def __init__(self, leaves: Iterable[type]) -> None:
        self.leaves = frozenset(leaves)
        self._all_leaves = self.leaves.issuperset

    def plain(self, value: Any, depth: int = 0) -> Any:
        """The plain form of a value, which may share lists and dicts with it. Raises Unplain."""
        kind = type(value)
        if kind in self.leaves:
            return value
        if depth >= _DEEPEST_SENT and kind not in _SCALARS:
            raise Endless
        write = _WRITERS.get(kind)
        if write is not None:
            return write(self, value, depth + 1)
        recipe = recipe_of(kind)
        if recipe is None:
            number = as_number(value)
            if number is not None:
                return self.plain(number, depth)
            raise Unplain(f"a `{kind.__name__}` is not plain data")
        return self._instance(recipe, value, depth + 1)

    def each(self, values: Any, depth: int) -> list[Any]:
        """The plain forms of many values."""
        if self._all_leaves(map(type, values)):
            return values if type(values) is list else list(values)
        return [self.plain(value, depth) for value in values]

    def mapping(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        """The plain form of a dict."""
        if _all_text(map(type, value)) and not ("$" in "".join(value) and any(key[:1] == "$" for key in value)):
            if self._all_leaves(map(type, value.values())):
                return value
            return {key: self.plain(held, depth) for key, held in value.items()}
        return {"$map": [[self.plain(key, depth), self.plain(held, depth)] for key, held in value.items()]}

    def elements(self, values: Any, depth: int) -> list[Any]:
        """The plain forms of a set's elements. Texts, integers and bytes are sorted, so that equal sets look equal."""
        return self.each(sorted(values) if set(map(type, values)) in _ALIKE else values, depth)

    def _instance(self, recipe: Recipe, value: Any, depth: int) -> dict[str, Any]:
        if recipe.record:
            try:
                values = recipe.values(value)
            except AttributeError:
                return dict(self._present(recipe, value, depth))
            if not self._all_leaves(map(type, values)):
                values = tuple([self.plain(held, depth) for held in values])
            return dict(zip(recipe.keys, (recipe.tag, *values), strict=False))
        match recipe.form:
            case Form.RECORD:
                raise Unplain(f"a receiver could not rebuild a `{recipe.tag}`: {recipe.flaw}")
            case Form.ENUM:
                return {"$enum": f"{recipe.tag}.{value.name}"}
            case Form.FLAG:
                if value.name in recipe.cls.__members__:  # type: ignore[attr-defined] # an enum has them
                    return {"$enum": f"{recipe.tag}.{value.name}"}
                return {"$enum": recipe.tag, "value": self.plain(value.value, depth)}
            case Form.LATTICE:
                mark = "$lattice" if LATTICES.get(recipe.tag) is recipe.cls else "$class"
                return {mark: recipe.tag, "of": self.each(recipe.values(value), depth)}
            case _:
                assert_never(recipe.form)

    def _present(self, recipe: Recipe, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
        """The plain form of an instance that lacks values in fields that its constructor does not take."""
        yield "$class", recipe.tag
        for name in recipe.fields:
            if hasattr(value, name):
                yield name, self.plain(getattr(value, name), depth)
            elif name not in recipe.late:
                raise Unplain(f"its field `{name}` has no value")


def as_number(value: Any) -> bool | int | float | complex | None:
    """The number that a scalar of numpy or a similar library stands for; None for anything else.

    Such a scalar has a `dtype`, and `item` gives it in the nearest class of Python. An array supports item assignment,
    and is not a number.
    """
    kind = type(value)
    if not hasattr(kind, "dtype") or not callable(getattr(kind, "item", None)) or hasattr(kind, "__setitem__"):
        return None
    number = value.item()
    if type(number) in _NUMBERS:
        return number  # type: ignore[no-any-return]
    # It has more bits than Python's own numbers.
    return float(number) if hasattr(type(number), "__float__") else None


_NUMBERS: Final = frozenset({bool, int, float, complex})
_all_text: Final = frozenset((str,)).issuperset


def is_short(value: int | Decimal) -> bool:
    """True if a number, written out, has at most `MOST_DIGITS` digits."""
    if isinstance(value, int):
        return -_MOST_INT < value < _MOST_INT
    # Digits before the point, and behind it.
    return not value.is_finite() or (abs(value.adjusted()) < MOST_DIGITS and len(value.as_tuple().digits) < MOST_DIGITS)


def _must_be_short(value: int | Decimal) -> None:
    if not is_short(value):
        raise Unplain(
            f"it has more than {MOST_DIGITS:,} digits, which no receiver accepts; send it as bytes or as a text"
        )


def _int(writer: Writer, value: int, depth: int) -> Any:
    if -0x8000000000000000 <= value <= 0xFFFFFFFFFFFFFFFF:
        return value
    _must_be_short(value)
    return {"$int": str(value) if value.bit_length() <= _MOST_DECIMAL_BITS else hex(value)}


def _float(writer: Writer, value: float, depth: int) -> Any:
    return value if math.isfinite(value) else {"$float": repr(value)}


def _bytes(writer: Writer, value: bytes, depth: int) -> Any:
    return {"$bytes": base64.b64encode(value).decode("ascii")}


def _decimal(writer: Writer, value: Decimal, depth: int) -> Any:
    _must_be_short(value)
    return {"$decimal": str(value)}


def _bytearray(writer: Writer, value: bytearray, depth: int) -> Any:
    held = bytes(value)
    return {"$bytearray": held if bytes in writer.leaves else base64.b64encode(held).decode("ascii")}


def _clock(mark: str) -> Callable[[Writer, Any, int], Any]:
    def write(writer: Writer, value: datetime | time, depth: int) -> Any:
        text = {mark: value.isoformat()}
        # `fold` tells the two hours apart when clocks are set back; a known offset tells it as well.
        return {**text, "fold": 1} if value.fold and value.utcoffset() is None else text

    return write


_WRITERS: Final[Mapping[type, Callable[[Writer, Any, int], Any]]] = {
    int: _int,
    float: _float,
    bytes: _bytes,
    bytearray: _bytearray,
    list: Writer.each,
    tuple: lambda writer, value, depth: {"$tuple": writer.each(value, depth)},
    dict: Writer.mapping,
    set: lambda writer, value, depth: {"$set": writer.elements(value, depth)},
    frozenset: lambda writer, value, depth: {"$frozenset": writer.elements(value, depth)},
    complex: lambda writer, value, depth: {"$complex": writer.each([value.real, value.imag], depth)},
    Decimal: _decimal,
    UUID: lambda writer, value, depth: {"$uuid": str(value)},
    date: lambda writer, value, depth: {"$date": value.isoformat()},
    time: _clock("$time"),
    datetime: _clock("$datetime"),
    timedelta: lambda writer, value, depth: {"$timedelta": [value.days, value.seconds, value.microseconds]},
}


_SCALARS: Final = _WRITERS.keys() - {list, tuple, dict, set, frozenset}


def blamed(value: Any, plain: Callable[[Any], Any]) -> Misfit:
    """The error for a value that has no plain form, with the place inside it that is to blame.

    `plain` raises Unplain for a part that cannot be sent.
    """
    inside, steps, reason = value, list[str](), _reason(value, plain)
    while len(steps) < _DEEPEST_SENT and not isinstance(reason, Endless):
        for step, part in _parts(inside):
            deeper = _reason(part, plain)
            if deeper is not None:
                inside, reason = part, deeper
                steps.append(step)
                break
        else:
            break
    if not steps:
        return Misfit(f"cannot send {shown(value)}: {reason}", _WHAT_CAN_BE_SENT)
    place = " of ".join(reversed(steps))
    return Misfit(f"cannot send {shown(inside)}, {place} of {shown(value)}: {reason}", _WHAT_CAN_BE_SENT)


def _reason(value: Any, plain: Callable[[Any], Any]) -> Unplain | None:
    try:
        plain(value)
    except Unplain as unplain:
        return unplain
    return None


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    """The parts of a value, each with the words for its place."""
    recipe = recipe_of(type(value))
    match value:
        case list() | tuple() if recipe is None:
            return [(f"element {index}", part) for index, part in enumerate(value)]
        case set() | frozenset():
            return [("an element", part) for part in value]
        case dict():
            keys = [(f"the key {shown(key, 40)}", key) for key in value]
            return [*keys, *((f"the value at {shown(key, 40)}", held) for key, held in value.items())]
    if recipe is None or recipe.form in (Form.ENUM, Form.FLAG):
        return ()
    if recipe.form is Form.LATTICE:
        return [(f"the content of the {recipe.tag}", part) for part in recipe.values(value)]
    return [(f"the field `{name}`", getattr(value, name)) for name in recipe.fields if hasattr(value, name)]
