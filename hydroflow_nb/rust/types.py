"""The types of items, as far as both Python and Rust have them: inferred, compared, and written in Rust."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

from hydroflow_nb.records import dataclass


class Type:
    """A type. One that is `Unknown` may become known."""

    @property
    def now(self) -> Type:
        """What is known of it now."""
        return self


@dataclass(frozen=True, kw_only=True)
class Known(Type):
    """A type by its name in Python, and the types of its parts: `list` of one, `dict` of two, `tuple` of any number.

    `option` is one type or None.
    """

    name: str
    parts: tuple[Type, ...] = ()


class Unknown(Type):
    """A type that is still to be found."""

    def __init__(self) -> None:
        self._found: Type | None = None

    @property
    def now(self) -> Type:
        """What was found, or this one."""
        return self if self._found is None else self._found.now

    def become(self, found: Type) -> None:
        """Be another type from now on."""
        self._found = found


class Misfit(Exception):
    """Two types that are not the same; the exception's text says which."""


INT: Final = Known(name="int")
FLOAT: Final = Known(name="float")
BOOL: Final = Known(name="bool")
STR: Final = Known(name="str")
NONE: Final = Known(name="None")

_SIMPLE: Final[Mapping[str, str]] = {"int": "i64", "float": "f64", "bool": "bool", "str": "String", "None": "()"}
_PARTED: Final[Mapping[str, str]] = {"list": "Vec", "set": "IndexSet", "dict": "IndexMap", "option": "Option"}
_NUMBERS_OF_PARTS: Final[Mapping[str, int]] = {"list": 1, "set": 1, "frozenset": 1, "dict": 2, "option": 1}
LENGTHS: Final = frozenset({"list", "set", "dict", "str", "tuple"})


def list_of(item: Type) -> Known:
    """A list."""
    return Known(name="list", parts=(item,))


def set_of(item: Type) -> Known:
    """A set."""
    return Known(name="set", parts=(item,))


def dict_of(key: Type, value: Type) -> Known:
    """A dict."""
    return Known(name="dict", parts=(key, value))


def tuple_of(*parts: Type) -> Known:
    """A tuple; the empty one is what Rust calls `()`, as None is."""
    return Known(name="tuple", parts=parts)


def option_of(item: Type) -> Known:
    """A type or None; the type itself where None is among its values already."""
    known = item.now
    return (
        known if isinstance(known, Known) and known.name in ("option", "None") else Known(name="option", parts=(item,))
    )


def kind(one: Type) -> str:
    """The name of a type in Python; empty for one that is not known."""
    known = one.now
    return known.name if isinstance(known, Known) else ""


def parts(one: Type) -> tuple[Type, ...]:
    """The types of its parts."""
    known = one.now
    return known.parts if isinstance(known, Known) else ()


def is_known(one: Type) -> bool:
    """Whether nothing of a type is still to be found."""
    return bool(kind(one)) and all(map(is_known, parts(one)))


def in_rust(one: Type) -> str:
    """The type as Rust writes it; `_` for what Rust has to find."""
    name, inner = kind(one), [in_rust(part) for part in parts(one)]
    if not name:
        return "_"
    if name == "tuple":
        return f"({inner[0]},)" if len(inner) == 1 else f"({', '.join(inner)})"
    return f"{_PARTED[name]}<{', '.join(inner)}>" if name in _PARTED else _SIMPLE[name]


def in_python(one: Type) -> str:
    """The type as Python writes it."""
    name, inner = kind(one), [in_python(part) for part in parts(one)]
    if name == "option":
        return f"{inner[0]} | None"
    if name == "tuple" and not inner:
        return "()"
    return f"{name}[{', '.join(inner)}]" if inner else name or "?"


def is_copied(one: Type) -> bool:
    """Whether Rust copies its values by itself."""
    return kind(one) in ("int", "float", "bool", "None") or (
        kind(one) in ("tuple", "option") and all(map(is_copied, parts(one)))
    )


def is_hashed(one: Type) -> bool:
    """Whether its values can be keys."""
    return kind(one) not in ("float", "dict", "set") and all(map(is_hashed, parts(one)))


def same(left: Type, right: Type) -> None:
    """Let two types be the same. Raises Misfit if they are not."""
    left, right = left.now, right.now
    if left is right:
        return
    if isinstance(left, Unknown):
        left.become(right)
    elif isinstance(right, Unknown):
        right.become(left)
    elif kind(left) == kind(right) and len(parts(left)) == len(parts(right)):
        for one, other in zip(parts(left), parts(right), strict=True):
            same(one, other)
    else:
        raise Misfit(f"`{in_python(left)}` and `{in_python(right)}`")


def common(left: Type, right: Type) -> Type:
    """The type that holds the values of both: the same, or one with None. Raises Misfit if there is none."""
    match kind(left), kind(right):
        case ("None", "None") | ("", _) | (_, ""):
            pass
        case "None", _:
            return option_of(right)
        case _, "None":
            return option_of(left)
        case "option", other if other != "option":
            same(parts(left)[0], right)
            return left
        case other, "option" if other != "option":
            same(left, parts(right)[0])
            return right
        case one, other if one == other and parts(left) and len(parts(left)) == len(parts(right)):
            return Known(name=one, parts=tuple(map(common, parts(left), parts(right))))
    same(left, right)
    return left


def fresh(text: str, letters: dict[str, Type]) -> Type:
    """The type that a text of an operator's record means; capital letters stand for those in `letters`."""
    return _of_node(ast.parse(text, mode="eval").body, letters)


def _of_node(node: ast.expr, letters: dict[str, Type]) -> Type:
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Tuple(elts=elements):
            return tuple_of(*(_of_node(element, letters) for element in elements))
        case ast.Name(id=name) if len(name) == 1 and name.isupper():
            return letters.setdefault(name, Unknown())
        case ast.Name(id=name) if name in _SIMPLE:
            return Known(name=name)
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            elements = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return Known(name=name, parts=tuple(_of_node(element, letters) for element in elements))
    raise AssertionError(ast.dump(node))


def of_annotation(annotation: Any) -> Type | None:
    """The type that an annotation of Python means, such as `tuple[int, str]`; None for one that Rust has not."""
    simple = {int: INT, float: FLOAT, bool: BOOL, str: STR, None: NONE, type(None): NONE}
    if isinstance(annotation, type) and annotation in simple:
        return simple[annotation]
    if annotation is None:
        return NONE
    origin, given = get_origin(annotation), get_args(annotation)
    if origin is types.UnionType or str(origin) == "typing.Union":
        others = [one for one in given if one is not type(None)]
        inner = of_annotation(others[0]) if len(others) == 1 and len(given) == 2 else None
        return None if inner is None else option_of(inner)
    name = getattr(origin, "__name__", "")
    found = [of_annotation(one) for one in given]
    inner_types = tuple(one for one in found if one is not None)
    if len(inner_types) != len(found):
        return None
    if name == "tuple":
        return tuple_of(*inner_types)
    if _NUMBERS_OF_PARTS.get(name) == len(inner_types):
        return Known(name="set" if name == "frozenset" else name, parts=inner_types)
    return None
