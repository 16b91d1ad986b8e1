"""The tokens of Python text, as far as they matter for where a piece of it ends: strings and f-strings, comments,
brackets, words.

The standard `tokenize` gives the same tokens for every text that Python accepts (a test compares them). What it does
with texts that Python does not accept differs from version to version, and it is slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# Source: "Lexical analysis" in the Python language reference. A string ends in its line unless its quotes are triple;
# a backslash takes the next character with it, in raw strings too. Any character outside of ASCII is taken for a part
# of a word; Python's parser finds those that are not. The set of a word's characters excludes some of ASCII: Python
# compiles it much faster than one that includes ranges up to U+10FFFF.
TOKEN: Final = re.compile(
    r"""
    (?P<space> (?: [ \t\f\r\n] | \\(?:\r\n|\r|\n) )+ )
  | (?P<comment> \#[^\r\n]* )
  | (?P<string> (?: [rR][bB]? | [bB][rR]? | [uU] )?
        (?: '''(?: [^\\']++ | \\[\s\S] | '(?!'') )*+'''
          | \"""(?: [^\\"]++ | \\[\s\S] | "(?!"") )*+\"""
          | '(?!'')(?: [^\\'\r\n]++ | \\(?:\r\n|[\s\S]) )*+'
          | "(?!"")(?: [^\\"\r\n]++ | \\(?:\r\n|[\s\S]) )*+" ) )
  | (?P<fstring> (?: [fFtT][rR]? | [rR][fFtT] ) (?: ''' | \""" | ' | " ) )
  | (?P<quote> (?: [rR][bB]? | [bB][rR]? | [uU] )? (?: ''' | \""" | ' | " ) )
  | (?P<word> [^\x00-/:-@\[-^`{-\x7f]+ )
  | (?P<reference> \$ [^\W\d] \w* )
  | (?P<sign> -> | := | [=!<>]=(?!>) | => | /\* | [\s\S] )
    """,
    re.VERBOSE,
)

# Patterns that are compiled where an f-string is read: most texts have none.
# The literal text of an f-string up to its end, to a `{` that opens a field, or to what it cannot hold.
_LITERAL: Final = {
    ("'", False): r"(?: [^\\'{\r\n] | \\N\{[^}'\r\n]*\} | \\(?:\r\n|[^{]|(?={)) | \{\{ )*",
    ('"', False): r'(?: [^\\"{\r\n] | \\N\{[^}"\r\n]*\} | \\(?:\r\n|[^{]|(?={)) | \{\{ )*',
    ("'''", False): r"(?: [^\\'{] | '(?!'') | \\N\{[^}']*\} | \\(?:[^{]|(?={)) | \{\{ )*",
    ('"""', False): r'(?: [^\\"{] | "(?!"") | \\N\{[^}"]*\} | \\(?:[^{]|(?={)) | \{\{ )*',
    ("'", True): r"(?: [^\\'{\r\n] | \\(?:\r\n|[^{]|(?={)) | \{\{ )*",
    ('"', True): r'(?: [^\\"{\r\n] | \\(?:\r\n|[^{]|(?={)) | \{\{ )*',
    ("'''", True): r"(?: [^\\'{] | '(?!'') | \\(?:[^{]|(?={)) | \{\{ )*",
    ('"""', True): r'(?: [^\\"{] | "(?!"") | \\(?:[^{]|(?={)) | \{\{ )*',
}
# The literal text of a field's format specification, in which no brace is escaped.
_SPECIFICATION: Final = {
    "'": r"(?: [^\\'{}\r\n] | \\(?:\r\n|[^{}]|(?=[{}])) )*",
    '"': r'(?: [^\\"{}\r\n] | \\(?:\r\n|[^{}]|(?=[{}])) )*',
    "'''": r"(?: [^\\'{}] | '(?!'') | \\(?:[^{}]|(?=[{}])) )*",
    '"""': r'(?: [^\\"{}] | "(?!"") | \\(?:[^{}]|(?=[{}])) )*',
}
# What closes each bracket of Python.
CLOSER: Final = {"(": ")", "[": "]", "{": "}"}
# Python allows 150 levels of f-strings in f-strings; no one writes more than three.
_DEEPEST_FSTRING: Final = 50


def tokens(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of every token that begins in the stretch.

    The kinds are space, comment, string, quote (of a string that does not end), word, reference and sign.
    """
    position = start
    while position < end and (found := TOKEN.match(text, position)):
        kind, stop = found.lastgroup or "", found.end()
        if kind == "fstring":
            string_end = fstring_end(text, stop, found["fstring"], [])
            kind, stop = ("quote", stop) if string_end is None else ("string", string_end)
        yield kind, position, min(stop, end)
        position = stop


def code_only(text: str) -> str:
    """The text with a blank for each character of a string or comment, so that a search finds code only."""
    parts: list[str] = []
    for kind, start, end in tokens(text, 0, len(text)):
        shown = kind not in ("string", "comment", "quote")
        parts.append(text[start:end] if shown else " " * (end - start))
    return "".join(parts)


def fstring_end(text: str, position: int, opening: str, references: list[tuple[int, int]]) -> int | None:
    """The offset after an f-string whose literal text begins at `position`, behind `opening`; None if it does not end.

    The stretches of `$name` in its fields are added to `references`.
    """
    return _fstring_end(text, position, opening, references, 0)


def _fstring_end(text: str, position: int, opening: str, references: list[tuple[int, int]], depth: int) -> int | None:
    """The same, so many levels deep.

    The rules are those of Python 3.12 (PEP 701), by which an f-string of Python 3.11 ends at the same place.
    """
    if depth > _DEEPEST_FSTRING:
        return None
    quote = opening.lstrip("rRfFtT")
    literal = re.compile(_LITERAL[quote, "r" in opening or "R" in opening], re.VERBOSE)
    while found := literal.match(text, position):
        position = found.end()
        if text.startswith(quote, position):
            return position + len(quote)
        if not text.startswith("{", position):
            return None
        after = _field_end(text, position + 1, quote, references, depth)
        if after is None:
            return None
        position = after
    return None


def _field_end(text: str, position: int, quote: str, references: list[tuple[int, int]], depth: int) -> int | None:
    """The offset after a replacement field whose expression begins at `position`; None if it does not end."""
    if depth > _DEEPEST_FSTRING:
        return None
    brackets: list[str] = []
    while found := TOKEN.match(text, position):
        kind, sign, position = found.lastgroup, found[0], found.end()
        if kind == "fstring":
            after = _fstring_end(text, position, sign, references, depth + 1)
            if after is None:
                return None
            position = after
        elif kind == "quote":
            return None
        elif kind == "reference":
            references.append((found.start(), position))
        elif kind == "sign":
            if sign in CLOSER:
                brackets.append(CLOSER[sign])
            elif sign in (")", "]", "}"):
                if not brackets:
                    return position if sign == "}" else None
                if brackets.pop() != sign:
                    return None
            elif sign[0] == ":" and not brackets:
                position = found.start() + 1
                break
    specification = re.compile(_SPECIFICATION[quote], re.VERBOSE)
    while found := specification.match(text, position):
        position = found.end()
        if text.startswith("}", position):
            return position + 1
        if not text.startswith("{", position):
            return None
        after = _field_end(text, position + 1, quote, references, depth + 1)
        if after is None:
            return None
        position = after
    return None
