"""Where a piece of text comes from: a source and the spans in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import field
from functools import cached_property
from pathlib import Path

from hydroflow_nb.records import dataclass

# The line ends of Python; other tools know more characters that end a line.
_LINE_END = re.compile(r"\r\n|\r|\n")
_WIDE = re.compile(r"[^\x00-\x7f]")

# Some editors write it at the start of each file.
BYTE_ORDER_MARK = "\ufeff"


def text_of(path: Path) -> str:
    """The text of a file in UTF-8, without a byte order mark. Every line end of the file becomes a newline.

    Raises OSError where the file cannot be read, and UnicodeDecodeError where it is not UTF-8; the `object` of that
    holds all bytes of the file.
    """
    # All bytes at once: an error tells the place of a wrong byte among the bytes that were decoded together.
    return plain_text(path.read_bytes().decode("utf-8"))


def plain_text(text: str) -> str:
    """The text without a byte order mark. Every line end becomes a newline."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    return _LINE_END.sub("\n", text) if "\r" in text else text


def lines_of(text: str) -> list[str]:
    """The lines of a text without their line ends. A text that ends with a line end has an empty last line."""
    return _LINE_END.split(text)


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A text that was given to the compiler, and how its places are shown to people.

    `label` is what a person calls the text (`In[3]`, `reach.hf`); `filename` is the file name that its code is compiled
    under, so that tracebacks find its lines. `first_line` is the number of the text's first line as a person counts it
    (default 1): a `%%hydroflow` cell begins with the magic's own line, which does not belong to the flow's text.
    `folder` is where `import!` looks, if not in the folder of the file.
    """

    text: str
    label: str = "<flow>"
    filename: str = "<hydroflow flow>"
    first_line: int = 1
    # Added to line numbers in compiled code: it keeps the lines of several texts apart that are compiled together.
    code_offset: int = 0
    folder: Path | None = None
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        object.__setattr__(self, "_starts", starts)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for sources with the same text that are shown alike."""
        return self.text, self.label, self.filename, self.first_line, self.code_offset, self.folder

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
        start, end = self.line_bounds(line)
        return self.text[start:end].rstrip("\r\n")

    def line_bounds(self, line: int) -> tuple[int, int]:
        """The offsets of a line's start and of the start of the next one."""
        index = line - self.first_line
        return self._starts[index], self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)

    def offset(self, line: int, byte_column: int) -> int:
        """The offset of a place as Python's `ast` gives it: line as counted here, column from 0 in UTF-8 bytes."""
        start, end = self.line_bounds(line)
        wide, places = self._wide
        if not wide:
            return min(start + byte_column, len(self.text))
        place = start + self._more_bytes(start) + byte_column
        last = bisect_left(places, place) - 1
        if last < 0:
            return min(place, end)
        # A place inside a character counts as the place behind it.
        behind = wide[last] + 1
        return min(behind + max(place - behind - self._more_bytes(behind), 0), end)

    def byte_column(self, offset: int) -> int:
        """The column of an offset as Python's `ast` counts: from 0, in UTF-8 bytes."""
        start = self._starts[bisect_right(self._starts, offset) - 1]
        return offset - start + self._more_bytes(offset) - self._more_bytes(start)

    @cached_property
    def _wide(self) -> tuple[list[int], list[int]]:
        """The offsets of all characters that take several bytes in UTF-8: counted in characters, and in bytes."""
        if self.text.isascii():
            return [], []
        offsets, places, more = [], [], 0
        for found in _WIDE.finditer(self.text):
            offsets.append(found.start())
            places.append(found.start() + more)
            more += _width(found[0]) - 1
        return offsets, places

    def _more_bytes(self, offset: int) -> int:
        """By how much the text before an offset is longer in bytes than in characters."""
        wide, places = self._wide
        index = bisect_left(wide, offset) - 1
        return 0 if index < 0 else places[index] - wide[index] + _width(self.text[wide[index]]) - 1

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


def _width(character: str) -> int:
    """The number of bytes of a character in UTF-8. Lone surrogates have one too: a faulty text may contain them."""
    code = ord(character)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
