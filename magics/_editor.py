"""What a front end asks while a cell is written: the page of a word, and the mistakes of the cell's text.

Both are answers to Jupyter's request "inspect", which Shift-Tab sends: so there is help in every front end, and the
extension for JupyterLab and Notebook asks the same. Kernels hear it as `do_inspect`, and that of JupyterLite, which
takes no answer that has to be awaited, as `inspect`. Asked at the very start of a cell, where
no word has a page, the answer holds the mistakes, as `application/vnd.hydroflow-nb.problems+json`: a list of `{from,
to, severity, code, message, hint, notes, replacement}`; `from` and `to` count characters of the cell.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from IPython.core.interactiveshell import InteractiveShell

from hydroflow_nb.compiler import channels_in, findings
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.magics._completion import ROUTES
from hydroflow_nb.magics._place import CursorPlace, read
from hydroflow_nb.operators import BY_NAME
from hydroflow_nb.operators.record.manual import entry
from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse

PROBLEMS: Final = "application/vnd.hydroflow-nb.problems+json"

# The magic's own line, with what may stand above it: empty lines and other magics.
_MAGIC: Final = re.compile(r"(?:[ \t]*(?:%%(?!hydroflow\b).*)?\n)*[ \t]*%%hydroflow\b.*(?:\n|\Z)")
# The names of the method by which kernels hear the request; of each kernel the first that it has.
_HEARD_AS: Final = ("do_inspect", "inspect")
_LONGEST: Final = 200_000  # characters of a cell that is compiled while it is written
_ARROW: Final = (
    "What goes over it is in flight when a tick ends, and comes out in a later tick of the receiver, as the network "
    "brings it."
)
_MOST: Final = 200  # mistakes that are told of
_WORD_BEFORE: Final = re.compile(r"\w*\Z")
_WORD_BEHIND: Final = re.compile(r"\w*")

Data = dict[str, Any]
Answer = dict[str, Any]
Inspect = Callable[..., "Answer | Awaitable[Answer]"]
Place = tuple[str, int]  # of a word in a text


class Editor:
    """Answers for the cells of one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def register(self) -> None:
        """Answer the requests that come to the shell's kernel, and leave other cells to it. Without a kernel, as in a
        terminal, do nothing.
        """
        kernel: Any = getattr(self._shell, "kernel", None)
        for name in _HEARD_AS:
            other = getattr(kernel, name, None)
            if other is not None:
                if not _is_ours(other):
                    self._other: Inspect = other
                    setattr(kernel, name, getattr(self, name))
                return

    @staticmethod
    def unregister(shell: InteractiveShell) -> None:
        """Leave all cells to the shell's kernel again."""
        kernel: Any = getattr(shell, "kernel", None)
        for name in _HEARD_AS:
            if _is_ours(getattr(kernel, name, None)):
                delattr(kernel, name)

    async def do_inspect(self, code: str, cursor_pos: int, *rest: Any, **options: Any) -> Answer:
        """The answer to a request, as a kernel gives it."""
        own, asked = self._look(code, cursor_pos)
        if asked is None:
            return own
        python = self._other(*asked, *rest, **options)
        return _better(await python if inspect.isawaitable(python) else python, own)

    def inspect(self, code: str, cursor_pos: int, *rest: Any, **options: Any) -> Answer:
        """The same, at once."""
        own, asked = self._look(code, cursor_pos)
        return own if asked is None else _better(cast(Answer, self._other(*asked, *rest, **options)), own)

    def _look(self, code: str, cursor_pos: int) -> tuple[Answer, Place | None]:
        """The answer, and what Python is asked first; that counts where it has something to say."""
        code = code.replace("\r\n", "\n")
        magic = _MAGIC.match(code)
        if magic is None or 0 < cursor_pos < magic.end():
            return _nothing(), (code, cursor_pos)
        start, text = magic.end(), code[magic.end() :]
        if cursor_pos == 0:
            return _found({PROBLEMS: self.problems(text, start)}), None
        before, word, behind = _cut(text, cursor_pos - start)
        here = read(before)
        page, asked = None, None
        arrow = text.find("~>", max(0, cursor_pos - start - 1), cursor_pos - start + 2)
        if arrow >= 0 and here.place not in (CursorPlace.ARGUMENT, CursorPlace.GENERICS):
            return _found(_page_of_text(self._arrow(text, arrow))), None
        match here.place:
            case CursorPlace.NODE | CursorPlace.STATEMENT | CursorPlace.PIPELINE | CursorPlace.PORTED:
                page = self._page(word, text)
            case CursorPlace.LOCATION:
                page = self._location(word, text)
            case CursorPlace.ROUTE:
                page = f"`.{word}`, a route: {ROUTES[word]}.\n" if word in ROUTES else None
            case CursorPlace.GENERICS | CursorPlace.BEFORE_GENERICS:
                page = self._page(here.name, text)
            case CursorPlace.PORT_AFTER | CursorPlace.ELSEWHERE:
                page = self._page(here.name, text)
            case CursorPlace.PORT_BEFORE:
                # `[0]hop`: the name stands behind the bracket.
                ported = re.match(r"\w*\s*\]\s*(\w+)", behind)
                page = self._page(ported[1], text) if ported else None
            case CursorPlace.ARGUMENT:
                name = here.argument.endswith("$")
                if name:
                    page = self._page(word, text)
                else:
                    argument = here.argument.partition("|")[2].partition("|")[2] or here.argument
                    asked = (argument + word, len(argument + word)) if word else None
                    page = self._page(here.name, text)
        return _nothing() if page is None else _found(_page_of_text(page)), asked

    def problems(self, text: str, start: int) -> list[Data]:
        """The mistakes of a flow's text, which stands at `start` in its cell."""
        if len(text) > _LONGEST or not text.strip():
            return []
        source = Source(text=text)
        found = findings(source, "flow", self._shell.user_ns)
        own = [one for one in found if one.span.source is source]
        return [_as_data(one, start) for one in own[:_MOST]]

    def _arrow(self, text: str, start: int) -> str:
        """The page of a `~>`: its channel, and what goes over it."""
        channels, graph = channels_in(Source(text=text), "flow")
        for channel in channels:
            for crossing in (graph.edges[edge].crossing for edge in channel.edges):
                if crossing is not None and crossing.arrow.start == start:
                    route = f": {ROUTES[crossing.route]}" if crossing.route else ""
                    types = f"\n\nItems are of type `{channel.types[0].span.text}`." if channel.types else ""
                    return (
                        f"`~>`, the channel `{channel.name}`, from `{channel.source}` to `{channel.target}`{route}."
                        f"{types}\n\n{_ARROW}\n"
                    )
        return f"`~>`, the arrow to another place.\n\n{_ARROW}\n"

    def _location(self, word: str, text: str) -> str | None:
        """The page of a location: its declaration, and the channels from it and to it."""
        source = Source(text=text)
        declared = next((one for one in parse(source).flow.locations if one.name == word), None)
        if declared is None:
            return None
        channels, _ = channels_in(source, "flow")
        own = [f"- `{one.name}`" for one in channels if word in (one.source, one.target)]
        listed = f"\nIts channels:\n\n{chr(10).join(own)}\n" if own else ""
        return f"`{word}`, a location:\n\n```\n{declared.span.text};\n```\n{listed}"

    def _page(self, word: str, text: str) -> str | None:
        """The page of an operator; for a name of the flow the statement that assigns it."""
        place = read(text).statements.get(word)
        if place is not None:
            return f"`{word}`, a name of this flow:\n\n```\n{text[slice(*place)]}\n```\n"
        operator = BY_NAME.get(word)
        return None if operator is None else entry(operator)


