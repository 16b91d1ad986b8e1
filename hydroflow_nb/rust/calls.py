"""Python's own functions: what Rust writes for a call of each."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Final

from hydroflow_nb.rust.refusing import TWO_TYPES
from hydroflow_nb.rust.translating import Text, Translating, whole
from hydroflow_nb.rust.types import (
    BOOL,
    FLOAT,
    INT,
    LENGTHS,
    STR,
    Misfit,
    Type,
    Unknown,
    dict_of,
    in_python,
    is_copied,
    kind,
    list_of,
    parts,
    same,
    set_of,
    tuple_of,
)

Builtin = Callable[[Translating, ast.Call], Text]


def called_builtin(this: Translating, call: ast.Call, name: str) -> Text:
    """A call of one of Python's own functions."""
    made = BUILTINS.get(name)
    if made is None or any(isinstance(one, ast.Starred) for one in call.args):
        raise this.refuse(
            call, f"this call of `{name}` is not translated", f"translated are {', '.join(sorted(BUILTINS))}"
        )
    return made(this, call)


def _only(this: Translating, call: ast.Call, least: int, most: int, keywords: tuple[str, ...] = ()) -> None:
    if not least <= len(call.args) <= most or any(one.arg not in keywords for one in call.keywords):
        raise this.refuse(call, "a call with these arguments is not translated")


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _len(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    of = this.value(call.args[0])
    if kind(of.type) not in LENGTHS:
        raise this.refuse(call, f"`{in_python(of.type)}` has no length")
    if kind(of.type) == "tuple":
        return Text(text=f"{len(parts(of.type))}i64", type=INT)
    length = f"{of.wrapped}.chars().count()" if kind(of.type) == "str" else f"{of.wrapped}.len()"
    return Text(text=f"({length} as i64)", type=INT)


def _abs(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    number = _number(this, call.args[0])
    return Text(text=f"{_typed(number)}.abs()", type=number.type)


def _number(this: Translating, node: ast.expr) -> Text:
    found = whole(this.value(node))
    if kind(found.type) not in ("int", "float"):
        raise this.refuse(node, f"a number is expected here, and this is `{in_python(found.type)}`", code=TWO_TYPES)
    return found


def _typed(number: Text) -> str:
    return f"({number.text})" if number.text.startswith("-") else number.wrapped


def _extreme(name: str) -> Builtin:
    def made(this: Translating, call: ast.Call) -> Text:
        _only(this, call, 1, 99, ("key", "default"))
        key, default = _keyword(call, "key"), _keyword(call, "default")
        if len(call.args) > 1:
            values = [this.value(one) for one in call.args]
            first = _one_type(this, call, values)
            items = f"[{', '.join(value.owned for value in values)}].into_iter()"
            of = first
        else:
            iterated = this.iterated(call.args[0])
            items, of = iterated.text, iterated.type
        if key is not None:
            closure = this.called(key, [of], lent=True)
            found = f"python::{name}_by({items}, {closure.text})"
        else:
            _must_be_ordered(this, call, of)
            found = f"python::{name}({items})"
        if default is not None:
            return Text(text=f"{found}.unwrap_or({this.as_type(default, of).owned})", type=of)
        return Text(text=f'{found}.expect("{name}() of nothing")', type=of)

    return made


def _one_type(this: Translating, call: ast.Call, values: list[Text]) -> Type:
    kinds = {kind(value.type) for value in values}
    if kinds == {"int", "float"}:
        raise this.refuse(
            call,
            "one of these is an int and one a float: what comes out has two types",
            "make all of them floats: `float(x)`",
            TWO_TYPES,
        )
    try:
        for value in values[1:]:
            same(values[0].type, value.type)
    except Misfit as misfit:
        raise this.refuse(call, f"values of two types are compared: {misfit}", code=TWO_TYPES) from None
    return values[0].type


def _must_be_ordered(this: Translating, node: ast.expr, of: Type) -> None:
    if kind(of) in ("set", "dict", "option", "None"):
        raise this.refuse(node, f"values of `{in_python(of)}` have no order")


def _sum(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 2, ("start",))
    items = this.iterated(call.args[0])
    start = call.args[1] if len(call.args) > 1 else _keyword(call, "start")
    match kind(items.type):
        case "bool":
            text, of = f"{items.text}.map(i64::from).sum::<i64>()", INT
        case "int" | "float" as name:
            text, of = f"{items.text}.sum::<{'i64' if name == 'int' else 'f64'}>()", items.type  # type: ignore[assignment]
            # Rust begins at -0.0.
            text = f"(0.0 + {text})" if name == "float" else text
        case _:
            raise this.refuse(
                call, f"the sum of `{in_python(items.type)}` is not translated", "a sum is one of numbers"
            )
    if start is None:
        return Text(text=text, type=of)
    return Text(text=f"{this.as_type(start, of).wrapped} + {text}", type=of, atom=False)


def _quantified(name: str) -> Builtin:
    def made(this: Translating, call: ast.Call) -> Text:
        _only(this, call, 1, 1)
        argument = call.args[0]
        items = this.iterated(argument)
        if kind(items.type) == "int":
            return Text(text=f"{items.text}.{name}(|one| one != 0)", type=BOOL)
        if kind(items.type) != "bool":
            raise this.refuse(
                argument, f"`{name}` of `{in_python(items.type)}`", f"write a test: `{name}(x != 0 for x in xs)`"
            )
        return Text(text=f"{items.text}.{name}(|one| one)", type=BOOL)

    return made


def _sorted(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1, ("key", "reverse"))
    items = this.iterated(call.args[0])
    key, reverse = _keyword(call, "key"), _keyword(call, "reverse")
    backwards = "false" if reverse is None else this.truth(reverse).text
    if key is None:
        _must_be_ordered(this, call, items.type)
        text = f"python::sorted({items.text}, {backwards})"
    else:
        text = f"python::sorted_by({items.text}, {this.called(key, [items.type], lent=True).text}, {backwards})"
    return Text(text=text, type=list_of(items.type))


def _str(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    of = this.value(call.args[0])
    if kind(of.type) == "str":
        return of
    return Text(text=f"python::text(&{of.wrapped})", type=STR)


def _int(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    of = this.value(call.args[0])
    match kind(of.type):
        case "int" | "bool":
            return whole(of)
        case "float":
            return Text(text=f"python::whole({of.text})", type=INT)
        case "str":
            return Text(text=f"python::parsed_int(&{of.wrapped})", type=INT)
    raise this.refuse(call, f"`int` of `{in_python(of.type)}` is not translated")


def _float(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    of = this.value(call.args[0])
    match kind(of.type):
        case "float":
            return of
        case "int" | "bool":
            return Text(text=f"({whole(of).wrapped} as f64)", type=FLOAT)
        case "str":
            return Text(text=f"python::parsed_float(&{of.wrapped})", type=FLOAT)
    raise this.refuse(call, f"`float` of `{in_python(of.type)}` is not translated")


def _bool(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    return this.truth(call.args[0])


def _list(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 0, 1)
    if not call.args:
        return Text(text="Vec::new()", type=list_of(Unknown()))
    items = this.iterated(call.args[0])
    return Text(text=f"{items.text}.collect::<Vec<_>>()", type=list_of(items.type))


def _set(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 0, 1)
    if not call.args:
        return Text(text="IndexSet::new()", type=set_of(Unknown()))
    items = this.iterated(call.args[0])
    this.must_hash(call, items.type)
    return Text(text=f"{items.text}.collect::<IndexSet<_>>()", type=set_of(items.type))


def _dict(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 0, 1)
    if not call.args:
        return Text(text="IndexMap::new()", type=dict_of(Unknown(), Unknown()))
    if not isinstance(call.args[0], ast.Call | ast.GeneratorExp):
        of = this.value(call.args[0])
        if kind(of.type) == "dict":
            return Text(text=f"{of.wrapped}.clone()", type=of.type)
    items = this.iterated(call.args[0])
    pair = tuple_of(Unknown(), Unknown())
    try:
        same(items.type, pair)
    except Misfit:
        raise this.refuse(call, f"a dict is made of pairs, and these are `{in_python(items.type)}`") from None
    this.must_hash(call, pair.parts[0])
    return Text(text=f"{items.text}.collect::<IndexMap<_, _>>()", type=dict_of(*pair.parts))


def _tuple(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    of = this.value(call.args[0])
    if kind(of.type) == "tuple":
        return of
    raise this.refuse(call, "a tuple of any length is not a type of Rust", "`list(xs)` has any length")


def _round(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 2)
    number = _number(this, call.args[0])
    if len(call.args) == 1:
        if kind(number.type) == "int":
            return number
        return Text(text=f"python::rounded({number.text})", type=INT)
    digits = this.as_type(call.args[1], INT)
    if kind(number.type) == "int":
        raise this.refuse(call, "an int that is rounded to digits is not translated")
    return Text(text=f"python::rounded_to({number.text}, {digits.text})", type=FLOAT)


def _divmod(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 2, 2)
    left, right = (this.as_type(one, INT).text for one in call.args)
    return Text(text=f"(python::floor_div({left}, {right}), python::modulo({left}, {right}))", type=tuple_of(INT, INT))


def _ord(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    return Text(text=f"python::ord(&{this.as_type(call.args[0], STR).wrapped})", type=INT)


def _chr(this: Translating, call: ast.Call) -> Text:
    _only(this, call, 1, 1)
    return Text(text=f"python::chr({this.as_type(call.args[0], INT).text})", type=STR)


def _range(this: Translating, call: ast.Call) -> Text:
    """The numbers as a list."""
    _only(this, call, 1, 3)
    items = this.iterated(call)
    return Text(text=f"{items.text}.collect::<Vec<_>>()", type=list_of(items.type))


BUILTINS: Final[Mapping[str, Builtin]] = {
    "len": _len,
    "abs": _abs,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "sum": _sum,
    "any": _quantified("any"),
    "all": _quantified("all"),
    "sorted": _sorted,
    "str": _str,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "list": _list,
    "set": _set,
    "frozenset": _set,
    "dict": _dict,
    "tuple": _tuple,
    "round": _round,
    "divmod": _divmod,
    "ord": _ord,
    "chr": _chr,
    "range": _range,
}


_IN_MATH: Final[Mapping[str, str]] = {
    "sqrt": "sqrt",
    "exp": "exp",
    "log": "ln",
    "sin": "sin",
    "cos": "cos",
    "fabs": "abs",
}
_TO_INT: Final[Mapping[str, str]] = {"floor": "floor", "ceil": "ceil", "trunc": "trunc"}


def called_in_math(this: Translating, node: ast.Call, name: str) -> Text:
    """A call of a function of `math`."""
    if len(node.args) == 1 and (name in _IN_MATH or name in _TO_INT):
        number = this.value(node.args[0])
        if kind(number.type) in ("int", "float"):
            text = number.wrapped if kind(number.type) == "float" else f"({number.wrapped} as f64)"
            if name in _TO_INT:
                return Text(text=f"python::whole({text}.{name}())", type=INT)
            return Text(text=f"{text}.{_IN_MATH[name]}()", type=FLOAT)
    raise this.refuse(node, f"this call of `math.{name}` is not translated")


# --- what is gone through --------------------------------------------------------------------------------------------


def iterated_call(this: Translating, call: ast.Call, name: str) -> Text | None:
    """An iterator over what one of Python's own functions gives; None for another function."""
    match name, call.args:
        case "range", [*ends] if 1 <= len(ends) <= 3 and not call.keywords:
            bounds = [this.as_type(end, INT) for end in ends]
            if len(bounds) == 3:
                return Text(text=f"python::range({', '.join(bound.text for bound in bounds)})", type=INT)
            start = bounds[0].wrapped if len(bounds) == 2 else "0i64"
            return Text(text=f"({start}..{bounds[-1].wrapped})", type=INT)
        case "enumerate", [items, *start] if len(start) < 2 and not call.keywords:
            found = this.iterated(items)
            first = this.as_type(start[0], INT).wrapped if start else "0i64"
            return Text(text=f"({first}..).zip({found.text})", type=tuple_of(INT, found.type))
        case "zip", [left, right] if not call.keywords:
            one, other = this.iterated(left), this.iterated(right)
            return Text(text=f"{one.text}.zip({other.text})", type=tuple_of(one.type, other.type))
        case "reversed", [items] if not call.keywords:
            found = this.iterated(items)
            return Text(text=f"{found.text}.collect::<Vec<_>>().into_iter().rev()", type=found.type)
    return None


def iterated_value(this: Translating, node: ast.expr, of: Text) -> Text:
    """An iterator over the elements of a value."""
    inner = parts(of.type)
    match kind(of.type):
        case "list" | "set":
            if of.lent:
                how = "copied" if is_copied(inner[0]) else "cloned"
                return Text(text=f"{of.wrapped}.iter().{how}()", type=inner[0])
            return Text(text=f"{of.wrapped}.into_iter()", type=inner[0])
        case "dict":
            return Text(text=f"{of.wrapped}.keys().cloned().collect::<Vec<_>>().into_iter()", type=inner[0])
        case "str":
            return Text(text=f"python::characters(&{of.wrapped})", type=STR)
        case "tuple" if inner:
            try:
                for part in inner[1:]:
                    same(inner[0], part)
            except Misfit as misfit:
                raise this.refuse(
                    node, f"the parts of this tuple are of several types: {misfit}", code=TWO_TYPES
                ) from None
            if of.lent:
                each = ", ".join(f"{of.wrapped}.{number}.clone()" for number in range(len(inner)))
                return Text(text=f"[{each}].into_iter()", type=inner[0])
            return Text(text=f"<[_; {len(inner)}]>::from({of.text}).into_iter()", type=inner[0])
    raise this.refuse(node, f"`{in_python(of.type)}` has no elements to go through")
