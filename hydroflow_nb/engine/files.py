"""Files that a flow reads when it is compiled, and those that it writes while it runs. All text is UTF-8."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TextIO
from weakref import finalize

from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.source import text_of

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


def lines_of(path: Any) -> Inbox:
    """The lines of a file, without their ends, as the input of the first tick. Raises Misfit."""
    lines = _text(path).split("\n")
    # A text ends with the end of its last line: the empty rest behind it is not a line.
    return FileInbox(channel(lines if lines[-1] else lines[:-1]))


def json_of(path: Any) -> Inbox:
    """The value in a JSON file as the one item of the first tick's input. Raises Misfit."""
    import json

    try:
        value = json.loads(_text(path))
    except json.JSONDecodeError as exception:
        place = f"line {exception.lineno}, column {exception.colno}"
        raise Misfit(f"the file {_named(path)} is not JSON: {exception.msg} ({place})") from None
    return FileInbox(channel([value]))


class FileInbox(Inbox):
    """The inbox of a file that was read when the flow was loaded."""

    def resume(self) -> None:
        """Give nothing: the first tick has taken it in."""
        self.channel.drain()


class LineFile:
    """A text file that lines are written to. `begin` empties it, unless `append` is True.

    Making one does not change the file, but raises Misfit where the file cannot be written. `close()` writes out what
    is left and closes the file; it may be called more than once.
    """

    def __init__(self, path: Any, append: Any) -> None:
        if not isinstance(append, bool):
            raise Misfit(
                f"takes True or False for `append`, not {shown(append)}",
                "False starts with an empty file, True keeps the file's content",
            )
        self._path, self._append = _path(path), append
        self._file: TextIO | None = None
        self._must_end_line = False
        # Closes the file also of a flow that is never closed.
        self._closing: finalize[[], LineFile] | None = None
        try:
            if self._path.exists():
                self._open()
            else:
                _must_be_writable(Path(os.path.realpath(self._path)).parent)
        except OSError as exception:
            raise _cannot("write", path, exception) from None

    @property
    def appends(self) -> bool:
        """True where what the file holds stays."""
        return bool(self._append)

    def begin(self) -> None:
        """Empty the file, or prepare to write after its content. Raises Misfit where it cannot be written."""
        try:
            file = self._open() if self._file is None else self._file
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                if not self._append:
                    file.truncate(0)
                self._must_end_line = not _ends_with_line(self._path)
        except OSError as exception:
            raise _cannot("write", self._path, exception) from None

    def close(self) -> None:
        """Write out what is left and close the file."""
        if self._closing is not None:
            self._closing()

    def write(self, line: Any) -> None:
        """Write one line. Raises Misfit for an item that is not a text."""
        if not isinstance(line, str):
            hint = "`map` the items to texts: `-> map(str)`"
            raise Misfit(f"takes texts; this item is not a text: {shown(line)}", hint)
        assert self._file is not None
        if self._must_end_line:
            # Only once there is a line to write: without one the file stays as it is.
            self._must_end_line = False
            self._file.write("\n")
        self._file.write(f"{line}\n")

    def write_all(self, lines: Iterable[Any]) -> None:
        """Write many lines."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Make what was written visible to other readers of the file."""
        assert self._file is not None
        self._file.flush()

    def _open(self) -> TextIO:
        # Always opened for appending: two flows that write to one file do not overwrite each other's lines.
        self._file = self._path.open("a", encoding="utf-8", newline="\n")
        self._closing = finalize(self, self._file.close)
        return self._file


def _must_be_writable(folder: Path) -> None:
    """Raises OSError where no file can be made in a folder."""
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _ends_with_line(path: Path) -> bool:
    """False where the last line of a file has no end, so that a text behind it would continue that line."""
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) in b"\r\n"
    except OSError:
        # Perhaps it may be written but not read.
        return True


def _text(path: Any) -> str:
    """The text of a file, without a byte order mark. All line ends become newlines."""
    try:
        return text_of(_path(path))
    except UnicodeDecodeError as exception:
        line = len(_LINE_END.findall(exception.object, 0, exception.start)) + 1
        raise Misfit(f"the file {_named(path)} is not in UTF-8: {exception.reason} in line {line}") from None
    except OSError as exception:
        raise _cannot("read", path, exception) from None


def _path(path: Any) -> Path:
    try:
        return Path(os.fspath(path))
    except TypeError:
        raise Misfit(f"takes the path of a file, not {shown(path)}", 'write it as a text: `"data.txt"`') from None


def _cannot(do: str, path: Any, exception: OSError) -> Misfit:
    hint = "" if _path(path).is_absolute() else f"the path is looked up from {Path.cwd()}"
    return Misfit(f"cannot {do} the file {_named(path)}: {exception.strerror or exception}", hint)


def _named(path: Any) -> str:
    return f"`{os.fspath(path)}`"
