"""A diagnostic as text with carets, and as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.source import Span

# A line of the user's text can be a megabyte long: so many characters around the span are shown.
SHOWN_WIDTH = 160
# A text can hold a hundred thousand errors: so many diagnostics, and places of one diagnostic, are written out.
MOST_SHOWN = 100
MOST_PLACES = 12
# In an output of JupyterLab `pre` has a proportional font, in which carets do not stand under what they mark.
_STYLE = "font-family: var(--jp-code-font-family, monospace); line-height: 1.3; margin: 1em 0"


def as_text(diagnostic: Diagnostic) -> str:
    """The diagnostic as a person reads it in a terminal or a cell's output: message, place, the line with carets, hint.

    Source of the form: the diagnostics of rustc.
    """
    labels = diagnostic.labels[: MOST_PLACES - 1]
    places = [(diagnostic.span, "")] + [(label.span, label.text) for label in labels]
    margin = max(len(str(span.line)) for span, _ in places)
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    lines.append(f"{' ' * margin}--> {diagnostic.span.place}")
    for index, (span, text) in enumerate(places):
        if index:
            lines.append(f"{' ' * margin}::: {span.place}")
        lines += _excerpt(span, text, margin)
    if len(labels) < len(diagnostic.labels):
        lines.append(f"{' ' * margin} = note: and {len(diagnostic.labels) - len(labels):,} more places")
    lines += [f"{' ' * margin} = note: {_indented(note, margin + 9)}" for note in diagnostic.notes]
    if diagnostic.hint:
        lines.append(f"{' ' * margin} = hint: {_indented(diagnostic.hint, margin + 9)}")
    return "\n".join(lines)


def all_as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Several diagnostics, with an empty line between them; of very many the first ones, errors before warnings."""
    found = list(diagnostics)
    if len(found) <= MOST_SHOWN:
        return "\n\n".join(map(as_text, found))
    chosen = sorted(range(len(found)), key=lambda index: not found[index].is_error)[:MOST_SHOWN]
    parts = [as_text(found[index]) for index in sorted(chosen)]
    rest = f"and {len(found) - MOST_SHOWN:,} more; the error's `diagnostics` hold all of them"
    return "\n\n".join([*parts, rest])


def as_html(diagnostic: Diagnostic) -> str:
    """The diagnostic as a preformatted HTML block; everything that came from the user is escaped."""
    classes = f"hydroflow-diagnostic hydroflow-{diagnostic.severity}"
    return f'<pre class="{classes}" style="{_STYLE}">{escape(as_text(diagnostic))}</pre>'


def _excerpt(span: Span, text: str, margin: int) -> list[str]:
    first, last = span.source.line_bounds(span.line)
    start = span.start - first
    cut = max(0, start - SHOWN_WIDTH // 2)
    # No more of the line is read than is shown: one line may hold thousands of errors.
    shown = span.source.text[first + cut : min(last, first + cut + SHOWN_WIDTH + 2)].rstrip("\r\n")
    after = "…" if len(shown) > SHOWN_WIDTH else ""
    shown = shown[:SHOWN_WIDTH]
    before = ("…" if cut else "") + shown
    # A span of several lines is marked up to the end of its first one.
    width = max(1, min(start + max(span.length, 1), cut + len(shown)) - start)
    # A tab before the span stays a tab, so that the carets stand where the terminal puts the text.
    indent = "".join("\t" if character == "\t" else " " for character in shown[: start - cut])
    carets = f"{' ' if cut else ''}{indent}{'^' * width}"
    return [
        f"{span.line:>{margin}} | {before}{after}",
        f"{' ' * margin} | {carets}{' ' + text if text else ''}",
    ]


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)
