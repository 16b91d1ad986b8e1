"""Where in a flow's text a cursor is, by what can stand there. The text may end anywhere and be wrong anywhere."""

from __future__ import annotations

import re
from dataclasses import field
from enum import Enum, auto
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.python_text import cut, cut_generics
from hydroflow_nb.syntax.python_tokens import tokens
from hydroflow_nb.syntax.scanner import Kind, Scanner, Token

_OPEN_COMMENT: Final = re.compile(r"(?: \s | /\*(?s:.*?)\*/ | (?:\#|//).*[\r\n] )* (?:\#|//).*", re.VERBOSE)


class CursorPlace(Enum):
    """What the text up to the cursor leaves to be written."""

    STATEMENT = auto()  # the start of a statement
    PIPELINE = auto()  # the start of a pipeline within a statement
    NODE = auto()  # what stands behind an arrow
    PORTED = auto()  # the name behind a port
    PORT_BEFORE = auto()  # a port in the brackets before a name
    PORT_AFTER = auto()  # a port in the brackets after a name
    BEFORE_GENERICS = auto()  # what stands behind `::`
    GENERICS = auto()  # what stands behind `::<`
    ARGUMENT = auto()  # an operator's argument, where Python's rules hold
    LOCATION = auto()  # the name behind `@`
    ROUTE = auto()  # what stands behind `~> @clients.`
    ELSEWHERE = auto()  # a comment, or a place where only a sign can follow


@dataclass(kw_only=True)
class Reading:
    """What a text up to the cursor says.

    `name` is the last name in it: the operator whose generics or arguments have begun, or what a port belongs to.
    `argument` is the last argument as far as it is written. `quoted` is True where the quote of a
    lifetime is there. `ends` has for each assigned name the operators that its pipeline begins and ends with; an empty
    text stands for an alias. `statements` has for each of these names where its statement begins and ends.
    """

    place: CursorPlace = CursorPlace.STATEMENT
    name: str = ""
    argument: str = ""
    quoted: bool = False
    ends: dict[str, list[str]] = field(default_factory=dict)
    statements: dict[str, tuple[int, int]] = field(default_factory=dict)


def read(text: str) -> Reading:
    """Read the text of a flow up to a cursor; the word that the cursor is in is left out."""
    source = Source(text=text)
    scanner = Scanner(source, _ignore)
    reading = Reading()
    statement: list[str] = []
    before: Token | None = None
    port = CursorPlace.ELSEWHERE
    assigned: str | None = None
    while scanner.peek().kind is not Kind.END:
        token = scanner.advance()
        match token.text:
            case _ if token.kind is Kind.NAME:
                reading.place, reading.name = CursorPlace.ELSEWHERE, token.text
                following = scanner.peek().text
                if following == "=":
                    statement = reading.ends.setdefault(token.text, [])
                    reading.statements.setdefault(token.text, (token.start, len(text)))
                    assigned = token.text
                elif following in ("::", "("):
                    statement.append(token.text)
                    _read_call(source, scanner, reading)
                elif before is None or before.text != "[":
                    statement.append("")
            case "->" | "~>":
                reading.place = CursorPlace.NODE
            case "@":
                is_destination = before is not None and before.text == "~>"
                _read_location(source, scanner, reading, is_destination=is_destination)
            case ";":
                reading.place, statement = CursorPlace.STATEMENT, []
                if assigned is not None:
                    reading.statements[assigned] = (reading.statements[assigned][0], token.end)
                    assigned = None
            case "{":
                reading.place, statement = CursorPlace.STATEMENT, []
            case "=" | "(":
                reading.place = CursorPlace.PIPELINE
            case "[":
                is_after = before is not None and (before.kind is Kind.NAME or before.text == ")")
                reading.place = port = CursorPlace.PORT_AFTER if is_after else CursorPlace.PORT_BEFORE
            case "]" if port is CursorPlace.PORT_BEFORE:
                reading.place = CursorPlace.PORTED
            case _:
                reading.place = CursorPlace.ELSEWHERE
        before = token
    if scanner.comment_unclosed or _OPEN_COMMENT.fullmatch(text, scanner.previous_end):
        reading.place = CursorPlace.ELSEWHERE
    return reading


def _read_location(source: Source, scanner: Scanner, reading: Reading, *, is_destination: bool) -> None:
    """Read what stands behind `@`: the name of a location, and behind `~>` its route and the type of messages."""
    reading.place = CursorPlace.LOCATION
    if scanner.peek().kind is not Kind.NAME:
        return
    scanner.advance()
    reading.place = CursorPlace.NODE if is_destination else CursorPlace.STATEMENT
    if is_destination and scanner.peek().text == ".":
        scanner.advance()
        reading.place = CursorPlace.ROUTE
        if scanner.peek().kind is Kind.NAME:
            reading.place, reading.name = CursorPlace.NODE, scanner.advance().text
    if is_destination and scanner.peek().text in ("(", "::"):
        _read_call(source, scanner, reading)


def _read_call(source: Source, scanner: Scanner, reading: Reading) -> None:
    """Read generics and arguments of the operator whose name was the last token, as far as they go."""
    text = source.text
    if scanner.peek().text == "::":
        scanner.advance()
        opening = scanner.peek()
        if opening.text != "<":
            reading.place = CursorPlace.BEFORE_GENERICS if opening.kind is Kind.END else CursorPlace.ELSEWHERE
            return
        generics = cut_generics(source, opening.start, _ignore)
        scanner.jump(generics.end)
        if not generics.closed and not text[generics.end :].strip(" '"):
            reading.place, reading.quoted = CursorPlace.GENERICS, text.endswith("'")
            scanner.jump(len(text))
    opening = scanner.peek()
    if opening.text == "(":
        arguments = cut(source, opening.start, _ignore)
        scanner.jump(arguments.end)
        if not arguments.closed and (arguments.end == len(text) or _ends_in_string(text, opening.start)):
            last = arguments.pieces[-1] if arguments.pieces else None
            # An argument that a comma ended is complete.
            reading.argument = text[last.start :] if last is not None and last.broken else ""
            reading.place = CursorPlace.ARGUMENT
            scanner.jump(len(text))


def _ends_in_string(text: str, start: int) -> bool:
    """Whether a string that began behind `start` is still open: one with triple quotes, or one in the last line."""
    last_line = max(text.rfind("\n"), start)
    for kind, begin, end in tokens(text, start, len(text)):
        if kind == "quote":
            return begin > last_line or text[begin:end].endswith(("'''", '"""'))
    return False


def _ignore(_: Diagnostic) -> None:
    """The compiler reports mistakes; this text is still being written."""
