"""Records in a file: each has a length and checksums, so that what the disk did not keep is found, and where.

A record is a head of twelve bytes and its payload. The head holds three numbers of 32 bits, the highest byte first: the
length of the payload, the CRC-32 of the payload, and the CRC-32 of these eight bytes that begins with the record's
offset in the file. So a length that was damaged is found before it is used, and so is a record that stands in another
place than where it was written.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

from hydroflow_nb.portable import Portable

_HEAD: Final = struct.Struct(">III")
_CHECKED: Final = struct.Struct(">II")
# A disk writes whole sectors: what it had no time to write is zero from the start of one on.
_SECTOR: Final = 512


class Damaged(Portable):
    """A file does not hold what was written: from an offset on, and why that is known."""

    def __init__(self, path: Path, offset: int, why: str) -> None:
        self.path, self.offset, self.why = path, offset, why
        super().__init__(f"{path} is damaged at byte {offset:,}: {why}")


class Torn(Damaged):
    """The last record of a file was not written whole, as the process or the machine ended meanwhile."""


def record(payload: bytes, offset: int) -> bytes:
    """A record that begins at an offset of its file."""
    checked = _CHECKED.pack(len(payload), crc32(payload))
    return b"".join((checked, crc32(checked, offset & 0xFFFFFFFF).to_bytes(4, "big"), payload))


def payloads(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """The payloads of a file that stands at its start. Raises Torn where the last one is not whole, else Damaged."""
    offset = 0
    size = os.fstat(file.fileno()).st_size
    while head := file.read(_HEAD.size):
        if len(head) < _HEAD.size:
            raise Torn(path, offset, f"the head of its last record has {len(head)} of {_HEAD.size} bytes")
        length, checksum, check = _HEAD.unpack(head)
        if crc32(head[: _CHECKED.size], offset & 0xFFFFFFFF) != check:
            if not any(head) and _is_zero_from_here(file):
                raise Torn(path, offset, "its end was never written")
            raise Damaged(path, offset, "the head of a record is not the one that was written")
        # The file tells how much there is: a length is never trusted with memory.
        if length > size - file.tell():
            raise Torn(path, offset, f"its last record has {size - file.tell():,} of {length:,} bytes")
        payload = file.read(length)
        if crc32(payload) != checksum:
            if file.tell() == size and _is_unwritten(payload, file.tell()):
                raise Torn(path, offset, "the end of its last record was never written")
            raise Damaged(path, offset, "a record is not the one that was written")
        yield payload
        offset = file.tell()


def _is_zero_from_here(file: BinaryIO) -> bool:
    while piece := file.read(1 << 20):
        if any(piece):
            return False
    return True


def _is_unwritten(payload: bytes, end: int) -> bool:
    """True where the end of a payload, which is the end of its file, is zero from the start of a sector on."""
    begin = end - end % _SECTOR if end % _SECTOR else end - _SECTOR
    return not any(payload[max(0, len(payload) - (end - begin)) :])


def sync(file: int) -> None:
    """Have the disk hold what was written to a file. Raises OSError."""
    getattr(os, "fdatasync", os.fsync)(file)


def sync_folder(path: Path) -> None:
    """Have the disk hold the names in a folder, where the system can be asked for that. Raises OSError."""
    with suppress(PermissionError):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
