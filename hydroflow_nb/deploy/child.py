"""One process of a member, from its start to its end: what is asked of it, and what it writes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from hydroflow_nb.deploy.deployed_member import Ended, Refused
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.nursery import Nursery
from hydroflow_nb.net.frames import Frames, Oversized, frame
from hydroflow_nb.processes.asking import ANSWERS, MOST_BYTES, UNASKED, Answer, Question, Ready, Word, packed

# How many seconds a process may take to be gone once it has closed its end of the socket.
_GOING: Final = 15.0
# How many seconds the rest of what it wrote may take, where a program that it has started still holds the pipe.
_REST: Final = 0.5
_PIECE: Final = 1 << 16


class Child:
    """A process that runs `hydroflow-nb` with some words. It ends with this program, however this one ends: it has one
    end of a pair of sockets, and no other program has the other.

    `ready` is set when its flow is about to run, `ended` when it is gone; `code` is its exit code then, negative for
    the number of a signal.
    """

    def __init__(self, nursery: Nursery, pid: int, code: asyncio.Future[int], log: MemberLog) -> None:
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.code: int | None = None
        self.pid = pid
        self._nursery = nursery
        self._coming_code = code
        self._log = log
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._number = UNASKED
        self._writer: asyncio.StreamWriter | None = None
        self._hearing: asyncio.Task[None] | None = None

    @property
    def ending(self) -> str:
        """How it has ended, in words that follow its name."""
        return in_words(self.code)

    @classmethod
    async def start(cls, words: Sequence[str], log: MemberLog, nursery: Nursery) -> Child:
        """Start a process. Raises OSError where that is not possible."""
        own, theirs = socket.socketpair()
        reading, writing = os.pipe()
        try:
            pid, code = await nursery.fork(words, theirs.fileno(), writing)
        except BaseException:
            own.close()
            os.close(reading)
            raise
        finally:
            theirs.close()
            os.close(writing)
        child = cls(nursery, pid, code, log)
        loop = asyncio.get_running_loop()
        drained = loop.create_future()
        pipe, _ = await loop.connect_read_pipe(lambda: _Lines(log, drained), os.fdopen(reading, "rb", 0))
        reader, writer = await asyncio.open_connection(sock=own)
        child._writer = writer
        child._hearing = asyncio.create_task(child._hear(reader, pipe, drained))
        # Where the nursery has ended nobody tells how the process ends: it does, as this end is closed.
        code.add_done_callback(lambda _: loop.call_later(_REST, writer.close))
        return child

    async def ask(self, word: Word, given: bytes) -> bytes:
        """Ask the process. Raises Ended where it ends before it answers, and Refused where it does not answer."""
        if self._writer is None or self.ended.is_set() or self._writer.is_closing():
            raise Ended
        self._number += 1
        number = self._number
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._writer.write(frame(packed(Question(number=number, word=word, given=given))))
            with suppress(ConnectionError):
                await self._writer.drain()
            return await answer
        finally:
            self._asked.pop(number, None)

    def terminate(self) -> None:
        """Ask the process to end: it ends its tick, and sends what waits."""
        self._nursery.signal(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once, by SIGKILL."""
        if self.code is not None:
            return
        self._nursery.signal(self.pid, signal.SIGKILL)

    async def end(self, patience: float) -> None:
        """Ask the process to end, and kill it where it has not after so many seconds."""
        self.terminate()
        try:
            await asyncio.wait_for(self.ended.wait(), patience)
        except TimeoutError:
            self.kill()
            await self.ended.wait()

    async def _hear(self, reader: asyncio.StreamReader, pipe: asyncio.ReadTransport, drained: Any) -> None:
        frames = Frames(MOST_BYTES)
        try:
            with suppress(OSError, Oversized, msgspec.MsgspecError):
                while data := await reader.read(_PIECE):
                    for body in frames.feed(data):
                        self._take(ANSWERS.decode(body))
            await self._gone()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(drained), _REST)
            pipe.close()
            self._log.end()
        finally:
            self._tell_end()

    def _tell_end(self) -> None:
        """Tell all who wait for it that it has ended; where it has not, it does, as this end is closed."""
        if self._writer is not None:
            self._writer.close()
        waiting: list[asyncio.Future[Any]] = [self.ready, *self._asked.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(Ended())
                # Nobody has to wait for it.
                future.exception()
        self.ended.set()

    def _take(self, answer: Answer) -> None:
        if answer.number == UNASKED:
            if not self.ready.done():
                self.ready.set_result(msgspec.msgpack.decode(answer.given, type=Ready))
            return
        future = self._asked.get(answer.number)
        if future is None or future.done():
            return
        if answer.refused:
            future.set_exception(Refused(answer.refused))
        else:
            future.set_result(answer.given)

    async def _gone(self) -> None:
        """Wait until the process is gone, which has closed its end of the socket."""
        done, _ = await asyncio.wait([self._coming_code], timeout=_GOING)
        if not done:
            self.kill()
        self.code = await self._coming_code

    def __repr__(self) -> str:
        return f"<process {self.pid}{'' if self.code is None else f', ended with {self.code}'}>"


class _Lines(asyncio.Protocol):
    """Gives what comes through a pipe to a log."""

    def __init__(self, log: MemberLog, drained: asyncio.Future[None]) -> None:
        self._log = log
        self._drained = drained

    def data_received(self, data: bytes) -> None:
        self._log.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._drained.done():
            self._drained.set_result(None)


def in_words(code: int | None) -> str:
    """How a process has ended, by its exit code."""
    if code is None:
        return "has not ended"
    if code < 0:
        return f"was ended by signal {-code}"
    return f"ended with exit code {code}"
