"""What came and went through the ends of a network, counted."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass
from enum import Enum
from html import escape
from typing import Any, Final

from hydroflow_nb.engine.shown import shown

logger = logging.getLogger("hydroflow_nb.net")

MOST_REJECTED: Final = 20
MOST_BYTES: Final = 1000
# A flood of messages that cannot be read is told of this often, in seconds.
SILENCE: Final = 5.0
_MOST_SUBJECTS: Final = 1000


class Cause(Enum):
    """Why a message that came in was not given to the flow."""

    UNDECODABLE = "undecodable"
    OVERSIZED = "oversized"
    TRUNCATED = "truncated"


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A message that was not given to the flow: why, whose it was, and its first bytes."""

    cause: Cause
    reason: str
    address: Any
    data: bytes


# What each counter counts, in the order in which they are shown.
MEANINGS: Final = {
    "received": "messages that came in",
    "sent": "messages that were handed to the network",
    "undecodable": "messages that came in and could not be read",
    "oversized": "messages that came in, or were announced, beyond the limit of their size",
    "truncated": "messages that broke off as their connection did",
    "dropped": "messages that came in when there was no room",
    "lost": "messages to send that were given up",
    "cut_off": "connections that were closed as their peers took too little",
    "refused": "connections that were turned away",
    "reconnects": "connections that were made anew after one was lost",
}


class _Report:
    """What was told of a subject: when, and how many messages later ones have left out since."""

    def __init__(self, time: float) -> None:
        self.time = time
        self.left_out = 0


class Statistics:
    """Counters of the two ends of a network, which share one of these, and the last messages that were rejected.

    Each counter is an attribute; `MEANINGS` says what it counts. `rejected` holds the last 20, with their first 1000
    bytes each.
    """

    def __init__(self) -> None:
        self.received = 0
        self.sent = 0
        self.undecodable = 0
        self.oversized = 0
        self.truncated = 0
        self.dropped = 0
        self.lost = 0
        self.cut_off = 0
        self.refused = 0
        self.reconnects = 0
        self.rejected: deque[Rejected] = deque(maxlen=MOST_REJECTED)
        self._reports: dict[object, _Report] = {}

    def reject(self, cause: Cause, reason: str, address: Any, data: bytes | bytearray | memoryview = b"") -> None:
        """Count and keep a message that cannot be given to the flow, and log it unless one was logged just before."""
        setattr(self, cause.value, getattr(self, cause.value) + 1)
        kept = bytes(data[:MOST_BYTES])
        self.rejected.append(Rejected(cause=cause, reason=reason, address=address, data=kept))
        more = self._unless_just_told(None, 1)
        if more is not None:
            logger.warning("%s message from %s: %s%s", cause.value, shown(address), shown_text(reason), more)

    def lose(self, count: int, address: Any, why: str) -> None:
        """Count messages to an address that were given up, and log it unless that was logged just before."""
        if not count:
            return
        self.lost += count
        more = self._unless_just_told(shown(address), count)
        if more is not None:
            logger.warning("%s to %s lost: %s%s", counted(count), shown(address), shown_text(why), more)

    def _unless_just_told(self, subject: object, count: int) -> str | None:
        """None where a report on a subject is one too many; else what it has to say of those that were left out."""
        now = time.monotonic()
        report = self._reports.get(subject)
        if report is not None and now - report.time < SILENCE:
            report.left_out += count
            return None
        if len(self._reports) >= _MOST_SUBJECTS:
            self._reports.clear()
        self._reports[subject] = _Report(now)
        return f" ({report.left_out:,} more since the last report)" if report is not None and report.left_out else ""

    def to_dict(self) -> dict[str, int]:
        """The counters by name."""
        return {name: getattr(self, name) for name in MEANINGS}

    def __repr__(self) -> str:
        counters = ", ".join(f"{value:,} {name}" for name, value in self.to_dict().items() if value)
        return f"<statistics: {counters or 'nothing yet'}>"

    def _repr_html_(self) -> str:
        counters = "".join(
            f'<tr title="{escape(MEANINGS[name])}"><th style="text-align:left">{name}</th><td>{value:,}</td></tr>'
            for name, value in self.to_dict().items()
        )
        html = f"<table>{counters}</table>"
        if self.rejected:
            rows = "".join(
                "<tr>"
                + "".join(
                    f'<td style="text-align:left">{escape(text)}</td>'
                    for text in (one.cause.value, shown_text(one.reason), shown(one.address), shown(one.data))
                )
                + "</tr>"
                for one in self.rejected
            )
            html += f"<table><tr><th>rejected</th><th>why</th><th>from</th><th>bytes</th></tr>{rows}</table>"
        return html


def counted(count: int) -> str:
    """A number of messages, in words."""
    return "1 message" if count == 1 else f"{count:,} messages"


def shown_text(text: str) -> str:
    """A text that may come from elsewhere, on one line and without characters that a terminal would act on."""
    plain = "".join(character if character.isprintable() else "�" for character in text[:500])
    return plain if len(text) <= 500 else f"{plain}…"
