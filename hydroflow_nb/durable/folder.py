"""A folder that belongs to one process, and to one identity for ever."""

from __future__ import annotations

import os
import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from hydroflow_nb.durable.files import sync, sync_folder
from hydroflow_nb.durable.refusing import closed_on_failure, refusal, unwritable

FORMAT: Final = 1
"""The number of the form in which all files of a folder are written."""

_LOCK: Final = "lock"
_IDENTITY: Final = "identity.json"

# What a process had forked before it was killed lets go of the lock as its first work. On a busy machine it may take
# so many seconds until it begins.
_PATIENCE: Final = 30.0


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a folder says of itself."""

    format: int
    identity: str


class Folder:
    """A folder of this process, until `close`. `identity` was drawn when it was first opened: 32 digits in base 16.

    A folder that is not there is made. Raises DurabilityError: where another process has it, or another flow of this
    one (HF701); where it cannot be written (HF702); where it holds something else, or was written in another form
    (HF704).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = os.getpid()
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exception:
            raise unwritable(exception, path) from exception
        with closed_on_failure(path, self.close):
            self._take()
            self.identity = self._identified()

    def close(self) -> None:
        """Leave the folder to others. The end of the process does so, too, however it ends."""
        if self._lock >= 0:
            # A forked process shares the lock; what it closes, it leaves to this one.
            if os.getpid() == self._process:
                _unlock(self._lock)
            os.close(self._lock)
            self._lock = -1

    def _take(self) -> None:
        until = time.monotonic() + _PATIENCE
        while not _is_locked(self._lock):
            owner = _owner(self._lock)
            if owner is None or _is_alive(owner) or time.monotonic() > until:
                raise self._taken(owner)
            time.sleep(0.005)
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(self._process).encode("ascii"), 0)

    def _taken(self, owner: int | None) -> Exception:
        process = "another process" if owner is None else f"process {owner}"
        who = "another flow of this process" if owner == os.getpid() else process
        return refusal(
            "HF701",
            f"the folder {self.path} is in use by {who}",
            self.path,
            "one flow has a folder at a time: end the other one, or give each a folder of its own",
        )

    def _identified(self) -> str:
        file = self.path / _IDENTITY
        try:
            about = msgspec.json.decode(file.read_bytes(), type=About)
        except FileNotFoundError:
            return self._new(file)
        except msgspec.MsgspecError as exception:
            raise self._foreign(f"its file {_IDENTITY} cannot be read: {exception}") from None
        if about.format != FORMAT:
            raise self._foreign(f"it has format {about.format}, and this version of hydroflow_nb writes {FORMAT}")
        if len(about.identity) != 32 or set(about.identity) - set("0123456789abcdef"):
            raise self._foreign(f"the identity in its file {_IDENTITY} is not 32 digits in base 16")
        return about.identity

    def _new(self, file: Path) -> str:
        others = sorted({one.name for one in self.path.iterdir()} - {_LOCK, f"{_IDENTITY}.part"})
        if others:
            raise self._foreign(f"it holds other files, such as {others[0]}, and no {_IDENTITY}")
        identity = secrets.token_hex(16)
        write_whole(file, [msgspec.json.encode(About(format=FORMAT, identity=identity))])
        return identity

    def _foreign(self, why: str) -> Exception:
        return refusal(
            "HF704",
            f"{self.path} is not the folder of a durable flow: {why}",
            self.path,
            "give the flow a folder of its own, which is new or empty",
        )


def write_whole(target: Path, pieces: list[bytes]) -> None:
    """Write a file beside another one, and put it in its place once the disk holds it. Raises OSError."""
    part = part_of(target)
    try:
        with part.open("wb") as file:
            fill(file, pieces)
        put_in_place(part, target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def part_of(target: Path) -> Path:
    """Where a file is written, until it is whole."""
    return target.with_name(f"{target.name}.part")


def fill(file: BinaryIO, pieces: list[bytes]) -> None:
    """Write all of a file, and have the disk hold it. Raises OSError."""
    file.writelines(pieces)
    file.flush()
    sync(file.fileno())


def put_in_place(part: Path, target: Path) -> None:
    """Put a file that is whole in the place of another one. Raises OSError."""
    part.replace(target)
    sync_folder(target.parent)


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


def _owner(file: int) -> int | None:
    """The process that has locked a file, as it says there; None where it does not say, or cannot be asked."""
    if sys.platform == "win32":  # what is locked cannot be read
        return None
    text = os.pread(file, 20, 0)
    return int(text) if text.isdigit() else None
