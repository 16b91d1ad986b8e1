"""Where the parts of a flow that was built by hand stand in Python code."""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, kw_only=True)
class PartPlace:
    """A part's own words, `hop(context, found, news)` or `input("edges", into=pairs)`, by offsets into a file's text.

    `arguments` are the offsets of what stands between the parentheses. `last_line` is where the whole part ends. A part
    without source has words that are made for it, under an empty file name.
    """

    filename: str
    text: str
    start: int
    end: int
    arguments: tuple[tuple[int, int], ...] = ()
    last_line: int


def place_of_call(frame: FrameType, name: str, text: str) -> PartPlace:
    """The call of the method `name` that a frame is at; `text` is shown in its place where there is no source."""
    lines = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    positions = list(frame.f_code.co_positions())
    line, last_line, column, last_column = positions[frame.f_lasti // 2]
    if lines and line and last_line and column is not None and last_column is not None:
        source = Source(text=lines)
        start = end = 0
        # Several texts that `exec` ran may have one file name, and `linecache` has the lines of one of them.
        if last_line <= source.line_count:
            start, end = source.offset(line, column), source.offset(last_line, last_column)
        found = re.search(rf"\.\s*({name})\s*\(", lines[start:end])
        if found:
            start += found.start(1)
            # The first argument is the name of the part, if it is written as text between quotes.
            quoted = re.match(rf"{name}\s*\(\s*(?:name\s*=\s*)?(['\"])(.*?)\1", lines[start:end])
            arguments = ((start + quoted.start(2), start + quoted.end(2)),) if quoted else ()
            return PartPlace(
                filename=frame.f_code.co_filename,
                text=lines,
                start=start,
                end=end,
                arguments=arguments,
                last_line=last_line,
            )
    return place_in_words(text)


def place_of_function(function: Callable[..., Any], name: str) -> PartPlace:
    """The name and the parameters of a function where it is defined."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if isinstance(code, CodeType):
        text = "".join(linecache.getlines(code.co_filename))
        node = _definition(text, code)
        if node is not None:
            return _place(code.co_filename, text, node)
    try:
        return place_in_words(f"{name}{inspect.signature(function)}")
    except (TypeError, ValueError):  # some functions in C do not tell their parameters
        return place_in_words(f"{name}(...)")


def place_in_words(text: str) -> PartPlace:
    """A place with words of its own, for a part without source."""
    opening, quote = text.find("("), text.find('"')
    inside = (quote + 1, text.find('"', quote + 1)) if quote >= 0 else (opening + 1, len(text) - 1)
    return PartPlace(filename="", text=text, start=0, end=len(text), arguments=(inside,), last_line=1)


@lru_cache(maxsize=8)
def _functions(text: str) -> dict[int, list[_Function]]:
    """The functions of a file by the line on which their code says that it begins."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[int, list[_Function]] = {}
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            found.setdefault(min([node.lineno, *(one.lineno for one in decorators)]), []).append(node)
    return found


def _definition(text: str, code: CodeType) -> _Function | None:
    """The definition in a text that a code object comes from; None unless there is exactly one that fits."""
    on_line = _functions(text).get(code.co_firstlineno, [])
    name = code.co_name
    fitting = [one for one in on_line if (name == "<lambda>" if isinstance(one, ast.Lambda) else name == one.name)]
    fitting = [one for one in fitting if len(_parameters(one)) == code.co_argcount + code.co_kwonlyargcount]
    return fitting[0] if len(fitting) == 1 else None


def _parameters(node: _Function) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _place(filename: str, text: str, node: _Function) -> PartPlace:
    source = Source(text=text)
    end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
    start = source.offset(node.lineno, node.col_offset)
    parameters = tuple(
        (source.offset(one.lineno, one.col_offset), source.offset(one.end_lineno or 0, one.end_col_offset or 0))
        for one in _parameters(node)
    )
    if not isinstance(node, ast.Lambda):
        start = text.index(node.name, text.index("def", start) + len("def"))
        # Annotations and defaults may hold brackets: it is the last one before the body, or before the returned type.
        before = node.returns or node.body[0]
        end = text.rindex(")", start, source.offset(before.lineno, before.col_offset)) + 1
    return PartPlace(
        filename=filename,
        text=text,
        start=start,
        end=end,
        arguments=parameters,
        last_line=node.end_lineno or node.lineno,
    )


# --- as sources and spans ---------------------------------------------------------------------------------------------


class PartPlaces:
    """The sources of a flow's parts: of each file the lines from the first part in it to the last one."""

    def __init__(self, places: Iterable[PartPlace]) -> None:
        by_file: dict[tuple[str, str], list[PartPlace]] = {}
        for place in places:
            by_file.setdefault((place.filename, place.text), []).append(place)
        self._sources = {key: _region(found) for key, found in by_file.items()}

    def source(self, place: PartPlace) -> Source:
        """The source that a place lies in."""
        return self._sources[place.filename, place.text][0]

    def span(self, place: PartPlace, start: int, end: int) -> Span:
        """The span of two offsets into the text of a place's file."""
        source, offset = self._sources[place.filename, place.text]
        return source.span(start - offset, end - offset)


def _region(places: list[PartPlace]) -> tuple[Source, int]:
    """The lines that hold the places, and the offset at which they begin."""
    place = places[0]
    whole = Source(text=place.text)
    first = min(whole.line_column(one.start)[0] for one in places)
    last = max(one.last_line for one in places)
    start = whole.offset(first, 0)
    end = whole.offset(last + 1, 0) if last < whole.line_count else len(place.text)
    text = place.text[start:end].rstrip("\n")
    return Source(text=text, label=_label(place), filename=place.filename, first_line=first), start


def _label(place: PartPlace) -> str:
    """The name by which a user knows a file: for a notebook's cell, the one that its prompt shows."""
    if not place.filename:
        return "a function without source"
    cells = vars(sys.modules["__main__"]).get("In")
    if isinstance(cells, list) and not Path(place.filename).is_file():
        for number in reversed(range(len(cells))):
            if isinstance(cells[number], str) and cells[number].strip() == place.text.strip():
                return f"In[{number}]"
    return Path(place.filename).name
