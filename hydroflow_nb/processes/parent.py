"""The program that launched a process: what it asks the running flow, over a socket that it alone has."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.frames import Frames, Oversized, frame
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import MSGPACK, Undecodable
from hydroflow_nb.processes import ends
from hydroflow_nb.processes.asking import (
    MOST_BYTES,
    QUESTIONS,
    UNASKED,
    Answer,
    Kept,
    Question,
    Ready,
    Sent,
    Word,
    packed,
)
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.outputs import write
from hydroflow_nb.processes.taken import Taken
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.systems.standing import standing_of
from hydroflow_nb.trace.saving import as_json

# The items whose arrival in a tick is waited for at once; further questions wait in the socket.
_MOST_PENDING: Final = 10_000
_PIECE: Final = 1 << 16


class Refusal(Exception):
    """What was asked cannot be answered; the message says why."""


class Parent:
    """Answers what the launching program asks. A process that is asked nothing does nothing here.

    `descriptor` is that of one end of a pair of sockets, whose other end the launching program has. Raises Misuse where
    it is none.
    """

    def __init__(self, descriptor: int) -> None:
        try:
            self._socket = socket.socket(fileno=descriptor)
        except OSError as error:
            raise Misuse(f"`--parent {descriptor}`: there is no such socket: {error.strerror}") from None
        # No program that the flow starts is to hold it open.
        self._socket.set_inheritable(False)

    def wait_for_end(self) -> None:
        """Wait, in a thread, until the launching program has ended, however it did, or has closed its end."""
        poll = select.poll()
        # Only that the other end is closed: what is asked meanwhile is read elsewhere.
        poll.register(self._socket, 0)
        poll.poll()

    def close(self) -> None:
        """Close this end of the socket."""
        self._socket.close()

    async def serve(self, flow: RunningFlow, names: Mapping[str, Any]) -> None:
        """Say that the flow is ready, and answer questions about it, in the order in which they come."""
        reader, writer = await asyncio.open_connection(sock=self._socket)
        answering = _Answering(flow, names, lambda answer: writer.write(frame(packed(answer))))
        answering.tell_ready()
        frames = Frames(MOST_BYTES)
        with closing(writer), suppress(ConnectionError, Oversized, msgspec.MsgspecError):
            while data := await reader.read(_PIECE):
                for body in frames.feed(data):
                    answering.answer(QUESTIONS.decode(body))
                await writer.drain()
                await answering.taken.has_room(_MOST_PENDING)


class _Answering:
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
