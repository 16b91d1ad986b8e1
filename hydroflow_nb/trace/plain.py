"""Dataclasses as JSON, and back, by the types of their fields: a new field has to be told nowhere else.

A field that has its default is left out. What is read is checked: each value is of its field's type, and only the
classes that the fields name are made. Fields that are not known are left out, as those that a newer version added.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from hydroflow_nb.portable import Portable
from hydroflow_nb.trace.items import item_from_json, item_to_json


class Damaged(Portable, ValueError):
    """Data that is not what was written. `where` is the place in it, as in `.steps[3].moves`."""

    def __init__(self, where: str, what: str) -> None:
        self.where = where
        self.what = what
        super().__init__(f"{where}: {what}")


def to_plain(value: Any, kind: Any) -> Any:
    """A value of a type as JSON. The type is a dataclass, one of Python's plain types, or `Any` for a kept item."""
    if kind is Any:
        return item_to_json(value)
    if _is_dataclass(kind):
        # Some are another one in a file.
        saved = getattr(value, "saved", None)
        value = value if saved is None else saved()
        return {
            field.name: to_plain(one, hint)
            for field, hint in _fields(kind)
            if not _is_default(field, one := getattr(value, field.name))
        }
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (list, tuple):
        return [to_plain(one, inside[0]) for one in value]
    if origin in (Mapping, dict):
        return {key: to_plain(one, inside[1]) for key, one in value.items()}
    if origin in (Union, types.UnionType):
        return None if value is None else to_plain(value, _given(inside))
    if kind not in (str, int, bool, float):
        raise TypeError(f"{kind} cannot be told as JSON")
    return value


def from_plain(data: Any, kind: Any, where: str = "") -> Any:
    """The value that `to_plain` gave the JSON of. Raises `Damaged`."""
    if kind is Any:
        try:
            return item_from_json(data)
        except (ValueError, TypeError, OverflowError) as problem:
            raise Damaged(where, f"cannot be read as an item: it {problem}") from None
    if _is_dataclass(kind):
        return _object(data, kind, where)
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (list, tuple):
        _must_be(data, list, where)
        found = [from_plain(one, inside[0], f"{where}[{number}]") for number, one in enumerate(data)]
        return found if origin is list else tuple(found)
    if origin in (Mapping, dict):
        _must_be(data, dict, where)
        return {key: from_plain(one, inside[1], f"{where}[{key[:40]!r}]") for key, one in data.items()}
    if origin in (Union, types.UnionType):
        return None if data is None else from_plain(data, _given(inside), where)
    _must_be(data, kind, where)
    return data


def _is_dataclass(kind: Any) -> bool:
    return is_dataclass(kind)


def _object(data: Any, kind: Any, where: str) -> Any:
    _must_be(data, dict, where)
    given = {}
    for field, hint in _fields(kind):
        if field.name in data:
            given[field.name] = from_plain(data[field.name], hint, f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise Damaged(where, f"has no `{field.name}`")
    return kind(**given)


def _given(options: tuple[Any, ...]) -> Any:
    """The type beside None."""
    (kind,) = (one for one in options if one is not types.NoneType)
    return kind


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default is not MISSING:
        return bool(value == field.default)
    return field.default_factory is not MISSING and bool(value == field.default_factory())


@lru_cache
def _fields(kind: Any) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field, hints[field.name]) for field in fields(kind) if field.init)


_WORDS = {dict: "an object", list: "an array", str: "a string", int: "a number", bool: "true or false"}


def _must_be(data: Any, kind: type, where: str) -> None:
    if type(data) is not kind:
        raise Damaged(where, f"is not {_WORDS.get(kind, kind.__name__)}")
