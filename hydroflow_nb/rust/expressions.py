"""Python's expressions in Rust, with their types."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any, Final

from hydroflow_nb.expressions import REFERENCE_PREFIX
from hydroflow_nb.rust.calls import called_builtin, called_in_math, iterated_call, iterated_value
from hydroflow_nb.rust.comprehensions import comprehended, dict_comprehension, list_comprehension, set_comprehension
from hydroflow_nb.rust.displays import elements, formatted, of_dict, of_list, of_set, of_tuple
from hydroflow_nb.rust.literals import NoLiteral, literal, type_of
from hydroflow_nb.rust.methods import called_method
from hydroflow_nb.rust.operations import binary, comparison, subscript
from hydroflow_nb.rust.refusing import NO_EXPRESSION, NO_VALUE, NOT_HASHED, TWO_TYPES, Refused, place_of, refused
from hydroflow_nb.rust.scope import Constants, Local, rust_name
from hydroflow_nb.rust.translating import Defining, Text, owned
from hydroflow_nb.rust.types import (
    BOOL,
    INT,
    Misfit,
    Type,
    common,
    in_python,
    in_rust,
    is_copied,
    is_hashed,
    kind,
    parts,
    same,
    tuple_of,
)
from hydroflow_nb.source import Span


class Expressions:
    """Translates the expressions of one argument of an operator."""

    def __init__(
        self, constants: Constants, span: Span, names: Mapping[str, Local] | None = None, *, definitions: Defining
    ) -> None:
        self._constants = constants
        self._definitions = definitions
        self._span = span
        self._names = dict(names or {})

    # --- what the parts of the translation ask -----------------------------------------------------------------------

    def refuse(self, node: ast.AST, message: str, hint: str = "", code: str = "") -> Refused:
        """The exception that tells of an expression."""
        return refused(code or NO_EXPRESSION, message, self.place(node), hint)

    def place(self, node: ast.AST) -> Span:
        """Where an expression stands in the flow's text."""
        return place_of(self._span.source, node, self._span)

    def must_hash(self, node: ast.expr, one: Type) -> None:
        """Refuse a type whose values cannot be keys."""
        if not is_hashed(one):
            raise self.refuse(
                node,
                f"values of `{in_python(one)}` cannot be looked up in a table of Rust",
                "a float is not a key in Rust: take an int, such as `round(x * 100)`, or a text",
                NOT_HASHED,
            )

    @contextmanager
    def with_names(self, names: Sequence[Local]) -> Iterator[None]:
        """Let names be known for a while."""
        before = self._names
        self._names = {**before, **{one.name: one for one in names}}
        yield
        self._names = before

    def bind(self, one: Local) -> None:
        """Let a name be known up to the end of the names that are known for a while."""
        self._names = {**self._names, one.name: one}

    def local(self, name: str) -> Local | None:
        """A name of the function's own."""
        return self._names.get(name)

    def value(self, node: ast.expr) -> Text:
        """An expression; it may be lent."""
        made = _MADE.get(type(node))
        if made is None:
            raise self.refuse(node, f"`{_shortened(node)}` is not translated to Rust", _instead(node))
        return made(self, node)

    def as_type(self, node: ast.expr, wanted: Type) -> Text:
        """An expression as a value of a type."""
        match node:
            case ast.IfExp():
                return self._chosen(node, wanted)
            case ast.Tuple(elts=elements) if kind(wanted) == "tuple" and len(elements) == len(parts(wanted)):
                every = [self.as_type(one, of).owned for one, of in zip(elements, parts(wanted), strict=True)]
                return Text(text=f"({', '.join(every)}{',' if len(every) == 1 else ''})", type=wanted)
            case ast.Constant(value=None) if kind(wanted) == "option":
                return Text(text="None", type=wanted)
        return self.fitted(node, self.value(node), wanted)

    def fitted(self, node: ast.expr, made: Text, wanted: Type) -> Text:
        """A translated expression as a value of a type."""
        if kind(wanted) == "option" and kind(made.type) != "option":
            if kind(made.type) == "None":
                return Text(text="None", type=wanted)
            inner = self.fitted(node, made, parts(wanted)[0])
            return Text(text=f"Some({inner.owned})", type=wanted)
        try:
            same(made.type, wanted)
        except Misfit:
            hint = "begin with a float: `0.0`" if {kind(made.type), kind(wanted)} == {"int", "float"} else ""
            message = f"this is `{in_python(made.type)}`, and `{in_python(wanted)}` is expected here"
            raise self.refuse(node, message, hint, TWO_TYPES) from None
        return Text(text=made.text, type=wanted, atom=made.atom, lent=made.lent, bare=made.bare)

    def truth(self, node: ast.expr) -> Text:
        """Whether an expression is true in Python."""
        match node:
            case ast.BoolOp():
                return self._all_or_any(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Text(text=f"!{self.truth(operand).wrapped}", type=BOOL, atom=False)
        return self._true(node, self.value(node))

    def _true(self, node: ast.expr, made: Text) -> Text:
        match kind(made.type):
            case "bool":
                return made
            case "tuple":
                return Text(text="true" if parts(made.type) else "false", type=BOOL)
            case "int":
                return Text(text=f"{made.wrapped} != 0", type=BOOL, atom=False)
            case "float":
                return Text(text=f"{made.wrapped} != 0.0", type=BOOL, atom=False)
            case "str" | "list" | "set" | "dict":
                return Text(text=f"!{made.wrapped}.is_empty()", type=BOOL, atom=False)
        raise self.refuse(
            node, f"whether `{in_python(made.type)}` is true is not translated", "compare: `x is not None`"
        )

    def iterated(self, node: ast.expr) -> Text:
        """An iterator over the elements of an expression, which are its own; the type is that of an element."""
        match node:
            case (
                ast.GeneratorExp(elt=element, generators=generators) | ast.ListComp(elt=element, generators=generators)
            ):
                return comprehended(self, generators, lambda: owned(self.value(element)))
            case ast.Call(func=ast.Name(id=name)) if name not in self._names and self._constants.is_builtin(name):
                found = iterated_call(self, node, name)
                if found is not None:
                    return found
            case ast.Call(func=ast.Attribute(value=owner, attr="items"), args=[]):
                of = self.value(owner)
                if kind(of.type) == "dict":
                    return Text(text=f"python::items({of.by_reference}).into_iter()", type=tuple_of(*parts(of.type)))
            case ast.List(elts=nodes) | ast.Tuple(elts=nodes) | ast.Set(elts=nodes) if nodes:
                written, element_type = elements(self, nodes)
                return Text(text=f"[{written}].into_iter()", type=element_type)
        return iterated_value(self, node, self.value(node))

    def called(self, function: ast.expr, arguments: Sequence[Type], lent: bool = False) -> Text:
        """A function of so many arguments as a closure of Rust; the type is that of its result."""
        match function:
            case ast.Lambda(args=given, body=body):
                names = [one.arg for one in given.args]
            case ast.Name(id=name) if name not in self._names and self._constants.is_builtin(name):
                names = [f"value_{number}" for number in range(len(arguments))]
                body = ast.copy_location(
                    ast.Call(func=function, args=[ast.Name(id=one, ctx=ast.Load()) for one in names], keywords=[]),
                    function,
                )
                ast.fix_missing_locations(body)
            case _:
                raise self.refuse(function, "this function is not translated", "write a closure: `|x| ...`")
        if len(names) != len(arguments):
            raise self.refuse(function, f"a function of {len(arguments)} arguments is expected here")
        locals_, written = [], []
        for name, of in zip(names, arguments, strict=True):
            copied = is_copied(of)
            locals_.append(Local(name=name, type=of, lent=lent and not copied))
            mark = "&" if lent and copied else ""
            written.append(f"{mark}{rust_name(name)}: {'&' if lent else ''}{in_rust(of)}")
        with self.with_names(locals_):
            made = owned(self.value(body))
        return Text(text=f"|{', '.join(written)}| {made.text}", type=made.type, atom=False)

    # --- kinds of expressions ----------------------------------------------------------------------------------------

    def constant(self, node: ast.Constant) -> Text:
        """A number, a text, a truth value or None."""
        try:
            of = type_of(node.value)
            bare = str(node.value) if of is INT else ""
            return Text(text=literal(node.value, of), type=of, bare=bare)
        except NoLiteral as no:
            raise self.refuse(node, str(no), code=NO_VALUE) from None

    def name(self, node: ast.Name) -> Text:
        """A name of the function, or of the notebook."""
        local = self._names.get(node.id)
        if local is not None:
            return Text(text=local.place, type=local.type, lent=True)
        if node.id.startswith(REFERENCE_PREFIX):
            raise self.refuse(
                node, "a state that is read by `$name` is not translated", "pair the items with it: `cross_singleton()`"
            )
        if not self._constants.knows(node.id):
            raise self.refuse(node, f"`{node.id}` is not a value here")
        try:
            place, of = self._constants.read(node.id)
        except NoLiteral as no:
            raise self.refuse(node, f"`{node.id}` has no value that Rust can write: {no}", code=NO_VALUE) from None
        return Text(text=place, type=of, lent=True)

    def unary(self, node: ast.UnaryOp) -> Text:
        """`-x`, `+x`, `~x` or `not x`."""
        if isinstance(node.op, ast.Not):
            return self.truth(node)
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if not isinstance(
                number, bool
            ):
                made = self.constant(ast.copy_location(ast.Constant(value=-number), node))
                return Text(text=made.text, type=made.type, atom=False, bare=made.bare)
        made = self.value(node.operand)
        sign = {ast.USub: "-", ast.UAdd: "", ast.Invert: "!"}[type(node.op)]
        if kind(made.type) not in ("int", "float") or (sign == "!" and kind(made.type) != "int"):
            raise self.refuse(node, f"this sign before `{in_python(made.type)}` is not translated")
        return Text(text=f"{sign}{made.wrapped}", type=made.type, atom=False)

    def either(self, node: ast.BoolOp) -> Text:
        """`a and b`, or `a or b`: a truth value, or one of the values."""
        first, rest = node.values[0], node.values[1:]
        others = rest[0] if len(rest) == 1 else ast.copy_location(ast.BoolOp(op=node.op, values=rest), node)
        narrowed = self._narrowed(first)
        is_and = isinstance(node.op, ast.And)
        with self.with_names([_inner(narrowed[0])] if narrowed is not None and narrowed[1] is is_and else []):
            kinds = kind(self.value(others).type), kind(self.value(first).type)
        if set(kinds) == {"bool"}:
            return self._all_or_any(node)
        if kinds[1] == "option" and not is_and:
            return self._or_else(first, others)
        # What is asked is evaluated again where it is the value: it has no effects.
        choice = ast.IfExp(test=first, body=others if is_and else first, orelse=first if is_and else others)
        return self._chosen(ast.copy_location(choice, node), None)

    def _or_else(self, first: ast.expr, others: ast.expr) -> Text:
        """`a or b`, where `a` may be None."""
        made = self.value(first)
        inner = parts(made.type)[0]
        test = self._true(first, Text(text="one", type=inner, lent=True)).text
        other = self.as_type(others, inner).owned
        some = "Some(one)" if kind(inner) == "tuple" else f"Some(one) if {test}"
        return Text(text=f"match {made.owned} {{ {some} => one, _ => {other} }}", type=inner, atom=False)

    def _all_or_any(self, node: ast.BoolOp) -> Text:
        is_and = isinstance(node.op, ast.And)
        first, rest = node.values[0], node.values[1:]
        narrowed = self._narrowed(first)
        if narrowed is not None and narrowed[1] is is_and:
            local = narrowed[0]
            others = rest[0] if len(rest) == 1 else ast.copy_location(ast.BoolOp(op=node.op, values=rest), node)
            with self.with_names([_inner(local)]):
                inner = self.truth(others).text
            default = "false" if is_and else "true"
            return Text(text=f"{local.place}.clone().map_or({default}, |{rust_name(local.name)}| {inner})", type=BOOL)
        tests = [self.truth(one).wrapped for one in node.values]
        return Text(text=(" && " if is_and else " || ").join(tests), type=BOOL, atom=False)

    def _narrowed(self, test: ast.expr) -> tuple[Local, bool] | None:
        """The name that a test finds not to be None where it is true, or where it is false."""
        match test:
            case ast.Compare(
                left=ast.Name(id=name),
                ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq() as op],
                comparators=[ast.Constant(value=None)],
            ):
                local = self._names.get(name)
                if local is not None and kind(local.type) == "option":
                    return local, isinstance(op, ast.IsNot | ast.NotEq)
        return None

    def choice(self, node: ast.IfExp) -> Text:
        """`a if test else b`."""
        return self._chosen(node, None)

    def _chosen(self, node: ast.IfExp, wanted: Type | None) -> Text:
        narrowed = self._narrowed(node.test)
        inner = [] if narrowed is None else [_inner(narrowed[0])]
        of_yes, of_no = (inner, []) if narrowed is not None and narrowed[1] else ([], inner)
        if wanted is None or not kind(wanted):
            types = []
            for branch, names in ((node.body, of_yes), (node.orelse, of_no)):
                with self.with_names(names):
                    types.append(self.value(branch).type)
            try:
                found = common(*types)
            except Misfit as misfit:
                raise self.refuse(node, f"the two values have several types: {misfit}", code=TWO_TYPES) from None
            if wanted is not None:
                same(wanted, found)
            wanted = found
        with self.with_names(of_yes):
            yes = self.as_type(node.body, wanted).owned
        with self.with_names(of_no):
            no = self.as_type(node.orelse, wanted).owned
        if narrowed is not None:
            local, name = narrowed[0], rust_name(narrowed[0].name)
            none, some = (no, yes) if narrowed[1] else (yes, no)
            text = f"match {local.place}.clone() {{ None => {none}, Some({name}) => {some} }}"
            return Text(text=text, type=wanted, atom=False)
        test = self.truth(node.test).text
        return Text(text=f"if {test} {{ {yes} }} else {{ {no} }}", type=wanted, atom=False)

    def call(self, node: ast.Call) -> Text:
        """A call of Python's own function, of a function of `math`, or of a method."""
        match node.func:
            case ast.Name(id=name) if name not in self._names and self._constants.is_builtin(name):
                return called_builtin(self, node, name)
            case ast.Name(id=name) if name not in self._names and isinstance(self._constants.value(name), FunctionType):
                return self._defined(node, name, self._constants.value(name))
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if "math" not in self._names:
                return called_in_math(self, node, name)
            case ast.Attribute(value=on, attr=name):
                return called_method(self, node, self.value(on), name)
        raise self.refuse(
            node,
            f"a call of `{_shortened(node.func)}` is not translated",
            "write what it does into the closure: Python's own functions and methods are translated",
        )

    def _defined(self, node: ast.Call, name: str, function: FunctionType) -> Text:
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise self.refuse(
                node, "keywords and stars in a call are not translated", "write the arguments by position"
            )
        given = [self.value(one) for one in node.args]
        own, of = self._definitions.called(name, function, [one.type for one in given], self.place(node))
        return Text(text=f"{own}({', '.join(one.owned for one in given)})", type=of)


