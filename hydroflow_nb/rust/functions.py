"""The functions that operators are given, as closures of Rust."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from hydroflow_nb import expressions as written_as
from hydroflow_nb.expressions import path_of
from hydroflow_nb.records import dataclass
from hydroflow_nb.rust.expressions import Expressions
from hydroflow_nb.rust.literals import NoLiteral, text_literal
from hydroflow_nb.rust.methods import changed_by_method, is_change
from hydroflow_nb.rust.refusing import NO_EXPRESSION, NO_VALUE, refused
from hydroflow_nb.rust.scope import Constants, Local, rust_name
from hydroflow_nb.rust.translating import Defining, Text
from hydroflow_nb.rust.types import (
    Misfit,
    Type,
    Unknown,
    fresh,
    in_python,
    in_rust,
    is_copied,
    kind,
    option_of,
    parts,
    same,
    tuple_of,
)

# Methods of a list, a set, a channel or a queue of the notebook that take an item.
TAKES: Final = frozenset({"append", "add", "send", "put", "put_nowait", "appendleft", "give"})
_MADE: Final = "value_"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A function's parameters and result, as an operator's record has them."""

    parameters: tuple[str, ...]
    result: str


def shape_of(text: str) -> Shape | None:
    """The shape that a text of a record means: `&T -> truth`; None for one of another argument."""
    before, arrow, result = text.partition("->")
    if not arrow:
        return None
    named = tuple(one.strip() for one in before.split(",") if one.strip())
    return Shape(parameters=named, result=result.strip())


