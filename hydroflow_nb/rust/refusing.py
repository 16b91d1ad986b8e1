"""What cannot be translated to Rust: where it stands, and what to write instead."""

from __future__ import annotations

import ast
from typing import Final

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.portable import Portable
from hydroflow_nb.source import Source, Span

NO_OPERATOR: Final = "HF601"
NO_EXPRESSION: Final = "HF602"
NO_TYPE: Final = "HF603"
TWO_TYPES: Final = "HF604"
NO_VALUE: Final = "HF605"
NOT_HASHED: Final = "HF606"


class Refused(Portable):
    """Something that Rust cannot say. `diagnostic` tells of it."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)


def refused(code: str, message: str, span: Span, hint: str = "") -> Refused:
    """The exception that tells of one thing that cannot be translated."""
    return Refused(error(code, message, span, hint=hint))


def place_of(source: Source, node: ast.AST, otherwise: Span) -> Span:
    """Where a part of an expression stands in the flow's text; `otherwise` for one that does not stand there."""
    line = getattr(node, "lineno", None)
    if line is None:
        return otherwise
    moved = source.code_offset
    start = source.offset(line - moved, node.col_offset)  # type: ignore[attr-defined]
    end = source.offset(node.end_lineno - moved, node.end_col_offset)  # type: ignore[attr-defined]
    return source.span(start, end)
