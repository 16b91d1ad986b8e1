"""Rebuilds values from their plain form, which may come from anybody: the inverse of `plain`."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Final
from uuid import UUID

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.plain import DEEPEST, FLAT, MOST_DIGITS, is_short
from hydroflow_nb.net.messages.probing import FEW, look_at_keys
from hydroflow_nb.net.messages.recipes import LATTICES, Form, said
from hydroflow_nb.net.messages.undecodable import Undecodable

_DIGITS: Final = re.compile(r"-?(?:0x[0-9a-f]{1,4000}|[0-9]{1,640})")

# A lattice counts as so many levels, because its constructor copies its content.
_LATTICE_LEVELS: Final = 6

# The classes of decoded values that need no rebuilding. msgpack has a type of its own for points in time.
LEAVES: Final = frozenset((str, int, float, bool, NoneType, bytes, datetime))
_all_leaves: Final = LEAVES.issuperset


def rebuilt(raw: Any, classes: Classes, depth: int = 0) -> Any:
    """The value of a plain form, which this may change. Raises Undecodable, and what the user's classes raise."""
    kind = type(raw)
    if kind in LEAVES:
        return raw
    if kind is not dict and kind is not list:
        raise Undecodable(f"it holds a msgpack {kind.__name__}, which is not supported")
    if depth >= DEEPEST and (kind is list or raw.keys().isdisjoint(_SCALARS)):
        raise Undecodable(f"it nests deeper than {DEEPEST} levels; a lattice counts as {_LATTICE_LEVELS} levels")
    depth += 1
    if kind is list:
        return raw if _all_leaves(map(type, raw)) else [rebuilt(element, classes, depth) for element in raw]
    for key in raw:
        # This package writes the mark first; a person or another program may write it anywhere.
        read = _READERS.get(key)
        if read is not None:
            return read(raw, classes, depth)
        break
    try:
        marked = "$" in "".join(raw)
    except TypeError:  # in msgpack from other programs, keys need not be texts
        if not _all_leaves(map(type, raw)):
            raise Undecodable("an object has a key that is not a plain value") from None
        marked = True
    if marked:
        for key in raw:
            if type(key) is str and key[:1] == "$":
                read = _READERS.get(key)
                if read is None:
                    raise Undecodable(f"an object has the unknown mark {shown(key, 40)}")
                return read(raw, classes, depth)
    if _all_leaves(map(type, raw.values())):
        return raw
    return {key: rebuilt(held, classes, depth) for key, held in raw.items()}


