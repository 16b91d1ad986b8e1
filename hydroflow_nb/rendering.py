"""A diagnostic as text with carets, and as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import category

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.later import html
from hydroflow_nb.source import Span

# A line of the user's text can be a megabyte long: so many characters around the span are shown.
SHOWN_WIDTH = 160
# A text can hold a hundred thousand errors: so many diagnostics, and places of one diagnostic, are written out.
MOST_SHOWN = 100
MOST_PLACES = 12
# The width of what stands before a remark's words, behind the margin.
_REMARK = len(" = note: ")
# What shows nothing, or acts on the text around it: controls and formats (among them those that turn text round), lone
# surrogates, separators of lines and paragraphs.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# In an output of JupyterLab `pre` has a proportional font, in which carets do not stand under what they mark.
_STYLE = "font-family: var(--jp-code-font-family, monospace); line-height: 1.3; margin: 1em 0; overflow-x: auto"
# On a narrow page a sentence goes on in the next line. A line with carets does not: it is scrolled, carets and all.
_SENTENCE = "display: block; white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere"
_LINES = "display: block; white-space: pre; word-break: normal; width: max-content"


def as_text(diagnostic: Diagnostic) -> str:
    """The diagnostic as a person reads it in a terminal or a cell's output: message, place, the line with carets, hint.
    What cannot be printed, or would turn the text round, is a `�`.

    Source of the form: the diagnostics of rustc.
    """
    return _printable("\n".join([_message(diagnostic), *_places(diagnostic), *_remarks(diagnostic)]))


def all_as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Several diagnostics, with an empty line between them; of very many the first ones, errors before warnings."""
    shown, rest = most_important(list(diagnostics))
    return "\n\n".join([*map(as_text, shown), *rest])


def most_important(found: Sequence[Diagnostic]) -> tuple[Sequence[Diagnostic], Sequence[str]]:
    """The diagnostics that are written out, and what is said of those that are not: of very many the first ones are
    written out, errors before warnings.
    """
    if len(found) <= MOST_SHOWN:
        return found, ()
    chosen = sorted(range(len(found)), key=lambda index: not found[index].is_error)[:MOST_SHOWN]
    rest = f"and {len(found) - MOST_SHOWN:,} more; the error's `diagnostics` hold all of them"
    return [found[index] for index in sorted(chosen)], (rest,)


def as_html(diagnostic: Diagnostic) -> str:
    """The diagnostic as a preformatted HTML block, with the text of `as_text`; everything that came from the user is
    escaped.
    """
    remarks = list(_remarks(diagnostic))
    blocks = [("strong", _SENTENCE, _message(diagnostic)), ("span", _LINES, "\n".join(_places(diagnostic)))]
    blocks += [("span", _hanging(diagnostic, remark), remark) for remark in remarks]
    # A line's end within a block makes no empty line.
    ends = "\n" * (len(blocks) - 1)
    inner = "".join(
        f'<{tag} style="{style}">{html.escape(_printable(text))}{ends[at : at + 1]}</{tag}>'
        for at, (tag, style, text) in enumerate(blocks)
    )
    classes = f"hydroflow-diagnostic hydroflow-{diagnostic.severity}"
    return f'<pre class="{classes}" dir="ltr" style="{_STYLE}">{inner}</pre>'


def _message(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"


def _places(diagnostic: Diagnostic) -> Iterator[str]:
    """Where: the place and the line with carets, and those of the labels."""
    margin = _margin(diagnostic)
    for index, (span, text) in enumerate(_marked(diagnostic)):
        label = span.place if len(span.place) <= SHOWN_WIDTH else f"…{span.place[1 - SHOWN_WIDTH :]}"
        yield f"{' ' * margin}{':::' if index else '-->'} {label}"
        yield from _excerpt(span, text, margin)


def _remarks(diagnostic: Diagnostic) -> Iterator[str]:
    """What is said beside that: how many places are left out, notes, the hint."""
    margin = _margin(diagnostic)
    more = len(diagnostic.labels) - len(_marked(diagnostic)) + 1
    notes = [f"and {more:,} more places"] * (more > 0) + list(diagnostic.notes)
    hints = [diagnostic.hint] if diagnostic.hint else []
    for kind, remarks in (("note", notes), ("hint", hints)):
        for remark in remarks:
            yield f"{' ' * margin} = {kind}: {_indented(remark, margin + _REMARK)}"


def _marked(diagnostic: Diagnostic) -> Sequence[tuple[Span, str]]:
    """The spans that are shown, each with what is said beside its carets."""
    return [(diagnostic.span, ""), *((label.span, label.text) for label in diagnostic.labels[: MOST_PLACES - 1])]


def _margin(diagnostic: Diagnostic) -> int:
    return max(len(str(span.line)) for span, _ in _marked(diagnostic))


def _hanging(diagnostic: Diagnostic, remark: str) -> str:
    """The style of a remark: what wraps stands under its words, as the further lines of one with several lines do."""
    if "\n" in remark:
        return _SENTENCE
    width = _margin(diagnostic) + _REMARK
    return f"{_SENTENCE}; padding-left: {width}ch; text-indent: -{width}ch"


def _printable(text: str) -> str:
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join("�" if category(one) in _HIDDEN and one not in "\n\t" else one for one in text)


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
