"""Functions of the notebook that closures call: each becomes a function of Rust, once for each choice of types."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Final

from hydroflow_nb.rust.comprehensions import bound_to
from hydroflow_nb.rust.expressions import Expressions
from hydroflow_nb.rust.methods import changed_by_method, is_change
from hydroflow_nb.rust.refusing import NO_EXPRESSION, TWO_TYPES, Refused, refused
from hydroflow_nb.rust.scope import Constants, Local, rust_name
from hydroflow_nb.rust.translating import Text
from hydroflow_nb.rust.types import (
    NONE,
    Misfit,
    Type,
    Unknown,
    common,
    in_rust,
    kind,
)
from hydroflow_nb.source import Span

_OPERATORS: Final = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.Div, ast.BitOr, ast.BitAnd, ast.BitXor)


class Definitions:
    """The functions of Rust that were made so far."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._made: dict[tuple[str, str], tuple[str, Type]] = {}
        self._texts: list[str] = []
        self._open: list[str] = []

    @property
    def texts(self) -> Sequence[str]:
        """Their texts."""
        return self._texts

    def called(self, name: str, function: FunctionType, arguments: Sequence[Type], span: Span) -> tuple[str, Type]:
        """The name of a function in Rust, and the type of its result for arguments of these types."""
        key = name, ", ".join(map(in_rust, arguments))
        if key not in self._made:
            if name in self._open:
                raise refused(NO_EXPRESSION, f"`{name}` calls itself, which is not translated", span)
            self._open.append(name)
            number = sum(1 for other, _ in self._made if other == name)
            own = rust_name(f"{name}_{number + 1}" if number else name)
            text, result = _Function(self._constants, self, name, function, span).written(own, arguments)
            self._open.pop()
            self._made[key] = own, result
            self._texts.append(text)
        return self._made[key]


class _Inside(Expressions):
    """Translates the expressions of a function; what is refused is told at the place that calls it."""

    def __init__(self, constants: Constants, span: Span, definitions: Definitions, name: str, first: int) -> None:
        super().__init__(constants, span, definitions=definitions)
        self._function = name
        self._first = first

    def refuse(self, node: ast.AST, message: str, hint: str = "", code: str = "") -> Refused:
        line = getattr(node, "lineno", 1) + self._first - 1
        return refused(code or NO_EXPRESSION, f"in `{self._function}`, line {line}: {message}", self._span, hint)

    def place(self, node: ast.AST) -> Span:
        return self._span