class Functions:
    """Translates functions; the constants that they read are gathered."""

    def __init__(self, constants: Constants, definitions: Defining) -> None:
        self._constants = constants
        self._definitions = definitions

    def closure(self, given: written_as.Argument, shape: Shape, letters: dict[str, Type]) -> str:
        """A function as a closure of Rust. Letters become known by its result."""
        patterns, body = self._taken(given, len(shape.parameters))
        if len(patterns) != len(shape.parameters):
            raise refused(
                NO_EXPRESSION, f"a function of {len(shape.parameters)} parameters is translated here", given.span
            )
        names: list[Local] = []
        written: list[tuple[str, str, Type]] = []
        before: list[str] = []
        for pattern, parameter in zip(patterns, shape.parameters, strict=True):
            of = letters.setdefault(parameter[-1], Unknown())
            mark = parameter[:-1].strip()
            if mark == "&mut":
                written.append((self._changed(pattern, of, names, before), "&mut ", of))
            else:
                written.append((self._bound(pattern, of, names, lent=mark == "&"), mark, of))
        inner = Expressions(
            self._constants, given.span, {one.name: one for one in names}, definitions=self._definitions
        )
        changed = next((name for name, mark, _ in written if mark == "&mut "), None)
        if changed is not None:
            change = _Change(inner, changed, patterns[0], letters[shape.parameters[0][-1]])
            result = " ".join(["{", *before, change.statement(body), "}"])
        else:
            result = self._result(inner, body, shape.result, letters)
        parameters = ", ".join(f"{name}: {mark}{in_rust(of)}" for name, mark, of in written)
        return f"|{parameters}| {result}"

    # --- what is given -----------------------------------------------------------------------------------------------

    def _taken(self, given: written_as.Argument, count: int) -> tuple[Sequence[written_as.Pattern], ast.expr]:
        if isinstance(given, written_as.Closure):
            return given.parameters, given.body
        names = [f"{_MADE}{number}" for number in range(count)]
        arguments: list[ast.expr] = [ast.copy_location(ast.Name(id=one, ctx=ast.Load()), given.node) for one in names]
        body: ast.expr = ast.Call(func=given.node, args=arguments, keywords=[])
        match given.node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if count and self._constants.is_builtin(owner):
                # `str.upper` is called as a method of the item.
                method = ast.copy_location(ast.Attribute(value=arguments[0], attr=name, ctx=ast.Load()), given.node)
                body = ast.Call(func=method, args=arguments[1:], keywords=[])
        patterns = [written_as.Binding(span=given.span, name=one) for one in names]
        return patterns, ast.copy_location(body, given.node)

    # --- what is bound -----------------------------------------------------------------------------------------------

    def _bound(self, pattern: written_as.Pattern, of: Type, names: list[Local], *, lent: bool) -> str:
        """A pattern as Rust writes it; the names that it binds are added."""
        if lent and isinstance(pattern, written_as.Binding) and not is_copied(of):
            names.append(Local(name=pattern.name, type=of, lent=True))
            return rust_name(pattern.name)
        text = self._pattern(pattern, of, names, lent=lent)
        return f"&{text}" if lent and text != "_" else text

    def _pattern(self, pattern: written_as.Pattern, of: Type, names: list[Local], *, lent: bool) -> str:
        match pattern:
            case written_as.Wildcard():
                return "_"
            case written_as.Binding(name=name):
                by = lent and not is_copied(of)
                names.append(Local(name=name, type=of, lent=by))
                return f"ref {rust_name(name)}" if by else rust_name(name)
            case written_as.Sequence(items=items):
                return self._tuple(pattern, items, of, names, lent=lent)
        raise refused(
            NO_EXPRESSION, "this pattern is not translated", pattern.span, "name the parts of a tuple: `|(a, b)| ...`"
        )

    def _tuple(
        self,
        pattern: written_as.Sequence,
        items: Sequence[written_as.Pattern],
        of: Type,
        names: list[Local],
        *,
        lent: bool,
    ) -> str:
        rest = next((number for number, one in enumerate(items) if isinstance(one, written_as.Rest)), None)
        if not kind(of) and rest is None:
            same(of, tuple_of(*(Unknown() for _ in items)))
        inner = parts(of)
        if kind(of) == "None" and not items:
            return "()"
        if kind(of) == "tuple" and rest is not None and len(items) - 1 <= len(inner):
            one = items[rest]
            if isinstance(one, written_as.Rest) and one.name == "_":
                missing = len(inner) - len(items) + 1
                gap = [written_as.Wildcard(span=one.span)] * missing
                items = [*items[:rest], *gap, *items[rest + 1 :]]
        if kind(of) != "tuple" or len(inner) != len(items):
            raise refused(
                NO_EXPRESSION,
                f"this pattern takes `{in_python(of)}` apart, which is not translated",
                pattern.span,
                "a tuple is taken apart into as many names as it has parts; `*_` leaves the rest",
            )
        found = [self._pattern(one, part, names, lent=lent) for one, part in zip(items, inner, strict=True)]
        return f"({', '.join(found)}{',' if len(found) == 1 else ''})"

    def _changed(self, pattern: written_as.Pattern, of: Type, names: list[Local], before: list[str]) -> str:
        """The parameter of an accumulator; one that is taken apart is copied first."""
        match pattern:
            case written_as.Binding(name=name):
                names.append(Local(name=name, type=of, changed=True))
                return rust_name(name)
            case written_as.Wildcard():
                return "held"
        text = self._pattern(pattern, of, names, lent=False)
        before.append(f"let {text} = held.clone();")
        return "held"

    # --- what comes out ----------------------------------------------------------------------------------------------

    def _result(self, inner: Expressions, body: ast.expr, result: str, letters: dict[str, Type]) -> str:
        if result == "truth":
            return inner.truth(body).text
        if result == "nothing":
            return self._effect(inner, body)
        letter = letters.setdefault(result[-2] if result[-1] == "]" else result, Unknown())
        if result.startswith("each"):
            return _elements(inner, body, letter)
        if result.startswith("option"):
            return inner.as_type(body, option_of(letter)).owned
        if result.startswith("begin"):
            same(letter, _loosened(inner.value(body).type))
            return inner.as_type(body, letter).owned
        return inner.as_type(body, letter).owned

    def _effect(self, inner: Expressions, body: ast.expr) -> str:
        match body:
            case ast.Call(func=ast.Name(id="print"), args=[item], keywords=[]):
                return f'python::give("print", {inner.value(item).by_reference})'
            case ast.Call(func=ast.Attribute(value=owner, attr=name), args=[item], keywords=[]) if name in TAKES:
                path = path_of(owner)
                if path is not None and inner.local(path[0]) is None:
                    try:
                        self._constants.gives_to(path[0])
                    except NoLiteral as no:
                        raise inner.refuse(owner, f"`{path[0]}` is given items: {no}", code=NO_VALUE) from None
                    return f"python::give({text_literal('.'.join(path))}, {inner.value(item).by_reference})"
        raise inner.refuse(
            body,
            "what a function does beside giving a value is not translated",
            "`print(x)`, `out.append(x)` and `channel.send(x)` are",
        )


