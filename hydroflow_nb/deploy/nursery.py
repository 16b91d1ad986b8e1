"""The process that forks the members of a run, as the kernel asks it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from hydroflow_nb.net.frames import Frames, frame
from hydroflow_nb.processes.asking import Order, Report, packed

_PIECE: Final = 1 << 16
_MODULE: Final = "hydroflow_nb.processes.nursery"
# Seconds until it is gone once it is not needed any more.
_GOING: Final = 20.0
_LOOK: Final = 0.01
# How the end of a process is told whose nursery has ended.
_UNKNOWN: Final = -1


class Nursery:
    """Forks processes that run `hydroflow-nb`, one at a time, and tells how they end. All is called in the event loop
    in which it was started. `pid` is its number, `is_gone` whether it has ended.
    """

    def __init__(self, process: subprocess.Popen[bytes], own: socket.socket) -> None:
        self.is_gone = False
        self.pid = process.pid
        self._process = process
        self._socket = own
        self._turn = asyncio.Lock()
        self._born: asyncio.Future[tuple[int, asyncio.Future[int]]] | None = None
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._hearing = asyncio.create_task(self._hear())

    @classmethod
    def start(cls, folder: Path) -> Nursery:
        """Start one for the run that has this folder, which it removes when it ends, also where this program is killed;
        what it complains of is in `nursery.log` there. Raises OSError where that is not possible.
        """
        own, theirs = socket.socketpair()
        own.setblocking(False)
        try:
            with (folder / "nursery.log").open("ab") as complaints:
                process = subprocess.Popen(
                    [sys.executable, "-m", _MODULE, str(theirs.fileno()), str(folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=complaints,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
        except BaseException:
            own.close()
            raise
        finally:
            theirs.close()
        return cls(process, own)

    async def fork(self, words: Sequence[str], own: int, output: int) -> tuple[int, asyncio.Future[int]]:
        """Fork a process that runs `hydroflow-nb` with these words, has the socket `own` and writes to the pipe
        `output`. Returns its number, and what will be its exit code. Raises OSError where the nursery ends.
        """
        async with self._turn:
            if self.is_gone:
                raise OSError("the process that forks members has ended")
            self._born = asyncio.get_running_loop().create_future()
            socket.send_fds(self._socket, [frame(packed(Order(words=list(words))))], [own, output])
            return await self._born

    def signal(self, pid: int, number: int) -> None:
        """Send a signal to a process, if that has not ended."""
        with suppress(OSError):
            self._socket.send(frame(packed(Order(pid=pid, signal=number))))

    async def close(self) -> None:
        """End it, when the processes that it has forked have ended."""
        self._socket.close()
        self._hearing.cancel()
        deadline = asyncio.get_running_loop().time() + _GOING
        while self._process.poll() is None:
            if asyncio.get_running_loop().time() > deadline:
                self._process.kill()
            await asyncio.sleep(_LOOK)

    async def _hear(self) -> None:
        frames = Frames()
        try:
            with suppress(OSError):
                while data := await asyncio.get_running_loop().sock_recv(self._socket, _PIECE):
                    for body in frames.feed(data):
                        self._take(msgspec.msgpack.decode(body, type=Report))
        finally:
            self._gone()

    def _gone(self) -> None:
        """It has ended: nobody waits for it for ever."""
        self.is_gone = True
        if self._born is not None and not self._born.done():
            self._born.set_exception(OSError("the process that forks members has ended"))
        for ended in self._ended.values():
            if not ended.done():
                ended.set_result(_UNKNOWN)

    def _take(self, report: Report) -> None:
        if report.code is None:
            code = self._ended[report.pid] = asyncio.get_running_loop().create_future()
            if self._born is not None and not self._born.done():
                # Its end may be told in the same piece.
                self._born.set_result((report.pid, code))
        elif (ended := self._ended.pop(report.pid, None)) is not None and not ended.done():
            ended.set_result(report.code)
