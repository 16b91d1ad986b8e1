"""Items that a reader puts into a flow, and takes back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.widgets.expressions import evaluate
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.news import News

if TYPE_CHECKING:
    from hydroflow_nb.running import Input
    from hydroflow_nb.running.inputs import Fed

_AT_ONCE: Final = 100_000  # items that one injection may hold


class Inputs:
    """The inputs of a flow, for the form "Inject"."""

    def __init__(self, bound: BoundFlow, news: News) -> None:
        self._bound = bound
        self._news = news

    @property
    def answers(self) -> Answers:
        """What answers the questions of the form."""
        return {"send": self._send, "discard": self._discard}

    def _send(self, question: Mapping[str, Any]) -> dict[str, Any]:
        name = question["input"]
        target = self._fed(name)
        value = evaluate(question["text"], self._bound.names)
        items = list(islice(value, _AT_ONCE + 1)) if question["each"] else [value]
        if len(items) > _AT_ONCE:
            raise Refusal(f"more than {_AT_ONCE:,} items: send them from a cell, `flow.inputs[{name!r}].extend(items)`")
        target.extend(items)
        self._news.tell()
        return {"count": len(items)}

    def _discard(self, question: Mapping[str, Any]) -> None:
        target, index, text = self._input(question["input"]), question["index"], question["text"]
        waiting = target.waiting()
        # The list in the page may be older than the flow: what is taken back must be what was pointed at.
        is_there = index < len(waiting) and shown(waiting[index]) == text
        if is_there:
            target.discard(index)
        self._news.tell()
        if not is_there:
            raise Refusal(f"{text} is not waiting any more")

    def _fed(self, name: str) -> Fed:
        """Where items go in."""
        return self._input(name)

    def _input(self, name: str) -> Input:
        self._bound.require_open()
        return self._bound.flow.inputs[name]
