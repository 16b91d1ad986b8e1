"""The plain form of values: what JSON and msgpack can hold, with a mark wherever Python knows more than they do.

Texts, numbers, booleans, None and lists stay what they are, and so does a dict whose keys are texts, none of which
begins with `$`. All else is an object with one mark, a key that begins with `$`:

- `{"$tuple": [..]}`, `{"$set": [..]}`, `{"$frozenset": [..]}`, `{"$map": [[key, value], ..]}` for any other dict
- `{"$bytes": base64}` (JSON only), `{"$bytearray": ..}`, `{"$int": "digits"}` beyond 64 bits, `{"$float": "nan"}` (JSON)
- `{"$complex": [real, imaginary]}`, `{"$decimal": "1.50"}`, `{"$uuid": ".."}`, `{"$timedelta": [days, seconds,
  microseconds]}`, and `$date`, `$time`, `$datetime` as ISO 8601 has them; a time zone becomes its offset from UTC
- `{"$class": "EchoMsg", "payload": "Hello", "stamp": 1}` for dataclasses, named tuples and msgspec.Structs
- `{"$enum": "Colour.RED"}`, `{"$enum": "Access", "value": 3}` for flags
- `{"$lattice": "Max", "of": [3]}` for this package's lattices, `{"$class": "Mine", "of": [..]}` for the user's own

Classes keep exactly: what is of a class that is not known here, a subclass of `str` say, has no plain form.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Final, assert_never
from uuid import UUID

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.classes import LATTICES, Classes, Form, Recipe, recipe_of
from hydroflow_nb.net.undecodable import Undecodable

DEEPEST: Final = 100
"""How deep values may nest, counted in the containers and instances around the innermost."""

# Longer digits are written in base 16, which takes linear time to read and write.
_MOST_DECIMAL_BITS: Final = 2000
_DIGITS: Final = re.compile(r"-?(?:0x[0-9a-f]+|[0-9]{1,640})", re.ASCII)
_WHAT_CAN_BE_SENT: Final = "send numbers, texts, bytes, tuples, lists, sets, dicts, or instances of dataclasses, named tuples, enums or lattices"
_ALIKE: Final = tuple(frozenset((kind,)) for kind in (str, int, bytes))


class Unplain(Exception):
    """A value without a plain form; says why, where one knows."""


class Writer:
    """Gives values their plain form for one codec. `leaves` are the classes that the codec takes as they are."""

    def __init__(self, leaves: Iterable[type]) -> None:
        self.leaves = frozenset(leaves)
        self._all_leaves = self.leaves.issuperset

    def plain(self, value: Any, depth: int = 0) -> Any:
        """The plain form of a value, which may share lists and dicts with it. Raises Unplain."""
        kind = type(value)
        if kind in self.leaves:
            return value
        if depth >= DEEPEST:
            raise Unplain(f"it nests deeper than {DEEPEST} levels, or holds itself")
        write = _WRITERS.get(kind)
        if write is not None:
            return write(self, value, depth + 1)
        recipe = recipe_of(kind)
        if recipe is None:
            raise Unplain(f"a {kind.__name__} is no plain data")
        return self._instance(recipe, value, depth + 1)

    def each(self, values: Any, depth: int) -> list[Any]:
        """The plain forms of many values."""
        if self._all_leaves(map(type, values)):
            return values if type(values) is list else list(values)
        return [self.plain(value, depth) for value in values]

    def mapping(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        """The plain form of a dict."""
        if set(map(type, value)) <= _TEXT and not ("$" in "".join(value) and any(key[:1] == "$" for key in value)):
            if self._all_leaves(map(type, value.values())):
                return value
            return {key: self.plain(held, depth) for key, held in value.items()}
        return {"$map": [[self.plain(key, depth), self.plain(held, depth)] for key, held in value.items()]}

    def elements(self, values: Any, depth: int) -> list[Any]:
        """The plain forms of a set's elements: in order where they have a simple one, so that equal sets read equal."""
        return self.each(sorted(values) if set(map(type, values)) in _ALIKE else values, depth)

    def _instance(self, recipe: Recipe, value: Any, depth: int) -> dict[str, Any]:
        match recipe.form:
            case Form.RECORD:
                if recipe.flaw:
                    raise Unplain(f"a {recipe.tag} cannot be rebuilt by its receiver: {recipe.flaw}")
                try:
                    fields = zip(recipe.fields, self.each(recipe.values(value), depth), strict=True)
                except AttributeError:
                    fields = self._present(recipe, value, depth)
                return {"$class": recipe.tag, **dict(fields)}
            case Form.ENUM:
                return {"$enum": f"{recipe.tag}.{value.name}"}
            case Form.FLAG:
                if value.name is not None and "|" not in value.name:
                    return {"$enum": f"{recipe.tag}.{value.name}"}
                return {"$enum": recipe.tag, "value": self.plain(value.value, depth)}
            case Form.LATTICE:
                mark = "$lattice" if LATTICES.get(recipe.tag) is recipe.cls else "$class"
                return {mark: recipe.tag, "of": self.each(value._arguments(), depth)}
            case _:
                assert_never(recipe.form)

    def _present(self, recipe: Recipe, value: Any, depth: int) -> Any:
        """The fields of an instance that has no value in some of those that its constructor does not take."""
        for name in recipe.fields:
            if hasattr(value, name):
                yield name, self.plain(getattr(value, name), depth)
            elif name not in recipe.late:
                raise Unplain(f"it has nothing in its field `{name}`")


