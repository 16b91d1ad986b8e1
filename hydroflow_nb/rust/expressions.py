"""Python's expressions in Rust, with their types."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from hydroflow_nb.expressions import REFERENCE_PREFIX
from hydroflow_nb.rust.calls import called_builtin, iterated_call, iterated_value
from hydroflow_nb.rust.literals import NoLiteral, literal, text_literal, type_of
from hydroflow_nb.rust.methods import called_method
from hydroflow_nb.rust.operations import binary, comparison, subscript
from hydroflow_nb.rust.refusing import NO_EXPRESSION, NO_VALUE, NOT_HASHED, TWO_TYPES, Refused, place_of, refused
from hydroflow_nb.rust.scope import Constants, Local, rust_name
from hydroflow_nb.rust.translating import Text
from hydroflow_nb.rust.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    Misfit,
    Type,
    Unknown,
    common,
    dict_of,
    in_python,
    in_rust,
    is_copied,
    is_hashed,
    kind,
    list_of,
    parts,
    same,
    set_of,
    tuple_of,
)
from hydroflow_nb.source import Span

_IN_MATH: Final[Mapping[str, str]] = {
    "sqrt": "sqrt",
    "exp": "exp",
    "log": "ln",
    "sin": "sin",
    "cos": "cos",
    "fabs": "abs",
}
_TO_INT: Final[Mapping[str, str]] = {"floor": "floor", "ceil": "ceil", "trunc": "trunc"}


class Expressions:
    """Translates the expressions of one argument of an operator."""

    def __init__(self, constants: Constants, span: Span, names: Mapping[str, Local] | None = None) -> None:
        self._constants = constants
        self._span = span
        self._names = dict(names or {})

    # --- what the parts of the translation ask -----------------------------------------------------------------------

    def refuse(self, node: ast.AST, message: str, hint: str = "", code: str = "") -> Refused:
        """The exception that tells of an expression."""
        return refused(code or NO_EXPRESSION, message, place_of(self._span.source, node, self._span), hint)

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
                return self._comprehended(generators, lambda: _owned(self.value(element)))
            case ast.Call(func=ast.Name(id=name)) if name not in self._names and self._constants.is_builtin(name):
                found = iterated_call(self, node, name)
                if found is not None:
                    return found
            case ast.Call(func=ast.Attribute(value=owner, attr="items"), args=[]):
                of = self.value(owner)
                if kind(of.type) == "dict":
                    return Text(text=f"python::items({of.by_reference}).into_iter()", type=tuple_of(*parts(of.type)))
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements) if elements:
                written, element_type = self._elements(elements)
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
            made = _owned(self.value(body))
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

    def of_tuple(self, node: ast.Tuple) -> Text:
        """A tuple."""
        every = [self.value(element) for element in node.elts]
        text = ", ".join(one.owned for one in every)
        return Text(text=f"({text}{',' if len(every) == 1 else ''})", type=tuple_of(*(one.type for one in every)))

    def of_list(self, node: ast.List) -> Text:
        """A list."""
        if not node.elts:
            return Text(text="Vec::new()", type=list_of(Unknown()))
        text, of = self._elements(node.elts)
        return Text(text=f"vec![{text}]", type=list_of(of))

    def of_set(self, node: ast.Set) -> Text:
        """A set."""
        text, of = self._elements(node.elts)
        self.must_hash(node, of)
        return Text(text=f"IndexSet::from([{text}])", type=set_of(of))

    def of_dict(self, node: ast.Dict) -> Text:
        """A dict."""
        if not node.keys:
            return Text(text="IndexMap::new()", type=dict_of(Unknown(), Unknown()))
        keys = [key for key in node.keys if key is not None]
        if len(keys) != len(node.keys):
            raise self.refuse(node, "`**` in a dict is not translated", "`a | b` joins two dicts")
        key, value = self._one_type(keys), self._one_type(node.values)
        self.must_hash(node, key)
        pairs = [
            f"({self.as_type(one, key).owned}, {self.as_type(other, value).owned})"
            for one, other in zip(keys, node.values, strict=True)
        ]
        return Text(text=f"IndexMap::from([{', '.join(pairs)}])", type=dict_of(key, value))

    def _one_type(self, nodes: Sequence[ast.expr]) -> Type:
        found: Type = Unknown()
        for node in nodes:
            of = self.value(node).type
            try:
                found = common(found, of)
            except Misfit as misfit:
                raise self.refuse(node, f"values of one place have several types: {misfit}", code=TWO_TYPES) from None
        return found

    def _elements(self, nodes: Sequence[ast.expr]) -> tuple[str, Type]:
        of = self._one_type(nodes)
        return ", ".join(self.as_type(node, of).owned for node in nodes), of

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
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if "math" not in self._names:
                return self._of_math(node, name)
            case ast.Attribute(value=on, attr=name):
                return called_method(self, node, self.value(on), name)
        raise self.refuse(
            node,
            f"a call of `{_shortened(node.func)}` is not translated",
            "write what it does into the closure: Python's own functions and methods are translated",
        )

    def _of_math(self, node: ast.Call, name: str) -> Text:
        if len(node.args) == 1 and (name in _IN_MATH or name in _TO_INT):
            number = self.value(node.args[0])
            if kind(number.type) in ("int", "float"):
                text = number.wrapped if kind(number.type) == "float" else f"({number.text} as f64)"
                if name in _TO_INT:
                    return Text(text=f"python::whole({text}.{name}())", type=INT)
                return Text(text=f"{text}.{_IN_MATH[name]}()", type=FLOAT)
        raise self.refuse(node, f"this call of `math.{name}` is not translated")

    def formatted(self, node: ast.JoinedStr) -> Text:
        """An f-string."""
        pattern, given = "", []
        for part in node.values:
            match part:
                case ast.Constant(value=str(text)):
                    pattern += text_literal(text)[1:-1].replace("{", "{{").replace("}", "}}")
                case ast.FormattedValue(value=value, conversion=-1 | 114 as conversion, format_spec=spec):
                    made = self.value(value)
                    digits = _digits(spec)
                    if spec is not None and (digits is None or kind(made.type) not in ("float", "int")):
                        raise self.refuse(value, "this format of a value is not translated", "`{x}` and `{x:.2f}` are")
                    pattern += "{}" if digits is None else f"{{:.{digits}}}"
                    shown = "text" if conversion == -1 else "repr"
                    given.append(f"python::{shown}({made.by_reference})" if digits is None else _as_float(made))
                case _:
                    raise self.refuse(node, "a conversion such as `!a` is not translated")
        return Text(text=f'format!("{pattern}"{"".join(f", {one}" for one in given)})', type=STR)

    def list_comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Text:
        """A list that is made of another one."""
        made = self.iterated(node)
        return Text(text=f"{made.text}.collect::<Vec<_>>()", type=list_of(made.type))

    def set_comprehension(self, node: ast.SetComp) -> Text:
        """A set that is made of something."""
        made = self._comprehended(node.generators, lambda: _owned(self.value(node.elt)))
        self.must_hash(node, made.type)
        return Text(text=f"{made.text}.collect::<IndexSet<_>>()", type=set_of(made.type))

    def dict_comprehension(self, node: ast.DictComp) -> Text:
        """A dict that is made of something."""
        pair = ast.copy_location(ast.Tuple(elts=[node.key, node.value], ctx=ast.Load()), node)
        made = self._comprehended(node.generators, lambda: _owned(self.value(pair)))
        key, value = parts(made.type)
        self.must_hash(node, key)
        return Text(text=f"{made.text}.collect::<IndexMap<_, _>>()", type=dict_of(key, value))

    def _comprehended(self, generators: Sequence[ast.comprehension], element: Callable[[], Text]) -> Text:
        first, rest = generators[0], generators[1:]
        if first.is_async:
            raise self.refuse(first.iter, "an asynchronous comprehension is not translated")
        items = self.iterated(first.iter)
        names: list[Local] = []
        target = self.target(first.target, items.type, names)
        with self.with_names(names):
            test = " && ".join(self.truth(one).wrapped for one in first.ifs)
            inner = self._comprehended(rest, element) if rest else element()
        if rest:
            gathered = f"{inner.text}.collect::<Vec<_>>()"
            body = f"if {test} {{ {gathered} }} else {{ Vec::new() }}" if test else gathered
            return Text(text=f"{items.text}.flat_map(|{target}| {body})", type=inner.type)
        if test:
            body = f"if {test} {{ Some({inner.text}) }} else {{ None }}"
            return Text(text=f"{items.text}.filter_map(|{target}| {body})", type=inner.type)
        return Text(text=f"{items.text}.map(|{target}| {inner.text})", type=inner.type)

    def target(self, node: ast.expr, of: Type, names: list[Local]) -> str:
        """What a value is bound to, as a pattern of Rust; the names are added to a list."""
        match node:
            case ast.Name(id="_"):
                return "_"
            case ast.Name(id=name):
                names.append(Local(name=name, type=of))
                return rust_name(name)
            case ast.Tuple(elts=elements) if kind(of) == "tuple" and len(parts(of)) == len(elements):
                inner = [self.target(one, part, names) for one, part in zip(elements, parts(of), strict=True)]
                return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
        raise self.refuse(node, f"this does not take `{in_python(of)}` apart")


def _owned(made: Text) -> Text:
    return Text(text=made.owned, type=made.type, atom=made.atom)


def _inner(local: Local) -> Local:
    return Local(name=local.name, type=parts(local.type)[0])


def _as_float(made: Text) -> str:
    return made.text if kind(made.type) == "float" else f"({made.text} as f64)"


def _digits(spec: Any) -> int | None:
    match spec:
        case ast.JoinedStr(values=[ast.Constant(value=str(text))]) if text[:1] == "." and text[-1:] == "f":
            return int(text[1:-1]) if text[1:-1].isdecimal() else None
    return None


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
    ast.Tuple: Expressions.of_tuple,
    ast.List: Expressions.of_list,
    ast.Set: Expressions.of_set,
    ast.Dict: Expressions.of_dict,
    ast.BinOp: binary,
    ast.UnaryOp: Expressions.unary,
    ast.BoolOp: Expressions.either,
    ast.Compare: comparison,
    ast.IfExp: Expressions.choice,
    ast.Call: Expressions.call,
    ast.Subscript: subscript,
    ast.JoinedStr: Expressions.formatted,
    ast.ListComp: Expressions.list_comprehension,
    ast.GeneratorExp: Expressions.list_comprehension,
    ast.SetComp: Expressions.set_comprehension,
    ast.DictComp: Expressions.dict_comprehension,
}
