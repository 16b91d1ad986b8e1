"""A run as lines of text: a terminal or an untrusted notebook shows these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from hydroflow_nb.simulation.drawing.account import Account, Fate, Journey
from hydroflow_nb.simulation.drawing.wording import (
    HERE_THEY_PART,
    LONGEST_TOLD,
    crash,
    groups,
    name,
    resend,
    restart,
    rows_left_out,
    set_aside,
    summary,
)
from hydroflow_nb.simulation.model.history import (
    Crashed,
    Delayed,
    Delivered,
    Divided,
    Dropped,
    Duplicated,
    Event,
    Given,
    Healed,
    Joined,
    Resent,
    Restarted,
    Sent,
    Ticked,
)
from hydroflow_nb.simulation.model.words import brief, clean, counted

LONGEST_LINE = 120
MOST_IN_FLIGHT = 40
# A single tick may send any number of messages.
MOST_LINES = 2_000


def as_text(account: Account, first: int, last: int, parts: int | None = None) -> str:
    """The decisions from `first` to `last`, a line for each thing that happened, headed by the row. Before the row
    `parts` a line says that the runs differ from there on.
    """
    lines = [summary(account)]
    for lane in account.lanes:
        late = ", joins later" if lane.joins_later else ""
        address = f" at {name(lane.address)}" if lane.address else ""
        lines.append(f"  {name(lane.node)}{address}{late}")
    if first > 0:
        lines.append(rows_left_out(0, first - 1))
    shown = None
    for event in account.events:
        # What happened before any decision belongs to the first row.
        if first <= max(event.row, 0) <= last:
            number = "" if event.row == shown else "start" if event.row < 0 else str(event.row)
            if event.row == parts and event.row != shown:
                lines.append(f"    -- {HERE_THEY_PART} --")
            shown = event.row
            lines.append(f"{number:>5}  {_line(event, account)}")
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"       and {counted(len(lines) - MOST_LINES, 'line')} more"]
    if last < account.rows - 1:
        lines.append(rows_left_out(last + 1, account.rows - 1))
    else:
        lines += _in_flight(account)
    return "\n".join(line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…" for line in lines)


def _in_flight(account: Account) -> Iterator[str]:
    flying = [one for one in account.journeys.values() if one.fate is Fate.IN_FLIGHT]
    for journey in flying[:MOST_IN_FLIGHT]:
        yield f"  end  {_message(journey)} is in flight"
    if len(flying) > MOST_IN_FLIGHT:
        yield f"       and {counted(len(flying) - MOST_IN_FLIGHT, 'message')} more"


def _line(event: Event, account: Account) -> str:
    match event:
        case Ticked():
            tick = account.ticks[event.row, event.node]
            texts = [f"{name(event.node)}: tick {event.tick}, {len(tick.taken)} in, {len(tick.sent)} out"]
            texts += [clean(event.note, LONGEST_TOLD)] if event.note else []
            texts += [clean(set_aside(event), LONGEST_TOLD)] if event.set_aside else []
            texts += [f"failed: {clean(event.error, LONGEST_TOLD)}"] if event.error else []
            return ", ".join(texts)
        case Sent():
            again = " again" if event.again else ""
            return f"  {name(event.sender)} sends{again} {_message(account.journeys[event.message])}"
        case Delivered():
            journey = account.journeys.get(event.message)
            why = f" ({event.unread})" if event.unread else ""
            what = (
                f"{name(journey.receiver)}: gets {_message(journey)}" if journey else f"delivered {name(event.message)}"
            )
            return what + why
        case Dropped():
            why = f" ({clean(event.reason, LONGEST_TOLD)})" if event.reason else ""
            return f"lost{why}: {_known(event.message, account)}"
        case Duplicated():
            return f"copied as {name(event.copy)}: {_known(event.message, account)}"
        case Delayed():
            behind = f" behind {', '.join(map(name, event.behind))}" if event.behind else ""
            return f"delayed{behind}: {_known(event.message, account)}"
        case Given():
            return f"{name(event.node)}: is given {name(event.input)}: {brief(event.text, LONGEST_TOLD)}"
        case Divided():
            return f"cut: {groups(next(split for split in account.splits if split.cut is event))}"
        case Healed():
            return "healed"
        case Crashed():
            return f"{name(event.node)}: {crash(event)}"
        case Restarted():
            return f"{name(event.node)}: {restart(event)}"
        case Resent():
            return resend(event)
        case Joined():
            return f"{name(event.node)}: joins"
    assert_never(event)


def _known(message: str, account: Account) -> str:
    journey = account.journeys.get(message)
    return _message(journey) if journey else name(message)


def _message(journey: Journey) -> str:
    return f"{name(journey.message)}: {brief(journey.text, LONGEST_TOLD)}"
