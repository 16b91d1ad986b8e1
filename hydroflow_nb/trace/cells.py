"""The cells that run a recorded flow again: its text, and what each tick took in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.source import Source
from hydroflow_nb.syntax.parser import parse
from hydroflow_nb.trace.items import item_to_json
from hydroflow_nb.trace.ticks import RecordedTick, Text

# The characters of one cell: a longer one is nothing that somebody pastes.
_LONGEST: Final = 20_000


def cells_of(graph: Mapping[str, Any], ticks: Sequence[RecordedTick]) -> list[str]:
    """Two cells to paste into a notebook: the flow, and its inputs tick by tick. A flow that was built by hand, or
    whose text is very long, has none.
    """
    name, text = graph["name"], graph["source"].strip("\n")
    if not text.strip() or len(text) > _LONGEST or not name.isidentifier() or parse(Source(text=text)).diagnostics:
        return []
    lines: list[str] = []
    for tick in ticks:
        lines += [f"{name}.inputs[{source!r}].extend({items})" for source, items in _inputs(tick)]
        lines.append(f"{name}.run_tick()")
    return [f"%%hydroflow {name}\n{text}", "\n".join(_shortened(lines))]


def _inputs(tick: RecordedTick) -> Iterable[tuple[str, str]]:
    for source, moved in tick.batch.items():
        if moved.count:
            note = "" if moved.count == len(moved.items) else f"  # {moved.count - len(moved.items):,} more"
            yield source, f"[{', '.join(map(_written, moved.items))}]{note}"


def _written(item: Any) -> str:
    """An item as an expression; of what is known by its text alone that text, which may be one."""
    if isinstance(item, Text):
        return str(item)
    told = item_to_json(item)
    return str(told["text"]) if isinstance(told, dict) and "text" in told else repr(item)


def _shortened(lines: Sequence[str]) -> Iterable[str]:
    room = _LONGEST
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            yield f"# and {len(lines) - number:,} more lines"
            return
        yield line
