"""Keys: bytes that equal values have in common, in every process and with any hash seed.

Python's own equality goes across classes: `1 == 1.0 == True == Decimal(1)`, a named tuple is equal to the tuple of its
fields, a member of a `StrEnum` to its text, a moment to the same one in another time zone. So a key is first put into a
form that all values have that are equal to it, and this form is encoded. Different keys may share a form: then they
belong to the same member, and that is no fault.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter
from types import NoneType
from typing import Any, Final
from uuid import UUID

import msgspec

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.codec import MSGPACK, encoded
from hydroflow_nb.net.messages.plain import MOST_DIGITS, as_number, is_short
from hydroflow_nb.net.messages.recipes import tag_of
from hydroflow_nb.portable import Portable

_HINT: Final = (
    "make the key of numbers, texts, bytes, dates, tuples, frozensets, enums or dataclasses, "
    "such as a text that tells the items apart"
)
# What most keys are, and the encoding tells equal ones from others by itself.
_PLAIN: Final = frozenset({str, int, bytes, NoneType})


class _Formless(Portable):
    """A part of a key has no form that all values equal to it have; the message says why."""


def encoded_key(key: Any) -> bytes:
    """The bytes of a key: those of any other one that is equal to it, as keys of a dict are.

    Raises Misfit for a key of which that cannot be told, or that cannot be encoded.
    """
    try:
        return encoded(MSGPACK, key if type(key) in _PLAIN else _form(key))
    except (_Formless, Misfit) as reason:
        raise Misfit(f"the key {shown(key)} cannot choose a member: {reason}", _HINT) from None
    except RecursionError:
        raise Misfit(f"the key {shown(key)} cannot choose a member: it nests too deeply", _HINT) from None


def _form(value: Any) -> Any:
    """The form that all values equal to this one have."""
    kind = type(value)
    return value if kind in _PLAIN else _form_of(kind)(value)


@lru_cache(maxsize=1024)
def _made_form_of(kind: Any) -> Callable[[Any], Any]:
    """What gives values of a class their form."""
    for base in kind.__mro__:
        # A subclass that compares as its base does is equal to values of the base.
        if base in _FORMS and kind.__eq__ is base.__eq__:
            return _FORMS[base]
    if issubclass(kind, Enum) and kind.__eq__ is object.__eq__:
        return lambda value: (tag_of(kind), value.name)
    if dataclasses.is_dataclass(kind) and _is_generated(kind):
        return _fields(field.name for field in dataclasses.fields(kind) if field.compare)
    if issubclass(kind, msgspec.Struct) and kind.__eq__ is msgspec.Struct.__eq__ and kind.__struct_config__.eq:
        return _fields(kind.__struct_fields__)
    return _number_of_a_library


_form_of: Final[Callable[[type], Callable[[Any], Any]]] = _made_form_of


def _is_generated(kind: Any) -> bool:
    """Whether a data class is compared by its fields, and not by a method that was written for it."""
    fields = [(one.name, object, dataclasses.field(compare=one.compare)) for one in dataclasses.fields(kind)]
    generated = dataclasses.make_dataclass("Generated", fields, kw_only=True).__eq__.__code__
    found = getattr(kind.__eq__, "__code__", None)
    return found is not None and (found.co_code, found.co_names) == (generated.co_code, generated.co_names)


def _fields(names: Iterable[str]) -> Callable[[Any], Any]:
    getters = [attrgetter(name) for name in names]
    return lambda value: tuple([_form(get(value)) for get in getters])


def _number_of_a_library(value: Any) -> Any:
    """The form of a scalar of numpy or the like."""
    number = as_number(value)
    if number is not None:
        return _form(number)
    name = type(value).__name__
    if vars(object)["__eq__"] is type(value).__eq__:
        raise _Formless(f"a `{name}` is equal to nothing but itself")
    raise _Formless(f"when a `{name}` is equal to another value cannot be told")


# --- numbers ---------------------------------------------------------------------------------------------------------


def _whole(value: int) -> int:
    return int.__int__(value)


def _real(value: float) -> int | float:
    return int(value) if value.is_integer() else float.__float__(value)


def _complex(value: complex) -> Any:
    return (_real(value.real), _real(value.imag)) if value.imag else _real(value.real)


def _decimal(value: Decimal) -> Any:
    if not is_short(value):
        raise _Formless(f"it has more than {MOST_DIGITS:,} digits")
    if value.is_snan():
        return "nan"
    return _ratio(*value.as_integer_ratio()) if value.is_finite() else float(value)


def _ratio(numerator: int, denominator: int) -> Any:
    """A fraction in its lowest terms: an integer or a float where that is exactly as much."""
    if denominator == 1:
        return numerator
    try:
        nearest = numerator / denominator
    except OverflowError:
        return numerator, denominator
    return nearest if nearest.as_integer_ratio() == (numerator, denominator) else (numerator, denominator)


# --- containers ------------------------------------------------------------------------------------------------------


def _each(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple([_form(value) for value in values])


def _members(values: Iterable[Any]) -> tuple[bytes, ...]:
    return tuple(sorted(encoded(MSGPACK, _form(value)) for value in values))


# --- times: as in their hashes, `fold` says nothing -------------------------------------------------------------------


def _moment(value: datetime) -> timedelta:
    value = value.replace(fold=0)
    return value.replace(tzinfo=None) - datetime.min - (value.utcoffset() or timedelta())


def _time_of_day(value: time) -> timedelta:
    value = value.replace(fold=0)
    told = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return told - (value.utcoffset() or timedelta())


_FORMS: Final[dict[type, Callable[[Any], Any]]] = {
    NoneType: lambda value: None,
    str: str.__str__,
    bytes: bytes,
    bytearray: bytes,
    int: _whole,
    float: _real,
    complex: _complex,
    Decimal: _decimal,
    Fraction: lambda value: _ratio(value.numerator, value.denominator),
    tuple: _each,
    list: _each,
    frozenset: _members,
    set: _members,
    dict: lambda value: _members(value.items()),
    UUID: lambda value: value.int,
    date: lambda value: value.toordinal(),
    datetime: _moment,
    time: _time_of_day,
    timedelta: lambda value: (value.days, value.seconds, value.microseconds),
}
