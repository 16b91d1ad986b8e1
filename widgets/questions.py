"""The questions of a widget's front ends, and their answers.

A question `{kind, request, ...}` is answered by `{kind: "answer", request, ...}`, or by one with
`error: {message, stopped}`. A kernel may hand questions over on a thread of its own, beside the one that runs cells:
they are answered on the thread of the widget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from hydroflow_nb.engine.interruptible import Interruptible
from hydroflow_nb.widgets.expressions import error_text
from hydroflow_nb.widgets.home_thread import HomeThread

# By the kind of a question: what answers it. None is an answer that holds nothing more.
Answers: TypeAlias = Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any] | None]]


class Refusal(Exception):
    """What a front end asked cannot be done now; the message says why, for a reader of the widget."""


class Questions:
    """Answers questions. Every question is answered, whatever goes wrong; `send` sends a message to the front ends."""

    def __init__(self, home: HomeThread, answers: Answers, send: Callable[[dict[str, Any]], None]) -> None:
        self._home = home
        self._answers = answers
        self._send = send

    def hear(self, question: Mapping[str, Any]) -> None:
        """Answer a question on the thread of the widget, where it may have to wait for a cell to end."""
        self._home.call(partial(self._reply, question))

    def send_answer(self, question: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Send the answer to a question."""
        self._send({"kind": "answer", "request": question["request"], **answer})

    def _reply(self, question: Mapping[str, Any]) -> None:
        try:
            answer = Interruptible().call(lambda: self._answer(question))
        except Refusal as refusal:
            answer = {"error": {"message": str(refusal), "stopped": False}}
        except KeyboardInterrupt:
            answer = {"error": {"message": "stopped", "stopped": True}}
        except BaseException as error:
            # Raised by the user's closures or expression: shown in the widget, since there is no cell to show it in.
            answer = {"error": {"message": error_text(error), "stopped": False}}
        self.send_answer(question, answer)

    def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        kind = question["kind"]
        answering = self._answers.get(kind)
        if answering is None:
            raise Refusal(f"this kernel does not know {kind!r}: reload the page, or restart the kernel")
        return answering(question) or {}
