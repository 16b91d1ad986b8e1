"""From a flow's text to its statements, with a diagnostic for everything that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.locations import DeclaredLocation, LocationReference
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax import codes, rust
from hydroflow_nb.syntax.declarations import DeclarationReader
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.syntax.reader import Unreadable
from hydroflow_nb.syntax.scanner import Kind, Token
from hydroflow_nb.syntax.tree import Flow, Loop, Pipeline, Statement

_DEEPEST_LOOP: Final = 50


@dataclass(frozen=True, kw_only=True)
class ParseResult:
    """The statements that could be read, and what is wrong with the text, in the text's order."""

    flow: Flow
    diagnostics: tuple[Diagnostic, ...]


def parse(source: Source) -> ParseResult:
    """The flow that a text describes. Errors are reported, all at once; whatever the text, this never raises.

    After an error, reading goes on behind the next `;`. A statement with an error in it is not a part of the flow.
    """
    parser = _Parser(source)
    statements = parser.statements()
    diagnostics = sorted(parser.diagnostics, key=lambda diagnostic: diagnostic.span.start)
    flow = Flow(
        source=source,
        statements=statements,
        locations=tuple(parser.locations),
        damaged=tuple(parser.damaged),
        lost=tuple(parser.lost),
    )
    return ParseResult(flow=flow, diagnostics=tuple(diagnostics))


