"""A report as text and as HTML: a table of levels, then what is to say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Final, Protocol

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.error_index import explain_error
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
    if not table.rows:
        return _NO_OUTPUT
    lines = [table.heads, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.heads))]
    parts = [
        "\n".join(
            "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )
    ]
    if table.diagnostics:
        parts.append(all_as_text(said_once(table.diagnostics)))
    return "\n\n".join(parts)


def report_as_html(table: Table) -> str:
    """The same as HTML; all that is the user's is escaped."""
    if not table.rows:
        return f"<p>{_NO_OUTPUT}</p>"
    heads = "".join(f"<th{_ALIGNED}>{escape(head)}</th>" for head in table.heads)
    rows = "".join(f"<tr>{''.join(f'<td{_ALIGNED}>{escape(word)}</td>' for word in row)}</tr>" for row in table.rows)
    found = "".join(_explained(said_once(table.diagnostics)))
    return f'<table class="hydroflow-report"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{found}'


def _explained(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """The diagnostics, with the entry of the error index under the first one of each code. It opens without a script,
    in a saved notebook too.
    """
    seen = set()
    for found in diagnostics:
        yield as_html(found)
        if found.code not in seen:
            seen.add(found.code)
            meaning = escape(explain_error(found.code))
            yield (
                f"<details><summary>what {found.code} means</summary>"
                f'<pre style="white-space: pre-wrap">{meaning}</pre></details>'
            )


def said_once(diagnostics: Iterable[Diagnostic]) -> Sequence[Diagnostic]:
    """The diagnostics, without those that say of another output what was said already, as where several nodes of a
    network run one flow: the first one has a note with the names of the other outputs.
    """
    alike: dict[object, list[Diagnostic]] = {}
    for found in diagnostics:
        about = _output_and_rest(found)[1]
        key = (found.code, found.severity, about, found.span, tuple(found.labels), tuple(found.notes), found.hint)
        alike.setdefault(key, []).append(found)
    return [_with_others(first, others) for first, *others in alike.values()]


def _output_and_rest(found: Diagnostic) -> tuple[str, str]:
    """The output that a message is about, in its quotes, and what it says of it."""
    output, quote, rest = found.message.partition("` ")
    return output + quote.strip(), rest


def _with_others(first: Diagnostic, others: Sequence[Diagnostic]) -> Diagnostic:
    if not others:
        return first
    names = [_output_and_rest(found)[0] for found in others]
    named = ", ".join(names[:_MOST_NAMED])
    left_out = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return replace(first, notes=[*first.notes, f"the same holds for {named}{left_out}"])


_NO_OUTPUT: Final = "there is no output: nothing leaves the flow"
# JupyterLab aligns what a table holds on the right, as numbers.
_ALIGNED: Final = ' style="text-align: left"'
# The most outputs that are named in one note.
_MOST_NAMED: Final = 8
