"""Files that a flow reads when it is compiled, and those that it writes while it runs. All text is UTF-8."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from weakref import finalize

from hydroflow_nb.engine.channel import channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown


def lines_of(path: Any) -> Inbox:
    """The lines of a file, without their ends, as the input of the first tick. Raises Misfit."""
    lines = _text(path).split("\n")
    # A text ends with its last line's end: what follows that is no line.
    return Inbox(channel(lines if lines[-1] else lines[:-1]))


def json_of(path: Any) -> Inbox:
    """The value in a JSON file as the one item of the first tick's input. Raises Misfit."""
    try:
        value = json.loads(_text(path))
    except json.JSONDecodeError as exception:
        place = f"line {exception.lineno}, column {exception.colno}"
        raise Misfit(f"the file {_named(path)} is no JSON: {exception.msg} ({place})") from None
    return Inbox(channel([value]))


class LineFile:
    """A text file that lines are written to. It is emptied when it is opened, unless `append` is True.

    `close()` writes out what is left and lets go of the file; more than once does no harm.
    """

    def __init__(self, path: Any, append: Any) -> None:
        if not isinstance(append, bool):
            raise Misfit(
                f"takes True or False for `append`, not {shown(append)}",
                "False begins with an empty file, True keeps what is in it",
            )
        try:
            self._file = _path(path).open("a" if append else "w", encoding="utf-8", newline="\n")
        except OSError as exception:
            raise _cannot("write", path, exception) from None
        # Also for a flow that is forgotten and never closed.
        self.close = finalize(self, self._file.close)

    def write(self, line: Any) -> None:
        """Write one line. Raises Misfit for what is no text."""
        if not isinstance(line, str):
            raise Misfit(f"takes texts, this item is none: {shown(line)}", "`map` the items to texts: `-> map(str)`")
        self._file.write(f"{line}\n")

    def write_all(self, lines: Iterable[Any]) -> None:
        """Write many lines."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Have others see what was written."""
        self._file.flush()


def _text(path: Any) -> str:
    try:
        return _path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as exception:
        line = exception.object.count(b"\n", 0, exception.start) + 1
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