class _Parser(DeclarationReader):
    """Recursive descent: a method for each rule of the grammar, which reads what the rule describes.

    Here stand the rules for statements; those for their parts are inherited.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.wrapped = False
        self.wrapping = rust.Wrapping(source.text)
        # The location whose block is read, and the `{` of that block.
        self.block: LocationReference | None = None
        self.block_opening = Token(Kind.END, "", 0, 0)
        self.damaged: list[Statement | Loop] = []
        self.lost: list[Span] = []

    def statements(self, depth: int = 0) -> tuple[Statement | Loop, ...]:
        """The statements up to the end of the text, or, within `depth` loops, up to the `}` of the innermost one."""
        found: list[Statement | Loop] = []
        while (token := self.scanner.peek()).kind is not Kind.END and not (depth and token.text == "}"):
            if depth == 0 and (self.pass_wrapper(token) or self.pass_end_of_block(token)):
                continue
            errors = len(self.diagnostics)
            try:
                if depth == 0 and self.pass_start_of_block(token):
                    continue
                statement = self.statement(depth)
            except Unreadable as unreadable:
                if unreadable.resume is None:
                    self.recover(depth + (self.block is not None))
                else:
                    self.scanner.jump(unreadable.resume)
                self.lost.append(self.source.span(token.start, self.scanner.previous_end))
                continue
            if statement is None:
                # Loops that never close all end where the text ends, so the outermost one holds the others.
                if depth == 0 or self.scanner.peek().kind is not Kind.END:
                    self.lost.append(self.source.span(token.start, self.scanner.previous_end))
            elif isinstance(statement, DeclaredLocation):
                # It is among the locations already.
                pass
            elif depth or len(self.diagnostics) == errors:
                # A loop that holds a damaged statement is damaged itself.
                found.append(statement)
            else:
                self.damaged.append(statement)
        if depth == 0 and self.block is not None and not self.braces_unclosed:
            message, hint = "`{` is never closed", "write `}` after the last statement of the location"
            self.report(codes.UNCLOSED_BRACKET, message, self.span(self.block_opening), hint)
        return tuple(found)

    # --- blocks of a location -----------------------------------------------------------------------------------------

    def pass_start_of_block(self, token: Token) -> bool:
        """Go past `@place {`, where it comes next: what stands in the braces is at that place. Returns whether it came.

        Raises Unreadable where no name stands behind the `@`, and for a block in another one.
        """
        if token.text != "@":
            return False
        location = self.location()
        opening = self.scanner.peek()
        if opening.text != "{":
            self.scanner.jump(token.start)
            return False
        assert location is not None
        if self.block is not None:
            self.skip_braces()
            raise self.failure_in_block(location, self.scanner.previous_end)
        self.scanner.advance()
        self.block, self.block_opening = location, opening
        return True

    def pass_end_of_block(self, token: Token) -> bool:
        """Go past the `}` of a location's block, and a `;` behind it, where it comes next. Returns whether it came."""
        if self.block is None or token.text != "}":
            return False
        self.scanner.advance()
        if self.scanner.peek().text == ";":
            self.scanner.advance()
        self.block = None
        return True

    def failure_in_block(self, location: LocationReference, resume: int | None = None) -> Unreadable:
        """A location is written within that of a block."""
        assert self.block is not None
        message = f"`{location.span.text}` stands within `{self.block.span.text} {{ ... }}`"
        hint = "write it outside of the braces"
        return self.failure(codes.PLACE_IN_A_PLACE, message, location.span, hint, resume)

    def placed(self, written: LocationReference | None, pipeline: Pipeline) -> LocationReference | None:
        """Where a statement runs, by the location before it, the one of its pipeline, and the block around it."""
        locations = [one for one in (self.block, written, pipeline.location) if one is not None]
        if len(locations) > 1:
            message = f"`{locations[-1].span.text}` stands within `{locations[0].span.text}`"
            self.report(codes.PLACE_IN_A_PLACE, message, locations[-1].span, "leave out one of them")
        return locations[0] if locations else None

    # --- Rust ---------------------------------------------------------------------------------------------------------

    def pass_wrapper(self, token: Token) -> bool:
        """Go past the macro that stands around a flow in Rust, where it begins or ends here; what comes behind its end
        is Rust too. Returns whether there was something to pass.
        """
        if self.wrapped and token.text == "}":
            self.scanner.jump(len(self.source.text))
            return True
        is_word = token.kind is Kind.NAME and not self.wrapped
        start = self.wrapping.flow_behind(token.start) if is_word else None
        if start is None:
            return False
        self.wrapped = True
        message, hint = "write the flow without the Rust code around it", "write only what stands between the braces"
        self.report(codes.RUST, message, self.source.span(token.start, start), hint)
        self.scanner.jump(start)
        return True

    # --- statements ---------------------------------------------------------------------------------------------------

    def statement(self, depth: int) -> Statement | Loop | DeclaredLocation | None:
        written = None
        if depth == 0:
            written = self.placed_before()
        elif self.scanner.peek().text == "@":
            self.refuse_location_in_loop()
        first = self.scanner.peek()
        name: Token | None = None
        if first.kind is Kind.NAME:
            self.scanner.advance()
            following = self.scanner.peek()
            if following.text == "=":
                name = first
                self.scanner.advance()
            elif first.text == "loop" and self.is_loop(following):
                loop = self.loop(first, depth)
                return loop and replace(loop, location=written or (self.block if depth == 0 else None))
            elif following.kind is Kind.NAME and first.text in rust.STATEMENTS:
                message, hint = f"`{first.text}` is Rust", rust.STATEMENTS[first.text]
                raise self.failure(codes.RUST, message, self.span(first), hint)
            elif following.kind is Kind.NAME and (function := rust.function_at(self.source.text, first.start)):
                raise self.failure_at_function(first, function)
            else:
                self.scanner.jump(first.start)
        if name is not None and depth == 0 and (declared := self.declared(name)):
            return self.end_of_declaration(declared, written)
        pipeline = self.pipeline(0, inside="a loop" if depth else "")
        self.end_of_statement(depth)
        if depth == 0:
            pipeline = replace(pipeline, location=self.placed(written, pipeline))
        span = pipeline.span
        if name is None:
            return Statement(span=span, name=None, name_span=None, pipeline=pipeline)
        name_span = self.span(name)
        return Statement(span=name_span.to(span), name=binding_name(name.text), name_span=name_span, pipeline=pipeline)

    def end_of_declaration(self, declared: DeclaredLocation, written: LocationReference | None) -> DeclaredLocation:
        """Go past the end of a declaration, which stands outside of all locations. It holds, whatever comes next."""
        self.locations.append(declared)
        if written is not None or self.block is not None:
            message = "a location is declared within another one"
            hint = "declare it outside of the braces" if written is None else f"leave out `{written.span.text}`"
            span = declared.name_span if written is None else written.span
            self.report(codes.PLACE_IN_A_PLACE, message, span, hint)
        self.end_of_statement(0, expected="`;`")
        return declared

    def refuse_location_in_loop(self) -> None:
        """Report a location in a loop, and go on behind it."""
        location = self.location()
        if location is not None:
            message = f"`{location.span.text}` stands in a loop, which is at one place"
            hint = f"write it before the loop: `{location.span.text} loop {{ ... }};`"
            self.report(codes.PLACE_IN_A_PLACE, message, location.span, hint)

    def end_of_statement(self, depth: int, expected: str = "`->` or `;`") -> None:
        token = self.scanner.peek()
        while token.text == ")":
            self.scanner.advance()
            message, hint = "`)` closes nothing here", "leave out the `)`"
            self.report(codes.UNOPENED_BRACKET, message, self.span(token), hint)
            token = self.scanner.peek()
        if token.text == ";":
            self.scanner.advance()
        elif token.text == "}" and depth:
            message = "the last statement of a loop ends with `;` too"
            self.report(codes.UNEXPECTED, message, self.span(token), "write `;` before the `}`")
        elif token.text == "}" and self.block is not None:
            message = "the last statement of a location ends with `;` too"
            self.report(codes.UNEXPECTED, message, self.span(token), "write `;` before the `}`")
        elif token.kind is not Kind.END:
            raise self.failure_after_node(token, expected)

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
        """The rest of a loop, behind the word `loop`; None for one that was reported and cannot be used."""
        head, name = self.span(first), None
        token = self.scanner.peek()
        if token.kind is Kind.NAME:
            self.scanner.advance()
            head, name = head.to(self.span(token)), binding_name(token.text)
        opening = self.scanner.peek()
        if depth >= _DEEPEST_LOOP:
            hint = "write a part of it as a separate loop"
            self.report(codes.TOO_DEEP, "these loops are nested too deeply", head, hint)
            self.skip_braces()
            if self.scanner.peek().text == ";":
                self.scanner.advance()
            return None
        self.scanner.advance()
        statements = self.statements(depth + 1)
        closing = self.scanner.peek()
        if closing.text != "}":
            # Where several loops are open, it is said of the innermost one only: the others end at the same place.
            if not self.braces_unclosed:
                self.braces_unclosed = True
                message, hint = "`{` is never closed", "write `};` after the last statement of the loop"
                self.report(codes.UNCLOSED_BRACKET, message, self.span(opening), hint)
            return None
        self.scanner.advance()
        span = head.to(self.span(closing))
        if self.scanner.peek().text == ";":
            self.scanner.advance()
        else:
            # A statement of its own comes next, whose errors are worth reporting too.
            message, hint = "a loop ends with `;` after its `}`", "write `};`"
            self.report(codes.UNENDED_LOOP, message, self.span(closing), hint)
        return Loop(span=span, head=head, name=name, statements=statements)

    def failure_at_function(self, first: Token, name: str) -> Unreadable:
        """A function of Rust stands in the place of a statement; what follows it is a statement of its own."""
        head = self.source.span(first.start, self.scanner.previous_end)
        while (token := self.scanner.peek()).text not in ("{", ";") and token.kind is not Kind.END:
            head = head.to(self.span(self.scanner.advance()))
        if token.text == "{":
            self.skip_braces()
        elif token.text == ";":
            self.scanner.advance()
        message, hint = f"`{name}` is a function of Rust", f"`def {name}(...):` in another cell"
        return self.failure(codes.RUST, message, head, hint, self.scanner.previous_end)
