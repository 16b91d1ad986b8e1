"""What the magics put into a cell's output. All that came from the user is text in it, never markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from IPython.display import display

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.flow import Flow
from hydroflow_nb.later import html
from hydroflow_nb.rendering import all_as_text, as_html


def show(thing: object) -> None:
    """Show what knows how to show itself."""
    display(thing)  # type: ignore[no-untyped-call]


def show_text(text: str) -> None:
    """Show lines of plain text."""
    _show_bundle({"text/plain": text})


def show_markdown(text: str) -> None:
    """Show Markdown, which is readable as plain text, too."""
    _show_bundle({"text/markdown": text, "text/plain": text})


def show_code(flow: Flow) -> None:
    """Show a flow's generated code, highlighted in the colours of the front end."""
    source = flow.generated_source
    fence = "```"
    while fence in source:
        fence += "`"
    _show_bundle({"text/markdown": f"{fence}python\n{source}{fence}", "text/plain": source.rstrip()})


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a table of texts."""
    table = [list(columns), *map(list, rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(columns))]
    plain = "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table
    )
    head, *body = ("".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in row) for row, tag in _tagged(table))
    rich = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in body)}</tbody></table>"
    _show_bundle({"text/plain": plain, "text/html": rich})


def show_warnings(warnings: Sequence[Diagnostic]) -> None:
    """Show the warnings of a flow that compiled, if there are any."""
    if warnings:
        rich = "\n".join(as_html(warning) for warning in warnings)
        _show_bundle({"text/plain": all_as_text(warnings), "text/html": rich})


def _tagged(table: list[list[str]]) -> Iterable[tuple[list[str], str]]:
    return ((row, "td" if number else "th") for number, row in enumerate(table))


def _show_bundle(bundle: Mapping[str, str]) -> None:
    display(dict(bundle), raw=True)  # type: ignore[no-untyped-call]