_TEXT: Final = frozenset((str,))


def _int(writer: Writer, value: int, depth: int) -> Any:
    if -0x8000000000000000 <= value <= 0xFFFFFFFFFFFFFFFF:
        return value
    return {"$int": str(value) if value.bit_length() <= _MOST_DECIMAL_BITS else hex(value)}


def _float(writer: Writer, value: float, depth: int) -> Any:
    return value if math.isfinite(value) else {"$float": repr(value)}


def _bytes(writer: Writer, value: bytes, depth: int) -> Any:
    return {"$bytes": base64.b64encode(value).decode("ascii")}


def _bytearray(writer: Writer, value: bytearray, depth: int) -> Any:
    held = bytes(value)
    return {"$bytearray": held if bytes in writer.leaves else base64.b64encode(held).decode("ascii")}


def _clock(mark: str) -> Callable[[Writer, Any, int], Any]:
    def write(writer: Writer, value: datetime | time, depth: int) -> Any:
        text = {mark: value.isoformat()}
        # Of an hour that a clock shows twice; where the offset is known, it says as much.
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
    Decimal: lambda writer, value, depth: {"$decimal": str(value)},
    UUID: lambda writer, value, depth: {"$uuid": str(value)},
    date: lambda writer, value, depth: {"$date": value.isoformat()},
    time: _clock("$time"),
    datetime: _clock("$datetime"),
    timedelta: lambda writer, value, depth: {"$timedelta": [value.days, value.seconds, value.microseconds]},
}


def blamed(value: Any, plain: Callable[[Any], Any]) -> Misfit:
    """The error for a value that has no plain form, with the place inside of it that is to blame.

    `plain` raises Unplain for whatever cannot be sent.
    """
    place = ""
    inside: Any = value
    reason = ""
    for _ in range(DEEPEST):
        for name, part in _parts(inside):
            try:
                plain(part)
            except Unplain:
                place += f" {name} of"
                inside = part
                break
        else:
            break
    try:
        plain(inside)
    except Unplain as unplain:
        reason = str(unplain)
    if inside is value:
        return Misfit(f"cannot send {shown(value)}: {reason}", _WHAT_CAN_BE_SENT)
    steps = [step.strip() for step in place.split(" of") if step.strip()]
    where = " of ".join(reversed(steps))
    return Misfit(f"cannot send {shown(inside)}, {where} of {shown(value)}: {reason}", _WHAT_CAN_BE_SENT)


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    """What a value holds, each with the words for its place."""
    match value:
        case list() | tuple() if not hasattr(value, "_fields"):
            return [(f"element {index}", part) for index, part in enumerate(value)]
        case set() | frozenset():
            return [("an element", part) for part in value]
        case dict():
            keys = [(f"the key {shown(key, 40)}", key) for key in value]
            return [*keys, *((f"the value at {shown(key, 40)}", held) for key, held in value.items())]
    recipe = recipe_of(type(value))
    if recipe is None or recipe.form in (Form.ENUM, Form.FLAG):
        return ()
    if recipe.form is Form.LATTICE:
        return [(f"the content of the {recipe.tag}", part) for part in value._arguments()]
    return [(f"the field `{name}`", getattr(value, name)) for name in recipe.fields if hasattr(value, name)]


