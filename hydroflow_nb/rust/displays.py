"""Tuples, lists, sets, dicts and f-strings that are written out."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from hydroflow_nb.rust.literals import text_literal
from hydroflow_nb.rust.refusing import TWO_TYPES
from hydroflow_nb.rust.translating import Text, Translating
from hydroflow_nb.rust.types import STR, Misfit, Type, Unknown, common, dict_of, kind, list_of, set_of, tuple_of


def of_tuple(this: Translating, node: ast.Tuple) -> Text:
    """A tuple."""
    every = [this.value(element) for element in node.elts]
    text = ", ".join(one.owned for one in every)
    return Text(text=f"({text}{',' if len(every) == 1 else ''})", type=tuple_of(*(one.type for one in every)))


def of_list(this: Translating, node: ast.List) -> Text:
    """A list."""
    if not node.elts:
        return Text(text="Vec::new()", type=list_of(Unknown()))
    text, of = elements(this, node.elts)
    return Text(text=f"vec![{text}]", type=list_of(of))


def of_set(this: Translating, node: ast.Set) -> Text:
    """A set."""
    text, of = elements(this, node.elts)
    this.must_hash(node, of)
    return Text(text=f"IndexSet::from([{text}])", type=set_of(of))


def of_dict(this: Translating, node: ast.Dict) -> Text:
    """A dict."""
    if not node.keys:
        return Text(text="IndexMap::new()", type=dict_of(Unknown(), Unknown()))
    keys = [key for key in node.keys if key is not None]
    if len(keys) != len(node.keys):
        raise this.refuse(node, "`**` in a dict is not translated", "`a | b` joins two dicts")
    key, value = one_type(this, keys), one_type(this, node.values)
    this.must_hash(node, key)
    pairs = [
        f"({this.as_type(one, key).owned}, {this.as_type(other, value).owned})"
        for one, other in zip(keys, node.values, strict=True)
    ]
    return Text(text=f"IndexMap::from([{', '.join(pairs)}])", type=dict_of(key, value))


def one_type(this: Translating, nodes: Sequence[ast.expr]) -> Type:
    """The type that all of several expressions have."""
    found: Type = Unknown()
    for node in nodes:
        of = this.value(node).type
        try:
            found = common(found, of)
        except Misfit as misfit:
            raise this.refuse(node, f"values of one place have several types: {misfit}", code=TWO_TYPES) from None
    return found


def elements(this: Translating, nodes: Sequence[ast.expr]) -> tuple[str, Type]:
    """Several expressions with commas between them, and their type."""
    of = one_type(this, nodes)
    return ", ".join(this.as_type(node, of).owned for node in nodes), of


def formatted(this: Translating, node: ast.JoinedStr) -> Text:
    """An f-string."""
    pattern, given = "", []
    for part in node.values:
        match part:
            case ast.Constant(value=str(text)):
                pattern += text_literal(text)[1:-1].replace("{", "{{").replace("}", "}}")
            case ast.FormattedValue(value=value, conversion=-1 | 114 as conversion, format_spec=spec):
                made = this.value(value)
                digits = _digits(spec)
                if spec is not None and (digits is None or kind(made.type) not in ("float", "int")):
                    raise this.refuse(value, "this format of a value is not translated", "`{x}` and `{x:.2f}` are")
                pattern += "{}" if digits is None else f"{{:.{digits}}}"
                shown = "text" if conversion == -1 else "repr"
                given.append(f"python::{shown}({made.by_reference})" if digits is None else _as_float(made))
            case _:
                raise this.refuse(node, "a conversion such as `!a` is not translated")
    return Text(text=f'format!("{pattern}"{"".join(f", {one}" for one in given)})', type=STR)


def _as_float(made: Text) -> str:
    return made.text if kind(made.type) == "float" else f"({made.wrapped} as f64)"


def _digits(spec: Any) -> int | None:
    match spec:
        case ast.JoinedStr(values=[ast.Constant(value=str(text))]) if text[:1] == "." and text[-1:] == "f":
            return int(text[1:-1]) if text[1:-1].isdecimal() else None
    return None
