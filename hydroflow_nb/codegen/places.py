"""Places of generated code: every node of the tree has one in the user's text, so that tracebacks end there."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeVar

from hydroflow_nb.ir.graph import Node
from hydroflow_nb.source import Span
from hydroflow_nb.trees import walk

N = TypeVar("N", bound=ast.AST)


class Position:
    """The place that `ast` nodes of a span get."""

    __slots__ = ("_attributes", "column", "end_column", "end_line", "line")

    def __init__(self, span: Span) -> None:
        source = span.source
        self._set(
            source.line_column(span.start)[0] + source.code_offset,
            source.byte_column(span.start),
            source.line_column(span.end)[0] + source.code_offset,
            source.byte_column(span.end),
        )

    @classmethod
    def of(cls, node: ast.stmt) -> Position:
        """The place that a node has already."""
        made = cls.__new__(cls)
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        made._set(node.lineno, node.col_offset, end_line, end_column)
        return made

    def _set(self, line: int, column: int, end_line: int, end_column: int) -> None:
        self.line, self.column, self.end_line, self.end_column = line, column, end_line, end_column
        # What each node is given, at once.
        self._attributes = {
            "lineno": line,
            "col_offset": column,
            "end_lineno": end_line,
            "end_col_offset": end_column,
        }

    def set(self, node: N) -> N:
        """Give one node the place; what hangs below it keeps its own."""
        node.__dict__.update(self._attributes)
        return node

    def set_all(self, node: N) -> N:
        """Give a node and all that hangs below it the place."""
        for inner in walk(node):
            if "lineno" in inner._attributes:
                inner.__dict__.update(self._attributes)
        return node

    def statement(self, text: str) -> ast.stmt:
        """A statement with the place."""
        (statement,) = self.statements([text])
        return statement

    def statements(self, texts: Sequence[str]) -> list[ast.stmt]:
        """Statements with the place, each of a text: to read them one by one takes twice as long."""
        return [self.set_all(one) for one in ast.parse("\n".join(texts)).body]

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
