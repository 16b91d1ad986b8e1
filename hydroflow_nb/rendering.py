"""A diagnostic as text with carets, and as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.source import Span

# A line of the user's text can be a megabyte long; what is shown of it around a span is this many characters.
SHOWN_WIDTH = 160


def as_text(diagnostic: Diagnostic) -> str:
    """The diagnostic as a person reads it in a terminal or a cell's output: message, place, the line with carets, hint.

    Source of the form: the diagnostics of rustc.
    """
    places = [(diagnostic.span, "")] + [(label.span, label.text) for label in diagnostic.labels]
    margin = max(len(str(span.line)) for span, _ in places)
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    lines.append(f"{' ' * margin}--> {diagnostic.span.place}")
    for index, (span, text) in enumerate(places):
        if index:
            lines.append(f"{' ' * margin}::: {span.place}")
        lines += _excerpt(span, text, margin)
    lines += [f"{' ' * margin} = note: {_indented(note, margin + 9)}" for note in diagnostic.notes]
    if diagnostic.hint:
        lines.append(f"{' ' * margin} = hint: {_indented(diagnostic.hint, margin + 9)}")
    return "\n".join(lines)


def all_as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Several diagnostics, an empty line between them."""
    return "\n\n".join(as_text(diagnostic) for diagnostic in diagnostics)


def as_html(diagnostic: Diagnostic) -> str:
    """The diagnostic as a preformatted HTML block; everything that came from the user is escaped."""
    return f'<pre class="hydroflow-diagnostic hydroflow-{diagnostic.severity}">{escape(as_text(diagnostic))}</pre>'


def _excerpt(span: Span, text: str, margin: int) -> list[str]:
    line = span.source.line_text(span.line)
    start = span.column - 1
    # A span of several lines is marked up to the end of its first one.
    end = min(start + max(span.length, 1), max(len(line), start + 1))
    cut = max(0, start - SHOWN_WIDTH // 2)
    shown = line[cut : cut + SHOWN_WIDTH]
    before = ("…" if cut else "") + shown
    after = "…" if cut + SHOWN_WIDTH < len(line) else ""
    width = max(1, min(end, cut + SHOWN_WIDTH) - start)
    # A tab before the span stays a tab, so that the carets stand where the terminal puts the text.
    indent = "".join("\t" if character == "\t" else " " for character in line[cut:start])
    carets = f"{' ' if cut else ''}{indent}{'^' * width}"
    return [
        f"{span.line:>{margin}} | {before}{after}",
        f"{' ' * margin} | {carets}{' ' + text if text else ''}",
    ]


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)
