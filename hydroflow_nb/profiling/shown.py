"""What was measured of operators, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from hydroflow_nb.ir.text import printable
from hydroflow_nb.records import dataclass

HEADS: Final = ("operator", "line", "in", "out", "out/in", "ms", "share", "holds", "rounds")
TITLES: Final = {
    "in": "items that came",
    "out": "items that left",
    "out/in": "selectivity: how many leave for each that comes",
    "ms": "time in its own code and in the functions that it calls",
    "share": "of the time of all operators",
    "holds": "how much it held at the end",
    "rounds": "how often its subgraph ran in the tick where that was most often",
}
# The operators of a table; there may be thousands.
MOST_ROWS: Final = 60


@dataclass(frozen=True, kw_only=True)
class OperatorProfile:
    """What was measured of one operator in some ticks.

    `place`: what it is called; `operator`, `element` and `line`: its kind, its id in drawings, its line in the text.
    `items_in` and `items_out` are exact; `selectivity` is how many come out for each that comes in, None where none
    came. `seconds` is the time in its own code and in the functions that it calls, `share` that of all operators' time.
    `state` is how much it held at the end, None where it remembers nothing. `rounds` is how often its subgraph ran in
    the tick in which that was most often, and `runs` in all.
    """

    place: str
    operator: str
    element: str
    line: int
    items_in: int
    items_out: int
    selectivity: float | None
    seconds: float
    share: float
    state: int | None
    rounds: int
    runs: int


def cells(row: OperatorProfile) -> tuple[str, ...]:
    """The cells of a row, in the order of HEADS."""
    name = row.place if row.place == row.operator else f"{row.operator} ({row.place})"
    return (
        printable(name),
        str(row.line),
        f"{row.items_in:,}",
        f"{row.items_out:,}",
        "" if row.selectivity is None else f"{row.selectivity:.3g}",
        f"{row.seconds * 1e3:,.2f}",
        f"{row.share:.0%}",
        "" if row.state is None else f"{row.state:,}",
        str(row.rounds),
    )


def as_text(heading: str, rows: Sequence[OperatorProfile]) -> str:
    """As text: the heading, and a table whose numbers stand below each other."""
    if not rows:
        return heading
    table = [HEADS, *map(cells, rows[:MOST_ROWS])]
    widths = [max(len(row[at]) for row in table) for at in range(len(HEADS))]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
    return "\n".join([heading, *(line.rstrip() for line in lines), *_rest(rows)])


def as_html(heading: str, rows: Sequence[OperatorProfile]) -> str:
    """The same as HTML, with a bar for each share; everything that came from the user is escaped."""
    said = f"<p>{escape(heading).replace('`', '')}</p>"
    if not rows:
        return f'<div class="hydroflow-profile">{said}</div>'
    heads = "".join(f'<th{_aligned(at)} title="{TITLES.get(head, "")}">{head}</th>' for at, head in enumerate(HEADS))
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows[:MOST_ROWS])
    rest = "".join(f"<p>{line}</p>" for line in _rest(rows))
    return (
        f'<div class="hydroflow-profile">{said}<div style="overflow-x: auto"><table style="margin: 0">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{rest}</div>"
    )


def _row(row: OperatorProfile) -> str:
    # One hue, in both themes; the number stands beside it.
    bar = f"background: linear-gradient(to left, #4a90d955 {row.share:.1%}, transparent {row.share:.1%})"
    styles = [bar if head == "share" else "" for head in HEADS]
    return "".join(
        f"<td{_aligned(at, style)}>{escape(cell)}</td>"
        for at, (cell, style) in enumerate(zip(cells(row), styles, strict=True))
    )


def _aligned(at: int, style: str = "") -> str:
    return f' style="text-align: {"right" if at else "left"}; {style}"'


def _rest(rows: Sequence[OperatorProfile]) -> Iterator[str]:
    if len(rows) > MOST_ROWS:
        yield f"and {len(rows) - MOST_ROWS:,} operators more, which took less; `.operators` holds all"