class _Change:
    """How a function changes an accumulator."""

    def __init__(self, inner: Expressions, name: str, pattern: written_as.Pattern, of: Type) -> None:
        self._inner = inner
        self._place = name
        self._name = pattern.name if isinstance(pattern, written_as.Binding) else ""
        self._type = of

    def statement(self, body: ast.expr) -> str:
        """A statement that has the accumulator become what a function returns, or changes in place."""
        match body:
            case ast.Constant(value=None):
                return ""
            case ast.Name(id=name) if name and name == self._name:
                return ""
            case ast.BoolOp(op=ast.Or(), values=[change, ast.Name(id=name)]) if name == self._name:
                return self.statement(change)
            case ast.Subscript(value=ast.Tuple(elts=[change, ast.Name(id=name)]), slice=_) if name == self._name:
                return self.statement(change)
            case ast.IfExp(test=test, body=yes, orelse=no) if self._changes(yes) or self._changes(no):
                asked = self._inner.truth(test).text
                return f"if {asked} {{ {self.statement(yes)} }} else {{ {self.statement(no)} }}"
            case ast.Call(func=ast.Attribute(value=on, attr=name)) if self._changes(body):
                changed = self._changing(on)
                return f"{changed_by_method(self._inner, body, changed, name)};"
        return f"*{self._place} = {self._inner.as_type(body, self._type).owned};"

    def _changes(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(value=on, attr=name)):
                return self._is_own(on) and is_change(self._changing(on).type, name)
            case ast.BoolOp(op=ast.Or(), values=[change, ast.Name(id=name)]):
                return name == self._name and self._changes(change)
        return False

    def _is_own(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return bool(name) and name == self._name
            case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner, attr="setdefault")):
                return self._is_own(inner)
        return False

    def _changing(self, node: ast.expr) -> Text:
        """A place that is changed."""
        match node:
            case ast.Subscript(value=inner, slice=key):
                of = self._changing(inner)
                if kind(of.type) == "dict":
                    at = self._inner.as_type(key, parts(of.type)[0])
                    text = f"python::value_mut(&mut {of.text}, {at.by_reference})"
                    return Text(text=f"(*{text})", type=parts(of.type)[1])
                if kind(of.type) == "list":
                    at = self._inner.as_type(key, fresh("int", {}))
                    return Text(text=f"(*python::item_mut(&mut {of.text}, {at.text}))", type=parts(of.type)[0])
            case ast.Call(func=ast.Attribute(value=inner, attr="setdefault"), args=[key, default]):
                of = self._changing(inner)
                if kind(of.type) == "dict":
                    first = self._inner.as_type(key, parts(of.type)[0])
                    second = self._inner.as_type(default, parts(of.type)[1])
                    return Text(text=f"{of.text}.entry({first.owned}).or_insert({second.owned})", type=second.type)
        return self._inner.value(node)


def _elements(inner: Expressions, body: ast.expr, letter: Type) -> str:
    items = inner.iterated(body)
    try:
        same(letter, items.type)
    except Misfit as misfit:
        raise inner.refuse(body, f"elements of several types: {misfit}") from None
    held = items.text.removesuffix(".into_iter()")
    return held if held != items.text else f"{items.text}.collect::<Vec<_>>()"


def _loosened(of: Type) -> Type:
    """The type of an accumulator by what it begins with: where that is None, something may come later."""
    match kind(of):
        case "None":
            return option_of(Unknown())
        case "tuple":
            return tuple_of(*map(_loosened, parts(of)))
    return of
