"""Calls of operators with their generics and arguments, imports of modules, and the ports at them."""

from __future__ import annotations

import ast
from typing import Final

from hydroflow_nb.expressions import Expression, Lifetime, OperatorCall, TypeArgument
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.arguments import read_arguments, read_generics
from hydroflow_nb.syntax.characters import shortened
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.syntax.reader import Reader, Unreadable
from hydroflow_nb.syntax.scanner import Kind, Token
from hydroflow_nb.syntax.tree import Group, Import, Pipeline, PipelineNode, Port, Ported

# No operator has so many edges that a longer number is needed, and `int` refuses numbers of thousands of digits.
_LONGEST_PORT_NUMBER: Final = 9


class CallReader(Reader):
    """The rules for calls and ports."""

    def port(self) -> Port:
        """`[0]` or `[name]`. Anything else between the brackets is reported, and counts as a port all the same."""
        opening = self.scanner.advance()
        token = self.scanner.advance()
        closing = self.scanner.peek() if token.text != "]" else token
        label: int | str | None = None
        if token.kind is Kind.NAME:
            label = binding_name(token.text)
        elif token.kind is Kind.NUMBER and _is_port_number(token.text):
            label = int(token.text)
        if label is not None and closing.text == "]":
            self.scanner.advance()
            return Port(span=self.span(opening).to(self.span(closing)), label=label)
        while closing.text != "]":
            if closing.kind is Kind.END or closing.text in (";", "->", "(", "[", "="):
                message, hint = "`[` is never closed", "a port is `[0]` or `[name]`"
                raise self.failure(codes.UNCLOSED_BRACKET, message, self.span(opening), hint)
            closing = self.scanner.advance()
            if closing.text != "]":
                closing = self.scanner.peek()
        self.scanner.jump(closing.end)
        span = self.span(opening).to(self.span(closing))
        inside = self.source.text[opening.end : closing.start].strip()
        quoted = inside.strip("'\"")
        hint = "a port is a number from 0 or a name: `[0]`, `[left]`"
        if not inside:
            hint = "write a number or a name between the brackets, or leave them out"
        elif quoted != inside and quoted.isidentifier():
            hint = f"write `[{quoted}]`"
        message = f"`{shortened(span.text)}` is not a port" if inside else "`[]` does not hold a port"
        self.report(codes.WRONG_PORT, message, span, hint)
        return Port(span=span, label="")

    # --- operators ----------------------------------------------------------------------------------------------------

    def ported_operator(self, before: Port | None, operator: OperatorCall | Import) -> PipelineNode:
        """The call of an operator cannot have a port, but what a user meant by one is clear enough to read on."""
        after = self.port() if self.scanner.peek().text == "[" else None
        call = "import!(...)" if isinstance(operator, Import) else f"{operator.name}(...)"
        if before is not None:
            hint = f"write `{before.span.text}({call})`, or name it: `name = {call};` and `{before.span.text}name`"
            message = "a port belongs to a name or to `( ... )`, not to an operator"
            self.report(codes.PORT_ON_OPERATOR, message, before.span, hint)
        if after is not None:
            hint = f"write `({call}){after.span.text}`, or name it: `name = {call};` and `name{after.span.text}`"
            message = "a port belongs to a name or to `( ... )`, not to an operator"
            self.report(codes.PORT_ON_OPERATOR, message, after.span, hint)
        if before is None and after is None:
            return operator
        group = Group(span=operator.span, pipeline=Pipeline(span=operator.span, nodes=(operator,)))
        return Ported(span=(before or group).span.to((after or group).span), before=before, node=group, after=after)

    def operator(self, name: Token) -> OperatorCall:
        """What stands behind the name of an operator: generics, if there are any, and arguments."""
        lifetimes: tuple[Lifetime, ...] = ()
        types: tuple[TypeArgument, ...] = ()
        token = self.scanner.peek()
        if token.text == "::":
            self.scanner.advance()
            token = self.scanner.peek()
            if token.text != "<":
                raise self._failure_at_path(name, token)
        elif token.text == "<":
            message = f"`::` is missing between `{name.text}` and `<`"
            self.report(codes.WRONG_GENERICS, message, self.span(token), f"write `{name.text}::<...>(...)`")
        if token.text == "<":
            generics = read_generics(self.source, token.start, self.diagnostics.append)
            self.scanner.jump(generics.end)
            if not generics.closed:
                raise Unreadable
            lifetimes, types = generics.lifetimes, generics.type_arguments
            token = self.scanner.peek()
            if token.text != "(":
                message = f"expected `(` after the generics of `{name.text}`, found {token.shown}"
                span = self.source.span(name.start, generics.end)
                raise self.failure(codes.WRONG_GENERICS, message, span, f"write `{shortened(span.text)}(...)`")
        arguments = read_arguments(self.source, token.start, self.diagnostics.append, self.misreadings)
        self.scanner.jump(arguments.end)
        return OperatorCall(
            span=self.source.span(name.start, arguments.end),
            name=binding_name(name.text),
            name_span=self.span(name),
            lifetimes=lifetimes,
            type_arguments=types,
            arguments=arguments.items,
        )

    def _failure_at_path(self, name: Token, token: Token) -> Unreadable:
        if token.kind is not Kind.NAME:
            message = f"expected `<` after `{name.text}::`, found {token.shown}"
            return self.failure(codes.WRONG_GENERICS, message, self.span(token), f"write `{name.text}::<...>(...)`")
        span = self.span(name).to(self.span(token))
        message = f"`{shortened(span.text)}` is a path in Rust; an operator's name is one word"
        return self.failure(codes.WRONG_OPERATOR_NAME, message, span, f"write `{token.text}(...)`")

    def macro(self, name: Token) -> OperatorCall | Import:
        """`import!("file")`; a `!` after any other name is reported."""
        bang = self.scanner.advance()
        token = self.scanner.peek()
        if name.text != "import":
            span = self.span(bang)
            message = f"operators have no `!`; `{name.text}!` is not an operator"
            hint = f"write `{name.text}(...)`"
            if token.text != "(":
                raise self.failure(codes.WRONG_OPERATOR_NAME, message, span, hint)
            self.report(codes.WRONG_OPERATOR_NAME, message, span, hint)
            return self.operator(name)
        span = self.span(name).to(self.span(bang))
        if token.text != "(":
            raise self.failure(
                codes.WRONG_IMPORT, "`import!` needs the path of a module", span, 'write `import!("module.hf")`'
            )
        errors = len(self.diagnostics)
        call = self.operator(name)
        path = self._module_path(call)
        if path is not None:
            return Import(span=call.span, path=path)
        if len(self.diagnostics) == errors:
            hint = 'write `import!("module.hf")`'
            self.report(codes.WRONG_IMPORT, "`import!` takes one text, the path of a module", call.span, hint)
        return call

    def _module_path(self, call: OperatorCall) -> str | None:
        match call.arguments:
            case (Expression(node=ast.Constant(value=str(path))),):
                return path
            case _:
                return None


def _is_port_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_PORT_NUMBER
