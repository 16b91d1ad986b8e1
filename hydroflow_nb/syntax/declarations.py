"""Declarations of locations: `name = process();`, `cluster()`, `external()`, and their options."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from keyword import iskeyword
from typing import Any, Final

from hydroflow_nb.item_paths import path_from, text_of
from hydroflow_nb.locations import (
    SETTINGS,
    SURROUNDINGS,
    DeclaredLocation,
    LocationKind,
)
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span
from hydroflow_nb.syntax import codes
from hydroflow_nb.syntax.patterns import binding_name
from hydroflow_nb.syntax.pieces import Piece
from hydroflow_nb.syntax.pipelines import PipelineReader
from hydroflow_nb.syntax.python_text import cut
from hydroflow_nb.syntax.scanner import Token

_KINDS: Final = frozenset(LocationKind)


@dataclass(frozen=True)
class _Option:
    """What may stand in the parentheses of a declaration: the type of its value, how it is written, and what to write
    instead of another value where that is not plain. `is_path`: it is the place of a part of an item.
    """

    type: type
    form: str
    instead: str = ""
    is_path: bool = False


_OPTIONS: Final[dict[LocationKind, dict[str, _Option]]] = {
    LocationKind.PROCESS: {"at": _Option(str, '`process(at="10.0.0.7:5000")`')},
    LocationKind.CLUSTER: {
        "open": _Option(bool, "`cluster(open=True)`"),
        "shards_by": _Option(
            str,
            '`cluster(shards_by="[0]")`',
            'write `shards_by="[0]"`, counted from the front; a key that is the whole item, or made of several parts, '
            "is put into the item before it is sent: `(word,)`, `((a, b), n)`",
            is_path=True,
        ),
    },
    LocationKind.EXTERNAL: {},
}
_CALLED: Final = {
    LocationKind.PROCESS: "a process",
    LocationKind.CLUSTER: "a cluster",
    LocationKind.EXTERNAL: "an external location",
}


class DeclarationReader(PipelineReader):
    """The rules for declarations of locations."""

    def declared(self, name: Token) -> DeclaredLocation | None:
        """The location that the rest of the statement declares, behind `name =`; None for any other statement."""
        kind = self.scanner.peek()
        if kind.text not in _KINDS:
            return None
        self.scanner.advance()
        opening = self.scanner.peek()
        if opening.text != "(":
            self.scanner.jump(kind.start)
            return None
        pieces, end, closed = cut(self.source, opening.start, lambda _: None, self.misreadings)
        span, name_span = self.source.span(kind.start, end), self.span(name)
        if not closed:
            message, hint = "`(` is never closed", f"write `{kind.text}();`"
            self.report(codes.UNCLOSED_BRACKET, message, self.span(opening), hint)
        options = self._options(LocationKind(kind.text), pieces) if closed else {}
        self.scanner.jump(end)
        self._look_at_name(name.text, name_span)
        if options.get("open") is True and "shards_by" in options:
            message = "the shards of an open cluster would be other ones with each member that comes"
            self.report(codes.WRONG_LOCATION, message, span, "leave out `open` or `shards_by`")
        return DeclaredLocation(
            span=name_span.to(span),
            name=binding_name(name.text),
            name_span=name_span,
            kind=LocationKind(kind.text),
            is_open=options.get("open") is True,
            at=options.get("at"),
            shards_by=options.get("shards_by"),
        )

    def _look_at_name(self, name: str, span: Span) -> None:
        hint = "choose another name: Python's arguments name locations"
        if iskeyword(name):
            what = "a word of Python"
        elif name in SURROUNDINGS:
            what = "what each node calls its own surroundings"
        elif name in SETTINGS:
            what = "the name of a setting of a network"
            hint = f"choose another name: `{SETTINGS[name]}(...)` is given members and settings by name"
        else:
            return
        self.report(codes.WRONG_LOCATION, f"`{name}` is {what}", span, hint)

    def _options(self, kind: LocationKind, pieces: Sequence[Piece]) -> dict[str, Any]:
        """The options in the parentheses of a declaration; what is wrong with them is reported."""
        known = _OPTIONS[kind]
        forms = " or ".join([f"write `{kind}()`", *(option.form for option in known.values())])
        found: dict[str, Any] = {}
        for piece in pieces:
            span = self.source.span(piece.start, piece.end)
            name, value = _option(span.text)
            option = known.get(name)
            if not name:
                message = f"this is not an option of {_CALLED[kind]}"
            elif option is None:
                message = f"{_CALLED[kind]} has no option `{name}`"
            elif name in found:
                message = f"`{name}` is given twice"
            elif isinstance(value, _Unknown):
                message = f"the value of `{name}` is written here itself, not computed by Python"
            elif not isinstance(value, option.type):
                message = f"`{name}` cannot be `{value!r}`"
            elif option.is_path and (value := _place(str(value))) is None:
                message = f"`{name}` is the place of a key in an item, such as `[0]`, `.key` or `[0].key`"
            else:
                found[name] = value
                continue
            instead = option.instead if option is not None else ""
            self.report(codes.WRONG_LOCATION, message, span, instead or forms)
        return found


def _place(text: str) -> str | None:
    """The place of a part of an item as it is written behind a name; None for what is no place."""
    try:
        place = text_of(path_from(text))
        # An attribute may be a word of Python.
        ast.parse(f"item{place}", mode="eval")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return place


class _Unknown:
    """The value of an option that is not a constant."""


def _option(text: str) -> tuple[str, Any]:
    """The name and the value of an option; no name for what is not one."""
    try:
        call = ast.parse(f"f({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return "", None
    if not (isinstance(call, ast.Call) and not call.args and len(call.keywords) == 1 and call.keywords[0].arg):
        return "", None
    (keyword,) = call.keywords
    try:
        return str(keyword.arg), ast.literal_eval(keyword.value)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return str(keyword.arg), _Unknown()
