"""States as JSON: one as a page of rows, and those of many ticks as what each tick has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final, TypeAlias

from hydroflow_nb.records import dataclass
from hydroflow_nb.state.entries import Difference
from hydroflow_nb.state.held import Held
from hydroflow_nb.state.memory import Memory
from hydroflow_nb.state.operator_state import OperatorState
from hydroflow_nb.state.shown import Row, changed_row, entry_row, rows

# The characters of a key or value in a row, and the rows of one part that a page holds.
LONGEST: Final = 200
PAGE: Final = 200
# The rows of one part that are saved of one tick, and the rows of all ticks.
MOST_OF_PART: Final = 1_000
MOST_SAVED: Final = 20_000


def page_of(state: OperatorState) -> dict[str, Any]:
    """What an operator holds as JSON: of each part the exact size and a page of rows, what has changed first."""
    return {
        "tick": state.tick,
        "within": state.is_within,
        "parts": [
            {
                "name": held.name,
                "form": held.form.value,
                "lasts": held.lasts,
                "size": len(held),
                "changes": "" if held.changes is None else str(held.changes),
                "rows": [_as_list(row) for row in islice(rows(held, LONGEST), PAGE)],
                "count": len(held) + (len(held.changes.removed) if held.changes else 0),
            }
            for held in state.parts.values()
        ],
    }


# What is saved of a row: `[mark, key, value]`, and of what changed the value before, and what changed inside.
SavedRow: TypeAlias = list[str | None]
# The rows of each part of each operator, by its element id.
SavedRows: TypeAlias = dict[str, list[list[SavedRow]]]


@dataclass(kw_only=True)
class SavedPart:
    """One thing that an operator holds; `is_named` where it can be asked for by its name alone."""

    name: str
    form: str
    lasts: bool
    is_named: bool = False


@dataclass(kw_only=True)
class SavedTick:
    """What was held at the end of a tick: exact sizes by element id and part; all rows (`whole`), or what `changed`."""

    tick: int
    sizes: dict[str, list[int]]
    whole: SavedRows | None = None
    changed: SavedRows | None = None


@dataclass(kw_only=True)
class SavedHistory:
    """What operators held after some ticks. `left_out` counts the ticks whose states were not kept, or too much."""

    parts: dict[str, list[SavedPart]]
    ticks: list[SavedTick]
    left_out: int = 0


def history_of(memory: Memory, after: Callable[[int], Mapping[str, Any] | None], ticks: Iterable[int]) -> SavedHistory:
    """What the operators of a flow held after many ticks.

    `after` gives the values by variable at the end of a tick, None where they are not kept. The first tick that is
    saved, and each after a gap, has all rows, the others what changed. The newest ticks are saved, as many as
    MOST_SAVED rows allow.
    """
    saved: list[SavedTick] = []
    left_out, room = 0, MOST_SAVED
    newer: dict[str, list[Held]] = {}
    for tick in sorted(ticks, reverse=True):
        values = after(tick) if room > 0 else None
        if values is None:
            left_out += 1
            continue
        held = memory.parts(values)
        if saved and saved[-1].tick == tick + 1:
            changed = _changed(held, newer)
            saved[-1] = replace(saved[-1], whole=None, changed=changed)
            room -= sum(len(rows) for parts in changed.values() for rows in parts)
        sizes = {element: [len(part) for part in parts] for element, parts in held.items()}
        whole = {element: [_whole(part) for part in parts] for element, parts in held.items()}
        saved.append(SavedTick(tick=tick, sizes=sizes, whole=whole))
        newer = held
    parts = {
        node.element: [
            SavedPart(
                name=cell.holding.name,
                form=cell.holding.form.value,
                lasts=cell.variable is not None,
                is_named=memory.is_named(cell),
            )
            for cell in memory.cells(node)
        ]
        for node in memory.remembering
    }
    return SavedHistory(parts=parts, ticks=saved[::-1], left_out=left_out)


def _changed(before: Mapping[str, list[Held]], now: Mapping[str, list[Held]]) -> SavedRows:
    """The rows of what has changed, by part, of each operator of which anything has."""
    found = {}
    for element, parts in now.items():
        rows_of_parts = [_changes(one.since(old).changes) for old, one in zip(before[element], parts, strict=True)]
        if any(rows_of_parts):
            found[element] = rows_of_parts
    return found


def _whole(held: Held) -> list[SavedRow]:
    return [_as_list(entry_row("", entry, LONGEST)) for entry in islice(held.entries(), MOST_OF_PART)]


def _changes(difference: Difference | None) -> list[SavedRow]:
    return [] if difference is None else [_as_list(row) for row in islice(_changed_rows(difference), MOST_OF_PART)]


def _changed_rows(difference: Difference) -> Iterator[Row]:
    yield from (entry_row("+", one, LONGEST) for one in difference.added)
    yield from (entry_row("−", one, LONGEST) for one in difference.removed)
    yield from (changed_row(one, LONGEST) for one in difference.changed)


def _as_list(row: Row) -> SavedRow:
    found = [row.mark, row.key, row.value]
    return found if row.before is None else [*found, row.before, row.inside]