def _inner(local: Local) -> Local:
    return Local(name=local.name, type=parts(local.type)[0])


def _shortened(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _instead(node: ast.expr) -> str:
    match node:
        case ast.NamedExpr():
            return "write the value where it is used, or let a `map` before this operator pair it with the item"
        case ast.Attribute():
            return "take items that are tuples: a pattern names their parts, `|(name, age)| name`"
        case ast.Lambda():
            return "a function is translated where it is an argument"
    return ""


_MADE: Final[Mapping[type[ast.expr], Callable[[Expressions, Any], Text]]] = {
    ast.Constant: Expressions.constant,
    ast.Name: Expressions.name,
    ast.Tuple: of_tuple,
    ast.List: of_list,
    ast.Set: of_set,
    ast.Dict: of_dict,
    ast.BinOp: binary,
    ast.UnaryOp: Expressions.unary,
    ast.BoolOp: Expressions.either,
    ast.Compare: comparison,
    ast.IfExp: Expressions.choice,
    ast.Call: Expressions.call,
    ast.Subscript: subscript,
    ast.JoinedStr: formatted,
    ast.ListComp: list_comprehension,
    ast.GeneratorExp: list_comprehension,
    ast.SetComp: set_comprehension,
    ast.DictComp: dict_comprehension,
}
