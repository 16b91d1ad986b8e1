"""A recording as text: a line a tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

from hydroflow_nb.trace.ticks import LONGEST_SHOWN, RecordedTick

# The ticks that are listed: the newest ones.
_MOST: Final = 30
_COLUMNS: Final = 100
_REASONS: Final = {"first": "first tick", "input": "input", "deferred": "deferred", "spin": "spin", "hand": "by hand"}


class Graph(Protocol):
    """The graph of the flow that was recorded."""

    def to_dict(self) -> dict[str, Any]:
        """The graph as data for JSON."""


class Listed(Protocol):
    """A recording, as far as a listing tells of it."""

    @property
    def graph(self) -> Graph:
        """The graph of the flow."""

    @property
    def dropped(self) -> int:
        """How many older ticks are not in it."""

    @property
    def ticks(self) -> Sequence[RecordedTick]:
        """The ticks, oldest first."""


def listing(recording: Listed) -> str:
    """Each tick with why it happened, what it took in, how many items moved, and what aborted it."""
    ticks = list(recording.ticks)
    graph = recording.graph.to_dict()
    size = f"{len(graph['ops'])} operators"
    if not ticks:
        return f"recording of {graph['name']}, {size}: no tick yet"
    numbers = f"tick {ticks[0].tick}" if len(ticks) == 1 else f"ticks {ticks[0].tick} to {ticks[-1].tick}"
    lines = [f"recording of {graph['name']}, {size}: {numbers}"]
    hidden = len(ticks) - _MOST
    if hidden > 0:
        lines.append(f"  … {hidden:,} earlier ticks")
    lines += [_line(tick) for tick in ticks[-_MOST:]]
    return "\n".join(lines)


def _line(tick: RecordedTick) -> str:
    moved, carried = tick.moved
    parts = [f"{moved:,} item{'' if moved == 1 else 's'} moved", _REASONS.get(tick.why, tick.why)]
    parts[1:1] = [f"{carried:,} carried over"] if carried else []
    parts += _inputs(tick)
    if tick.set_aside:
        total = len(tick.set_aside) + tick.more_set_aside
        parts.append(f"{f'{total:,} items ' if total > 1 else ''}set aside: {tick.set_aside[0]}")
    if tick.fault is not None:
        parts.append(f"aborted: {tick.fault}")
    elif not tick.complete:
        parts.append("under way")
    line = f"  tick {tick.tick:>3}: {', '.join(parts)}".replace("\n", " ")
    return line if len(line) <= _COLUMNS else f"{line[: _COLUMNS - 1]}…"


def _inputs(tick: RecordedTick) -> Iterator[str]:
    for name, moved in tick.batch.items():
        if moved.count:
            more = ", …" if moved.count > 3 else ""
            yield f"{name} [{', '.join(moved.text(item, LONGEST_SHOWN) for item in moved.items[:3])}{more}]"
