"""The news of a network: what happened since it was told last, how it stands, and what may be decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.simulation.model.words import in_words
from hydroflow_nb.widgets.expressions import error_text
from hydroflow_nb.widgets.network.choices import choices
from hydroflow_nb.widgets.network.happenings import Happenings, full_text
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.reasons import MOST_TOLD
from hydroflow_nb.widgets.stepper.work import Work
from hydroflow_nb.widgets.telling import Telling

if TYPE_CHECKING:
    from hydroflow_nb.simulation import Network


class RunNews(Telling):
    """Tells the front ends what is new to them; `send` sends a message. It tells nothing before `listen`. `ahead` gives
    the decisions that were taken back.
    """

    def __init__(self, net: Network, work: Work, send: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._net = net
        self._work = work
        self._send = send
        self.ahead: Callable[[], Sequence[object]] = tuple
        self._epoch = 0
        self._happenings = Happenings(net.history)
        self._trouble: BaseException | None = None

    @property
    def answers(self) -> Answers:
        """What answers a front end that has come, and one that wants to read a message."""
        return {"hello": self._hello, "message": self._message, "why_message": self._why_message}

    def note_trouble(self, error: BaseException) -> None:
        """Tell with the next news what ended a run."""
        self._trouble = error

    def _tell_new(self) -> None:
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
        return {"text": in_words(text)}

    def _why_message(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            derivation = self._net.why_message(str(question["message"]))
        except HydroflowError as refused:
            raise Refusal(str(refused)) from None
        return {"told": derivation.to_dict(MOST_TOLD)}
