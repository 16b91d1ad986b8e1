"""A journal: a file to which records are appended, one after the other, and from which they are read at a restart."""

from __future__ import annotations

import os
from pathlib import Path

from hydroflow_nb.durable.files import Torn, payloads, record, sync


class Journal:
    """A file of records that grows. What is appended is whole in it, or not in it at all."""

    def __init__(self, path: Path, size: int) -> None:
        """Go on behind the first `size` bytes of the file; what is there beyond is cut off. Raises OSError."""
        self.path = path
        self.size = size
        self._file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        # What another process has appended may not be on the disk yet.
        self._is_synced = False
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
                sync(self._file)
        except BaseException:
            # A second record for the same tick must not follow a part of the first.
            self._cut()
            raise
        self.size = os.lseek(self._file, 0, os.SEEK_CUR)
        self._is_synced = synced

    def sync(self) -> None:
        """Have the disk hold all that was appended. Raises OSError."""
        if not self._is_synced:
            sync(self._file)
            self._is_synced = True

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