def _instance(raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    recipe = classes.find(raw.pop("$class"))
    if recipe.record or recipe.form is Form.RECORD:
        if not _all_leaves(map(type, raw.values())):
            raw = {name: rebuilt(held, classes, depth) for name, held in raw.items()}
        return recipe.made(raw)
    if recipe.form is Form.LATTICE:
        return _merged(recipe.cls, raw, classes, depth)
    raise Undecodable(f"`{recipe.tag}` is an enum, but it is marked as a class")


def _lattice(raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    tag = raw.pop("$lattice")
    cls = LATTICES.get(tag) if type(tag) is str else None
    if cls is None:
        raise Undecodable(f"{shown(tag, 60)} is not a lattice of this package")
    return _merged(cls, raw, classes, depth)


def _merged(cls: type[Lattice], raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    if raw.keys() != {"of"}:
        raise Undecodable(f"the object of a {cls.__name__} must have the key `of` and no others")
    arguments = _elements(raw["of"], classes, depth + _LATTICE_LEVELS - 1)
    try:
        for keys in cls.hashed(*arguments):
            # Elements of a set and keys of a dict were checked when it was made.
            if isinstance(keys, (list, tuple)) and len(keys) > FEW:
                look_at_keys(keys)
                look_at_keys(keys, of_set=True)
        return cls(*arguments)
    except Undecodable:
        raise
    except Exception as exception:
        raise Undecodable(f"`{cls.__name__}` cannot be made of it: {said(exception)}") from exception


def _enum(raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    held = raw.pop("$enum")
    if type(held) is not str:
        raise Undecodable(f"{shown(held, 60)} is not a member of an enum")
    if raw:
        recipe = classes.find(held)
        value = rebuilt(raw.pop("value", None), classes, depth)
        if recipe.form is Form.FLAG and type(value) is int and not raw:
            try:
                return recipe.cls(value)
            except Exception:  # the error below says so
                pass
        raise Undecodable(f"{shown(value, 60)} is not a flag of `{recipe.tag}`")
    tag, _, name = held.rpartition(".")
    cls = classes.find(tag).cls
    if issubclass(cls, Enum) and name in cls.__members__:
        return cls.__members__[name]
    raise Undecodable(f"{shown(held, 60)} is not a member of an enum")


def _elements(held: Any, classes: Classes, depth: int) -> list[Any]:
    if type(held) is not list:
        raise Undecodable(f"{shown(held, 60)} is not a list, and must be one here")
    return held if _all_leaves(map(type, held)) else [rebuilt(element, classes, depth) for element in held]


def _tuple(raw: dict[str, Any], classes: Classes, depth: int) -> tuple[Any, ...]:
    return tuple(_elements(_only(raw), classes, depth))


def _set(raw: dict[str, Any], classes: Classes, depth: int) -> set[Any]:
    return set(_keys(_elements(_only(raw), classes, depth), of_set=True))


def _frozenset(raw: dict[str, Any], classes: Classes, depth: int) -> frozenset[Any]:
    return frozenset(_keys(_elements(_only(raw), classes, depth), of_set=True))


def _map(raw: dict[str, Any], classes: Classes, depth: int) -> dict[Any, Any]:
    pairs = _only(raw)
    if type(pairs) is not list or not all(type(pair) is list and len(pair) == 2 for pair in pairs):
        raise Undecodable("a $map is not a list of pairs")
    keys = _keys([rebuilt(key, classes, depth) for key, _ in pairs])
    value = dict(zip(keys, [rebuilt(held, classes, depth) for _, held in pairs], strict=True))
    if len(value) != len(pairs):
        raise Undecodable("a $map has the same key twice")
    return value


def _flat(raw: dict[str, Any], classes: Classes, depth: int) -> Any:
    """A long map of msgpack as `maps` has rewritten it: keys and values in turn."""
    both = _only(raw)
    if type(both) is not list or len(both) % 2:
        raise Undecodable(f"a {FLAT} is not a list of keys and values")
    keys = both[::2]
    if not _all_leaves(map(type, keys)):
        raise Undecodable("an object has a key that is not a plain value")
    look_at_keys(keys)
    plain = dict(zip(keys, both[1::2], strict=True))
    if FLAT in plain:
        raise Undecodable(f"an object has the unknown mark {FLAT}")
    return rebuilt(plain, classes, depth - 1)


def _complex(raw: dict[str, Any], classes: Classes, depth: int) -> complex:
    parts = _elements(_only(raw), classes, depth)
    if [type(part) for part in parts] != [float, float]:
        raise Undecodable("a $complex is not two floats")
    return complex(*parts)


def _keys(values: list[Any], *, of_set: bool = False) -> list[Any]:
    """The values, checked as keys of a dict or elements of a set. Raises Undecodable."""
    try:
        look_at_keys(values, of_set=of_set)
    except Undecodable:
        raise
    except Exception:
        for value in values:
            try:
                hash(value)
            except Exception as exception:
                why = f"cannot be a key or an element of a set: {said(exception)}"
                raise Undecodable(f"{shown(value, 60)} {why}") from None
        raise
    return values


def _only(raw: dict[str, Any]) -> Any:
    """The value under the mark, which must be the only key."""
    if len(raw) != 1:
        mark = next(key for key in raw if key[:1] == "$")
        raise Undecodable(f"an object with the mark {shown(mark, 40)} has other keys as well")
    return next(iter(raw.values()))


def _scalar(read: Callable[[Any], Any], *, fold: bool = False) -> Callable[[dict[str, Any], Classes, int], Any]:
    """A reader of values that are written as a text or a few numbers."""

    def reader(raw: dict[str, Any], classes: Classes, depth: int) -> Any:
        second = fold and raw.pop("fold", 0)
        held = _only(raw)
        try:
            value = read(held)
            return value.replace(fold=second) if second else value
        except Exception as exception:
            mark = next(iter(raw))
            raise Undecodable(f"{shown(held, 60)} is not a valid {mark[1:]}: {said(exception)}") from exception

    return reader


def _int(held: Any) -> int:
    if not _DIGITS.fullmatch(held):
        raise ValueError(
            f"write its digits, or 0x and its digits in base 16 if it has more than 640; it has at most {MOST_DIGITS:,}"
        )
    value = int(held, 16 if "x" in held else 10)
    if not is_short(value):
        raise ValueError(f"it has more than {MOST_DIGITS:,} digits")
    return value


def _float(held: Any) -> float:
    if held not in ("nan", "inf", "-inf"):
        raise ValueError('write "nan", "inf" or "-inf"')
    return float(held)


def _bytes(held: Any) -> bytes:
    return held if type(held) is bytes else base64.b64decode(held, validate=True)


def _decimal(held: Any) -> Decimal:
    if type(held) is not str:
        raise ValueError("a Decimal is written as text")
    if len(held) > 2 * MOST_DIGITS or not is_short(value := Decimal(held)):
        raise ValueError(f"it has more than {MOST_DIGITS:,} digits when it is written out")
    return value


def _timedelta(held: Any) -> timedelta:
    days, seconds, microseconds = held
    if [type(part) for part in held] != [int, int, int]:
        raise ValueError("write three integers")
    return timedelta(days, seconds, microseconds)


_READERS: Final[Mapping[Any, Callable[[dict[str, Any], Classes, int], Any]]] = {
    "$class": _instance,
    "$lattice": _lattice,
    "$enum": _enum,
    "$tuple": _tuple,
    "$set": _set,
    "$frozenset": _frozenset,
    "$map": _map,
    FLAT: _flat,
    "$complex": _complex,
    "$int": _scalar(_int),
    "$float": _scalar(_float),
    "$bytes": _scalar(_bytes),
    "$bytearray": _scalar(lambda held: bytearray(_bytes(held))),
    "$decimal": _scalar(_decimal),
    "$uuid": _scalar(UUID),
    "$date": _scalar(date.fromisoformat),
    "$time": _scalar(time.fromisoformat, fold=True),
    "$datetime": _scalar(datetime.fromisoformat, fold=True),
    "$timedelta": _scalar(_timedelta),
}

_CONTAINERS: Final = ("$class", "$lattice", "$enum", "$tuple", "$set", "$frozenset", "$map", FLAT)
_SCALARS: Final = _READERS.keys() - _CONTAINERS
