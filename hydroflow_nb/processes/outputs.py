"""The files that a process writes: its graph and its recording.

A link is followed and stays a link. A pipe, a device or a socket gets the text and stays what it is. A regular file is
replaced by a complete new file, or does not change at all; one with another owner or several names is written in place.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from hydroflow_nb.processes.failures import Misuse

_NEW_FILE: Final = 0o666
_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2


def write(path: Path, text: str) -> None:
    """Write a text to a file, in UTF-8. Raises Misuse if that is not possible, for example on a full disk.

    A pipe without a reader is refused: to wait for a reader could take for ever.
    """
    data = text.encode("utf-8", errors="backslashreplace")
    try:
        _write(path, data)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise Misuse(f"cannot write {path}: no process reads from it", "open it for reading first") from None
        raise Misuse(f"cannot write {path}: {error.strerror or error}") from None


def _write(path: Path, data: bytes) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        # A link to a file that does not exist is followed as well.
        _put_in_place(Path(os.path.realpath(path)), data, None)
        return
    standard = _standard_stream(found)
    if standard is not None:
        _write_all(standard, data)
    elif stat.S_ISREG(found.st_mode) and _may_be_replaced(path, found):
        _put_in_place(Path(os.path.realpath(path)), data, stat.S_IMODE(found.st_mode))
    else:
        _write_into(path, data, truncates=stat.S_ISREG(found.st_mode))


def _standard_stream(found: os.stat_result) -> int | None:
    """This process's standard stream that writes to the same file: a second opening of the file would overwrite it."""
    for stream, descriptor in ((sys.stdout, _STANDARD_OUTPUT), (sys.stderr, _STANDARD_ERROR)):
        with suppress(OSError):
            if os.path.samestat(found, os.fstat(descriptor)):
                with suppress(AttributeError, ValueError):
                    stream.flush()
                return descriptor
    return None


def _may_be_replaced(path: Path, found: os.stat_result) -> bool:
    """True if a new file can replace a regular one, which keeps its owner and has no other names."""
    folder = os.path.dirname(os.path.realpath(path))
    is_ours = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    return found.st_nlink == 1 and is_ours and os.access(path, os.W_OK) and os.access(folder, os.W_OK | os.X_OK)


def _put_in_place(path: Path, data: bytes, mode: int | None) -> None:
    """Write a complete regular file or none. `mode` holds the permissions of the file that it replaces."""
    beside = path.with_name(f".{path.name[:200]}.{os.getpid()}")
    made = False
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _NEW_FILE)
        made = True
        try:
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    finally:
        if made:
            beside.unlink(missing_ok=True)


def _write_into(path: Path, data: bytes, *, truncates: bool) -> None:
    # Without O_NONBLOCK this would wait for a reader of a pipe.
    flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | (os.O_TRUNC if truncates else 0))
    try:
        if hasattr(os, "set_blocking"):
            os.set_blocking(descriptor, True)
        _write_all(descriptor, data)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
