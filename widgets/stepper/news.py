"""The news of a flow: where it stands, the summaries of the ticks that are new, and the record of the newest.

News is a message `{kind: "news", ...}`. The front ends are told soon after something changed, and at most twenty times
a second while much does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.widgets.expressions import error_text
from hydroflow_nb.widgets.questions import Answers
from hydroflow_nb.widgets.stepper.arrivals import Arrivals
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.recorded_ticks import SUMMARIES, RecordedTicks, extent, summary, weight
from hydroflow_nb.widgets.stepper.time_told import time_of
from hydroflow_nb.widgets.stepper.work import Work
from hydroflow_nb.widgets.telling import Telling

if TYPE_CHECKING:
    from hydroflow_nb.running import Input

_SHOWN_WAITING: Final = 50  # waiting items of an input that are listed
_LIGHT: Final = 5_000  # steps and items up to which a record is sent unasked; a page that shows a heavier one asks
_LIGHTER: Final = 1_000  # the same while the flow runs on


class News(Telling):
    """Tells the front ends what is new to them; `send` sends a message. It tells nothing before `listen`."""

    def __init__(
        self,
        bound: BoundFlow,
        work: Work,
        recorded: RecordedTicks,
        arrivals: Arrivals,
        send: Callable[[dict[str, Any]], None],
    ) -> None:
        super().__init__()
        self._bound = bound
        self._flow = bound.flow
        self._work = work
        self._recorded = recorded
        self._arrivals = arrivals
        self._send = send
        self._told = _Told()
        self._trouble: BaseException | None = None

    @property
    def answers(self) -> Answers:
        """What answers a front end that has come, and knows nothing."""
        return {"hello": self._hello}

    def note_trouble(self, error: BaseException) -> None:
        """Tell with the next news what ended a run of a front end."""
        self._trouble = error

    def _tell_new(self) -> None:
        self._arrivals.follow()
        self._send({"kind": "news", **self._state(), **self._new_ticks()})

    def _hello(self, _: Mapping[str, Any]) -> None:
        self._told.forget()
        self.tell()

    def _state(self) -> dict[str, Any]:
        closed = self._bound.why_closed()
        return {
            "running": self._work.doing or ("live" if self._flow.is_running else None),
            "recorded": self._flow.is_recorded,
            "closed": closed,
            "scheduled": not closed and self._flow.is_scheduled(),
            "tick": self._flow.current_tick(),
            "waiting": {} if closed else {name: _waiting(one) for name, one in self._flow.inputs.items()},
            "trouble": self._new_trouble(),
            "time": time_of(self._flow),
            "stopped": None if closed or self._flow.stopped_at is None else str(self._flow.stopped_at),
        }

    def _new_trouble(self) -> str | None:
        """What ended a run since the last news, one of a front end or one in the background."""
        trouble, self._trouble = self._trouble, None
        in_background = self._flow.trouble
        if in_background is not self._told.trouble:
            self._told.trouble = in_background
            if in_background is not None:
                trouble = in_background
        return None if trouble is None else error_text(trouble)

    def _new_ticks(self) -> dict[str, Any]:
        recording, newest = self._recorded.recording, self._recorded.newest()
        self._told.notice(self._recorded.epoch)
        if recording is None or newest is None:
            nothing: dict[str, Any] = {"oldest": None, "newest": None, "dropped": 0, "summaries": [], "records": []}
            return {"epoch": self._told.epoch, **nothing}
        unseen = self._recorded.between(max(self._told.newest, newest.tick - SUMMARIES), newest.tick)
        self._told.newest = newest.tick
        goes_on = self._work.doing == "run" or self._flow.is_running
        sends_record = extent(newest) != self._told.record and weight(newest) <= (_LIGHTER if goes_on else _LIGHT)
        if sends_record:
            self._told.record = extent(newest)
        return {
            "epoch": self._told.epoch,
            "oldest": recording.ticks[0].tick,
            "newest": newest.tick,
            "dropped": recording.dropped,
            "summaries": [summary(tick) for tick in unseen],
            "records": [newest.to_dict()] if sends_record else [],
        }


class _Told:
    """What the front ends know, so that a tick's record is sent once; `epoch` is the recording's."""

    def __init__(self) -> None:
        self.epoch = 0
        self.forget()

    def forget(self) -> None:
        """Assume that the front ends know nothing."""
        self.newest = -1
        self.record: tuple[int, int, bool] | None = None
        self.trouble: BaseException | None = None

    def notice(self, epoch: int) -> None:
        """Assume that the front ends know no tick of another epoch: the flow has gone back."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.newest, self.record = -1, None


def _waiting(one: Input) -> dict[str, Any]:
    items = one.waiting()
    return {"count": len(items), "items": [shown(item) for item in items[:_SHOWN_WAITING]]}
