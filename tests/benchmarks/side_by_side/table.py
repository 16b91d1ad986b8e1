"""The tables in Markdown, and where they stand: between two comments, which stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from side_by_side.peers import PEERS
from side_by_side.runner import Measured, Quartiles
from side_by_side.shape import HAND, OURS, RUST, label


def table(found: Sequence[Measured], spread: bool = True) -> str:
    """A row for each shape: our time, then how many times longer the others took; `spread` adds the quartiles.

    A way that no shape has, because its library is not installed, has no column.
    """
    others = [way for way in (HAND, RUST, *PEERS) if any(way in one.seconds for one in found)]
    rows = [
        ["", OURS, *map(label, others)],
        ["---", *["---:"] * (len(others) + 1)],
    ]
    for one in found:
        ratios = [ratio_text(one.ratio(way), spread) if way in one.seconds else "" for way in others]
        rows.append([one.shape.title, tick_text(one), *ratios])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


BESIDE_HEAD = "|  | this checkout | the other, of it | by hand, of it |\n| --- | ---: | ---: | ---: |"


def beside_row(found: Measured, other: str) -> str:
    """What this checkout takes, and how many times longer the other one and the loop by hand took."""
    ratios = (ratio_text(found.ratio(way), spread=True) for way in (other, HAND))
    return f"| {found.shape.title} | {tick_text(found)} | {' | '.join(ratios)} |"


def tick_text(found: Measured) -> str:
    """Our time, of a tick where there are many."""
    return time_text(found.each(OURS)) + (" a tick" if found.shape.ticks > 1 else "")


def time_text(seconds: float) -> str:
    """A time in the unit that fits it, with three digits."""
    for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit:
            return f"{digits(seconds / unit)} {name}"
    return f"{digits(seconds * 1e9)} ns"


def ratio_text(ratio: Quartiles, spread: bool) -> str:
    """A ratio, with its quartiles in brackets."""
    shown = digits(ratio.median)
    return f"{shown} [{digits(ratio.low)}-{digits(ratio.high)}]" if spread else shown


def digits(number: float) -> str:
    """A number with two digits where it is small, three else, never in the form with an exponent."""
    if number >= 100:
        return f"{float(f'{number:.3g}'):,.0f}"
    if number >= 1:
        return f"{number:.3g}"
    text = f"{float(f'{number:.2g}'):.12f}".rstrip("0")
    return text.removesuffix(".")


def insert(page: Path, name: str, lines: Iterable[str]) -> None:
    """Put lines into a page, between its comments `<!-- NAME -->` and `<!-- /NAME -->`.

    Raises ValueError where these are missing.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"({re.escape(start)}\n).*?({re.escape(end)})", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page.name} has no lines {start} and {end}, between which the table is to stand")
    body = "\n".join(lines).strip("\n") + "\n"
    page.write_text(pattern.sub(lambda match: match[1] + body + match[2], text), encoding="utf-8")
