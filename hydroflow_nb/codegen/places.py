"""Places of generated code: every node of the tree has one in the user's text, so that tracebacks end there."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable
from typing import TypeVar

from hydroflow_nb.ir.graph import Node
from hydroflow_nb.source import Span
from hydroflow_nb.trees import walk

N = TypeVar("N", bound=ast.AST)


class Position:
    """The place that `ast` nodes of a span get."""

    __slots__ = ("column", "end_column", "end_line", "line")

    def __init__(self, span: Span) -> None:
        source = span.source
        self.line = source.line_column(span.start)[0] + source.code_offset
        self.column = source.byte_column(span.start)
        self.end_line = source.line_column(span.end)[0] + source.code_offset
        self.end_column = source.byte_column(span.end)

    def set(self, node: N) -> N:
        """Give one node the place; what hangs below it keeps its own."""
        node.lineno = self.line  # type: ignore[attr-defined]
        node.col_offset = self.column  # type: ignore[attr-defined]
        node.end_lineno = self.end_line  # type: ignore[attr-defined]
        node.end_col_offset = self.end_column  # type: ignore[attr-defined]
        return node

    def set_all(self, node: N) -> N:
        """Give a node and all that hangs below it the place."""
        for inner in walk(node):
            if "lineno" in inner._attributes:
                self.set(inner)
        return node

    def statement(self, text: str) -> ast.stmt:
        """A statement with the place."""
        return self.set_all(ast.parse(text).body[0])

    def when(self, test: str, body: list[ast.stmt]) -> ast.If:
        """Statements under a condition."""
        statement = self.statement(f"if {test}: pass")
        assert isinstance(statement, ast.If)
        statement.body = body or statement.body
        return statement


class NodePlaces:
    """Which operator's call a place of generated code lies in."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        # A module that is imported twice has two calls in one place.
        found: dict[tuple[int, int], tuple[tuple[int, int], Node]] = {}
        for node in nodes:
            place = Position(node.span)
            found.setdefault((place.line, place.column), ((place.end_line, place.end_column), node))
            if node.made is not None and node.sends:
                # The user's key stands in the `~>`, and comes last of what was made for that.
                place = Position(node.made)
                found[place.line, place.column] = (place.end_line, place.end_column), node
        self._begins = sorted(found)
        self._calls = [found[begin] for begin in self._begins]

    def at(self, line: int, column: int) -> Node | None:
        """The node whose call contains a place; None outside of calls."""
        index = bisect_right(self._begins, (line, column)) - 1
        if index < 0:
            return None
        end, node = self._calls[index]
        return node if (line, column) < end else None
