"""A place in a flow's text, how to report what is wrong there, and how to go on behind it."""

from __future__ import annotations

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax.pieces import Misreadings
from hydroflow_nb.syntax.python_text import cut
from hydroflow_nb.syntax.scanner import Kind, Scanner, Token


class Unreadable(Exception):
    """A statement cannot be read any further; the error is reported. `resume` is where the next one begins."""

    def __init__(self, resume: int | None = None) -> None:
        self.resume = resume


class Reader:
    """What all rules of the grammar share."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.scanner = Scanner(source, self.diagnostics.append)
        self.braces_unclosed = False
        self.misreadings = Misreadings()

    def span(self, token: Token) -> Span:
        """The place of a token."""
        return self.source.span(token.start, token.end)

    def report(self, code: str, message: str, span: Span, hint: str) -> None:
        """Report an error. Reading goes on at the same place."""
        self.diagnostics.append(error(code, message, span, hint=hint))

    def failure(self, code: str, message: str, span: Span, hint: str, resume: int | None = None) -> Unreadable:
        """The exception to raise where a statement cannot be read any further; the error is reported by then."""
        # Nothing can be said of what stands behind a comment that does not end.
        if not (self.scanner.comment_unclosed and span.start == len(self.source.text)):
            self.report(code, message, span, hint)
        return Unreadable(resume)

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
                # Looking for it again from each further brace would take too long.
                self.braces_unclosed = True
                self.scanner.jump(opening.end)
                return
            self.skip_arguments(token)
            depth += {"{": 1, "}": -1}.get(token.text, 0)

    def skip_arguments(self, before: Token) -> None:
        """Go on behind the arguments that come next after a name or after generics, whatever is wrong with them."""
        following = self.scanner.peek()
        if following.text == "(" and (before.kind is Kind.NAME or before.text == ">"):
            result = cut(self.source, following.start, lambda _diagnostic: None, self.misreadings)
            self.scanner.jump(result.end)
