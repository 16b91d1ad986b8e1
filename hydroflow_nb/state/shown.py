"""What an operator holds as text and as HTML: what is new first, then what is gone, what changed, and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.ir.text import printable
from hydroflow_nb.later import html
from hydroflow_nb.records import dataclass
from hydroflow_nb.state.entries import NO_KEY, Change, Entry
from hydroflow_nb.state.held import Held

# The rows of one part, and the characters of a value in a row.
MOST_ROWS: Final = 20
LONGEST: Final = 100
MEANINGS: Final = {"+": "new in this tick", "−": "gone in this tick", "~": "changed in this tick", "": "as before"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row: its mark, the texts of its key and value, and for what changed that of the value before, and how much
    changed inside. A key of None: the item has none.
    """

    mark: str
    key: str | None
    value: str
    before: str | None = None
    inside: str = ""


def rows(held: Held, longest: int = LONGEST) -> Iterator[Row]:
    """The rows of a part, what has changed first."""
    changes = held.changes
    if not changes:
        yield from (entry_row("", one, longest) for one in held.entries())
        return
    yield from (entry_row("+", one, longest) for one in changes.added)
    yield from (entry_row("−", one, longest) for one in changes.removed)
    yield from (changed_row(one, longest) for one in changes.changed)
    fresh = Counter((id(one.key), id(one.value)) for one in changes.added)
    fresh.update((id(one.key), id(one.after)) for one in changes.changed)
    # What is new stands at the end, where things come in order.
    older = []
    for one in reversed(list(held.entries())):
        if fresh[id(one.key), id(one.value)] > 0:
            fresh[id(one.key), id(one.value)] -= 1
        else:
            older.append(one)
    yield from (entry_row("", one, longest) for one in reversed(older))


def entry_row(mark: str, entry: Entry, longest: int) -> Row:
    """The row of an entry."""
    key = shown(entry.key, longest) if entry.has_key else None
    return Row(mark=mark, key=key, value=shown(entry.value, longest))


def changed_row(change: Change, longest: int) -> Row:
    """The row of what has changed."""
    key = None if change.key is NO_KEY else shown(change.key, longest)
    return Row(
        mark="~",
        key=key,
        value=shown(change.after, longest),
        before=shown(change.before, longest),
        inside="" if change.inside is None else str(change.inside),
    )


def part_heading(held: Held) -> str:
    """The name of a part, its form, how much there is and what changed."""
    if not held.lasts:
        return f"{held.name}: forgotten at the end of each tick (`'tick`)"
    changed = f", {held.changes}" if held.changes else ""
    return f"{held.name} ({held.form.value}): {len(held):,}{changed}"


def as_text(heading: str, parts: Iterable[Held]) -> str:
    """What is held as text below a heading, at most MOST_ROWS rows a part."""
    lines = [printable(heading)]
    for held in parts:
        lines.append(f"  {printable(part_heading(held))}")
        for row in islice(rows(held), MOST_ROWS):
            key = "" if row.key is None else f"{row.key}: "
            value = f"{row.before} → {row.value}" if row.before is not None else row.value
            inside = f"   ({row.inside} inside)" if row.inside else ""
            lines.append(f"    {row.mark or ' '} {printable(key + value + inside)}")
        if (left := _left(held)) > 0:
            lines.append(f"      and {left:,} more")
    return "\n".join(lines)


def _left(held: Held) -> int:
    gone = len(held.changes.removed) if held.changes else 0
    return len(held) + gone - MOST_ROWS


def as_html(heading: str, parts: Iterable[Held]) -> str:
    """The same as HTML; everything that came from the user is escaped."""
    return f'<div class="hydroflow-state"><p>{_coded(heading)}</p>{"".join(map(_part_as_html, parts))}</div>'


def _part_as_html(held: Held) -> str:
    head = f"<p style='margin: 0.4em 0'>{_coded(part_heading(held))}</p>"
    body = "".join(_row_as_html(row) for row in islice(rows(held), MOST_ROWS))
    if not body:
        return head
    left = _left(held)
    more = f"<p>and {left:,} more</p>" if left > 0 else ""
    return f'{head}<table style="margin: 0"><tbody>{body}</tbody></table>{more}'


def _row_as_html(row: Row) -> str:
    aligned = 'style="text-align: left; font-family: var(--jp-code-font-family, monospace); white-space: pre-wrap"'
    gone = f"<s>{_escaped(row.value)}</s>" if row.mark == "−" else _escaped(row.value)
    value = gone if row.before is None else f"{_escaped(row.before)} → {gone}"
    inside = f" <small>({_escaped(row.inside)} inside)</small>" if row.inside else ""
    key = "" if row.key is None else f"<td {aligned}>{_escaped(row.key)}</td>"
    mark = f'<td title="{MEANINGS[row.mark]}"><b>{row.mark}</b></td>'
    return f"<tr>{mark}{key}<td {aligned}><bdi>{value}</bdi>{inside}</td></tr>"


def _escaped(text: str) -> str:
    return html.escape(printable(text))


def _coded(text: str) -> str:
    """A sentence in which what stands between two backticks is code."""
    parts = _escaped(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