class _Function:
    """The translation of one function for arguments of some types."""

    def __init__(
        self, constants: Constants, definitions: Definitions, name: str, function: FunctionType, span: Span
    ) -> None:
        self._node, first = _read(function, name, span)
        self._inner = _Inside(constants, span, definitions, name, first)
        self._result: Type | None = None
        self._fresh: set[str] = set()

    def written(self, name: str, arguments: Sequence[Type]) -> tuple[str, Type]:
        """The text, and the type of the result."""
        node = self._node
        given = node.args
        if given.vararg or given.kwarg or given.kwonlyargs or given.defaults or len(given.args) != len(arguments):
            raise self._inner.refuse(node, f"a function of {len(arguments)} plain parameters is translated here")
        names = [Local(name=one.arg, type=of) for one, of in zip(given.args, arguments, strict=True)]
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        statements = [
            ast.copy_location(ast.Return(value=one), one) if isinstance(one, ast.expr) else one for one in body
        ]
        # The first time finds the type of the result, the second one writes it.
        ends = _falls_through(statements)
        result: Type = NONE if ends else Unknown()
        found: list[Type] = []
        self._told = found.append
        with self._inner.with_names(names):
            self._block(statements)
        try:
            for of in found:
                result = common(result, of)
        except Misfit as misfit:
            raise self._inner.refuse(node, f"it returns several types: {misfit}", code=TWO_TYPES) from None
        self._result = result
        self._fresh.clear()
        with self._inner.with_names(names):
            lines = self._block(statements)
        if ends and kind(result) == "option":
            lines.append("None")
        parameters = ", ".join(f"mut {rust_name(one.name)}: {in_rust(one.type)}" for one in names)
        inner = textwrap.indent("\n".join(lines), "    ")
        return f"fn {name}({parameters}) -> {in_rust(result)} {{\n{inner}\n}}", result

    _told: Callable[[Type], None]

    def _block(self, statements: Sequence[ast.stmt]) -> list[str]:
        """The statements of a block; names that it binds are gone behind it."""
        lines: list[str] = []
        with self._inner.with_names([]):
            for statement in statements:
                lines += self._statement(statement)
        return lines

    def _indented(self, statements: Sequence[ast.stmt]) -> list[str]:
        return [f"    {line}" for line in self._block(statements)]

    def _statement(self, node: ast.stmt) -> list[str]:
        inner = self._inner
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return []
            case ast.Continue():
                return ["continue;"]
            case ast.Break():
                return ["break;"]
            case ast.Return(value=value):
                return [f"return {self._returned(value)};"]
            case ast.If(test=test, body=body, orelse=orelse):
                found = [f"if {inner.truth(test).text} {{", *self._indented(body)]
                return [*found, *(["} else {", *self._indented(orelse)] if orelse else []), "}"]
            case ast.While(test=test, body=body, orelse=[]):
                return [f"while {inner.truth(test).text} {{", *self._indented(body), "}"]
            case ast.For(target=target, iter=items, body=body, orelse=[]):
                return self._for(target, items, body)
            case ast.Assign(targets=[target], value=value):
                return self._assigned(target, value)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                return self._assigned(target, value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value) if isinstance(op, _OPERATORS):
                read = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), target)
                return self._assigned(target, ast.copy_location(ast.BinOp(left=read, op=op, right=value), node))
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) as call):
                return [self._change(call, name, method)]
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value):
                call = ast.copy_location(ast.Call(func=node.targets[0], args=[key, value], keywords=[]), node)
                return [self._change(call, name, "__setitem__")]
        raise inner.refuse(node, f"`{ast.unparse(node).splitlines()[0][:60]}` is not translated to Rust")

    def _returned(self, value: ast.expr | None) -> str:
        node = value or ast.Constant(value=None)
        if self._result is None:
            self._told(self._inner.value(node).type)
            return ""
        return self._inner.as_type(node, self._result).owned

    def _for(self, target: ast.expr, items: ast.expr, body: Sequence[ast.stmt]) -> list[str]:
        found = self._inner.iterated(items)
        names: list[Local] = []
        pattern = bound_to(self._inner, target, found.type, names, "mut ")
        # What is gone through may be changed meanwhile.
        with self._inner.with_names(names):
            lines = self._indented(body)
        return [f"for {pattern} in {found.text}.collect::<Vec<_>>() {{", *lines, "}"]

    def _assigned(self, target: ast.expr, value: ast.expr) -> list[str]:
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            call = ast.copy_location(ast.Call(func=target, args=[target.slice, value], keywords=[]), target)
            return [self._change(call, target.value.id, "__setitem__")]
        known = self._inner.local(target.id) if isinstance(target, ast.Name) else None
        if known is not None:
            return [f"{known.place} = {self._inner.as_type(value, known.type).owned};"]
        made = self._inner.value(value)
        names: list[Local] = []
        pattern = bound_to(self._inner, target, made.type, names, "mut ")
        if any(self._inner.local(one.name) for one in names):
            raise self._inner.refuse(target, "names of which some are bound already are not bound together")
        for one in names:
            self._inner.bind(one)
        if isinstance(target, ast.Name):
            if not isinstance(value, ast.Name | ast.Subscript | ast.IfExp | ast.BoolOp):
                self._fresh.add(target.id)
            return [f"let {pattern}: {in_rust(made.type)} = {made.owned};"]
        return [f"let {pattern} = {made.owned};"]

    def _change(self, call: ast.Call, name: str, method: str) -> str:
        local = self._inner.local(name)
        if local is None or not is_change(local.type, method):
            raise self._inner.refuse(call, "what a function does beside giving a value is not translated")
        if name not in self._fresh:
            raise self._inner.refuse(
                call,
                f"`{name}` may be held elsewhere, where the change would be seen",
                f"change a copy: `list({name})`",
            )
        return f"{changed_by_method(self._inner, call, Text(text=local.place, type=local.type), method)};"


def _read(function: FunctionType, name: str, span: Span) -> tuple[ast.FunctionDef | ast.Lambda, int]:
    """The function's tree, and the line that it begins at."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, SyntaxError, TypeError):
        raise refused(NO_EXPRESSION, f"the text of `{name}` cannot be found", span, "write it as a closure") from None
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    if not found or (isinstance(found[0], ast.Lambda) and len(found) > 1) or function.__closure__:
        raise refused(NO_EXPRESSION, f"`{name}` is not a plain function", span, "write it as a closure")
    return found[0], first


def _falls_through(statements: Sequence[ast.stmt]) -> bool:
    """Whether a block may come to its end."""
    last = statements[-1]
    match last:
        case ast.Return():
            return False
        case ast.If(body=body, orelse=orelse) if orelse:
            return _falls_through(body) or _falls_through(orelse)
    return True
