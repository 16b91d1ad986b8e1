"""Kept items as JSON, and back: values as values where JSON can tell them, else their text.

A number, a text, None and a truth value stand for themselves, an array is a tuple. Any other value is an object with
one key, which says what it is: `{"set": [1, 2]}`, `{"text": "<lock>"}`. Reading makes values of Python's own classes
only.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from hydroflow_nb.trace.ticks import LONGEST_TEXT, Text, text_of

# The bits of a number that JSON's readers are given as a number: longer ones are slow to read, or refused.
_LONGEST_NUMBER: Final = 4_000
# How deep values may stand in each other.
_DEEPEST: Final = 50


class _NotPlain(Exception):
    """A value that JSON cannot tell."""


def item_to_json(item: Any) -> Any:
    """A kept item as JSON. Of one that is not made of Python's own plain values it is the text."""
    try:
        return _to_json(item, _DEEPEST)
    except _NotPlain:
        return {"text": text_of(item, LONGEST_TEXT)}


def item_from_json(data: Any) -> Any:
    """A kept item. Raises ValueError or TypeError for what `item_to_json` does not give."""
    kind = type(data)
    if kind in _PLAIN:
        return data
    if kind is list:
        return tuple(item_from_json(part) for part in data)
    if kind is not dict or len(data) != 1:
        raise ValueError("is not an item")
    ((name, inside),) = data.items()
    if name not in _READERS:
        raise ValueError(f"is an item of a kind that is not known: {name[:40]!r}")
    return _READERS[name](inside)


_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


def _to_json(item: Any, depth: int) -> Any:
    kind = type(item)
    if kind is str or kind is bool or item is None:
        return item
    if kind is int:
        return item if item.bit_length() <= _LONGEST_NUMBER else {"int": hex(item)}
    if kind is float:
        return item if isfinite(item) else {"float": repr(item)}
    if not depth:
        raise _NotPlain
    if kind is tuple:
        return [_to_json(part, depth - 1) for part in item]
    writer = _WRITERS.get(kind)
    if writer is None:
        raise _NotPlain
    return {kind.__name__.lower(): writer(item, depth - 1)}


def _parts(item: Any, depth: int) -> list[Any]:
    return [_to_json(part, depth) for part in item]


_WRITERS: Final[Mapping[type, Callable[[Any, int], Any]]] = {
    Text: lambda item, _: str(item),
    list: _parts,
    set: _parts,
    frozenset: _parts,
    dict: lambda item, depth: [[_to_json(key, depth), _to_json(value, depth)] for key, value in item.items()],
    bytes: lambda item, _: b64encode(item).decode(),
    bytearray: lambda item, _: b64encode(item).decode(),
    complex: lambda item, depth: [_to_json(item.real, depth), _to_json(item.imag, depth)],
    range: lambda item, depth: [_to_json(part, depth) for part in (item.start, item.stop, item.step)],
}


def _array(data: Any) -> list[Any]:
    if type(data) is not list:
        raise ValueError("is not an array")
    return [item_from_json(part) for part in data]


def _string(data: Any) -> str:
    if type(data) is not str:
        raise ValueError("is not a string")
    return data


def _pairs(data: Any) -> dict[Any, Any]:
    found = {}
    for pair in _array(data):
        key, value = pair
        found[key] = value
    return found


def _bytes(data: Any) -> bytes:
    return b64decode(_string(data), validate=True)


def _complex(data: Any) -> complex:
    real, imag = _array(data)
    if type(real) is not float or type(imag) is not float:
        raise ValueError("is not a pair of numbers")
    return complex(real, imag)


# Numbers and containers are made of what was read, never of a text that is evaluated.
_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "text": lambda data: Text(_string(data)),
    "int": lambda data: int(_string(data), 16),
    "float": lambda data: float(_string(data)),
    "list": _array,
    "set": lambda data: set(_array(data)),
    "frozenset": lambda data: frozenset(_array(data)),
    "dict": _pairs,
    "bytes": _bytes,
    "bytearray": lambda data: bytearray(_bytes(data)),
    "complex": _complex,
    "range": lambda data: range(*_array(data)),
}
