"""A report as text and as HTML: a table of levels, then what is to say of them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Protocol

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.rendering import all_as_text, as_html


class Table(Protocol):
    """What is shown: heads, rows of words, and the diagnostics."""

    @property
    def heads(self) -> Sequence[str]:
        """The heads of the columns."""

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """One row for each output."""

    @property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """What is to say of them."""


def as_text(table: Table) -> str:
    """The table in columns, and the diagnostics under it."""
    lines = [table.heads, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.heads))]
    parts = [
        "\n".join(
            "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )
    ]
    if table.diagnostics:
        parts.append(all_as_text(table.diagnostics))
    return "\n\n".join(parts)


def report_as_html(table: Table) -> str:
    """The same as HTML; all that is the user's is escaped."""
    heads = "".join(f"<th>{escape(head)}</th>" for head in table.heads)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(word)}</td>' for word in row)}</tr>" for row in table.rows)
    found = "".join(map(as_html, table.diagnostics))
    return f'<table class="hydroflow-report"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{found}'