def _page_of_text(page: str) -> Data:
    return {"text/plain": page, "text/markdown": page}


def _is_ours(method: object) -> bool:
    return isinstance(getattr(method, "__self__", None), Editor)


def _better(python: Answer, own: Answer) -> Answer:
    """Python's answer where it has found something, or where we have not."""
    return python if python.get("found") or not own["found"] else own


def _cut(text: str, place: int) -> tuple[str, str, str]:
    """The text before the word at a place, the word, and the text behind it."""
    before, behind = text[:place], text[place:]
    head, tail = _WORD_BEFORE.search(before), _WORD_BEHIND.match(behind)
    assert head is not None
    assert tail is not None
    return before[: head.start()], head[0] + tail[0], behind[tail.end() :]


def _as_data(one: Diagnostic, start: int) -> Data:
    return {
        "from": start + one.span.start,
        "to": start + one.span.end,
        "severity": str(one.severity),
        "code": one.code,
        "message": one.message,
        "hint": one.hint,
        "notes": list(one.notes),
        "replacement": one.replacement,
    }


def _found(data: Data) -> Answer:
    return {"status": "ok", "found": True, "data": data, "metadata": {}}


def _nothing() -> Answer:
    return {"status": "ok", "found": False, "data": {}, "metadata": {}}
