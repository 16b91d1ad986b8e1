"""The tokens of a flow's text outside of the operators' parentheses."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from hydroflow_nb.diagnostics import Report, error
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.characters import character_named

_BETWEEN: Final = re.compile(r"(?:\s|\#[^\r\n]*|//[^\r\n]*|/\*(?s:.*?)\*/)*")
_COMMENT: Final = re.compile(r"\#[^\r\n]*|//[^\r\n]*|/\*(?s:.*?)\*/")
_NESTED: Final = re.compile(r"/\*|\*/|['\"#]|//|\n")
_LONGEST_NESTED: Final = 10_000
# A name consists of letters, digits, `_`, and characters outside of ASCII. Its sets exclude parts of ASCII:
# Python compiles them much faster than sets that include ranges up to U+10FFFF.
_TOKEN: Final = re.compile(
    r"""
    (?P<name> [^\x00-@\[-^`{-\x7f] [^\x00-/:-@\[-^`{-\x7f]* )
  | (?P<number> \d\w* )
  | (?P<sign> --?> | ~> | ={1,2}> | <-{1,2} | \|> | >> | :: | [\s\S] )
    """,
    re.VERBOSE,
)


class Kind(Enum):
    """What a token is. A sign is one of the language's own or a stray character; END stands after the last token."""

    NAME = "name"
    NUMBER = "number"
    SIGN = "sign"
    END = "end"


_KINDS: Final = {kind.value: kind for kind in Kind}


class Token(NamedTuple):
    """A word of the flow: its kind, its text, and the offsets of its start and end."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def shown(self) -> str:
        """The token as an error message speaks of it."""
        if self.kind is Kind.END:
            return "the end of the text"
        odd = len(self.text) == 1 and self.kind is Kind.SIGN and not self.text.isascii()
        return character_named(self.text) if odd else f"`{self.text}`"


class Scanner:
    """The tokens of a source one by one, with one token of lookahead; it can jump to any place of the text."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._text = source.text
        self._report = report
        self.comment_unclosed = False
        self._next: Token | None = None
        # The tokens that words with strange characters were cut into, by offset: each word is gone through once.
        self._odd: dict[int, Token] = {}
        # Where comments end if comments may hold comments, by their offsets; None: at their first `*/`.
        self._ends: dict[int, int | None] = {}
        # The first inner comments of the nested comments that were reported.
        self._nested: set[int] = set()
        self._position = 0
        if self._text.startswith("\ufeff"):
            self._position = 1
        self.previous_end = 0

    def peek(self) -> Token:
        """The next token, which stays the next one."""
        if self._next is None:
            self._next = self._scan()
        return self._next

    def advance(self) -> Token:
        """The next token; the one behind it is the next one from then on."""
        token = self.peek()
        self._next = None
        self._position = self.previous_end = token.end
        return token

    def jump(self, offset: int) -> None:
        """Go on at an offset, forwards or backwards."""
        self._next = None
        self._position = self.previous_end = offset

    def starts_line(self, token: Token) -> bool:
        """Whether a line ends between the token before and this one."""
        between = self._text[self.previous_end : token.start]
        return "\n" in between or "\r" in between

    def _scan(self) -> Token:
        text = self._text
        blank = _BETWEEN.match(text, self._position)
        start = blank.end() if blank else self._position
        if text.find("/*", self._position, start) >= 0:
            start = self._behind_nested(self._position, start)
        if text.startswith("/*", start):
            self._unclosed_comment(start)
            start = len(text)
        if start in self._odd:
            return self._odd[start]
        found = _TOKEN.match(text, start)
        if found is None:
            return Token(Kind.END, "", start, start)
        word = found[0]
        if found.lastgroup == "name" and not word.isidentifier():
            self._cut_odd_word(word, start)
            return self._odd[start]
        return Token(_KINDS[found.lastgroup or ""], word, start, found.end())

    def _behind_nested(self, begin: int, end: int) -> int:
        """Where the blank text between two tokens ends if comments may hold comments, as they do in Rust."""
        for comment in _COMMENT.finditer(self._text, begin, end):
            inner = self._text.find("/*", comment.start() + 2, comment.end())
            if inner < 0 or not comment[0].startswith("/*"):
                continue
            start = comment.start()
            if start not in self._ends:
                self._find_ends(start)
            behind = self._ends[start]
            if behind is None:
                continue
            if inner not in self._nested:
                self._nested.add(inner)
                span = self._source.span(inner, inner + 2)
                hint = "end the outer comment before it, or start each line with `#`"
                self._report(error(codes.WRONG_COMMENT, "comments cannot be nested", span, hint=hint))
            blank = _BETWEEN.match(self._text, behind)
            return blank.end() if blank else behind
        return end

    def _find_ends(self, start: int) -> None:
        """Find the ends of a comment and of all comments that begin in it, if comments may hold comments.

        They are found together, so a text is gone through once, however many comments it has.
        """
        ends = self._ends
        opened: list[int] = []
        # Behind the first `*/`, what looks like a comment may stand in a text, or in a comment of another kind.
        for sign in _NESTED.finditer(self._text, start):
            match sign[0]:
                case "/*":
                    opened.append(sign.start())
                case "*/":
                    begin = opened.pop()
                    is_near = sign.end() - begin <= _LONGEST_NESTED
                    ends.setdefault(begin, sign.end() if is_near else None)
                    if not opened:
                        return
                case "\n":
                    pass
                case _:
                    ends.setdefault(opened[-1], None)
        for begin in opened:
            ends.setdefault(begin, None)

    def _cut_odd_word(self, word: str, start: int) -> None:
        """Cut a word with strange characters into names, and each strange character by itself."""
        begin = 0
        while begin < len(word):
            end = begin + 1
            if word[begin].isidentifier():
                while end < len(word) and f"_{word[end]}".isidentifier():
                    end += 1
            kind = Kind.NAME if word[begin].isidentifier() else Kind.SIGN
            self._odd[start + begin] = Token(kind, word[begin:end], start + begin, start + end)
            begin = end

    def _unclosed_comment(self, start: int) -> None:
        if not self.comment_unclosed:
            span = self._source.span(start, start + 2)
            hint = "write `*/` after the comment"
            self._report(error(codes.UNCLOSED_COMMENT, "this comment never ends", span, hint=hint))
        self.comment_unclosed = True
