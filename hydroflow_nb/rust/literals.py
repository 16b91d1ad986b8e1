"""Values of Python as Rust writes them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from hydroflow_nb.rust.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    Misfit,
    Type,
    Unknown,
    common,
    dict_of,
    kind,
    list_of,
    parts,
    set_of,
    tuple_of,
)

LEAST: Final = -(2**63)
MOST: Final = 2**63 - 1


class NoLiteral(Exception):
    """A value that Rust cannot write; the exception's text says why."""


def type_of(value: Any) -> Type:
    """The type of a value. Raises NoLiteral for a value that Rust has not."""
    match value:
        case None:
            return NONE
        case bool():
            return BOOL
        case int():
            if not LEAST <= value <= MOST:
                raise NoLiteral(f"{_short(value)} is beyond the 64 bits that a number has in Rust")
            return INT
        case float():
            return FLOAT
        case str():
            return STR
        case tuple() if type(value) is tuple:
            return tuple_of(*map(type_of, value))
        case list():
            return list_of(type_of_all(value))
        case AbstractSet():
            return set_of(type_of_all(value))
        case Mapping():
            return dict_of(type_of_all(value), type_of_all(value.values()))
    raise NoLiteral(f"`{type(value).__name__}` is not a type that is translated")


def type_of_all(values: Iterable[Any]) -> Type:
    """The one type of all values. Raises NoLiteral where they have none."""
    found: Type = Unknown()
    for value in values:
        try:
            found = common(found, type_of(value))
        except Misfit as misfit:
            raise NoLiteral(f"values of one place have several types: {misfit}") from None
    return found


def literal(value: Any, of: Type) -> str:
    """A value of a type, which owns what it holds."""
    inner = parts(of)
    match kind(of):
        case "option":
            return "None" if value is None else f"Some({literal(value, inner[0])})"
        case "str":
            return f"{text_literal(value)}.to_string()"
        case "float":
            return float_literal(value)
        case "int":
            return f"{int(value)}i64"
        case "bool":
            return "true" if value else "false"
        case "tuple":
            written = [literal(one, each) for one, each in zip(value, inner, strict=True)]
            return f"({written[0]},)" if len(written) == 1 else f"({', '.join(written)})"
        case "list":
            return f"vec![{', '.join(literal(one, inner[0]) for one in value)}]"
        case "set":
            return f"IndexSet::from([{', '.join(literal(one, inner[0]) for one in value)}])"
        case "dict":
            pairs = (f"({literal(key, inner[0])}, {literal(one, inner[1])})" for key, one in value.items())
            return f"IndexMap::from([{', '.join(pairs)}])"
    return "()"


def in_json(value: Any) -> Any:
    """A value as JSON has it, in the form that the program reads."""
    match value:
        case float() if not math.isfinite(value):
            raise NoLiteral(f"{value} is not a number that JSON has")
        case tuple() | list() | AbstractSet():
            return [in_json(one) for one in value]
        case Mapping() if not all(isinstance(key, str) for key in value):
            return [[in_json(key), in_json(one)] for key, one in value.items()]
        case Mapping():
            return {key: in_json(one) for key, one in value.items()}
    return value


def float_literal(value: float) -> str:
    """A float."""
    if math.isnan(value):
        return "f64::NAN"
    if math.isinf(value):
        return "f64::INFINITY" if value > 0 else "f64::NEG_INFINITY"
    return f"{value!r}f64" if "e" in repr(value) else repr(value)


def text_literal(text: str) -> str:
    """A text between quotes, which is lent."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    if any(0xD800 <= ord(one) <= 0xDFFF for one in text):
        raise NoLiteral("a text with half of a surrogate pair is no text in Rust")
    written = (escapes.get(one) or (one if one.isprintable() else f"\\u{{{ord(one):x}}}") for one in text)
    return f'"{"".join(written)}"'


def _short(number: int) -> str:
    return str(number) if number.bit_length() < 200 else "a number of hundreds of digits"
