"""A report as text and as HTML: a table of levels, what it comes to, what is to say of it, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Final, Protocol

from hydroflow_nb.correctness.levels import MEANINGS, WHAT_DIFFERS, Level
from hydroflow_nb.correctness.summary import named, shortened
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.error_index import BY_CODE, explanation_as_html
from hydroflow_nb.ir.text import printable
from hydroflow_nb.rendering import all_as_text, as_html, most_important


class Table(Protocol):
    """What is shown: heads, rows of words, the diagnostics, and the sentences before and behind these."""

    @property
    def heads(self) -> Sequence[str]:
        """The heads of the columns."""

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """One row for each output."""

    @property
    def is_of_network(self) -> bool:
        """True where the outputs are those of the nodes of a network."""

    @property
    def summary(self) -> str:
        """What the table comes to."""

    @property
    def shards(self) -> str:
        """By what the members of clusters share their items, if there is anything."""

    @property
    def verdicts(self) -> Sequence[str]:
        """What somebody else says of some of them, if there is anything."""

    @property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """What is to say of them."""

    @property
    def next_steps(self) -> Sequence[str]:
        """What to do next, if there is anything."""


def as_text(table: Table) -> str:
    """The table in columns, the summary, the diagnostics and what to do next."""
    if not table.rows:
        return _NO_OUTPUT
    lines = [table.heads, *([shortened(name), *words] for name, *words in table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.heads))]
    columns = "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    found = all_as_text(said_once(table.diagnostics))
    return "\n\n".join(
        part
        for part in (columns, table.summary, table.shards, *table.verdicts, found, "\n".join(table.next_steps))
        if part
    )


def report_as_html(table: Table) -> str:
    """The same as HTML, with what the words of the table mean. All that is the user's is escaped."""
    if not table.rows:
        return f"<p>{_NO_OUTPUT}</p>"
    heads = "".join(f'<th{_ALIGNED} title="{escape(_asks(head, table))}">{escape(head)}</th>' for head in table.heads)
    rows = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in table.rows)
    found, rest = most_important(said_once(table.diagnostics))
    return (
        f'<div style="{_SCROLLED}"><table class="hydroflow-report" style="margin: 0">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"{_words(table)}{_paragraphs((table.summary, table.shards, *table.verdicts))}{''.join(_explained(found))}"
        f"{_paragraphs((*rest, *table.next_steps))}"
    )


def _paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{_coded(sentence)}</p>" for sentence in sentences if sentence)


def _cells(row: Sequence[str]) -> Iterator[str]:
    """The cells of a row. A level that promises nothing is bold, and each says what it means where a pointer rests."""
    name, *words = row
    yield f'<td{_ALIGNED} title="{escape(printable(name[:_LONGEST_TITLE]))}"><bdi>{escape(shortened(name))}</bdi></td>'
    for word in words:
        title = f' title="{escape(MEANINGS[Level(word)])}"' if word in MEANINGS else ""
        inner = escape(word)
        yield f"<td{_ALIGNED}{title}>{f'<strong>{inner}</strong>' if word in _DOUBTED else inner}</td>"


def _words(table: Table) -> str:
    """What the words of the table mean, each once. It opens without a script, in a saved notebook too."""
    used = {word for _, *words in table.rows for word in words}
    levels = [(level, f"{meaning}") for level, meaning in MEANINGS.items() if level in used]
    heads = [(head, _asks(head, table)) for head in table.heads[1:]]
    lines = "".join(
        f"<tr><td{_ALIGNED}>{escape(word)}</td><td{_ALIGNED}>{escape(meaning)}</td></tr>"
        for word, meaning in (*heads, *levels)
    )
    return (
        f'<details style="{_INDENTED}"><summary{_BACK}>what the words of the table mean</summary>'
        f"<table><tbody>{lines}</tbody></table></details>"
    )


def _asks(head: str, table: Table) -> str:
    """What a column is about."""
    if head == "replication" and table.is_of_network:
        return "whether nodes that are told the same agree, in this network"
    if head in WHAT_DIFFERS:
        return f"two runs differ in {WHAT_DIFFERS[head]}"
    return "whether what is shown is never taken back" if head == "early" else "what leaves the flow"


def _coded(sentence: str) -> str:
    """A sentence with what stands in its quotes as code, which goes to the next line as a whole if it fits there."""
    style = "display: inline-block; max-width: 100%"
    return re.sub("`([^`]*)`", rf'<code style="{style}">\1</code>', escape(sentence, quote=False))


def _explained(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """The diagnostics, with the entry of the error index under the first one of each code. It opens without a script,
    in a saved notebook too.
    """
    seen = set()
    for found in diagnostics:
        yield as_html(found)
        if found.code not in seen:
            seen.add(found.code)
            meaning = explanation_as_html(BY_CODE[found.code])
            yield f'<details style="{_INDENTED}"><summary{_BACK}>what {found.code} means</summary>{meaning}</details>'


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
    names = [_output_and_rest(found)[0].strip("`") for found in others]
    return replace(first, notes=[*first.notes, f"the same holds for {named(names)}"])


_NO_OUTPUT: Final = "there is no output: nothing leaves the flow"
# The most letters of a name that are shown where a pointer rests on it.
_LONGEST_TITLE: Final = 400
# JupyterLab aligns what a table holds on the right, as numbers.
_ALIGNED: Final = ' style="text-align: left; padding: .3em .4em"'
# The part that opens stands apart from what it explains.
_INDENTED: Final = "margin: .5em 0 .8em 1.2em"
_BACK: Final = ' style="margin-left: -1.2em; cursor: pointer"'
# The levels at which two runs may end differently.
_DOUBTED: Final = frozenset({Level.DIFFERS, Level.UNKNOWN})
# A long table is scrolled, so that the text behind it stays in sight.
_SCROLLED: Final = "max-height: 32em; overflow: auto; width: max-content; max-width: 100%"
