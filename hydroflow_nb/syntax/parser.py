"""From a flow's text to its statements, with a diagnostic for everything that cannot be read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.expressions import Expression, Lifetime, OperatorCall, TypeArgument
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax import codes, rust
from hydroflow_nb.syntax.arguments import read_arguments, read_generics
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.syntax.python_text import Misreadings, cut
from hydroflow_nb.syntax.scanner import Kind, Scanner, Token
from hydroflow_nb.syntax.tree import (
    Flow,
    Group,
    Import,
    Loop,
    ModuleBoundary,
    NameReference,
    Node,
    Pipeline,
    Port,
    Ported,
    Statement,
)

_NODE: Final = "an operator, a name or `(`"
_WRONG_ARROWS: Final = frozenset({"=>", "==>", "-->", "→", "⇒", "⟶", ">", ">>", "|>", "-"})
_DEEPEST_GROUP: Final = 100
_DEEPEST_LOOP: Final = 50
# Of ports beyond this nobody has that many edges, and `int` refuses numbers of thousands of digits.
_LONGEST_PORT_NUMBER: Final = 9


@dataclass(frozen=True, kw_only=True)
class ParseResult:
    """The statements that could be read, and what is wrong with the text, in the text's order."""

    flow: Flow
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source) -> ParseResult:
    """The flow that a text describes. Errors are reported, all at once; whatever the text, this never raises.

    After an error reading goes on behind the next `;`. A statement with an error in it is no part of the flow.
    """
    parser = _Parser(source)
    statements = parser.statements()
    diagnostics = sorted(parser.diagnostics, key=lambda diagnostic: diagnostic.span.start)
    flow = Flow(source=source, statements=statements, damaged=tuple(parser.damaged), lost=tuple(parser.lost))
    return ParseResult(flow=flow, diagnostics=tuple(diagnostics))


class _Unreadable(Exception):
    """A statement cannot be read any further; the error is reported. `resume` is where the next one begins."""

    def __init__(self, resume: int | None = None) -> None:
        self.resume = resume


