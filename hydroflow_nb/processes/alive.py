"""The sign of life of a process: what says from outside that it is ready, and that its event loop still turns."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

# How many seconds pass from one sign to the next.
EVERY: Final = 1.0
# The variable in which systemd names its socket.
_SOCKET: Final = "NOTIFY_SOCKET"


class SignOfLife:
    """Gives a sign each second while the event loop turns: it touches a file, and tells systemd, if that asks for it.

    The file is there from `begin` to `end`: who looks at its age knows whether the process is ready, and whether it is
    within a tick that takes long. The lines to systemd are those of `sd_notify(3)`.
    """

    def __init__(self, file: Path | None, environment: Mapping[str, str] = os.environ) -> None:
        self._file = file
        self._systemd = environment.get(_SOCKET)
        self._next: asyncio.TimerHandle | None = None
        if file is not None:
            # The file of a process that was killed would speak for this one.
            file.unlink(missing_ok=True)

    def begin(self) -> None:
        """Say that the process is ready, and go on to give signs. Raises OSError where the file cannot be written."""
        if self._file is None and self._systemd is None:
            return
        self._tell("READY=1")
        if self._file is not None:
            self._file.touch()
        self._later(self._again)

    def end(self) -> None:
        """Give no further sign, and say that the process ends."""
        if self._next is None:
            return
        self._next.cancel()
        self._next = None
        self._tell("STOPPING=1")
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _again(self) -> None:
        self._tell("WATCHDOG=1")
        if self._file is not None:
            # Whoever looks at the file sees that it gets old.
            with suppress(OSError):
                self._file.touch()
        self._later(self._again)

    def _later(self, call: Callable[[], None]) -> None:
        self._next = asyncio.get_running_loop().call_later(EVERY, call)

    def _tell(self, line: str) -> None:
        if self._systemd is None:
            return
        # A name that begins with `@` is one of the abstract namespace.
        address = f"\0{self._systemd[1:]}" if self._systemd.startswith("@") else self._systemd
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.setblocking(False)
            to.sendto(line.encode(), address)
