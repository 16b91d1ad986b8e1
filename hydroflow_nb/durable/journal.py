"""A journal: a file to which records are appended, one after the other, and from which they are read at a restart."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from hydroflow_nb.durable.files import Torn, payloads, record, sync


def _nothing(held: int) -> None:
    return


class Journal:
    """A file of records that grows. What is appended is whole in it, or not in it at all. Another thread may `sync`
    while this one appends.
    """

    def __init__(self, path: Path, size: int, held: int = 0, noted: Callable[[int], None] = _nothing) -> None:
        """Go on behind the first `size` bytes of the file; what is there beyond is cut off. Of these the disk holds the
        first `held`, as far as is known; `noted` is called whenever it holds more, and may raise OSError. Raises
        OSError.
        """
        self.path = path
        self.size = size
        self._noted = noted
        self._file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        # What another process has appended may not be on the disk yet.
        self._held = held
        # Set once the disk has failed to hold what was written: the system may have forgotten what that was, so that
        # the next try would succeed without it (Rebello et al., Can Applications Recover from fsync Failures?, 2020).
        self._failed: OSError | None = None
        try:
            self._cut()
        except BaseException:
            self.close()
            raise

    def append(self, payload: bytes, *, synced: bool = True) -> None:
        """Append a record; `synced` have the disk hold it and all before it.

        Raises OSError, where the journal is as it was before.
        """
        data = memoryview(record(payload, self.size))
        try:
            while data:
                data = data[os.write(self._file, data) :]
            if synced:
                self._sync(os.lseek(self._file, 0, os.SEEK_CUR))
        except BaseException:
            # A second record for the same tick must not follow a part of the first.
            self._cut()
            raise
        self.size = os.lseek(self._file, 0, os.SEEK_CUR)

    @property
    def has_failed(self) -> bool:
        """True once the disk has failed to hold what was written: this file is not to be relied on any more."""
        return self._failed is not None

    def sync(self) -> None:
        """Have the disk hold all that was appended. Raises OSError, and from then on each time."""
        size = self.size
        if self._held < size:
            self._sync(size)

    def _sync(self, size: int) -> None:
        if self._failed is not None:
            raise self._failed
        try:
            sync(self._file)
        except OSError as exception:
            self._failed = exception
            raise
        self._noted(size)
        self._held = size

    def _cut(self) -> None:
        os.ftruncate(self._file, self.size)
        os.lseek(self._file, self.size, os.SEEK_SET)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def read(path: Path) -> tuple[list[bytes], int, Torn | None]:
    """The records of a journal, the size of the file up to their end, and what is wrong with the last one, which was
    not written whole. Raises Damaged for anything else that was not written so, and OSError.
    """
    found: list[bytes] = []
    with path.open("rb") as file:
        try:
            found.extend(payloads(file, path))
        except Torn as torn:
            return found, torn.offset, torn
        return found, file.tell(), None