class _Parser:
    """Recursive descent: a method for each rule of the grammar, which reads what the rule describes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.scanner = Scanner(source, self.diagnostics.append)
        self.braces_unclosed = False
        self.wrapped = False
        self.wrapping = rust.Wrapping(source.text)
        self.misreadings = Misreadings()
        self.damaged: list[Statement | Loop] = []
        self.lost: list[Span] = []

    # --- statements ---------------------------------------------------------------------------------------------------

    def statements(self, depth: int = 0) -> tuple[Statement | Loop, ...]:
        """The statements up to the end of the text, or within so many loops up to the `}` of the innermost one."""
        found: list[Statement | Loop] = []
        while (token := self.scanner.peek()).kind is not Kind.END and not (depth and token.text == "}"):
            if depth == 0 and self.enters_or_leaves_wrapper(token):
                continue
            errors = len(self.diagnostics)
            try:
                statement = self.statement(depth)
            except _Unreadable as unreadable:
                if unreadable.resume is None:
                    self.recover(depth)
                else:
                    self.scanner.jump(unreadable.resume)
                self.lost.append(self.source.span(token.start, self.scanner.previous_end))
                continue
            if statement is None:
                # Of loops that never close all end where the text does, the outermost one holds the others.
                if depth == 0 or self.scanner.peek().kind is not Kind.END:
                    self.lost.append(self.source.span(token.start, self.scanner.previous_end))
            elif depth or len(self.diagnostics) == errors:
                # A loop that holds a damaged statement is damaged itself.
                found.append(statement)
            else:
                self.damaged.append(statement)
        return tuple(found)

    def enters_or_leaves_wrapper(self, token: Token) -> bool:
        """Whether the macro that stands around a flow in Rust begins or ends here; what comes behind it is Rust too."""
        if self.wrapped and token.text == "}":
            self.scanner.jump(len(self.source.text))
            return True
        is_word = token.kind is Kind.NAME and not self.wrapped
        begin = self.wrapping.flow_behind(token.start) if is_word else None
        if begin is None:
            return False
        self.wrapped = True
        message, hint = "a flow stands here without the Rust around it", "write what stands between the braces, only"
        self.report(codes.RUST, message, self.source.span(token.start, begin), hint)
        self.scanner.jump(begin)
        return True

    def statement(self, depth: int) -> Statement | Loop | None:
        first = self.scanner.peek()
        name: Token | None = None
        if first.kind is Kind.NAME:
            self.scanner.advance()
            following = self.scanner.peek()
            if following.text == "=":
                name = first
                self.scanner.advance()
            elif first.text == "loop" and self.is_loop(following):
                return self.loop(first, depth)
            elif following.kind is Kind.NAME and first.text in rust.STATEMENTS:
                message, hint = f"`{first.text}` is Rust", rust.STATEMENTS[first.text]
                raise self.failure(codes.RUST, message, self.span(first), hint)
            elif following.kind is Kind.NAME and (function := rust.function_at(self.source.text, first.start)):
                raise self.failure_at_function(first, function)
            else:
                self.scanner.jump(first.start)
        pipeline = self.pipeline(0)
        self.end_of_statement(depth)
        span = pipeline.span
        if name is None:
            return Statement(span=span, name=None, name_span=None, pipeline=pipeline)
        name_span = self.span(name)
        return Statement(span=name_span.to(span), name=binding_name(name.text), name_span=name_span, pipeline=pipeline)

    def end_of_statement(self, depth: int) -> None:
        token = self.scanner.peek()
        while token.text == ")":
            self.scanner.advance()
            message, hint = "`)` closes nothing here", "leave out the `)`"
            self.report(codes.UNOPENED_BRACKET, message, self.span(token), hint)
            token = self.scanner.peek()
        if token.text == ";":
            self.scanner.advance()
        elif token.text == "}" and depth:
            message = "the last statement of a loop ends by `;` as well"
            self.report(codes.UNEXPECTED, message, self.span(token), "write `;` before the `}`")
        elif token.kind is not Kind.END:
            raise self.failure_after_node(token, "`->` or `;`")

    def is_loop(self, following: Token) -> bool:
        """Whether `loop`, or `loop name`, goes on with `{`."""
        if following.kind is not Kind.NAME:
            return following.text == "{"
        end_of_loop = self.scanner.previous_end
        self.scanner.advance()
        brace = self.scanner.peek().text == "{"
        self.scanner.jump(end_of_loop)
        return brace

    def loop(self, first: Token, depth: int) -> Loop | None:
        """What stands behind the word `loop`."""
        head, name = self.span(first), None
        token = self.scanner.peek()
        if token.kind is Kind.NAME:
            self.scanner.advance()
            head, name = head.to(self.span(token)), binding_name(token.text)
        opening = self.scanner.peek()
        if depth >= _DEEPEST_LOOP:
            hint = "write a part of it as a loop of its own"
            self.report(codes.TOO_DEEP, "these loops are nested too deeply", head, hint)
            self.skip_braces()
            if self.scanner.peek().text == ";":
                self.scanner.advance()
            return None
        self.scanner.advance()
        statements = self.statements(depth + 1)
        closing = self.scanner.peek()
        if closing.text != "}":
            # Where several loops are open it is said of the innermost one: the others end at the same place.
            if not self.braces_unclosed:
                self.braces_unclosed = True
                message, hint = "`{` is never closed", "write `};` behind the last statement of the loop"
                self.report(codes.UNCLOSED_BRACKET, message, self.span(opening), hint)
            return None
        self.scanner.advance()
        span = head.to(self.span(closing))
        if self.scanner.peek().text == ";":
            self.scanner.advance()
        else:
            # A statement of its own comes next, whose errors are worth to be known too.
            message, hint = "a loop ends by `;` behind its `}`", "write `};`"
            self.report(codes.UNENDED_LOOP, message, self.span(closing), hint)
        return Loop(span=span, head=head, name=name, statements=statements)

    def failure_at_function(self, first: Token, name: str) -> _Unreadable:
        """A function of Rust stands where a statement has to; what follows it is a statement of its own."""
        head = self.source.span(first.start, self.scanner.previous_end)
        while (token := self.scanner.peek()).text not in ("{", ";") and token.kind is not Kind.END:
            head = head.to(self.span(self.scanner.advance()))
        if token.text == "{":
            self.skip_braces()
        elif token.text == ";":
            self.scanner.advance()
        message, hint = f"`{name}` is a function of Rust", f"`def {name}(...):` in another cell"
        return self.failure(codes.RUST, message, head, hint, self.scanner.previous_end)

    # --- pipelines and nodes ------------------------------------------------------------------------------------------

    def pipeline(self, depth: int) -> Pipeline:
        nodes = [self.node(depth, arrow=None)]
        while arrow := self.arrow():
            nodes.append(self.node(depth, arrow))
        return Pipeline(span=nodes[0].span.to(nodes[-1].span), nodes=tuple(nodes))

    def arrow(self) -> Token | None:
        """The arrow that comes next, if one does; what looks like one is reported and taken for it."""
        token = self.scanner.peek()
        if token.text == "->":
            return self.scanner.advance()
        if token.text == "<-":
            raise self.failure(
                codes.WRONG_ARROW, "a flow runs from left to right", self.span(token), "write `->`, ends swapped"
            )
        if token.text not in _WRONG_ARROWS:
            return None
        self.scanner.advance()
        following = self.scanner.peek()
        if token.text == "-" and following.text in (">", ">>", "=>"):
            self.scanner.advance()
            token = Token(Kind.SIGN, self.source.text[token.start : following.end], token.start, following.end)
        self.report(codes.WRONG_ARROW, f"`{token.text}` is no arrow", self.span(token), "the arrow is `->`")
        return token

    def node(self, depth: int, arrow: Token | None) -> Node:
        token = self.scanner.peek()
        before = self.port() if token.text == "[" else None
        if before is not None:
            token = self.scanner.peek()
        node: NameReference | Group | ModuleBoundary
        if token.text == "(":
            node = self.group(depth)
        elif token.kind is Kind.NAME:
            self.scanner.advance()
            following = self.scanner.peek()
            if following.text in ("(", "::", "<"):
                return self.ported_operator(before, self.operator(token))
            if following.text == "!":
                return self.ported_operator(before, self.macro(token))
            span = self.span(token)
            name = binding_name(token.text)
            node = ModuleBoundary(span=span) if name == "mod" else NameReference(span=span, name=name)
        else:
            raise self.failure_at_node(token, before, arrow)
        after = self.port() if self.scanner.peek().text == "[" else None
        span = (before or node).span.to((after or node).span)
        return Ported(span=span, before=before, node=node, after=after)

    def failure_at_node(self, token: Token, before: Port | None, arrow: Token | None) -> _Unreadable:
        """Something stands where a node has to."""
        span = self.span(token)
        if before is not None:
            if token.text == "[":
                return self.failure(
                    codes.WRONG_PORT, "one port is enough", span, f"write one of them: `{before.span.text}name`"
                )
            message = f"`{before.span.text}` is the port of a name or of `( ... )`, found {token.shown}"
            return self.failure(codes.UNEXPECTED, message, span, f"write `{before.span.text}name`")
        behind = "" if arrow is None else f" after `{arrow.text}`"
        message = f"expected {_NODE}{behind}, found {token.shown}"
        match token.text:
            case "->":
                hint = "leave out one of the arrows" if arrow else "begin with a source, an operator or a name"
            case ";" | ")" | "":
                hint = (
                    f"write what comes after `{arrow.text}`, or leave it out" if arrow else f"write {_NODE} before it"
                )
            case "'" | '"':
                hint = "a text can stand in an operator's parentheses only"
            case "{" | "}":
                hint = "parts of a flow are grouped by `(` and `)`"
            case "@" | "$" | "?" | "\\" | "`" | "%" | "!":
                hint = f"leave out the `{token.text}`"
            case _ if token.kind is Kind.NUMBER:
                hint = (
                    "a number is a port, `[0]name`, or stands in an operator's parentheses; names begin with a letter"
                )
            case _:
                hint = f"write {_NODE}"
        return self.failure(codes.UNEXPECTED, message, span, hint)

    def failure_after_node(self, token: Token, expected: str) -> _Unreadable:
        """Something stands where a node's end has to be followed by an arrow or by an end."""
        span = self.span(token)
        # What begins a line is a statement of its own, whose errors are worth to be known too.
        resumes = token.kind is Kind.NAME and ";" in expected and self.scanner.starts_line(token)
        message = f"expected {expected} before {token.shown}"
        match token.text:
            case "=":
                message = "an assignment is `name = pipeline;`, with one name, outside of parentheses"
                hint = "write a statement of its own that begins with the name"
                return self.failure(codes.WRONG_ASSIGNMENT, message, span, hint)
            case "[":
                message = "a port is written once, behind a name or `( ... )`"
                return self.failure(codes.WRONG_PORT, message, span, "write one port at each side of a name")
            case "," | "|":
                hint = "nodes are joined by `->`; an operator with several inputs has a name: `a -> [0]j; b -> [1]j;`"
            case ";":
                hint = "write `)` first"
            case "!":
                hint = "operators have no `!`"
            case _ if token.kind is Kind.NAME or token.text in ("(", "["):
                hint = "join nodes by `->`"
                if ";" in expected:
                    hint += "; end a statement by `;`"
            case _:
                hint = f"leave out the `{token.text}`"
        return self.failure(codes.UNEXPECTED, message, span, hint, token.start if resumes else None)

    def group(self, depth: int) -> Group:
        opening = self.scanner.advance()
        if depth >= _DEEPEST_GROUP:
            hint = "give a part of it a name"
            raise self.failure(codes.TOO_DEEP, "these parentheses are nested too deeply", self.span(opening), hint)
        pipeline = self.pipeline(depth + 1)
        token = self.scanner.peek()
        if token.text == ")":
            self.scanner.advance()
            return Group(span=self.span(opening).to(self.span(token)), pipeline=pipeline)
        if token.text == ";":
            self.scanner.advance()
            if self.scanner.peek().text == ")":
                hint = "write the `;` behind the `)`"
                raise self.failure(codes.UNEXPECTED, "no statement ends inside of parentheses", self.span(token), hint)
            self.scanner.jump(token.start)
        if token.text == ";" or token.kind is Kind.END:
            labels = [Label(span=self.span(token), text="expected `)` here")]
            place = "before `;`" if token.text else "at the end"
            message, hint = "`(` is never closed", f"write `)` {place}"
            self.diagnostics.append(
                error(codes.UNCLOSED_BRACKET, message, self.span(opening), labels=labels, hint=hint)
            )
            raise _Unreadable
        raise self.failure_after_node(token, "`->` or `)`")

    # --- ports --------------------------------------------------------------------------------------------------------

    def port(self) -> Port:
        """`[0]` or `[name]`. What else stands between brackets is reported, and a port it is all the same."""
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
        message = f"`{_shortened(span.text)}` is no port" if inside else "`[]` holds no port"
        self.report(codes.WRONG_PORT, message, span, hint)
        return Port(span=span, label="")

    # --- operators ----------------------------------------------------------------------------------------------------

    def ported_operator(self, before: Port | None, operator: OperatorCall | Import) -> Node:
        """An operator call can bear no port; what a user meant by one is clear enough to read on."""
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
        lifetimes: tuple[Lifetime, ...] = ()
        types: tuple[TypeArgument, ...] = ()
        token = self.scanner.peek()
        if token.text == "::":
            self.scanner.advance()
            token = self.scanner.peek()
            if token.text != "<":
                raise self.failure_at_path(name, token)
        elif token.text == "<":
            message = f"`::` is missing between `{name.text}` and `<`"
            self.report(codes.WRONG_GENERICS, message, self.span(token), f"write `{name.text}::<...>(...)`")
        if token.text == "<":
            generics = read_generics(self.source, token.start, self.diagnostics.append)
            self.scanner.jump(generics.end)
            if not generics.closed:
                raise _Unreadable
            lifetimes, types = generics.lifetimes, generics.type_arguments
            token = self.scanner.peek()
            if token.text != "(":
                message = f"expected `(` after the generics of `{name.text}`, found {token.shown}"
                span = self.source.span(name.start, generics.end)
                raise self.failure(codes.WRONG_GENERICS, message, span, f"write `{_shortened(span.text)}(...)`")
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

    def failure_at_path(self, name: Token, token: Token) -> _Unreadable:
        if token.kind is not Kind.NAME:
            message = f"expected `<` after `{name.text}::`, found {token.shown}"
            return self.failure(codes.WRONG_GENERICS, message, self.span(token), f"write `{name.text}::<...>(...)`")
        span = self.span(name).to(self.span(token))
        message = f"`{_shortened(span.text)}` is a path of Rust; an operator's name is one word"
        return self.failure(codes.WRONG_OPERATOR_NAME, message, span, f"write `{token.text}(...)`")

    def macro(self, name: Token) -> OperatorCall | Import:
        """`import!("file")`; no other name has a `!`."""
        bang = self.scanner.advance()
        token = self.scanner.peek()
        if name.text != "import":
            span = self.span(bang)
            message = f"operators have no `!`; `{name.text}!` is no operator"
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
        path = self.module_path(call)
        if path is not None:
            return Import(span=call.span, path=path)
        if len(self.diagnostics) == errors:
            hint = 'write `import!("module.hf")`'
            self.report(codes.WRONG_IMPORT, "`import!` takes one text, the path of a module", call.span, hint)
        return call

    def module_path(self, call: OperatorCall) -> str | None:
        match call.arguments:
            case (Expression(node=ast.Constant(value=str(path))),):
                return path
            case _:
                return None

    # --- errors -------------------------------------------------------------------------------------------------------

    def span(self, token: Token) -> Span:
        return self.source.span(token.start, token.end)

    def report(self, code: str, message: str, span: Span, hint: str) -> None:
        self.diagnostics.append(error(code, message, span, hint=hint))

    def failure(self, code: str, message: str, span: Span, hint: str, resume: int | None = None) -> _Unreadable:
        """What to raise when a statement cannot be read any further; it is reported already."""
        # What stands behind a comment without an end cannot be seen, so that nothing can be said of it.
        if not (self.scanner.comment_unclosed and span.start == len(self.source.text)):
            self.report(code, message, span, hint)
        return _Unreadable(resume)

    def recover(self, depth: int) -> None:
        """Go on behind the next `;` that stands neither in braces nor in an operator's parentheses; within loops at the
        `}` where that comes first.
        """
        while True:
            token = self.scanner.peek()
            if depth and token.text == "}":
                return
            if token.text == "{":
                self.skip_braces()
                continue
            self.scanner.advance()
            if token.kind is Kind.END or token.text == ";":
                return
            self.skip_arguments(token)

    def skip_braces(self) -> None:
        """Go on behind the `}` that belongs to the next token, a `{`; without one, behind the `{`."""
        opening = self.scanner.advance()
        depth = 0 if self.braces_unclosed else 1
        while depth:
            token = self.scanner.advance()
            if token.kind is Kind.END:
                # Looking for it once more from each further brace would take long.
                self.braces_unclosed = True
                self.scanner.jump(opening.end)
                return
            self.skip_arguments(token)
            depth += {"{": 1, "}": -1}.get(token.text, 0)

    def skip_arguments(self, before: Token) -> None:
        """Go on behind the arguments of a name or of generics, if some come next, whatever is wrong with them."""
        following = self.scanner.peek()
        if following.text == "(" and (before.kind is Kind.NAME or before.text == ">"):
            result = cut(self.source, following.start, lambda _diagnostic: None, self.misreadings)
            self.scanner.jump(result.end)


def _is_port_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_PORT_NUMBER


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
