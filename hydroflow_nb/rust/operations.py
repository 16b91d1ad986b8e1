"""Operators, comparisons and subscripts: what Rust writes where Python's rules are others than Rust's."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from hydroflow_nb.rust.refusing import TWO_TYPES
from hydroflow_nb.rust.translating import Text, Translating, whole
from hydroflow_nb.rust.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    Misfit,
    in_python,
    in_rust,
    kind,
    parts,
    same,
    tuple_of,
)

_SIGNS: Final[Mapping[type[ast.operator], str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_BITS: Final[Mapping[type[ast.operator], str]] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
_ON_INTS: Final[Mapping[type[ast.operator], str]] = {
    ast.FloorDiv: "floor_div",
    ast.Mod: "modulo",
    ast.Pow: "power",
    ast.LShift: "shift_left",
    ast.RShift: "shift_right",
}
_ON_FLOATS: Final[Mapping[type[ast.operator], str]] = {
    ast.Div: "divide",
    ast.FloorDiv: "floor_div_float",
    ast.Mod: "modulo_float",
    ast.Pow: "power_float",
}
_ON_SETS: Final[Mapping[type[ast.operator], str]] = {
    ast.BitOr: "union",
    ast.BitAnd: "intersection",
    ast.Sub: "difference",
    ast.BitXor: "symmetric_difference",
}
_COMPARED: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_NUMBERS: Final = frozenset({"int", "float", "bool"})


def binary(this: Translating, node: ast.BinOp) -> Text:
    """An operation of two operands."""
    left, right, sign = this.value(node.left), this.value(node.right), type(node.op)
    kinds = kind(left.type), kind(right.type)
    if kinds == ("bool", "bool") and sign in _BITS:
        return Text(text=f"{left.wrapped} {_BITS[sign]} {right.wrapped}", type=BOOL, atom=False)
    if set(kinds) <= _NUMBERS:
        left, right = whole(left), whole(right)
        if kind(left.type) == kind(right.type) == "int" and sign is not ast.Div:
            return _of_ints(this, node, left, right)
        return _of_floats(this, node, as_float(left), as_float(right))
    made = _of_collections(this, node, left, right)
    if made is None:
        raise this.refuse(
            node,
            f"`{in_python(left.type)}` and `{in_python(right.type)}` under `{_written(node)}` are not translated",
            code=TWO_TYPES if kinds[0] != kinds[1] else "",
        )
    return made


def as_float(number: Text) -> Text:
    """A number as a float."""
    if kind(number.type) == "float":
        return number
    if number.bare:
        return Text(text=f"{number.bare}.0", type=FLOAT)
    return Text(text=f"({number.wrapped} as f64)", type=FLOAT)


def _of_ints(this: Translating, node: ast.BinOp, left: Text, right: Text) -> Text:
    sign = type(node.op)
    if sign in _SIGNS or sign in _BITS:
        written = _SIGNS.get(sign) or _BITS[sign]
        one = left.wrapped if left.bare and right.bare else left.beside
        return Text(text=f"{one} {written} {right.beside}", type=INT, atom=False)
    if sign in _ON_INTS:
        return Text(text=f"python::{_ON_INTS[sign]}({left.text}, {right.text})", type=INT)
    raise this.refuse(node, f"`{_written(node)}` is not translated")


def _of_floats(this: Translating, node: ast.BinOp, left: Text, right: Text) -> Text:
    sign = type(node.op)
    if sign in _SIGNS:
        return Text(text=f"{left.beside} {_SIGNS[sign]} {right.beside}", type=FLOAT, atom=False)
    if sign in _ON_FLOATS:
        return Text(text=f"python::{_ON_FLOATS[sign]}({left.text}, {right.text})", type=FLOAT)
    raise this.refuse(node, f"`{_written(node)}` of floats is not translated")


def _of_collections(this: Translating, node: ast.BinOp, left: Text, right: Text) -> Text | None:
    match kind(left.type), node.op, kind(right.type):
        case "str", ast.Add(), "str":
            return Text(text=f"{_string(left)} + {right.by_reference}", type=STR, atom=False)
        case "str", ast.Mult(), "int":
            return Text(text=f"python::repeated(&{left.wrapped}, {right.text})", type=STR)
        case "list", ast.Add(), "list":
            _alike(this, node, left, right)
            return Text(text=f"[{left.by_reference}[..], {right.by_reference}[..]].concat()", type=left.type)
        case "list", ast.Mult(), "int":
            return Text(text=f"python::repeated_list(&{left.wrapped}, {right.text})", type=left.type)
        case "tuple", ast.Add(), "tuple":
            every = [
                Text(text=f"{one.wrapped}.{number}", type=of, lent=True).owned
                for one in (left, right)
                for number, of in enumerate(parts(one.type))
            ]
            of = tuple_of(*parts(left.type), *parts(right.type))
            return Text(text=f"({', '.join(every)}{',' if len(every) == 1 else ''})", type=of)
        case "set", sign, "set" if type(sign) in _ON_SETS:
            _alike(this, node, left, right)
            name = _ON_SETS[type(sign)]
            return Text(text=f"python::{name}({left.by_reference}, {right.by_reference})", type=left.type)
        case "dict", ast.BitOr(), "dict":
            _alike(this, node, left, right)
            return Text(text=f"python::merged({left.owned}, {right.owned})", type=left.type)
    return None


def _string(text: Text) -> str:
    owned = text.owned
    return owned if text.atom else f"({owned})"


def _alike(this: Translating, node: ast.expr, left: Text, right: Text) -> None:
    try:
        same(left.type, right.type)
    except Misfit as misfit:
        raise this.refuse(node, f"the two sides have several types: {misfit}", code=TWO_TYPES) from None


def _written(node: ast.BinOp) -> str:
    operand = ast.Name(id="x", ctx=ast.Load())
    return ast.unparse(ast.BinOp(left=operand, op=node.op, right=operand)).replace("x", "").strip()


# --- comparisons -----------------------------------------------------------------------------------------------------


def comparison(this: Translating, node: ast.Compare) -> Text:
    """A comparison, or several in a chain."""
    if len(node.ops) == 1:
        return _compared(this, node, this.value(node.left), node.ops[0], node.comparators[0])
    for middle in node.comparators[:-1]:
        if not isinstance(middle, ast.Name | ast.Constant):
            raise this.refuse(
                middle, "what stands in the middle of a chain is evaluated twice in Rust", "write `a < b and b < c`"
            )
    lefts = [node.left, *node.comparators[:-1]]
    tests = [
        _compared(this, node, this.value(left), op, right).wrapped
        for left, op, right in zip(lefts, node.ops, node.comparators, strict=True)
    ]
    return Text(text=" && ".join(tests), type=BOOL, atom=False)


def _compared(this: Translating, node: ast.Compare, left: Text, op: ast.cmpop, second: ast.expr) -> Text:
    if isinstance(op, ast.In | ast.NotIn):
        found = contained(this, node, left, second)
        return found if isinstance(op, ast.In) else Text(text=f"!{found.wrapped}", type=BOOL, atom=False)
    if _is_none(second):
        return _compared_with_none(this, node, left, op)
    if type(op) not in _COMPARED:
        raise this.refuse(node, "`is` is translated for None alone", "compare by `==`")
    right, sign = this.value(second), _COMPARED[type(op)]
    kinds = {kind(left.type), kind(right.type)}
    if "option" in kinds and isinstance(op, ast.Eq | ast.NotEq) and len(kinds) == 2:
        left, right = (
            one if kind(one.type) == "option" else Text(text=f"Some({one.owned})", type=one.type)
            for one in (left, right)
        )
        return Text(text=f"{left.wrapped} {sign} {right.wrapped}", type=BOOL, atom=False)
    if kinds <= _NUMBERS and kinds != {"bool"}:
        left, right = whole(left), whole(right)
        if "float" in kinds:
            left, right = as_float(left), as_float(right)
    else:
        _alike(this, node, left, right)
        if not isinstance(op, ast.Eq | ast.NotEq):
            if kind(left.type) == "set":
                return _part_of(*((left, right) if isinstance(op, ast.Lt | ast.LtE) else (right, left)), len(sign) == 1)
            if kind(left.type) in ("dict", "option", "None"):
                raise this.refuse(
                    node, f"`{in_python(left.type)}` has no order", "test for None first" if "option" in kinds else ""
                )
    one = left.wrapped if left.bare and right.bare else left.beside
    return Text(text=f"{one} {sign} {_typed(right)}", type=BOOL, atom=False)


def _part_of(part: Text, other: Text, proper: bool) -> Text:
    """Whether a set is part of another one, and not equal to it where that is asked."""
    smaller = f" && {part.wrapped}.len() < {other.wrapped}.len()" if proper else ""
    return Text(text=f"{part.wrapped}.is_subset({other.by_reference}){smaller}", type=BOOL, atom=False)


def _typed(operand: Text) -> str:
    """The operand; Rust has to be told what an empty collection is of."""
    empty = operand.text.endswith("::new()") and operand.text.count("::") == 1
    return f"<{in_rust(operand.type)}>::new()" if empty else operand.beside


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _compared_with_none(this: Translating, node: ast.Compare, left: Text, op: ast.cmpop) -> Text:
    if not isinstance(op, ast.Is | ast.Eq | ast.IsNot | ast.NotEq):
        raise this.refuse(node, "None has no order")
    is_none = isinstance(op, ast.Is | ast.Eq)
    if kind(left.type) == "option":
        return Text(text=f"{left.wrapped}.{'is_none' if is_none else 'is_some'}()", type=BOOL)
    return Text(text="true" if is_none == (kind(left.type) == "None") else "false", type=BOOL)


def contained(this: Translating, node: ast.expr, one: Text, among: ast.expr) -> Text:
    """Whether a value is among others."""
    if isinstance(among, ast.Tuple | ast.List | ast.Set) and among.elts:
        every = [this.value(element) for element in among.elts]
        for other in every:
            _alike(this, among, one, other)
        return Text(text=f"[{', '.join(other.owned for other in every)}].contains({one.by_reference})", type=BOOL)
    others = this.value(among)
    match kind(others.type):
        case "str" if kind(one.type) == "str":
            return Text(text=f"{others.wrapped}.contains({one.wrapped}.as_str())", type=BOOL)
        case "list" | "set" | "dict" as name:
            try:
                same(one.type, parts(others.type)[0])
            except Misfit as misfit:
                raise this.refuse(node, f"what is looked for is of another type: {misfit}", code=TWO_TYPES) from None
            method = "contains_key" if name == "dict" else "contains"
            return Text(text=f"{others.wrapped}.{method}({one.by_reference})", type=BOOL)
    raise this.refuse(node, f"`in` for `{in_python(others.type)}` is not translated")


# --- parts ----------------------------------------------------------------------------------------------


def subscript(this: Translating, node: ast.Subscript) -> Text:
    """A part of a value: by number, by key, or a slice."""
    of = this.value(node.value)
    if isinstance(node.slice, ast.Slice):
        return _slice(this, node, of, node.slice)
    inner = parts(of.type)
    match kind(of.type):
        case "tuple":
            number = _constant(node.slice)
            if number is None or not -len(inner) <= number < len(inner):
                raise this.refuse(node, f"a part of `{in_python(of.type)}` is chosen by a number that is written out")
            number %= len(inner)
            return Text(text=f"{of.wrapped}.{number}", type=inner[number], lent=True)
        case "list":
            at = this.as_type(node.slice, INT).text
            return Text(text=f"python::item(&{of.wrapped}, {at})", type=inner[0])
        case "str":
            return Text(text=f"python::character(&{of.wrapped}, {this.as_type(node.slice, INT).text})", type=STR)
        case "dict":
            key = this.as_type(node.slice, inner[0])
            return Text(text=f"python::value(&{of.wrapped}, {key.by_reference})", type=inner[1])
    raise this.refuse(node, f"`{in_python(of.type)}` has no parts that are chosen so")


def _constant(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
    return None


def _slice(this: Translating, node: ast.Subscript, of: Text, at: ast.Slice) -> Text:
    ends = [f"Some({this.as_type(end, INT).text})" if end is not None else "None" for end in (at.lower, at.upper)]
    step = 1 if at.step is None else _constant(at.step)
    if kind(of.type) not in ("list", "str"):
        raise this.refuse(node, f"a slice of `{in_python(of.type)}` is not translated")
    name = "slice" if kind(of.type) == "list" else "slice_text"
    if step == 1:
        return Text(text=f"python::{name}(&{of.wrapped}, {', '.join(ends)})", type=of.type)
    if step == -1 and at.lower is None and at.upper is None:
        name = "backwards" if kind(of.type) == "list" else "backwards_text"
        return Text(text=f"python::{name}(&{of.wrapped})", type=of.type)
    raise this.refuse(node, "a slice with a step is not translated", "`xs[::-1]` is, and `xs[a:b]`")
