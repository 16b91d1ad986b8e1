"""A process that has loaded the package once, and forks a process for each `hydroflow-nb run` that it is asked for.

Each of them is ready many times sooner than one that loads the package itself. What is said over the nursery's socket
stands in `asking`. The nursery is the last of a run: when the other end of the socket closes, however that comes, it
waits for the processes that it has forked, which end by themselves then, and removes the folder of the run, with its
key.
"""

from __future__ import annotations

import gc
import os
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from hydroflow_nb.net.frames import Frames, frame
from hydroflow_nb.processes.asking import Order, Report, packed
from hydroflow_nb.processes.command import end_with, run_command
from hydroflow_nb.systems.compiling import compile as compile_text

_PIECE: Final = 1 << 16
# With each order to fork come the process's end of its socket, and the pipe that it writes to.
_DESCRIPTORS: Final = 2
# How many seconds the processes have to end once the program that asked for them has: each ends its tick, or is ended.
_ENDING: Final = 20.0
_LOOK: Final = 0.05
# What is compiled loads what a member needs, the network included.
_SYSTEM: Final = "a = process(); b = process(); @a source_iter([1]) ~> @b null();"


class Nursery:
    """Forks processes as it is told, and tells how they end."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._children: set[int] = set()
        self._descriptors: deque[int] = deque()
        self._frames = Frames()
        # Where Python notes that a signal came.
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)

    def serve(self) -> None:
        """Fork and reap until the other end of the socket closes."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        poll = select.poll()
        for descriptor in (self._wake, self._socket.fileno()):
            poll.register(descriptor, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == self._wake:
                    with suppress(BlockingIOError):
                        os.read(self._wake, _PIECE)
                    self._reap()
                elif not self._hear():
                    return

    def outlive(self) -> None:
        """Wait for the end of what was forked; what has not ended in good time is killed."""
        deadline = time.monotonic() + _ENDING
        while self._children:
            if time.monotonic() > deadline:
                for pid in self._children:
                    os.kill(pid, signal.SIGKILL)
            self._reap()
            time.sleep(_LOOK)

    def _hear(self) -> bool:
        """Carry out what has come; False where the other end is closed."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _PIECE, 8 * _DESCRIPTORS)
        except ConnectionError:
            return False
        self._descriptors.extend(descriptors)
        for body in self._frames.feed(data):
            order = msgspec.msgpack.decode(body, type=Order)
            if order.words:
                self._fork(order.words)
            elif order.pid in self._children:
                os.kill(order.pid, order.signal)
        return bool(data)

    def _fork(self, words: Sequence[str]) -> None:
        own, output = (self._descriptors.popleft() for _ in range(_DESCRIPTORS))
        pid = os.fork()
        if pid == 0:
            self._become(words, own, output)
        os.close(own)
        os.close(output)
        self._children.add(pid)
        self._tell(Report(pid=pid))

    def _become(self, words: Sequence[str], own: int, output: int) -> NoReturn:
        """Be the process that was asked for."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._socket.close()
            for descriptor in (self._wake, self._woken, *self._descriptors):
                os.close(descriptor)
            # An interrupt of the notebook's kernel is one of its whole group.
            os.setsid()
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            # Those that there are have looked at what they wrote to before.
            sys.stdout = os.fdopen(1, "w", encoding=sys.stdout.encoding, closefd=False)
            sys.stderr = os.fdopen(2, "w", 1, sys.stderr.encoding, "backslashreplace", closefd=False)
            sys.argv = ["hydroflow-nb", *words, f"--parent={own}"]
            code = run_command()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            end_with(code)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._children.discard(pid)
            self._tell(Report(pid=pid, code=os.waitstatus_to_exitcode(status)))

    def _tell(self, report: Report) -> None:
        with suppress(ConnectionError):
            self._socket.sendall(frame(packed(report)))


def main() -> None:
    """Be a nursery, whose socket has the descriptor that the command line says, for the run in the folder behind it."""
    nursery = Nursery(int(sys.argv[1]))
    with compile_text(_SYSTEM, {}, "loading"):
        pass
    gc.collect()
    # What is there already is not looked at again, so that the processes share its memory.
    gc.freeze()
    nursery.serve()
    nursery.outlive()
    shutil.rmtree(Path(sys.argv[2]), ignore_errors=True)


if __name__ == "__main__":
    main()
