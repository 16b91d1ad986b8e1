"""Tables for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydroflow_nb.later import html


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table. Its texts may come from anyone, so they are escaped, and nothing in them is hidden or turns them
    around.
    """

    def line(cells: Sequence[str], tag: str) -> str:
        return (
            "<tr>"
            + "".join(f"<{tag} style='text-align:left'>{html.escape(visible(cell))}</{tag}>" for cell in cells)
            + "</tr>"
        )

    return f"<table>{line(head, 'th')}{''.join(line(row, 'td') for row in rows)}</table>"


def visible(text: str) -> str:
    """A text in which what cannot be seen, or turns the text around, is a `�`. Lines stay lines."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in text)


def note(text: str) -> str:
    """A paragraph of plain text as HTML."""
    return f"<p>{html.escape(text)}</p>"
