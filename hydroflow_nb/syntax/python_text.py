"""Cutting Python text: where the pieces between the commas of a bracket begin and end, by Python's own tokens."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic, Report
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import rust
from hydroflow_nb.syntax.brackets import Brackets
from hydroflow_nb.syntax.piece_faults import STRAY, PieceFaults
from hydroflow_nb.syntax.pieces import Cut, Misreadings, Piece
from hydroflow_nb.syntax.python_tokens import CLOSER, TOKEN, fstring_end

_LIFETIME: Final = re.compile(r"'[^\W\d]\w*(?!\w*')")
# A comment such as `#total) -> next()`: Hydroflow's way to read an operator's state.
_SINGLETON: Final = re.compile(r"#(?:mut[ \t]+)?([^\W\d]\w*+)[^\r\n#)\]}]*+[)\]}]")
# Words after which an expression can be one that Python parses but does not compile.
_CHECKED_WORDS: Final = frozenset({"yield", "await", "async"})


def cut(source: Source, opening: int, report: Report, misreadings: Misreadings | None = None) -> Cut:
    """The pieces of the argument list whose opening bracket stands at `opening`. Whatever the text, it never raises."""
    return _cut(source, opening, ")", report, misreadings or Misreadings())


def cut_generics(source: Source, opening: int, report: Report) -> Cut:
    """The pieces of a list of generics, `<` to `>`; some of them may be lifetimes."""
    return _cut(source, opening, ">", report, Misreadings())


def _cut(source: Source, opening: int, closer: str, report: Report, misreadings: Misreadings) -> Cut:
    if opening in misreadings.unclosed:
        second, again = _cut_anew(source, opening, closer, misreadings.signs, misreadings)
        if second.closed:
            return _reported(second, again, report)
    found: list[Diagnostic] = []
    cutter = _Cutter(source, opening, closer, found.append, frozenset(), misreadings)
    result = cutter.run()
    if not result.closed and cutter.hiding:
        # `#name` hid the rest of its line. Read as a Hydroflow user means it, the bracket may close after all.
        second, again = _cut_anew(source, opening, closer, set(cutter.hiding), misreadings)
        if second.closed:
            misreadings.unclosed.update(offset for offset, _ in cutter.open)
            misreadings.signs.update(cutter.hiding)
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


class _Cutter:
    """One run over a bracket; `not_comments` are the offsets of signs `#` that do not begin a comment."""

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
        # The offsets of comments that may have been meant for something else, and hide the rest of their line.
        self.hiding: list[int] = []
        self.generics = closer == ">"
        self.open = Brackets(opening, closer)
        self.pieces: list[Piece] = []
        self.piece: Piece | None = None
        self.in_parameters = False
        self.string_lost = False
        # The first `;` inside `{ }`: the braces are a block of Rust, or they are never closed.
        self.semicolon: int | None = None

    @cached_property
    def faults(self) -> PieceFaults:
        """What reports faults; most texts have none."""
        return PieceFaults(self.source, self.report, generics=self.generics)

    def run(self) -> Cut:
        text = self.text
        position = self.open[0][0] + 1
        while True:
            if self.generics and self.piece is None and (lifetime := _LIFETIME.match(text, position)):
                self.piece = Piece(start=position, end=lifetime.end(), lifetime=True)
                position = lifetime.end()
                continue
            found = TOKEN.match(text, position)
            if found is None:
                return self.unclosed(position)
            kind = found.lastgroup
            start, position = position, found.end()
            if kind == "space":
                continue
            if kind == "comment":
                if start not in self.not_comments:
                    if _SINGLETON.match(text, start) or rust.raw_text_at(text, start):
                        self.hiding.append(start)
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
                        self.open.begin_lambda()
                elif word in _CHECKED_WORDS:
                    piece.needs_check = True
            elif kind == "fstring":
                position = self.fstring(piece, start, position)
            elif kind == "quote":
                position = self.lost_string(piece, start, position)
            elif kind == "reference":
                piece.references.append((start, position))
            piece.end = position

    def in_block(self, position: int) -> bool:
        """Whether a `;` before `position` may stand in a block of Rust."""
        return self.open[-1][1] == "}" and self.misreadings.is_ahead(self.text, "}", position)

    def owns_commas(self) -> bool:
        """Whether a comma stands between the parameters of a closure or of a lambda."""
        return self.in_parameters or self.open.is_in_lambda()

    def end_piece(self, position: int, *, last: bool) -> None:
        """A comma or the closing bracket at `position` ends the piece; a trailing comma begins no other one."""
        if self.piece is not None:
            self.pieces.append(self.piece)
        elif not last:
            self.pieces.append(Piece(start=position, end=position))
        self.piece = None
        self.in_parameters = False
        self.open.end_lambdas()

    # --- signs --------------------------------------------------------------------------------------------------------

    def take_sign(self, piece: Piece, sign: str, start: int, position: int) -> int | Cut:
        """Where to read on behind a sign; the whole cut where the sign ends it."""
        depth = len(self.open)
        if sign in CLOSER:
            self.open.push(start, CLOSER[sign])
        elif sign in ")]}":
            return self.close(piece, sign, start, position)
        elif sign == "|" and self.in_parameters and piece.bars:
            self.in_parameters = False
            if depth == 1:
                piece.bars = (piece.bars[0], start)
            else:
                self.faults.unclosed_by(piece, sign, start, self.open[-1])
                self.open.close_down_to(1)
        elif sign == "<" and self.generics:
            # Not Python: `Vec<int>`. It is cut as a whole and reported where types are read.
            self.open.push(start, ">")
        elif sign == ">" and self.open[-1][1] == ">":
            self.open.close_innermost()
        elif sign == ":":
            self.open.end_parameters()
        elif sign == ":=":
            piece.needs_check = True
        elif sign == "=" and not self.in_parameters:
            # `0..=9` is a range in Rust, about which something better can be said.
            if depth == 1 and not self.open.is_in_lambda() and self.text[start - 2 : start] != "..":
                self.faults.assignment(piece, start)
            piece.needs_check = True
        elif sign == ";":
            self.semicolon = start if self.semicolon is None else self.semicolon
        elif sign == "/*":
            end = self.text.find("*/", position) if self.misreadings.is_ahead(self.text, "*/", position) else -1
            position = position if end < 0 else end + 2
            self.faults.comment(piece, start, position)
        elif sign in STRAY:
            self.faults.stray(piece, sign, start, position)
        return position

    def close(self, piece: Piece, sign: str, start: int, position: int) -> int | Cut:
        """A closing bracket, which closes the innermost one, or one further out, or none."""
        opened, closer = self.open[-1]
        if closer == sign:
            self.open.close_innermost()
            if sign == "}" and self.semicolon is not None and self.semicolon > opened:
                self.faults.block(piece, opened, position)
                self.semicolon = None
            return position
        outer = self.open.innermost(sign)
        if outer is None:
            if self.generics:
                return self.unclosed(start)
            self.faults.unopened(piece, sign, start, self.open[-1])
            return position
        self.faults.unclosed_by(piece, sign, start, self.open[-1])
        if outer:
            self.open.close_down_to(outer)
            return position
        piece.end = start
        self.end_piece(start, last=True)
        return Cut(pieces=self.pieces, end=position, closed=True)

    # --- comments and strings -----------------------------------------------------------------------------------------

    def raw_text(self, sign: int) -> int | None:
        """Where a raw text of Rust ends whose first `#` stands here; None if it is not one."""
        found = rust.raw_text_at(self.text, sign)
        if found is None or self.piece is None:
            return None
        start, closer = found
        inside = sign + len(closer)
        end = self.text.find(closer, inside) if self.misreadings.is_ahead(self.text, closer, inside) else -1
        end = inside if end < 0 else end + len(closer)
        self.faults.raw_text(self.piece, start, end)
        self.piece.end = end
        return end

    def singleton(self, start: int) -> int:
        """Where a `#name` ends that does not begin a comment."""
        found = _SINGLETON.match(self.text, start)
        assert found is not None, "only such comments are read anew"
        name, end = found[1], found.end(1)
        if self.piece is None:
            self.piece = Piece(start=start, end=end)
        self.faults.state(self.piece, start, end, name)
        self.piece.end = end
        return end

    def fstring(self, piece: Piece, start: int, position: int) -> int:
        """Where an f-string ends whose first quote ends at `position`."""
        references: list[tuple[int, int]] = []
        end = fstring_end(self.text, position, self.text[start:position], references)
        if end is None:
            return self.lost_string(piece, start, position)
        if references:
            self.faults.reference_in_string(piece, *references[0])
        return end

    def lost_string(self, piece: Piece, start: int, position: int) -> int:
        """A string that does not end: reading goes on behind its first quote, as if the quote were not there."""
        quote = self.text[start:position].lstrip("rRbBuUfFtT")
        self.faults.unclosed_string(piece, start, position, quote)
        self.string_lost = True
        # All that follows triple quotes may be prose, in which nothing else can be found wrong.
        return len(self.text) if len(quote) == 3 else position

    # --- the end ------------------------------------------------------------------------------------------------------

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
            bracket = next(bracket for bracket in reversed(self.open) if bracket[0] < position)
            found = TOKEN.match(self.text, position)
            following = (position, found[0] if found.lastgroup == "sign" else "") if found else None
            self.faults.never_closed(bracket, end, following)
        return Cut(pieces=self.pieces, end=position, closed=False)
