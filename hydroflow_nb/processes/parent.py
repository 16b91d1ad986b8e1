"""The program that launched a process: what it asks the running flow, over a socket that it alone has."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any, Final

import msgspec

from hydroflow_nb.net.frames import Frames, Oversized, frame
from hydroflow_nb.processes.answering import Answering
from hydroflow_nb.processes.asking import (
    MOST_BYTES,
    QUESTIONS,
    packed,
)
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.running import RunningFlow

# The items whose arrival in a tick is waited for at once; further questions wait in the socket.
_MOST_PENDING: Final = 10_000
_PIECE: Final = 1 << 16


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
        answering = Answering(flow, names, lambda answer: writer.write(frame(packed(answer))))
        answering.tell_ready()
        frames = Frames(MOST_BYTES)
        with closing(writer), suppress(ConnectionError, Oversized, msgspec.MsgspecError):
            while data := await reader.read(_PIECE):
                for body in frames.feed(data):
                    answering.answer(QUESTIONS.decode(body))
                await writer.drain()
                await answering.taken.has_room(_MOST_PENDING)
