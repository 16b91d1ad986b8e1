"""Keys: bytes that equal values have in common, in every process and with any hash seed.

Python's own equality goes across classes: `1 == 1.0 == True == Decimal(1)`, a named tuple is equal to the tuple of its
fields, a member of a `StrEnum` to its text, a moment to the same one in another time zone. So a key is first put into a
form that all values have that are equal to it, and this form is encoded. Different keys may share a form: then they
belong to the same member, and that is no fault.

What a value is, the classes of Python tell, and not its own class: that may have methods of its own by the same names,
which say something else, while it is compared as its base is.
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
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.codec import MSGPACK, encoded
from hydroflow_nb.net.messages.plain import MOST_DIGITS, as_number, is_short
from hydroflow_nb.net.messages.recipes import said, tag_of
from hydroflow_nb.portable import Portable

Made = TypeVar("Made")

_HINT: Final = (
    "make the key of numbers, texts, bytes, dates, tuples, frozensets, enums or dataclasses, "
    "such as a text that tells the items apart"
)
_WHOLE: Final = slice(None)
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
    except Exception as exception:  # what the class of a key, or its metaclass, raises is the user's
        raise Misfit(f"the key {shown(key)} cannot choose a member: {said(exception)}", _HINT) from exception


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
        raise _Formless(f"an instance of `{name}` is equal to nothing but itself")
    raise _Formless(f"when an instance of `{name}` is equal to another value cannot be told")


# --- numbers ---------------------------------------------------------------------------------------------------------


def _real(value: float) -> int | float:
    number = float.__float__(value)
    return int(number) if number.is_integer() else number


def _complex(value: complex) -> Any:
    number = complex.__complex__(value)
    return (_real(number.real), _real(number.imag)) if number.imag else _real(number.real)


def _decimal(value: Decimal) -> Any:
    number = Decimal(value)
    if not is_short(number):
        raise _Formless(f"it has more than {MOST_DIGITS:,} digits")
    if number.is_snan():
        return "nan"
    return _ratio(*number.as_integer_ratio()) if number.is_finite() else float(number)


def _fraction(value: Fraction) -> Any:
    return _ratio(*Fraction.as_integer_ratio(value))


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


def _each(iterate: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Any]:
    return lambda value: tuple([_form(one) for one in iterate(value)])


def _members(iterate: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Any]:
    return lambda value: tuple(sorted(encoded(MSGPACK, _form(one)) for one in iterate(value)))


# --- times: as in their hashes, `fold` says nothing -------------------------------------------------------------------


def _exactly(kind: type[Made], *names: str) -> Callable[[Any], Made]:
    """What makes an instance of exactly this class of one of a subclass."""
    getters = [getattr(kind, name).__get__ for name in names]
    return lambda value: kind(*[get(value) for get in getters])


_CLOCK: Final = ("hour", "minute", "second", "microsecond", "tzinfo")
_exact_moment: Final = _exactly(datetime, "year", "month", "day", *_CLOCK)
_exact_time: Final = _exactly(time, *_CLOCK)


def _moment(value: datetime) -> timedelta:
    moment = _exact_moment(value)
    return moment.replace(tzinfo=None) - datetime.min - (moment.utcoffset() or timedelta())


def _time_of_day(value: time) -> timedelta:
    clock = _exact_time(value)
    told = timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
    return told - (clock.utcoffset() or timedelta())


def _span(value: timedelta) -> tuple[int, int, int]:
    return (timedelta.days.__get__(value), timedelta.seconds.__get__(value), timedelta.microseconds.__get__(value))


_FORMS: Final[dict[type, Callable[[Any], Any]]] = {
    NoneType: lambda value: None,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, _WHOLE),
    bytearray: lambda value: bytes(bytearray.__getitem__(value, _WHOLE)),
    int: int.__int__,
    float: _real,
    complex: _complex,
    Decimal: _decimal,
    Fraction: _fraction,
    tuple: _each(tuple.__iter__),
    list: _each(list.__iter__),
    frozenset: _members(frozenset.__iter__),
    set: _members(set.__iter__),
    dict: _members(dict.items),
    UUID: vars(UUID)["int"].__get__,
    date: date.toordinal,
    datetime: _moment,
    time: _time_of_day,
    timedelta: _span,
}
