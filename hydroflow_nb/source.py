"""Where a piece of text came from: a source and the spans in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

# What Python takes for the end of a line; other tools count more characters as one.
_LINE_END = re.compile(r"\r\n|\r|\n")

# Some editors begin each file with it.
BYTE_ORDER_MARK = "\ufeff"


def text_of(path: Path) -> str:
    """The text of a file in UTF-8: without a byte order mark, each line ended by a newline, whatever ended it there.

    Raises OSError, and UnicodeDecodeError for what is no UTF-8, whose `object` are all bytes of the file.
    """
    # In one go: what is read piece by piece tells of a wrong byte by its place in the piece.
    return plain_text(path.read_bytes().decode("utf-8"))


def plain_text(text: str) -> str:
    """The text without a byte order mark, each line ended by a newline, whatever ended it before."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    return _LINE_END.sub("\n", text) if "\r" in text else text


def lines_of(text: str) -> list[str]:
    """The lines of a text without their ends; behind the last line's end there is an empty one."""
    return _LINE_END.split(text)


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A text that was given to the compiler, and how its places are shown to people.

    `label` is what a person calls the text (`In[3]`, `reach.hf`); `filename` is the file name that its code is compiled
    under, so that tracebacks find its lines. A `%%hydroflow` cell begins with the magic's own line, which is no part of
    the flow's text: `first_line` is the number of the text's first line as a person counts it (default 1).
    """

    text: str
    label: str = "<flow>"
    filename: str = "<hydroflow flow>"
    first_line: int = 1
    # Added to line numbers in compiled code, so that the lines of several texts that are compiled together stay apart.
    code_offset: int = 0
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        object.__setattr__(self, "_starts", starts)

    @property
    def line_count(self) -> int:
        """The number of lines, at least 1."""
        return len(self._starts)

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line (as a person counts it) and the column, from 1 and in characters, of an offset into the text."""
        index = bisect_right(self._starts, offset) - 1
        return index + self.first_line, offset - self._starts[index] + 1

    def line_text(self, line: int) -> str:
        """The text of a line, given by its number as `line_column` counts, without its line end."""
        return self._line(line - self.first_line).rstrip("\r\n")

    def offset(self, line: int, byte_column: int) -> int:
        """The offset of a place as Python's `ast` gives it: line as counted here, column from 0 in UTF-8 bytes."""
        start = self._starts[line - self.first_line]
        if self.text.isascii():
            return min(start + byte_column, len(self.text))
        # A lone surrogate is no character of UTF-8, but it may well stand in a text that has to be reported on.
        before = self._line(line - self.first_line).encode(errors="surrogatepass")[:byte_column]
        # Every byte but a continuation byte begins a character.
        return start + sum(byte & 0xC0 != 0x80 for byte in before)

    def byte_column(self, offset: int) -> int:
        """The column of an offset as Python's `ast` counts: from 0, in UTF-8 bytes."""
        start = self._starts[bisect_right(self._starts, offset) - 1]
        if self.text.isascii():
            return offset - start
        return len(self.text[start:offset].encode(errors="surrogatepass"))

    def _line(self, index: int) -> str:
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[index] : end]

    def span(self, start: int, end: int) -> Span:
        """The span from offset `start` up to, not including, offset `end`."""
        return Span(source=self, start=start, end=end)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of a source's text: `start` and `end` are offsets in characters, `end` is not included."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The line on which the span starts, as a person counts it."""
        return self.source.line_column(self.start)[0]

    @property
    def column(self) -> int:
        """The column at which the span starts, from 1, in characters."""
        return self.source.line_column(self.start)[1]

    @property
    def length(self) -> int:
        """The number of characters, 0 for a place between two of them."""
        return self.end - self.start

    @property
    def text(self) -> str:
        """The text that the span covers."""
        return self.source.text[self.start : self.end]

    @property
    def place(self) -> str:
        """The place in a person's words: `In[3]:2:5`."""
        line, column = self.source.line_column(self.start)
        return f"{self.source.label}:{line}:{column}"

    def to(self, other: Span) -> Span:
        """The span from this one's start to the other one's end."""
        return Span(source=self.source, start=self.start, end=other.end)

    def __repr__(self) -> str:
        return f"Span({self.place} {self.text!r})"
