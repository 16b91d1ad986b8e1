"""The parameters of a closure, `|a, (b, _)|`, as patterns."""

from __future__ import annotations

import keyword
from typing import Final
from unicodedata import normalize

from hydroflow_nb.diagnostics import Diagnostic, Report, error
from hydroflow_nb.expressions import Binding, Instance, Pattern, Rest, Sequence, Wildcard
from hydroflow_nb.source import Source
from hydroflow_nb.syntax import codes, rust
from hydroflow_nb.syntax.python_tokens import tokens

_DEEPEST_PATTERN: Final = 50
_CLOSER: Final = {"(": ")", "[": "]"}
_OTHER_NAME: Final = "bind it to another name"


class _Wrong(Exception):
    """Carries what is wrong with a pattern to where it is reported."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


def read_parameters(source: Source, opening: int, closing: int, report: Report) -> tuple[Pattern, ...] | None:
    """The patterns between two bars; None, with a diagnostic reported, if they are not patterns."""
    reader = _Reader(source, opening, closing)
    try:
        parameters = reader.patterns(0)
    except _Wrong as wrong:
        report(wrong.diagnostic)
        return None
    return parameters


def binding_name(text: str) -> str:
    """A name as Python knows it: all spellings of one identifier give the same name."""
    return text if text.isascii() else normalize("NFKC", text)


class _Reader:
    def __init__(self, source: Source, opening: int, closing: int) -> None:
        self.source = source
        self.tokens = [
            (kind, start, end)
            for kind, start, end in tokens(source.text, opening + 1, closing)
            if kind not in ("space", "comment")
        ]
        self.tokens.append(("sign", closing, closing + 1))
        self.index = 0
        self.bound: set[str] = set()
        self.classes: set[str] = set()

    @property
    def text(self) -> str:
        _, start, end = self.tokens[self.index]
        return self.source.text[start:end]

    def patterns(self, depth: int) -> tuple[Pattern, ...]:
        """Patterns between commas up to the bar that ends them all, which is the last token."""
        last = len(self.tokens) - 1
        found: list[Pattern] = []
        while self.index < last:
            found.append(self.pattern(depth))
            if self.index < last:
                self.comma("|")
        return tuple(found)

    def pattern(self, depth: int) -> Pattern:
        kind, start, _ = self.tokens[self.index]
        text = self.text
        if depth > _DEEPEST_PATTERN:
            raise self.wrong("this pattern is nested too deeply", "take the item apart in the closure's body")
        if text in _CLOSER:
            return self.sequence(text, start, depth)
        if kind == "word" and text.isidentifier():
            if self.following() in ("(", "."):
                return self.instance(start, depth)
            return self.binding()
        raise self.wrong(*self.misplaced(text))

    def binding(self) -> Binding | Wildcard:
        """A name that is bound, or `_`."""
        _, start, end = self.tokens[self.index]
        text = self.text
        self.must_name()
        name = binding_name(text)
        if name != "_" and name in self.bound:
            raise self.wrong(f"`{text}` is bound twice by this closure", "give one of them another name, or `_`")
        if name in self.classes:
            raise self.wrong(
                f"`{text}` is a class in this closure's patterns, but the closure also binds it", "give it another name"
            )
        if habit := rust.pattern_habit(text, self.following()):
            raise self.wrong(*habit)
        self.index += 1
        self.bound.add(name)
        span = self.source.span(start, end)
        return Wildcard(span=span) if name == "_" else Binding(span=span, name=name)

    def must_name(self) -> None:
        """Raise where the word that stands here is a keyword of Python."""
        text = self.text
        if keyword.iskeyword(text) or text == "__debug__":
            if text == "lambda":
                raise self.wrong("a `lambda` cannot stand between the bars", "`lambda x: ...` needs no bars")
            is_value = text in ("None", "True", "False")
            hint = (
                f"look at the item in the body: `|x| x is {text}`" if is_value else f"another name: `{text.lower()}_`"
            )
            raise self.wrong(f"`{text}` is a keyword of Python and cannot be a name", hint)

    def instance(self, start: int, depth: int) -> Instance:
        """`Rect(w, h)` or `shapes.Rect(w, h)`."""
        path: list[str] = []
        while True:
            if not (self.tokens[self.index][0] == "word" and self.text.isidentifier()):
                raise self.wrong(f"expected a name before `{self.text}`", "a class is named `Rect` or `shapes.Rect`")
            self.must_name()
            name = binding_name(self.text)
            if not path and name in self.bound:
                raise self.wrong(
                    f"`{self.text}` is a class in this closure's patterns, but the closure also binds it", _OTHER_NAME
                )
            path.append(name)
            self.index += 1
            if self.text != ".":
                break
            self.index += 1
        if self.text != "(":
            raise self.wrong(
                f"expected `(` before `{self.text}`", f"a class is followed by its fields: `{path[-1]}(a, b)`"
            )
        self.classes.add(path[0])
        items, end, _ = self.parts(")", depth)
        return Instance(span=self.source.span(start, end), path=tuple(path), items=items)

    def following(self) -> str:
        """The text of the token behind this one; empty for the last one."""
        behind = self.tokens[self.index + 1 : self.index + 2]
        return self.source.text[slice(*behind[0][1:])] if behind else ""

    def misplaced(self, text: str) -> tuple[str, str]:
        """Message and hint for what cannot begin a pattern."""
        if habit := rust.pattern_habit(text, self.following()):
            return habit
        match text:
            case ",":
                return "a pattern is missing before `,`", "a name, or `_` for what is not needed"
            case "*":
                return "`*` takes the rest of an item, inside the item's brackets", "`|(first, *rest)|`"
            case "|":
                return "a pattern is missing here", "a name, `_`, `(a, b)` or `[a, b]`"
            case _:
                return f"`{text}` is not a pattern", "a pattern is a name, `_`, `(a, b)`, `[a, b]` or `Rect(w, h)`"

    def sequence(self, opener: str, start: int, depth: int) -> Pattern:
        items, end, commas = self.parts(_CLOSER[opener], depth)
        if opener == "(" and len(items) == 1 and not commas:
            if isinstance(items[0], Rest):
                place = items[0].span
                hint = f"a comma makes it one: `({place.text},)`"
                raise _Wrong(error(codes.WRONG_CLOSURE, "`*` is not in a sequence here", place, hint=hint))
            return items[0]
        return Sequence(span=self.source.span(start, end), items=items, brackets=opener + _CLOSER[opener])

    def parts(self, closer: str, depth: int) -> tuple[tuple[Pattern, ...], int, int]:
        """The patterns of the bracket that opens here, its end, and how many commas there are."""
        self.index += 1
        items: list[Pattern] = []
        commas = 0
        while self.text != closer:
            if self.text == "*":
                if any(isinstance(item, Rest) for item in items):
                    raise self.wrong(
                        "there is a second `*`, but only one can take the rest", "name the parts before it, or `_`"
                    )
                items.append(self.rest())
            else:
                items.append(self.pattern(depth + 1))
            if self.text != closer:
                self.comma(closer)
                commas += 1
        end = self.tokens[self.index][2]
        self.index += 1
        return tuple(items), end, commas

    def rest(self) -> Rest:
        """`*name` or `*_`."""
        start = self.tokens[self.index][1]
        self.index += 1
        kind, _, end = self.tokens[self.index]
        if kind != "word" or not self.text.isidentifier():
            raise self.wrong(f"expected a name after `*`, not `{self.text}`", "`*rest`, or `*_` to leave it out")
        bound = self.binding()
        return Rest(span=self.source.span(start, end), name=bound.name if isinstance(bound, Binding) else "_")

    def comma(self, closer: str) -> None:
        """Go past the comma that has to come next, since `closer` does not."""
        if self.text == ",":
            self.index += 1
            return
        text = self.text
        if text in (":", "!") and (habit := rust.pattern_habit(text, self.following())):
            raise self.wrong(*habit)
        match text:
            case ":":
                raise self.wrong("a closure's parameters have no types", "leave out the `:` and the type")
            case "=":
                hint = "a `lambda` may have one: `lambda x, k=1: ...`"
                raise self.wrong("a closure's parameters have no defaults", hint)
            case "{":
                hint = "the fields of an instance are taken in order: `Rect(w, h)`"
                raise self.wrong("a pattern cannot go on with `{`", hint)
            case "." | "(":
                hint = "a name, `_`, `(a, b)`, `[a, b]` or `Rect(w, h)`; take anything else apart in the body"
                raise self.wrong(f"a pattern cannot go on with `{text}`", hint)
            case _:
                raise self.wrong(f"expected `,` or `{closer}` before `{text}`", f"write `,` or `{closer}` before it")

    def wrong(self, message: str, hint: str) -> _Wrong:
        _, start, end = self.tokens[self.index]
        return _Wrong(error(codes.WRONG_CLOSURE, message, self.source.span(start, end), hint=hint))
