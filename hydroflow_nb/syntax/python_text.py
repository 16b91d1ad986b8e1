"""Cutting Python text: where the pieces between the commas of a bracket begin and end, by Python's own tokens.

The tokens are those of Python's lexical analysis as far as they matter for a cut: strings and f-strings, comments,
brackets, words. The standard `tokenize` gives the same cut for every text that Python accepts (a test compares them),
but what it does with texts that Python does not accept differs from version to version, and it is slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes, rust

Report = Callable[[Diagnostic], None]

# Source: "Lexical analysis" in the Python language reference. A string ends in its line unless its quotes are triple;
# a backslash takes the next character with it, in raw strings too. What is no ASCII is taken for a part of a word;
# whether it may be one is Python's business.
_TOKEN: Final = re.compile(
    r"""
    (?P<space> (?: [ \t\f\r\n] | \\(?:\r\n|\r|\n) )+ )
  | (?P<comment> \#[^\r\n]* )
  | (?P<string> (?: [rR][bB]? | [bB][rR]? | [uU] )?
        (?: '''(?: [^\\']++ | \\[\s\S] | '(?!'') )*+'''
          | \"""(?: [^\\"]++ | \\[\s\S] | "(?!"") )*+\"""
          | '(?!'')(?: [^\\'\r\n]++ | \\(?:\r\n|[\s\S]) )*+'
          | "(?!"")(?: [^\\"\r\n]++ | \\(?:\r\n|[\s\S]) )*+" ) )
  | (?P<fstring> (?: [fFtT][rR]? | [rR][fFtT] ) (?P<fquote> ''' | \""" | ' | " ) )
  | (?P<quote> (?: [rR][bB]? | [bB][rR]? | [uU] )? (?: ''' | \""" | ' | " ) )
  | (?P<word> [\w\x80-\U0010ffff]+ )
  | (?P<reference> \$ [^\W\d] \w* )
  | (?P<sign> -> | := | [=!<>]=(?!>) | => | /\* | [\s\S] )
    """,
    re.VERBOSE,
)

# The literal text of an f-string up to its end, to a `{` that opens a field, or to what it cannot hold.
_LITERAL: Final = {
    ("'", False): re.compile(r"(?: [^\\'{\r\n] | \\N\{[^}'\r\n]*\} | \\(?:\r\n|[^{]|(?={)) | \{\{ )*", re.VERBOSE),
    ('"', False): re.compile(r'(?: [^\\"{\r\n] | \\N\{[^}"\r\n]*\} | \\(?:\r\n|[^{]|(?={)) | \{\{ )*', re.VERBOSE),
    ("'''", False): re.compile(r"(?: [^\\'{] | '(?!'') | \\N\{[^}']*\} | \\(?:[^{]|(?={)) | \{\{ )*", re.VERBOSE),
    ('"""', False): re.compile(r'(?: [^\\"{] | "(?!"") | \\N\{[^}"]*\} | \\(?:[^{]|(?={)) | \{\{ )*', re.VERBOSE),
    ("'", True): re.compile(r"(?: [^\\'{\r\n] | \\(?:\r\n|[^{]|(?={)) | \{\{ )*", re.VERBOSE),
    ('"', True): re.compile(r'(?: [^\\"{\r\n] | \\(?:\r\n|[^{]|(?={)) | \{\{ )*', re.VERBOSE),
    ("'''", True): re.compile(r"(?: [^\\'{] | '(?!'') | \\(?:[^{]|(?={)) | \{\{ )*", re.VERBOSE),
    ('"""', True): re.compile(r'(?: [^\\"{] | "(?!"") | \\(?:[^{]|(?={)) | \{\{ )*', re.VERBOSE),
}
# The literal text of a field's format specification, in which no brace is escaped.
_SPECIFICATION: Final = {
    "'": re.compile(r"(?: [^\\'{}\r\n] | \\(?:\r\n|[^{}]|(?=[{}])) )*", re.VERBOSE),
    '"': re.compile(r'(?: [^\\"{}\r\n] | \\(?:\r\n|[^{}]|(?=[{}])) )*', re.VERBOSE),
    "'''": re.compile(r"(?: [^\\'{}] | '(?!'') | \\(?:[^{}]|(?=[{}])) )*", re.VERBOSE),
    '"""': re.compile(r'(?: [^\\"{}] | "(?!"") | \\(?:[^{}]|(?=[{}])) )*', re.VERBOSE),
}
_CLOSER: Final = {"(": ")", "[": "]", "{": "}"}
_LIFETIME: Final = re.compile(r"'[^\W\d]\w*(?!\w*')")
# A comment such as `#total) -> next()`: Hydroflow's way to read an operator's state.
_SINGLETON: Final = re.compile(r"#(?:mut[ \t]+)?([^\W\d]\w*+)[^\r\n#)\]}]*+[)\]}]")
# `*total +`, before an `=`.
_AUGMENTED: Final = re.compile(r"(?<!\w)\*?(?P<name>[^\W\d]\w{0,100})\s{0,9}(?P<sign>\*\*|//|<<|>>|[-+*/%&|^@])\Z")
# Words after which an expression can be one that Python parses but does not compile.
_CHECKED_WORDS: Final = frozenset({"yield", "await", "async"})
# Python allows 150 f-strings in f-strings; nobody reads three.
_DEEPEST_FSTRING: Final = 50


@dataclass(slots=True, kw_only=True)
class Piece:
    """What stands between two commas, from its first token to its last one, comments at both ends left out.

    `bars` are the offsets of the bars of `|a, b| ...`, the second one None if it is missing. `references` are the
    stretches of `$name`. A `broken` piece has been reported on already; one that `needs_check` may pass Python's parser
    and still be refused by its compiler. An empty piece ends where it starts.
    """

    start: int
    end: int
    bars: tuple[int, int | None] | None = None
    references: list[tuple[int, int]] = field(default_factory=list)
    lifetime: bool = False
    needs_check: bool = False
    broken: bool = False


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The pieces of a bracket. `end` is the offset after it; of one that is not `closed`, where to read on."""

    pieces: list[Piece]
    end: int
    closed: bool


@dataclass(slots=True, kw_only=True)
class Misreadings:
    """What is known of a text as a whole: where signs stand last. Where `#name` hid closing brackets, the offsets of
    the brackets that stay open while it is taken for a comment, and of the signs `#`. Without it each of them would be
    read to the text's end once more.
    """

    unclosed: set[int] = field(default_factory=set)
    signs: set[int] = field(default_factory=set)
    _last: dict[str, int] = field(default_factory=dict)

    def is_ahead(self, text: str, sign: str, position: int) -> bool:
        """Whether a sign stands anywhere behind a position."""
        if sign not in self._last:
            self._last[sign] = text.rfind(sign)
        return self._last[sign] >= position


def cut(source: Source, opening: int, report: Report, misreadings: Misreadings | None = None) -> Cut:
    """The pieces of the argument list whose opening bracket stands at `opening`. Whatever the text, it never raises."""
    return _cut(source, opening, ")", report, misreadings or Misreadings())


def cut_generics(source: Source, opening: int, report: Report) -> Cut:
    """The pieces of a list of generics, `<` to `>`, of which some may be lifetimes."""
    return _cut(source, opening, ">", report, Misreadings())


def code_only(text: str) -> str:
    """The text with a blank for each character of a string or comment, so that a search finds code only."""
    parts: list[str] = []
    for kind, start, end in tokens(text, 0, len(text)):
        shown = kind not in ("string", "comment", "quote")
        parts.append(text[start:end] if shown else " " * (end - start))
    return "".join(parts)


def tokens(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of every token that begins in the stretch.

    The kinds are space, comment, string, quote (of a string that does not end), word, reference and sign.
    """
    position = start
    while position < end and (found := _TOKEN.match(text, position)):
        kind, stop = found.lastgroup or "", found.end()
        if kind == "fstring":
            string_end = _fstring_end(text, stop, found["fquote"], _is_raw(found["fstring"]), [], 0)
            kind, stop = ("quote", stop) if string_end is None else ("string", string_end)
        yield kind, position, min(stop, end)
        position = stop


def _cut(source: Source, opening: int, closer: str, report: Report, misreadings: Misreadings) -> Cut:
    if opening in misreadings.unclosed:
        second, again = _cut_anew(source, opening, closer, misreadings.signs, misreadings)
        if second.closed:
            return _reported(second, again, report)
    found: list[Diagnostic] = []
    cutter = _Cutter(source, opening, closer, found.append, frozenset(), misreadings)
    result = cutter.run()
    if not result.closed and cutter.singletons:
        # `#name` hid the rest of its line: taken for the sign that a Hydroflow user meant, it may close after all.
        second, again = _cut_anew(source, opening, closer, set(cutter.singletons), misreadings)
        if second.closed:
            misreadings.unclosed.update(offset for offset, _ in cutter.open)
            misreadings.signs.update(cutter.singletons)
            return _reported(second, again, report)
    return _reported(result, found, report)


def _cut_anew(
    source: Source, opening: int, closer: str, signs: Collection[int], misreadings: Misreadings
) -> tuple[Cut, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return _Cutter(source, opening, closer, found.append, signs, misreadings).run(), found


def _reported(result: Cut, found: Iterable[Diagnostic], report: Report) -> Cut:
    for diagnostic in found:
        report(diagnostic)
    return result


def _is_raw(opening: str) -> bool:
    return "r" in opening or "R" in opening


class _Brackets(list[tuple[int, str]]):
    """The brackets that are open, outermost first: offset, and the character that closes."""

    def __init__(self, opening: int, closer: str) -> None:
        super().__init__()
        self._depths: dict[str, list[int]] = {}
        self.push(opening, closer)

    def push(self, offset: int, closer: str) -> None:
        self._depths.setdefault(closer, []).append(len(self))
        self.append((offset, closer))

    def cut(self, depth: int) -> None:
        """Take out all but the outermost ones."""
        while len(self) > depth:
            _, closer = super().pop()
            self._depths[closer].pop()

    def pop_innermost(self) -> None:
        self.cut(len(self) - 1)

    def innermost(self, closer: str) -> int | None:
        """The depth of the innermost bracket that a character closes; None where it closes none."""
        depths = self._depths.get(closer)
        return depths[-1] if depths else None


class _Cutter:
    """One run over a bracket; `not_comments` are offsets of `#` that begin no comment."""

    def __init__(
        self,
        source: Source,
        opening: int,
        closer: str,
        report: Report,
        not_comments: Collection[int],
        misreadings: Misreadings,
    ) -> None:
        self.misreadings = misreadings
        self.source = source
        self.text = source.text
        self.report = report
        self.not_comments = not_comments
        self.singletons: list[int] = []
        self.generics = closer == ">"
        self.open = _Brackets(opening, closer)
        # The depths of the lambdas whose `:` has not come yet: until then a comma is theirs.
        self.lambdas: list[int] = []
        self.pieces: list[Piece] = []
        self.piece: Piece | None = None
        self.in_parameters = False
        self.string_lost = False
        # The first `;` inside `{ }`: the braces are a Rust block, or they are never closed.
        self.semicolon: int | None = None

    def run(self) -> Cut:
        text = self.text
        position = self.open[0][0] + 1
        while True:
            if self.generics and self.piece is None and (lifetime := _LIFETIME.match(text, position)):
                self.piece = Piece(start=position, end=lifetime.end(), lifetime=True)
                position = lifetime.end()
                continue
            found = _TOKEN.match(text, position)
            if found is None:
                return self.unclosed(position)
            kind = found.lastgroup
            start, position = position, found.end()
            if kind == "space":
                continue
            if kind == "comment":
                if start not in self.not_comments:
                    if _SINGLETON.match(text, start) or rust.raw_text_at(text, start):
                        self.singletons.append(start)
                    continue
                position = self.raw_text(start) or self.singleton(start)
                continue
            sign = found[0] if kind == "sign" else ""
            depth = len(self.open)
            if depth == 1 and sign in (",", self.open[0][1]) and not (sign == "," and self.owns_commas()):
                self.end_piece(start, last=sign != ",")
                if sign != ",":
                    return Cut(pieces=self.pieces, end=position, closed=True)
                continue
            if sign == "->" or (sign == ";" and not self.in_block(position)):
                return self.unclosed(start)
            if self.piece is None:
                self.piece = Piece(start=start, end=position)
                if sign == "|":
                    self.piece.bars = (start, None)
                    self.in_parameters = True
                    continue
            elif self.piece.lifetime:
                return self.unclosed(start)
            piece = self.piece
            if sign:
                result = self.take_sign(piece, sign, start, position)
                if isinstance(result, Cut):
                    return result
                position = result
            elif kind == "word":
                word = found[0]
                if word == "lambda":
                    piece.needs_check = piece.needs_check or start != piece.start
                    if not self.in_parameters:
                        self.lambdas.append(depth)
                elif word in _CHECKED_WORDS:
                    piece.needs_check = True
            elif kind == "fstring":
                position = self.fstring(piece, start, position, found["fquote"], _is_raw(found[0]))
            elif kind == "quote":
                position = self.lost_string(piece, start, position)
            elif kind == "reference":
                piece.references.append((start, position))
            piece.end = position

    def in_block(self, position: int) -> bool:
        """Whether a `;` before `position` may stand in a block of Rust."""
        return self.open[-1][1] == "}" and self.misreadings.is_ahead(self.text, "}", position)

    def owns_commas(self) -> bool:
        return self.in_parameters or (bool(self.lambdas) and self.lambdas[-1] == len(self.open))

    def end_piece(self, position: int, *, last: bool) -> None:
        """A comma or the closing bracket at `position` ends the piece; a trailing comma begins none."""
        if self.piece is not None:
            self.pieces.append(self.piece)
        elif not last:
            self.pieces.append(Piece(start=position, end=position))
        self.piece = None
        self.in_parameters = False
        self.lambdas.clear()

    def fault(self, piece: Piece, code: str, message: str, start: int, end: int, hint: str) -> None:
        """Report what makes a piece unreadable; the first such thing is enough."""
        if not piece.broken:
            self.report(error(code, message, self.source.span(start, end), hint=hint))
        piece.broken = True

    def take_sign(self, piece: Piece, sign: str, start: int, position: int) -> int | Cut:
        depth = len(self.open)
        if sign in _CLOSER:
            self.open.push(start, _CLOSER[sign])
        elif sign in ")]}":
            return self.close(piece, sign, start, position)
        elif sign == "|" and self.in_parameters and piece.bars:
            self.in_parameters = False
            if depth == 1:
                piece.bars = (piece.bars[0], start)
            else:
                self.unclosed_by(piece, sign, start)
                self.open.cut(1)
        elif sign == "<" and self.generics:
            # Not Python: `Vec<int>`. It is cut as a whole and reported where types are read.
            self.open.push(start, ">")
        elif sign == ">" and self.open[-1][1] == ">":
            self.open.pop_innermost()
        elif sign == ":":
            if self.lambdas and self.lambdas[-1] == depth:
                self.lambdas.pop()
        elif sign == ":=":
            piece.needs_check = True
        elif sign == "=" and not self.in_parameters:
            # `0..=9` is a range in Rust, about which something better can be said.
            if depth == 1 and not self.lambdas and self.text[start - 2 : start] != "..":
                self.assignment(piece, start)
            piece.needs_check = True
        elif sign == ";":
            self.semicolon = start if self.semicolon is None else self.semicolon
        elif sign == "/*":
            end = self.text.find("*/", position) if self.misreadings.is_ahead(self.text, "*/", position) else -1
            position = position if end < 0 else end + 2
            hint = "inside an argument Python's own rules hold: only `#` begins a comment"
            self.fault(piece, codes.WRONG_COMMENT, "`/*` does not begin a comment in Python", start, position, hint)
        elif sign == "$":
            message = "the name of an operator has to follow `$` directly"
            self.fault(piece, codes.WRONG_REFERENCE, message, start, position, "`$total` reads the state of `total`")
        elif sign == "\\":
            message = "`\\` continues a line only at the end of the line"
            self.fault(piece, codes.STRAY_CHARACTER, message, start, position, "leave out the `\\`")
        elif sign == "\0":
            message = "a null character cannot stand in a flow"
            self.fault(piece, codes.STRAY_CHARACTER, message, start, position, "take it out")
        return position

    def close(self, piece: Piece, sign: str, start: int, position: int) -> int | Cut:
        """A closing bracket, which closes the innermost one, or one further out, or none."""
        opened, closer = self.open[-1]
        if closer == sign:
            self.open.pop_innermost()
            self.end_lambdas()
            if sign == "}" and self.semicolon is not None and self.semicolon > opened:
                message = "`{ ...; ... }` is a block of Rust; a closure's body is one Python expression"
                hint = "write one expression, `(y := ...)` names a part of it, or define a function in another cell"
                self.fault(piece, codes.RUST, message, opened, position, hint)
                self.semicolon = None
            return position
        outer = self.open.innermost(sign)
        if outer is None:
            if self.generics:
                return self.unclosed(start)
            expected = self.source.span(opened, opened + 1)
            self.fault_at_closer(piece, sign, start, Label(span=expected, text=f"this bracket needs `{closer}`"))
            return position
        self.unclosed_by(piece, sign, start)
        self.open.cut(outer + 1)
        if outer:
            self.open.pop_innermost()
            self.end_lambdas()
            return position
        piece.end = start
        self.end_piece(start, last=True)
        return Cut(pieces=self.pieces, end=position, closed=True)

    def unclosed_by(self, piece: Piece, sign: str, start: int) -> None:
        """Report that the innermost bracket is not closed, but a sign has come that cannot stand in it."""
        opened, closer = self.open[-1]
        if not piece.broken:
            label = Label(span=self.source.span(start, start + len(sign)), text=f"expected `{closer}` before this")
            span = self.source.span(opened, opened + 1)
            message, hint = f"`{self.text[opened]}` is not closed", f"write `{closer}` before `{sign}`"
            self.report(error(codes.UNCLOSED_BRACKET, message, span, labels=[label], hint=hint))
        piece.broken = True

    def end_lambdas(self) -> None:
        """A lambda ends with the bracket that it stands in, whether its `:` has come or not."""
        while self.lambdas and self.lambdas[-1] > len(self.open):
            self.lambdas.pop()

    def fault_at_closer(self, piece: Piece, sign: str, start: int, label: Label) -> None:
        if not piece.broken:
            message, hint = f"`{sign}` closes nothing here", f"leave out the `{sign}`"
            span = self.source.span(start, start + 1)
            self.report(error(codes.UNOPENED_BRACKET, message, span, labels=[label], hint=hint))
        piece.broken = True

    def assignment(self, piece: Piece, start: int) -> None:
        if piece.broken:
            return
        before = self.text[piece.start : start].strip()
        if augmented := _AUGMENTED.search(before):
            name = augmented["name"]
            in_rust = augmented[0].startswith("*")
            message = f"`{augmented[0]}=` is an assignment" + (
                " of Rust; a closure's body is one Python expression"
                if in_rust
                else ", which is a statement; an argument is one Python expression"
            )
            hint = f"let the closure return the new value: `{name} {augmented['sign']} ...`"
            self.fault(piece, codes.RUST if in_rust else codes.NO_EXPRESSION, message, start, start + 1, hint)
            return
        if piece.bars is None and before.isidentifier():
            message = f"`{before}=` names an argument; an operator's arguments have no names"
            hint = "write the value only" if not self.generics else "write the type only"
        else:
            message = "`=` is an assignment, which is a statement; an argument is one Python expression"
            hint = "`==` compares; `(y := ...)` names a part of an expression"
        self.fault(piece, codes.NO_EXPRESSION, message, start, start + 1, hint)

    def raw_text(self, sign: int) -> int | None:
        """Where a raw text of Rust ends whose first `#` stands here; None if there is none."""
        found = rust.raw_text_at(self.text, sign)
        if found is None or self.piece is None:
            return None
        start, closer = found
        begin = sign + len(closer)
        end = self.text.find(closer, begin) if self.misreadings.is_ahead(self.text, closer, begin) else -1
        end = begin if end < 0 else end + len(closer)
        message, hint = rust.RAW_TEXT
        self.fault(self.piece, codes.RUST, message, start, end, hint)
        self.piece.end = end
        return end

    def singleton(self, start: int) -> int:
        found = _SINGLETON.match(self.text, start)
        assert found is not None, "only such comments are kept in mind"
        name, end = found[1], found.end(1)
        if self.piece is None:
            self.piece = Piece(start=start, end=end)
        message = f"`#` begins a comment in Python, so `{self.text[start:end]}` does not read a state"
        hint = f"`${name}` reads the state of an operator"
        self.fault(self.piece, codes.RUST, message, start, end, hint)
        self.piece.end = end
        return end

    def fstring(self, piece: Piece, start: int, position: int, quote: str, raw: bool) -> int:
        references: list[tuple[int, int]] = []
        end = _fstring_end(self.text, position, quote, raw, references, 0)
        if end is None:
            return self.lost_string(piece, start, position)
        if references:
            first, last = references[0]
            name = self.text[first + 1 : last]
            message = f"`${name}` cannot stand inside an f-string"
            hint = f'pass it in from outside: `(lambda {name}: f"{{{name}}}")(${name})`'
            self.fault(piece, codes.WRONG_REFERENCE, message, first, last, hint)
        return end

    def lost_string(self, piece: Piece, start: int, position: int) -> int:
        """A string that does not end: it is read on after its quote, as if that were not there."""
        quote = self.text[start:position].lstrip("rRbBuUfFtT")
        line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        if "//" in line:
            hint = "inside an argument `//` is floor division: only `#` begins a comment"
        else:
            hint = f"end it with `{quote}`" + ("" if len(quote) == 3 else " in its own line, or use triple quotes")
        self.fault(piece, codes.UNCLOSED_STRING, "this string never ends", start, position, hint)
        self.string_lost = True
        # All that follows triple quotes may be prose, in which nothing else can be found wrong.
        return len(self.text) if len(quote) == 3 else position

    def unclosed(self, position: int) -> Cut:
        """The bracket cannot be closed any more: something at `position`, or the text's end, does not belong in it."""
        if self.semicolon is not None and position > self.semicolon:
            position = self.semicolon
        end = position
        if self.piece is not None:
            self.piece.broken = True
            self.pieces.append(self.piece)
            end = self.piece.end
        if not self.string_lost:
            opened, closer = next(bracket for bracket in reversed(self.open) if bracket[0] < position)
            found = _TOKEN.match(self.text, position)
            before = f" before `{found[0]}`" if found and found.lastgroup == "sign" else ""
            labels = [Label(span=self.source.span(position, position), text=f"expected `{closer}` here")]
            self.report(
                error(
                    codes.UNCLOSED_BRACKET,
                    f"`{self.text[opened]}` is never closed",
                    self.source.span(opened, opened + 1),
                    labels=labels if found else (),
                    hint=f"write `{closer}`{before or f' after `{_last_word(self.text, opened, end)}`'}",
                )
            )
        return Cut(pieces=self.pieces, end=position, closed=False)


def _last_word(text: str, start: int, end: int) -> str:
    found = re.search(r"(?:\w+|\S)\s*\Z", text[max(start, end - 80) : end])
    return found[0].strip() if found else text[start]


def _fstring_end(
    text: str, position: int, quote: str, raw: bool, references: list[tuple[int, int]], depth: int
) -> int | None:
    """The offset after an f-string whose literal text begins at `position`; None if it does not end.

    The rules are those of Python 3.12 (PEP 701), by which an f-string of Python 3.11 ends at the same place.
    """
    if depth > _DEEPEST_FSTRING:
        return None
    literal = _LITERAL[quote, raw]
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
    while found := _TOKEN.match(text, position):
        kind, sign, position = found.lastgroup, found[0], found.end()
        if kind == "fstring":
            after = _fstring_end(text, position, found["fquote"], _is_raw(sign), references, depth + 1)
            if after is None:
                return None
            position = after
        elif kind == "quote":
            return None
        elif kind == "reference":
            references.append((found.start(), position))
        elif kind == "sign":
            if sign in _CLOSER:
                brackets.append(_CLOSER[sign])
            elif sign in (")", "]", "}"):
                if not brackets:
                    return position if sign == "}" else None
                if brackets.pop() != sign:
                    return None
            elif sign[0] == ":" and not brackets:
                position = found.start() + 1
                break
    while found := _SPECIFICATION[quote].match(text, position):
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
