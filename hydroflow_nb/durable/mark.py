"""The mark of a folder: how much of its journal the disk held when something was acknowledged last.

A journal that is cut off between two records looks as if those behind had never been written. The mark tells that they
were. It is written behind each sync of the journal and is not synced itself, so it costs next to nothing, and never
tells of more than the disk held. A process that is killed leaves the newest one; a machine that loses its power may
leave one of some seconds before, or none.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from hydroflow_nb.durable.files import Torn, payloads, record

MARK: Final = "mark"

_HELD: Final = struct.Struct(">QQ")


class Held(NamedTuple):
    """How much the disk held: the tick that the journal begins with, and its first bytes up to `size`."""

    journal: int
    size: int


class Mark:
    """The mark of a folder, open until `close`. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / MARK, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)

    def note(self, journal: int, size: int) -> None:
        """The disk holds so much of a journal now. Raises OSError."""
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, record(_HELD.pack(journal, size), 0))

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def marked(folder: Path) -> Held | None:
    """How much the disk held, as far as that is known. Raises Damaged, and OSError."""
    path = folder / MARK
    with suppress(FileNotFoundError, Torn), path.open("rb") as file:
        for payload in payloads(file, path):
            if len(payload) == _HELD.size:
                return Held(*_HELD.unpack(payload))
    return None
