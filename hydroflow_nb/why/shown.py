"""A derivation as text and as HTML, neither longer than a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from hydroflow_nb.records import dataclass
from hydroflow_nb.why.cause import Cause, Tree

_MOST_LINES: Final = 120
_MOST_ITEMS: Final = 400
# Causes of one item that are shown; the others are counted.
_MOST_CAUSES: Final = 12
_DEEPEST: Final = 24
# What is deeper is folded in a page.
_OPEN: Final = 4
_WIDTH: Final = 80


@dataclass(frozen=True, kw_only=True)
class Line:
    """An item at its depth; `through` are the operators that only handed it on, nearest first. `is_again` marks one
    that stands above already, `left_out` counts what is not shown instead of an item.
    """

    depth: int
    cause: Cause
    last: Cause
    through: tuple[str, ...] = ()
    is_again: bool = False
    left_out: int = 0


def lines_of(derivation: Tree) -> Iterator[Line]:
    """The lines of a derivation from top to bottom, each item before its causes."""
    shown: set[int] = set()
    waiting: list[tuple[int, Cause, int]] = [(0, derivation.root, 0)]
    while waiting:
        depth, cause, left_out = waiting.pop()
        if left_out:
            yield Line(depth=depth, cause=cause, last=cause, left_out=left_out)
            continue
        last, through = _handed_on(cause)
        is_again = id(last) in shown
        yield Line(depth=depth, cause=cause, last=last, through=through, is_again=is_again and bool(last.causes))
        if is_again:
            continue
        shown.add(id(last))
        causes = last.causes
        if len(causes) > _MOST_CAUSES:
            waiting.append((depth + 1, cause, len(causes) - _MOST_CAUSES + 1))
            causes = causes[: _MOST_CAUSES - 1]
        waiting += [(depth + 1, one, 0) for one in reversed(causes)]


def _handed_on(cause: Cause) -> tuple[Cause, tuple[str, ...]]:
    """Where an item came from that operators only handed on, and these operators."""
    through: list[str] = []
    while cause.hands_on and not cause.doubt and len(cause.causes) == 1 and cause.causes[0].text == cause.text:
        if cause.causes[0].tick != cause.tick:
            break
        through.append(cause.operator)
        cause = cause.causes[0]
    return cause, tuple(through)


def as_text(derivation: Tree) -> str:
    """The tree as lines, the causes of an item indented below it."""
    found: list[str] = []
    for line in lines_of(derivation):
        if len(found) == _MOST_LINES:
            found.append(f"… the whole tree has {len(derivation.steps):,} items: `.steps`")
            break
        indent = "  " * min(line.depth, _DEEPEST)
        if line.left_out:
            found.append(f"{indent}and {line.left_out:,} more")
            continue
        found.append(f"{indent}{_cut(line.cause.text)}   {_place(line)}")
        if line.is_again:
            found[-1] += " (told above)"
            continue
        found += [f"{indent}  {words}" for words in _words(line)]
    return "\n".join([*found, *_summary(derivation)])


def _place(line: Line) -> str:
    node = f"{line.cause.node}: " if line.cause.node else ""
    where = f"{node}{line.cause.place}, tick {line.cause.tick}"
    return f"{where}, through {', '.join(line.through)}" if line.through else where


def _words(line: Line) -> Iterator[str]:
    last = line.last
    name = f" `{last.input}`" if last.input else ""
    yield f"{last.operator}{name}: {last.because}"
    yield from (f"absent: {words}" for words in last.absent)
    if last.doubt:
        yield f"not certain: {last.doubt}"


def _summary(derivation: Tree) -> Iterator[str]:
    if derivation.cited:
        yield "inputs: " + "; ".join(
            f"{name} {', '.join(f'{len(items):,} in tick {tick}' for tick, items in list(ticks.items())[:6])}"
            + (f" and in {len(ticks) - 6:,} more ticks" if len(ticks) > 6 else "")
            for name, ticks in derivation.cited.items()
        )
    if derivation.doubts:
        yield f"{len(derivation.doubts)} of its steps are not certain"


def _cut(text: str) -> str:
    one_line = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return one_line if len(one_line) <= _WIDTH else f"{one_line[: _WIDTH - 1]}…"


_STYLE: Final = (
    "<style>.hf-why{font:13px/1.45 system-ui,sans-serif;color-scheme:light dark;color:light-dark(#1a1a1a,#e6e6e6)}"
    ".hf-why ul{list-style:none;margin:0 0 0 .6em;padding:0 0 0 .9em;border-left:1px solid light-dark(#ccc,#555)}"
    ".hf-why>ul{border:0;margin:0;padding:0}.hf-why code{font:12px ui-monospace,monospace;font-weight:600}"
    ".hf-why small{color:light-dark(#595959,#a8a8a8)}.hf-why summary{cursor:pointer}"
    ".hf-why .doubt{color:light-dark(#8a4b00,#ffb86b)}"
    # JupyterLab's theme, whatever the reader's system asks for.
    "[data-jp-theme-light=true] .hf-why{color-scheme:light}"
    "[data-jp-theme-light=false] .hf-why{color-scheme:dark}</style>"
)


def as_html(derivation: Tree) -> str:
    """The tree as nested lists that fold; everything of the user's is escaped."""
    parts = [_STYLE, '<div class="hf-why"><ul>']
    depth = 0
    # Whether the items that enclose the next one have an element that folds.
    lines = []
    for count, line in enumerate(lines_of(derivation)):
        if count == _MOST_ITEMS:
            break
        lines.append(line)
    for place, line in enumerate(lines):
        level = min(line.depth, _DEEPEST)
        while depth > level:
            parts.append("</ul></details></li>")
            depth -= 1
        body = _item(line)
        following = lines[place + 1] if place + 1 < len(lines) else None
        if following is not None and min(following.depth, _DEEPEST) > level:
            parts.append(f"<li><details{' open' if level < _OPEN else ''}><summary>{body}</summary><ul>")
            depth = level + 1
        else:
            parts.append(f"<li>{body}</li>")
    parts.extend("</ul></details></li>" for _ in range(depth))
    parts.append("</ul>")
    if len(derivation.steps) > _MOST_ITEMS:
        parts.append(f"<small>the whole tree has {len(derivation.steps):,} items</small>")
    parts.extend(f"<div><small>{escape(words)}</small></div>" for words in _summary(derivation))
    return "".join([*parts, "</div>"])


def _item(line: Line) -> str:
    if line.left_out:
        return f"<small>and {line.left_out:,} more</small>"
    said = "told above" if line.is_again else "; ".join(_words(line))
    doubt = ' class="doubt"' if line.last.doubt and not line.is_again else ""
    return (
        f"<code>{escape(_cut(line.cause.text))}</code> <small>{escape(_place(line))}</small> "
        f"<span{doubt}>{escape(said)}</span>"
    )
