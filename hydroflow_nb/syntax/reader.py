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
        """Report an error, after which reading goes on where it is."""
        self.diagnostics.append(error(code, message, span, hint=hint))

    def failure(self, code: str, message: str, span: Span, hint: str, resume: int | None = None) -> Unreadable:
        """What to raise when a statement cannot be read any further; it is reported already."""
        # What stands behind a comment without an end cannot be seen, so that nothing can be said of it.
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
