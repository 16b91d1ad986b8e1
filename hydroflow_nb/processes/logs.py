"""The log of a process: one line for each event, on the standard error."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

logger = logging.getLogger("hydroflow_nb.processes")

# The folder of the package: tracebacks leave out the frames of its files.
PACKAGE: Final = str(Path(__file__).parents[1])

_PLAIN = re.compile(r"[^\s\"=\\]+")
_OWN: Final = frozenset(
    {*vars(logging.LogRecord("", 0, "", 0, "", None, None)), "message", "asctime", "taskName", "traceback"}
)


def start_logging(form: str, level: str) -> None:
    """Let the loggers of the package and of asyncio, and Python's warnings, write to the standard error.

    `form` is `text` or `json`; `level` is the lowest level that is written.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    for name in ("hydroflow_nb", "py.warnings", "asyncio"):
        one = logging.getLogger(name)
        one.handlers = [handler]
        one.setLevel(level.upper())
        # Otherwise, if a cell sets up logging of its own, each line would be written twice.
        one.propagate = False
    logging.captureWarnings(True)


def line(level: int, event: str, fields: Mapping[str, Any]) -> str:
    """A line in the form of the log, for a caller that must not use the log's locks."""
    record = logger.makeRecord(logger.name, level, "", 0, event, (), None, extra=fields)
    formatter = next((handler.formatter for handler in logging.getLogger("hydroflow_nb").handlers), None)
    return f"{(formatter or TextLines()).format(record)}\n"


class TextLines(logging.Formatter):
    """`key=value` pairs, which log collectors and people can read. Below a fault stands its traceback, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback if there is one."""
        line = " ".join(f"{name}={_quoted(value)}" for name, value in _fields(record).items())
        shown = _traceback(record)
        return line + "".join(f"\n  {_printable(text)}" for text in shown.splitlines())


class JsonLines(logging.Formatter):
    """One JSON object for each event; a traceback is one of its texts."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        shown = _traceback(record)
        return json.dumps(_fields(record) | ({"traceback": shown} if shown else {}), default=str)


def traceback_of(exception: BaseException) -> str:
    """The traceback of an exception with the frames of the user's files only; if there are none, with all frames."""
    frames = traceback.extract_tb(exception.__traceback__)
    shown = [frame for frame in frames if not _is_machinery(frame.filename)] or list(frames)
    about = traceback.TracebackException.from_exception(exception, limit=0, lookup_lines=False)
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(shown)] if shown else []
    return "".join([*lines, *about.format_exception_only()])


def _is_machinery(filename: str) -> bool:
    return filename.startswith(PACKAGE) or "/asyncio/" in filename.replace("\\", "/")


def _traceback(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return traceback_of(record.exc_info[1])
    return str(getattr(record, "traceback", ""))


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields: dict[str, Any] = {"time": when, "level": record.levelname.lower()}
    if record.name == logger.name:
        fields["event"] = record.getMessage()
    elif record.name == "py.warnings":
        fields |= {"event": "warning", "text": _without_code(record.getMessage())}
    else:
        fields |= {"event": record.name.rpartition(".")[2], "text": record.getMessage()}
    # What begins with an underscore other libraries have put there.
    given = {name: value for name, value in vars(record).items() if not name.startswith("_")}
    return fields | {name: value for name, value in given.items() if name not in _OWN}


def _without_code(warning: str) -> str:
    """A warning without the source line that Python adds below it, and without a place in the package's own code."""
    line = warning.partition("\n")[0]
    return line.partition(": ")[2] if line.startswith(PACKAGE) else line


def _quoted(value: Any) -> str:
    if isinstance(value, Mapping):
        return _quoted(json.dumps(value, default=str))
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if _PLAIN.fullmatch(text) and text.isprintable():
        return text
    return '"' + _printable(text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) + '"'


def _printable(text: str) -> str:
    # Text from strangers may hold characters that control a terminal or change the direction of the text.
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