# What both codecs give that is a value already; msgpack has a type of its own for points in time.
LEAVES: Final = frozenset((str, int, float, bool, NoneType, bytes, datetime))
_all_leaves: Final = LEAVES.issuperset


def rebuilt(raw: Any, classes: Classes, depth: int = 0) -> Any:
    """The value of a plain form, which may be used up by this. Raises Undecodable."""
    kind = type(raw)
    if kind in LEAVES:
        return raw
    if depth >= DEEPEST:
        raise Undecodable(f"it nests deeper than {DEEPEST} levels")
    if kind is list:
        return _each(raw, classes, depth + 1)
    if kind is not dict:
        raise Undecodable(f"it holds a msgpack {kind.__name__}, which has no meaning here")
    try:
        if "$" in "".join(raw):
            marks = [key for key in raw if key[:1] == "$"]
            if marks:
                return _marked(marks, raw, classes, depth + 1)
    except TypeError:
        # Programs that know nothing of this one have other keys than texts in msgpack.
        if not _all_leaves(map(type, raw)) or any(type(key) is str and key[:1] == "$" for key in raw):
            raise Undecodable("an object has a key that is no plain value") from None
    if _all_leaves(map(type, raw.values())):
        return raw
    return {key: rebuilt(held, classes, depth + 1) for key, held in raw.items()}


def _each(raw: Any, classes: Classes, depth: int) -> list[Any]:
    if type(raw) is not list:
        raise Undecodable(f"{shown(raw, 60)} stands where a list must be")
    if _all_leaves(map(type, raw)):
        return raw
    return [rebuilt(element, classes, depth) for element in raw]


