"""A forked process that does some work while this one goes on.

It sees all as it was at the instant of the fork: the system copies what either process changes from then on. So Redis
writes its snapshots. Other threads are not there any more, and what they held is locked for ever; so it does its work,
which must take no lock and import nothing, and ends without a farewell.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, NoReturn

from hydroflow_nb.engine.collector import PAUSE

CAN_FORK: Final = hasattr(os, "fork") and sys.platform != "darwin"
"""Whether processes can be forked. On macOS the system's libraries do not bear it."""

_DONE: Final = b"\0"
# A pipe takes so many bytes at once, in every system.
_MOST: Final = 512


class Forked:
    """A forked process that does some work with files that are open. Raises OSError where none may begin."""

    def __init__(self, work: Callable[[], object], files: Iterable[int] = ()) -> None:
        self._told, tells = os.pipe()
        os.set_blocking(self._told, False)
        PAUSE.spare_old()
        self.process = -1
        # Until the forked process has let go of this one's handlers, none of them may run in it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            try:
                with warnings.catch_warnings():
                    # Python warns of locks that other threads hold: none of them is taken.
                    warnings.simplefilter("ignore", DeprecationWarning)
                    self.process = os.fork()
                    if self.process == 0:
                        _work_alone(work, before, tells, {tells, *files})
            finally:
                os.close(tells)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        except BaseException:
            self.end()
            raise

    def failure(self) -> str | None:
        """Why the work has failed, empty where it is done; None while the process is at work."""
        try:
            told = os.read(self._told, _MOST)
        except BlockingIOError:
            return None
        self._close()
        if not told:
            return "its process was ended"
        return "" if told == _DONE else told.decode(errors="replace")

    def end(self) -> None:
        """End the process, if it is at work."""
        if self._told < 0:
            return
        if self.process > 0:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
        self._close()

    def _close(self) -> None:
        os.close(self._told)
        self._told = -1
        PAUSE.look_at_old()
        if self.process > 0:
            # Another part of the program may have waited for all of its processes.
            with suppress(ChildProcessError):
                os.waitpid(self.process, 0)


def _work_alone(work: Callable[[], object], mask: Iterable[int], tells: int, files: set[int]) -> NoReturn:
    try:
        _let_go(files)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        work()
        os.write(tells, _DONE)
    except BaseException as exception:
        why = f"{type(exception).__name__}: {exception}"
        os.write(tells, why.encode(errors="replace")[:_MOST])
    finally:
        os._exit(0)


def _let_go(files: set[int]) -> None:
    """Let go of what belongs to the other process: its garbage, tracers, signals, and all files but these."""
    gc.disable()
    sys.settrace(None)
    sys.setprofile(None)
    signal.set_wakeup_fd(-1)
    for one in signal.valid_signals():
        if callable(signal.getsignal(one)):
            # A terminal sends an interrupt to all processes, and this one ends soon.
            signal.signal(one, signal.SIG_IGN if one == signal.SIGINT else signal.SIG_DFL)
    # Locks and sockets are free when the other process has ended, however long this one goes on.
    nothing = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/dev/fd"):
        number = int(name)
        if number <= 2:
            os.dup2(nothing, number)
        elif number not in files:
            with suppress(OSError):
                os.close(number)
