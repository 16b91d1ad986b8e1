"""The news of a network: what happened since it was told last, how it stands, and what may be decided."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.widgets.expressions import error_text
from hydroflow_nb.widgets.network.choices import choices
from hydroflow_nb.widgets.network.happenings import Happenings, full_text
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.work import Work

if TYPE_CHECKING:
    from hydroflow_nb.simulation import Network

_PERIOD: Final = 0.050  # seconds between two news


class RunNews:
    """Tells the front ends what is new to them; `send` sends a message. It tells nothing before `listen`. `ahead` gives
    the decisions that were taken back.
    """

    def __init__(self, net: Network, work: Work, send: Callable[[dict[str, Any]], None]) -> None:
        self._net = net
        self._work = work
        self._send = send
        self.ahead: Callable[[], Sequence[object]] = tuple
        self._is_heard = False
        self._epoch = 0
        self._happenings = Happenings(net.history)
        self._told_at = 0.0
        self._due: asyncio.TimerHandle | None = None
        self._trouble: BaseException | None = None

    @property
    def answers(self) -> Answers:
        """What answers a front end that has come, and one that wants to read a message."""
        return {"hello": self._hello, "message": self._message}

    def listen(self) -> None:
        """Tell news from now on: a front end is there."""
        self._is_heard = True

    def close(self) -> None:
        """Tell no more."""
        self._is_heard = False
        self._cancel()

    def note_trouble(self, error: BaseException) -> None:
        """Tell with the next news what ended a run."""
        self._trouble = error

    def tell(self) -> None:
        """Tell now what is new."""
        self._cancel()
        if not self._is_heard:
            return
        self._told_at = time.monotonic()
        if self._happenings.history is not self._net.history:
            # The run has begun anew.
            self._begin()
        before, events = self._happenings.new()
        trouble, self._trouble = self._trouble, None
        self._send(
            {
                "kind": "news",
                "epoch": self._epoch,
                "lanes": self._happenings.lanes,
                "before": before,
                "events": events,
                "rows": len(self._net.decisions),
                "ahead": len(self.ahead()),
                "running": self._work.doing,
                "trouble": None if trouble is None else error_text(trouble),
                **choices(self._net),
            }
        )

    def tell_at_times(self) -> None:
        """Tell now what is new, unless something was told a moment ago."""
        if time.monotonic() - self._told_at >= _PERIOD:
            self.tell()

    def tell_soon(self) -> None:
        """Tell soon, once, what is new. Without an event loop: now, unless something was told a moment ago."""
        if not self._is_heard or self._due is not None:
            return
        loop = running_loop()
        if loop is None:
            self.tell_at_times()
        else:
            self._due = loop.call_later(_PERIOD, self.tell)

    def _begin(self) -> None:
        self._epoch += 1
        self._happenings = Happenings(self._net.history)

    def _hello(self, _: Mapping[str, Any]) -> None:
        self._begin()
        self.tell()

    def _message(self, question: Mapping[str, Any]) -> dict[str, Any]:
        text = full_text(self._net.history.events, question["message"])
        if text is None:
            raise Refusal(f"{question['message']!r} is no message of this run")
        return {"text": text}

    def _cancel(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
