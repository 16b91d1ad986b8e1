"""Counters of the messages and connections of two ends of a network, and the reports about lost messages."""

from __future__ import annotations

import logging
import time
from collections import deque
from enum import Enum
from html import escape
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.records import dataclass

logger = logging.getLogger("hydroflow_nb.net")

MOST_REJECTED: Final = 20
MOST_BYTES: Final = 1000
# Reports on the same subject are at least so many seconds apart, also in a flood of messages that cannot be read.
SILENCE: Final = 5.0
_MOST_SUBJECTS: Final = 1000


class Cause(Enum):
    """Why a message that came in was not given to the flow."""

    UNDECODABLE = "undecodable"
    OVERSIZED = "oversized"
    TRUNCATED = "truncated"


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A message that was not given to the flow: why, the sender's address, and its first bytes."""

    cause: Cause
    reason: str
    address: Any
    data: bytes


# What each counter counts, in the order in which they are shown.
MEANINGS: Final = {
    "received": "messages that came in",
    "sent": "messages that were handed to the network",
    "undecodable": "messages that came in and could not be read",
    "oversized": "messages that came in, or were announced, and were longer than the limit",
    "truncated": "messages whose connection ended before they were complete",
    "dropped": "messages that came in when there was no room for them",
    "lost": "messages that the flow sent and that were given up",
    "cut_off": "connections that were closed because the peer read too slowly",
    "closed": "connections that the peer closed",
    "refused": "connections that were turned away, or closed to make room for another one; datagrams of strangers",
    "repeated": "batches that came again after they were seen, and were dropped",
    "reconnects": "connections that were made again after one was lost",
}


class _Report:
    """The last report on a subject: when it was logged, and how many messages were not reported since."""

    def __init__(self, time: float) -> None:
        self.time = time
        self.left_out = 0


class Statistics:
    """Counters, which the two ends of an address share, and the last messages that were rejected.

    Each counter is an attribute; `MEANINGS` says what it counts. `rejected` holds the last 20 rejected messages, each
    with its first 1000 bytes.
    """

    received = 0
    sent = 0
    undecodable = 0
    oversized = 0
    truncated = 0
    dropped = 0
    lost = 0
    cut_off = 0
    closed = 0
    refused = 0
    repeated = 0
    reconnects = 0

    def __init__(self) -> None:
        self.rejected: deque[Rejected] = deque(maxlen=MOST_REJECTED)
        self._reports: dict[object, _Report] = {}

    def reject(self, cause: Cause, reason: str, address: Any, data: bytes | bytearray | memoryview = b"") -> None:
        """Count and keep a message that cannot be given to the flow. Logs it, unless another one was just logged."""
        setattr(self, cause.value, getattr(self, cause.value) + 1)
        kept = bytes(data[:MOST_BYTES])
        self.rejected.append(Rejected(cause=cause, reason=reason, address=address, data=kept))
        self._warn(None, 1, "%s message from %s: %s", cause.value, shown(address), shown_text(reason))

    def refuse(self, who: Any, why: str) -> None:
        """Count a connection, or a datagram, of a peer that does not say or prove who it is. Logs it, unless another
        one was just logged.
        """
        self.refused += 1
        self._warn("refused", 1, "%s is refused: %s", shown(who), shown_text(why))

    def lose(self, count: int, address: Any, why: str) -> None:
        """Count messages to an address that were given up. Logs it, unless a loss to this address was just logged."""
        if count:
            self.lost += count
            to = shown(address)
            self._warn(to, count, "%s to %s lost: %s", counted(count), to, shown_text(why))

    def _warn(self, subject: object, count: int, text: str, *values: object) -> None:
        """Log a warning on a subject. Within `SILENCE` seconds after one, only count the messages that it is about."""
        now = time.monotonic()
        last = self._reports.get(subject)
        if last is not None and now - last.time < SILENCE:
            last.left_out += count
            return
        if len(self._reports) >= _MOST_SUBJECTS:
            self._reports.clear()
        self._reports[subject] = _Report(now)
        more = f" ({last.left_out:,} more since the last report)" if last is not None and last.left_out else ""
        logger.warning(f"{text}%s", *values, more)

    def to_dict(self) -> dict[str, int]:
        """The counters by name."""
        return {name: getattr(self, name) for name in MEANINGS}

    def __repr__(self) -> str:
        counters = ", ".join(f"{value:,} {name}" for name, value in self.to_dict().items() if value)
        return f"<statistics: {counters or 'nothing yet'}>"

    def _repr_html_(self) -> str:
        counters = "".join(
            f'<tr><th style="text-align:left">{name}</th><td>{value:,}</td>'
            f'<td style="text-align:left">{escape(MEANINGS[name])}</td></tr>'
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
    """A number of messages: "1 message", "2 messages"."""
    return "1 message" if count == 1 else f"{count:,} messages"


def shown_text(text: str) -> str:
    """A text from an unknown source, on one line and without characters that control a terminal."""
    plain = "".join(character if character.isprintable() else "�" for character in text[:500])
    return plain if len(text) <= 500 else f"{plain}…"
