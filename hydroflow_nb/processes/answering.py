"""What a running flow answers to the program that has launched it, whatever carries the questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import MSGPACK, Undecodable
from hydroflow_nb.processes import ends
from hydroflow_nb.processes.asking import MOST_BYTES, UNASKED, Answer, Kept, Question, Ready, Sent, Word, packed
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.outputs import write
from hydroflow_nb.processes.taken import Taken
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.systems.standing import standing_of
from hydroflow_nb.trace.saving import as_json


class Refusal(Exception):
    """What was asked cannot be answered; the message says why."""


class Answering:
    """Answers the questions about one flow; `reply` sends an answer."""

    def __init__(self, flow: RunningFlow, names: Mapping[str, Any], reply: Callable[[Answer], None]) -> None:
        self.taken = Taken(flow)
        self._flow = flow
        self._names = names
        self._classes = Classes(names)
        self._reply = reply
        self._ways: Mapping[Word, Callable[[bytes], bytes]] = {
            Word.VALUE: self._value,
            Word.STANDING: self._standing,
            Word.RECORD: self._record,
        }

    def tell_ready(self) -> None:
        """Say that the flow is about to run."""
        ready = Ready(addresses=ends.addresses(ends.ends_in(self._names)))
        self._reply(Answer(number=UNASKED, given=packed(ready)))

    def answer(self, question: Question) -> None:
        """Answer a question, at once or, where an item is sent, when a tick has taken it in."""
        number = question.number
        try:
            if question.word is Word.SEND:
                self._send(question)
                return
            given = self._ways[question.word](question.given)
            if len(given) > MOST_BYTES // 2:
                raise Refusal(f"it takes {len(given):,} bytes, and at most {MOST_BYTES // 2:,} are told at once")
        except (Refusal, Misfit, Misuse, msgspec.MsgspecError) as refusal:
            self._reply(Answer(number=number, refused=str(refusal)))
        except Exception as error:
            # A value's own code may raise anything.
            self._reply(Answer(number=number, refused=f"{type(error).__name__}: {error}"))
        else:
            self._reply(Answer(number=number, given=given))

    def _send(self, question: Question) -> None:
        sent = msgspec.msgpack.decode(question.given, type=Sent)
        if sent.input not in self._flow.inputs:
            there_are = ", ".join(self._flow.inputs) or "none"
            raise Refusal(f"the flow has no input {shown(sent.input)}; its inputs are: {there_are}")
        try:
            item = MSGPACK.decode(sent.item, self._classes)
        except Undecodable as undecodable:
            raise Refusal(f"the item cannot be read there: {undecodable.reason}") from None
        if self._flow.is_closed:
            raise Refusal("the flow takes nothing in any more")
        chosen = self._flow.inputs[sent.input]
        chosen.send(item)
        self.taken.tell(chosen, lambda: self._reply(Answer(number=question.number)))

    def _value(self, given: bytes) -> bytes:
        name = msgspec.msgpack.decode(given, type=str)
        # No bytes at all say that there is no such name.
        return MSGPACK.encode(self._names[name]) if name in self._names else b""

    def _standing(self, _: bytes) -> bytes:
        statistics = [end.statistics for end in ends.ends_in(self._names)]
        return packed(standing_of(self._flow, statistics))

    def _record(self, given: bytes) -> bytes:
        kept = msgspec.msgpack.decode(given, type=Kept)
        recording = self._flow.recording if self._flow.is_recorded else self._flow.record(kept.budget)
        write(Path(kept.path), as_json(recording))
        return b""