def _marked(marks: list[str], raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    mark = marks[0]
    if len(marks) > 1:
        raise Undecodable(f"an object has two marks, {shown(mark, 40)} and {shown(marks[1], 40)}")
    held = raw.pop(mark)
    if mark == "$class":
        recipe = classes.find(held)
        if recipe.form is Form.RECORD:
            if not _all_leaves(map(type, raw.values())):
                raw = {name: rebuilt(value, classes, depth) for name, value in raw.items()}
            return recipe.made(raw)
        if recipe.form is Form.LATTICE:
            return _lattice(recipe.cls, raw, classes, depth)
        raise Undecodable(f"{shown(held, 60)} is an enum, and marked as a class")
    if mark == "$enum":
        return _enum(held, raw, classes, depth)
    if mark == "$lattice":
        if type(held) is not str or held not in LATTICES:
            raise Undecodable(f"there is no lattice {shown(held, 60)}")
        return _lattice(LATTICES[held], raw, classes, depth)
    read = _READERS.get(mark)
    if read is None:
        raise Undecodable(f"an object has the unknown mark {shown(mark, 40)}")
    fold = raw.pop("fold", 0) if mark in ("$time", "$datetime") else 0
    if raw:
        raise Undecodable(f"an object marked {mark} holds {shown(next(iter(raw)), 40)} as well")
    try:
        value = read(held, classes, depth)
        return value.replace(fold=fold) if fold else value
    except Undecodable:
        raise
    except Exception as exception:
        raise Undecodable(f"{shown(held, 60)} is no {mark[1:]}: {type(exception).__name__}") from exception


def _lattice(cls: type, raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    if raw.keys() != {"of"}:
        raise Undecodable(f"a {cls.__name__} has `of` and nothing else")
    try:
        return cls(*_each(raw["of"], classes, depth))
    except Undecodable:
        raise
    except Exception as exception:
        raise Undecodable(f"`{cls.__name__}` cannot be made of it: {type(exception).__name__}") from exception


def _enum(held: Any, raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    if type(held) is not str:
        raise Undecodable(f"{shown(held, 60)} is no member of an enum")
    if not raw:
        tag, _, name = held.rpartition(".")
        recipe = classes.find(tag)
        if recipe.form in (Form.ENUM, Form.FLAG) and issubclass(recipe.cls, Enum):
            member = recipe.cls.__members__.get(name)
            if member is not None:
                return member
        raise Undecodable(f"{shown(held, 60)} is no member of an enum")
    recipe = classes.find(held)
    value = rebuilt(raw.get("value"), classes, depth)
    if recipe.form is not Form.FLAG or raw.keys() != {"value"} or type(value) is not int:
        raise Undecodable(f"{shown(held, 60)} is no flag with a value")
    try:
        return recipe.cls(value)
    except Exception as exception:
        raise Undecodable(f"{shown(value, 60)} is no {recipe.tag}") from exception


def _read_int(held: Any, classes: Classes, depth: int) -> int:
    if not _DIGITS.fullmatch(held):
        raise ValueError
    return int(held, 16 if "x" in held else 10)


def _read_float(held: Any, classes: Classes, depth: int) -> float:
    if held not in ("nan", "inf", "-inf"):
        raise ValueError
    return float(held)


def _read_bytes(held: Any, classes: Classes, depth: int) -> bytes:
    return held if type(held) is bytes else base64.b64decode(held, validate=True)


def _read_map(held: Any, classes: Classes, depth: int) -> dict[Any, Any]:
    if type(held) is not list or not all(type(pair) is list and len(pair) == 2 for pair in held):
        raise Undecodable("a $map is no list of pairs")
    value = {rebuilt(key, classes, depth): rebuilt(item, classes, depth) for key, item in held}
    if len(value) != len(held):
        raise Undecodable("a $map has the same key twice")
    return value


def _read_complex(held: Any, classes: Classes, depth: int) -> complex:
    real, imaginary = _each(held, classes, depth)
    if type(real) is not float or type(imaginary) is not float:
        raise ValueError
    return complex(real, imaginary)


def _read_decimal(held: Any, classes: Classes, depth: int) -> Decimal:
    if type(held) is not str:
        raise ValueError
    return Decimal(held)


def _read_timedelta(held: Any, classes: Classes, depth: int) -> timedelta:
    days, seconds, microseconds = held
    if any(type(part) is not int for part in held):
        raise ValueError
    return timedelta(days, seconds, microseconds)


_READERS: Final[Mapping[str, Callable[[Any, Classes, int], Any]]] = {
    "$tuple": lambda held, classes, depth: tuple(_each(held, classes, depth)),
    "$set": lambda held, classes, depth: set(_each(held, classes, depth)),
    "$frozenset": lambda held, classes, depth: frozenset(_each(held, classes, depth)),
    "$map": _read_map,
    "$int": _read_int,
    "$float": _read_float,
    "$bytes": _read_bytes,
    "$bytearray": lambda held, classes, depth: bytearray(_read_bytes(held, classes, depth)),
    "$complex": _read_complex,
    "$decimal": _read_decimal,
    "$uuid": lambda held, classes, depth: UUID(held),
    "$date": lambda held, classes, depth: date.fromisoformat(held),
    "$time": lambda held, classes, depth: time.fromisoformat(held),
    "$datetime": lambda held, classes, depth: datetime.fromisoformat(held),
    "$timedelta": _read_timedelta,
}
