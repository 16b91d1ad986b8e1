"""The lock of a folder: one process has it at a time, and its file says which one, and where that process is."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from hydroflow_nb.records import dataclass

# A file may hold anything: so many bytes are read of it.
_MOST: Final = 512


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The process that has a lock, as the lock's file says.

    `host` is the name of its machine, `place` says where its number means the same process: both are empty in a file
    that an older version has written, whose process is taken for one of here.
    """

    process: int
    host: str = ""
    place: str = ""

    @property
    def is_here(self) -> bool:
        """Whether its number is one of the processes that this one sees."""
        return self.place in ("", _place())

    @property
    def is_this(self) -> bool:
        """Whether it is this process."""
        return self.is_here and self.process == os.getpid()

    @property
    def has_ended(self) -> bool:
        """Whether it is known to have ended: then the lock is held by what it had forked."""
        return self.is_here and not _is_alive(self.process)


class Lock:
    """The lock whose file has a path, which is made where it is not there. Raises OSError where it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._process = os.getpid()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> bool:
        """Take the lock for this process. False where another one has it, or another opening of its file.

        Raises OSError where the file cannot be written.
        """
        if not _is_locked(self._file):
            return False
        os.ftruncate(self._file, 0)
        # Not `os.pwrite`, which Windows does not have.
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, f"{self._process}\n{socket.gethostname()}\n{_place()}\n".encode()[:_MOST])
        return True

    def owner(self) -> Owner | None:
        """Who has the lock; None where its file does not say, or cannot be asked."""
        if sys.platform == "win32":  # what is locked cannot be read
            return None
        lines = os.pread(self._file, _MOST, 0).decode(errors="replace").split("\n")
        process, host, place = (*lines, "", "")[:3]
        if not (process.isascii() and process.isdigit()):
            return None
        return Owner(process=int(process), host=host if host.isprintable() else "", place=place)

    def close(self) -> None:
        """Leave the lock to others. The end of the process does so, too, however it ends."""
        if self._file < 0:
            return
        # A forked process shares the lock; what it closes, it leaves to this one.
        if os.getpid() == self._process:
            _unlock(self._file)
        os.close(self._file)
        self._file = -1


def _place() -> str:
    """Where the number of this process means the same process to others.

    That is one start of a machine, and in it one namespace of processes, such as a container has. Systems that tell
    neither have the name of the machine.
    """
    start = namespace = ""
    with suppress(OSError):
        start = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    with suppress(OSError):
        namespace = os.readlink("/proc/self/ns/pid")
    return f"{start or socket.gethostname()} {namespace}".strip()


def _is_locked(file: int) -> bool:
    """Lock a file for this process alone. False where another one has locked it, or another opening of it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _unlock(file: int) -> None:
    """Let go of the lock, in all processes that share it."""
    if sys.platform != "win32":  # there none is shared, and the end of the file lets go of it
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it belongs to somebody else
        return True
    return True
