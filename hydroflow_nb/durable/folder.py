"""A folder that belongs to one process, and to one identity for ever."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from hydroflow_nb.durable.files import sync, sync_folder
from hydroflow_nb.durable.lock import Lock, Owner
from hydroflow_nb.durable.refusing import closed_on_failure, refusal, unwritable
from hydroflow_nb.later import asyncio

FORMAT: Final = 1
"""The number of the form in which all files of a folder are written."""

_LOCK: Final = "lock"
_IDENTITY: Final = "identity.json"

# What a process had forked before it was killed lets go of the lock as its first work. On a busy machine it may take
# so many seconds until it begins.
_PATIENCE: Final = 30.0
# After so many seconds it is looked again.
_PAUSE: Final = 0.005


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
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = Lock(path / _LOCK)
        except OSError as exception:
            raise unwritable(exception, path) from exception
        with closed_on_failure(path, self.close):
            self._take()
            self.identity = self._identified()

    def close(self) -> None:
        """Leave the folder to others. The end of the process does so, too, however it ends."""
        self._lock.close()

    def _take(self) -> None:
        until = time.monotonic() + _PATIENCE
        while not self._lock.take():
            owner = self._lock.owner()
            if not _is_left(owner) or time.monotonic() > until:
                raise self._taken(owner)
            time.sleep(_PAUSE)

    def _taken(self, owner: Owner | None) -> Exception:
        return refusal(
            "HF701",
            f"the folder {self.path} is in use by {_named(owner)}",
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


async def released(path: Path) -> None:
    """Wait, as `Folder` does, for what a process that has ended had forked and left with the lock of a folder.

    Meanwhile the event loop turns. Nothing is raised: who opens the folder is told.
    """
    if not (path / _LOCK).is_file():
        return
    with suppress(OSError):
        lock = Lock(path / _LOCK)
        try:
            until = time.monotonic() + _PATIENCE
            while not lock.take() and _is_left(lock.owner()) and time.monotonic() < until:
                await asyncio.sleep(_PAUSE)
        finally:
            lock.close()


def _is_left(owner: Owner | None) -> bool:
    return owner is not None and owner.has_ended


def _named(owner: Owner | None) -> str:
    if owner is None:
        return "another process"
    if owner.is_this:
        return "another flow of this process"
    if owner.is_here:
        return f"process {owner.process}"
    return f"process {owner.process} of another machine or container" + (f", {owner.host}" if owner.host else "")


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
