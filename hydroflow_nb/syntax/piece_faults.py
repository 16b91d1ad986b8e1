"""What can be wrong with a piece of Python text, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hydroflow_nb.diagnostics import Label, Report, error
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes, rust
from hydroflow_nb.syntax.pieces import Piece

# `*total +`, before an `=`.
_AUGMENTED: Final = re.compile(r"(?<!\w)\*?(?P<name>[^\W\d]\w{0,100})\s{0,9}(?P<sign>\*\*|//|<<|>>|[-+*/%&|^@])\Z")
# Signs that Python's text never holds, each with the code, the message and the hint.
STRAY: Final = {
    "$": (
        codes.WRONG_REFERENCE,
        "the name of an operator has to follow `$` directly",
        "`$total` reads the state of `total`",
    ),
    "\\": (codes.STRAY_CHARACTER, "`\\` continues a line only at the end of the line", "leave out the `\\`"),
    "\0": (codes.STRAY_CHARACTER, "a null character cannot stand in a flow", "take it out"),
}


class PieceFaults:
    """Reports what makes a piece unreadable, which is `broken` from then on: the first such thing is enough."""

    def __init__(self, source: Source, report: Report, *, generics: bool) -> None:
        self._source = source
        self._text = source.text
        self._report = report
        # Whether the pieces are generics, and not arguments.
        self._generics = generics

    def _fault(
        self, piece: Piece, code: str, message: str, start: int, end: int, hint: str, labels: Sequence[Label] = ()
    ) -> None:
        if not piece.broken:
            self._report(error(code, message, self._source.span(start, end), labels=labels, hint=hint))
        piece.broken = True

    # --- brackets -----------------------------------------------------------------------------------------------------

    def unclosed_by(self, piece: Piece, sign: str, start: int, innermost: tuple[int, str]) -> None:
        """The innermost bracket is not closed, but a sign has come that cannot stand in it."""
        opened, closer = innermost
        label = Label(span=self._source.span(start, start + len(sign)), text=f"expected `{closer}` before this")
        message, hint = f"`{self._text[opened]}` is not closed", f"write `{closer}` before `{sign}`"
        self._fault(piece, codes.UNCLOSED_BRACKET, message, opened, opened + 1, hint, [label])

    def unopened(self, piece: Piece, sign: str, start: int, innermost: tuple[int, str]) -> None:
        """A bracket that closes nothing."""
        opened, closer = innermost
        label = Label(span=self._source.span(opened, opened + 1), text=f"this bracket needs `{closer}`")
        message, hint = f"`{sign}` closes nothing here", f"leave out the `{sign}`"
        self._fault(piece, codes.UNOPENED_BRACKET, message, start, start + 1, hint, [label])

    def never_closed(self, bracket: tuple[int, str], last: int, following: tuple[int, str] | None) -> None:
        """A bracket that is never closed. `last` is where the last token in it ends; `following` is the place of what
        cannot stand in it, and its text if that is a sign; None at the end of the text.
        """
        opened, closer = bracket
        labels = []
        after = f" after `{_last_word(self._text, opened, last)}`"
        if following is not None:
            position, sign = following
            labels = [Label(span=self._source.span(position, position), text=f"expected `{closer}` here")]
            after = f" before `{sign}`" if sign else after
        message = f"`{self._text[opened]}` is never closed"
        span = self._source.span(opened, opened + 1)
        self._report(error(codes.UNCLOSED_BRACKET, message, span, labels=labels, hint=f"write `{closer}`{after}"))

    def block(self, piece: Piece, start: int, end: int) -> None:
        """Braces around a `;`."""
        message = "`{ ...; ... }` is a block of Rust; a closure's body is one Python expression"
        hint = "write one expression, `(y := ...)` names a part of it, or define a function in another cell"
        self._fault(piece, codes.RUST, message, start, end, hint)

    # --- signs --------------------------------------------------------------------------------------------------------

    def stray(self, piece: Piece, sign: str, start: int, end: int) -> None:
        """A sign that Python's text never holds."""
        code, message, hint = STRAY[sign]
        self._fault(piece, code, message, start, end, hint)

    def comment(self, piece: Piece, start: int, end: int) -> None:
        """`/* ... */`."""
        hint = "inside an argument Python's own rules hold: only `#` begins a comment"
        self._fault(piece, codes.WRONG_COMMENT, "`/*` does not begin a comment in Python", start, end, hint)

    def assignment(self, piece: Piece, start: int) -> None:
        """A `=` outside of all brackets."""
        if piece.broken:
            return
        before = self._text[piece.start : start].strip()
        code = codes.NO_EXPRESSION
        if augmented := _AUGMENTED.search(before):
            hint = f"let the closure return the new value: `{augmented['name']} {augmented['sign']} ...`"
            message = f"`{augmented[0]}=` is an assignment"
            if augmented[0].startswith("*"):
                code = codes.RUST
                message += " of Rust; a closure's body is one Python expression"
            else:
                message += ", which is a statement; an argument is one Python expression"
        elif piece.bars is None and before.isidentifier():
            message = f"`{before}=` names an argument; an operator's arguments have no names"
            hint = "write the type only" if self._generics else "write the value only"
        else:
            message = "`=` is an assignment, which is a statement; an argument is one Python expression"
            hint = "`==` compares; `(y := ...)` names a part of an expression"
        self._fault(piece, code, message, start, start + 1, hint)

    # --- strings and references ---------------------------------------------------------------------------------------

    def raw_text(self, piece: Piece, start: int, end: int) -> None:
        """A raw text of Rust."""
        message, hint = rust.RAW_TEXT
        self._fault(piece, codes.RUST, message, start, end, hint)

    def state(self, piece: Piece, start: int, end: int, name: str) -> None:
        """`#name`, by which Hydroflow reads a state."""
        message = f"`#` begins a comment in Python, so `{self._text[start:end]}` does not read a state"
        self._fault(piece, codes.RUST, message, start, end, f"`${name}` reads the state of an operator")

    def reference_in_string(self, piece: Piece, start: int, end: int) -> None:
        """`$name` inside an f-string."""
        name = self._text[start + 1 : end]
        hint = f'pass it in from outside: `(lambda {name}: f"{{{name}}}")(${name})`'
        self._fault(piece, codes.WRONG_REFERENCE, f"`${name}` cannot stand inside an f-string", start, end, hint)

    def unclosed_string(self, piece: Piece, start: int, end: int, quote: str) -> None:
        """A string that does not end, whose first quote ends at `end`."""
        line = self._text[self._text.rfind("\n", 0, start) + 1 : start]
        if "//" in line:
            hint = "inside an argument `//` is floor division: only `#` begins a comment"
        else:
            hint = f"end it with `{quote}`" + ("" if len(quote) == 3 else " in its own line, or use triple quotes")
        self._fault(piece, codes.UNCLOSED_STRING, "this string never ends", start, end, hint)


def _last_word(text: str, start: int, end: int) -> str:
    found = re.search(r"(?:\w+|\S)\s*\Z", text[max(start, end - 80) : end])
    return found[0].strip() if found else text[start]
