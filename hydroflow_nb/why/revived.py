"""An item of which a recording keeps the text, as a value again, where its text says all of it."""

from __future__ import annotations

import ast
import dataclasses
import enum
from collections.abc import Mapping
from typing import Any, Final

from hydroflow_nb.engine.mutations import Delete, Persist
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.operators.explaining.explaining import UNKNOWN

_LONGEST: Final = 5_000


class _Unreadable(Exception):
    """The text says more than constants and data."""


def revived(text: str, names: Mapping[str, Any]) -> Any:
    """The value whose `repr` is a text; UNKNOWN where it cannot be made again.

    It is made of constants, tuples, lists, sets and dicts, and of instances of classes that hold nothing but data: of
    `names` those that are data classes, named tuples or members of an enum, and of the package lattices and
    instructions. Nothing else of the text is run, and the value counts only if its `repr` is the text again.
    """
    if len(text) > _LONGEST:
        return UNKNOWN
    try:
        value = _read(ast.parse(_without_angles(text), mode="eval").body, names)
        return value if shown(value, _LONGEST) == text else UNKNOWN
    except Exception:  # a class of the user's that does not take its own fields
        return UNKNOWN


def _without_angles(text: str) -> str:
    """`<Color.RED: 1>`, as an enum shows a member, is the member."""
    if text.startswith("<") and text.endswith(">") and ":" in text:
        return text[1:].partition(":")[0]
    return text


def _read(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() | complex() as number)):
            return -number
        case ast.Tuple(elts=parts):
            return tuple(_read(part, names) for part in parts)
        case ast.List(elts=parts):
            return [_read(part, names) for part in parts]
        case ast.Set(elts=parts):
            return {_read(part, names) for part in parts}
        case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
            pairs = zip(keys, values, strict=True)
            return {_read(key, names): _read(value, names) for key, value in pairs if key is not None}
        case ast.Name(id="inf" | "nan" as name):
            return float(name)
        case ast.Attribute(value=ast.Name(id=name), attr=member):
            kind = names.get(name)
            if isinstance(kind, enum.EnumMeta):
                return kind.__members__[member]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            kind = _data_class(name, names)
            if kind is not None and all(keyword.arg for keyword in keywords):
                given = {str(keyword.arg): _read(keyword.value, names) for keyword in keywords}
                return kind(*(_read(argument, names) for argument in args), **given)
    raise _Unreadable


def _data_class(name: str, names: Mapping[str, Any]) -> type | None:
    own = {one.__name__: one for one in (Persist, Delete, set, frozenset, dict)}
    found = own.get(name) or names.get(name) or _lattices().get(name)
    if not isinstance(found, type) or found.__name__ != name:
        return None
    is_data = dataclasses.is_dataclass(found) or (issubclass(found, tuple) and hasattr(found, "_fields"))
    return found if is_data or name in own or issubclass(found, Lattice) else None


def _lattices() -> Mapping[str, Any]:
    from hydroflow_nb import lattices

    return vars(lattices)
