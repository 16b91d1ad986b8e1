"""The words in which a run is told: on the drawing, in its tooltips and in the listing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import combining, east_asian_width

from hydroflow_nb.ir.text import printable
from hydroflow_nb.simulation.drawing.account import Account, Fate, Journey, Split, TickAccount
from hydroflow_nb.simulation.model.history import Crashed, Given, Resent, Restarted, Ticked
from hydroflow_nb.simulation.model.words import brief, clean, counted, in_words

LONGEST_NAME = 60
# Of the items of a tick a tooltip tells this many, each in so many characters.
MOST_TOLD, LONGEST_TOLD = 8, 100
# What is written where two runs that are drawn side by side part.
HERE_THEY_PART = "from here on the two runs differ"


def fitting(text: str, width: float, size: float) -> str:
    """The start of the text that is about `width` wide in a code font of a size."""
    line = printable(text[:400])
    if code_width(line, size) <= width and len(text) <= 400:
        return line
    room = width - code_width("…", size)
    taken = 0
    for character in line:
        room -= code_width(character, size)
        if room < 0:
            break
        taken += 1
    return line[:taken].rstrip() + "…"


def code_width(text: str, size: float) -> float:
    """The width of a text in a code font, in which some scripts' characters are as wide as two."""
    return 0.602 * size * sum(2 if east_asian_width(one) in "WF" else 0 if combining(one) else 1 for one in text)


def name(node: str) -> str:
    """A node's name or an address."""
    return clean(node, LONGEST_NAME)


def journey_title(journey: Journey) -> str:
    """All facts about a message, for a tooltip."""
    copy = f", a copy of {name(journey.original.message)}" if journey.original else ""
    lines = [f"message {name(journey.message)}{copy}, from {name(journey.sender)} to {name(journey.receiver)}"]
    began = "made" if journey.original else "sent"
    lines.append(f"{began} in row {_row(journey.begin)}, {ending(journey)}")
    if journey.delays:
        lines.append(f"delayed in row {', '.join(_row(row) for row in journey.delays[:MOST_TOLD])}")
    return "\n".join([*lines, clean(in_words(journey.text), 2_100)])


def ending(journey: Journey) -> str:
    """How a message ended, and in which row."""
    if journey.end is None:
        return "still in flight"
    why = f" ({clean(journey.reason, LONGEST_TOLD)})" if journey.reason else ""
    return f"{journey.fate} in row {_row(journey.end)}{why}"


def tick_title(tick: TickAccount) -> str:
    """All facts about a tick, for a tooltip: what it took in, what it sent."""
    event = tick.event
    lines = [f"{name(event.node)}, tick {event.tick} (row {_row(event.row)})"]
    if event.note:
        lines.append(clean(event.note, LONGEST_TOLD))
    if event.error:
        lines.append(f"failed: {clean(event.error, 400)}")
    if event.set_aside:
        lines += _told("set aside", event.set_aside, len(event.set_aside), 400)
    taken = [
        f"{name(one.input)}: {brief(one.text, LONGEST_TOLD)}"
        if isinstance(one, Given)
        else f"from {name(one.sender)}: {brief(one.text, LONGEST_TOLD)}"
        for one in tick.taken[: MOST_TOLD + 1]
    ]
    sent = [f"to {name(one.receiver)}: {brief(one.text, LONGEST_TOLD)}" for one in tick.sent[: MOST_TOLD + 1]]
    lines += _told("in", taken, len(tick.taken)) + _told("out", sent, len(tick.sent))
    return "\n".join(lines)


def set_aside(event: Ticked) -> str:
    """The items that a tick has set aside, in a line: how many, and the first one with its reason."""
    first, *more = event.set_aside
    return f"{counted(1 + len(more), 'item') + ' ' if more else ''}set aside: {first}"


def _told(word: str, texts: Sequence[str], total: int, longest: int = LONGEST_TOLD) -> list[str]:
    if not total:
        return [f"{word}: nothing"]
    lines = [f"{word}: {clean(text, longest)}" for text in texts[:MOST_TOLD]]
    return lines if total <= MOST_TOLD else [*lines, f"{word}: and {total - MOST_TOLD} more"]


def groups(split: Split) -> str:
    """The groups of a cut network: `alice, carol | bob`."""
    return " | ".join(", ".join(name(node) for node in group) for group in split.groups)


def crash(event: Crashed) -> str:
    """What a crash is called."""
    at = f" at {event.at}" if event.at else ""
    return f"crashed{at}: {clean(event.error, 200)}" if event.error else f"crashed{at}"


def restart(event: Restarted) -> str:
    """What a restart is called."""
    return f"restarted, {'durable ' if event.durable else ''}state {'kept' if event.kept or event.durable else 'lost'}"


def resend(event: Resent) -> str:
    """What it is called that two nodes connect again."""
    return f"{name(event.node)} and {name(event.peer)} connect again"


def rows_left_out(first: int, last: int) -> str:
    """Says which rows are not shown."""
    return f"rows {first} to {last} are left out"


def summary(account: Account) -> str:
    """A run in one sentence."""
    journeys = account.journeys.values()
    parts = [counted(len(account.ticks), "tick"), counted(len(journeys), "message")]
    fates = (Fate.DELIVERED, Fate.LOST, Fate.IN_FLIGHT)
    parts += _some((sum(one.fate is fate for one in journeys), str(fate)) for fate in fates)
    copies = sum(one.original is not None for one in journeys)
    parts += [counted(copies, "copy", "copies")] if copies else []
    parts += [counted(len(account.splits), "cut")] if account.splits else []
    parts += [counted(len(account.downs), "crash", "crashes")] if account.downs else []
    return f"{counted(len(account.lanes), 'node')}, {counted(account.rows, 'decision')}: {', '.join(parts)}"


def _some(counts: Iterable[tuple[int, str]]) -> list[str]:
    return [f"{count:,} {word}" for count, word in counts if count]


def _row(row: int) -> str:
    return "start" if row < 0 else str(row)
