"""The lines of the standard input as an inbox."""

from __future__ import annotations

import io
import logging
import sys
import threading
from contextlib import suppress
from typing import TextIO
from weakref import WeakKeyDictionary

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.source import BYTE_ORDER_MARK

_LOG = logging.getLogger("hydroflow_nb")


class StandardInput(Inbox):
    """The inbox of `sys.stdin`, which is read from the first tick on.

    A thread that waits for a line cannot be stopped. So there is one for the stream, not one for each flow: lines that
    it has read and no flow has taken wait for the next flow that reads the stream.
    """

    def __init__(self) -> None:
        stream: TextIO | None = sys.stdin
        if stream is None:
            raise Misfit("this process has no standard input", "read from a channel: `source_stream(hf.channel())`")
        self._reader = _READERS.setdefault(stream, _Reader())
        self._stream = stream
        super().__init__(self._reader.channel)

    def ingest(self) -> None:
        """Take in all lines that were read, and start to read where that was not done."""
        self._reader.start(self._stream)
        super().ingest()

    def resume(self) -> None:
        """Start to read."""
        self._reader.start(self._stream)


def lines_of_standard_input() -> Channel:
    """The channel of the lines of `sys.stdin`, which are read from now on. Raises ValueError where the process has no
    standard input.
    """
    stream: TextIO | None = sys.stdin
    if stream is None:
        raise ValueError("this process has no standard input")
    reader = _READERS.setdefault(stream, _Reader())
    reader.start(stream)
    return reader.channel


def has_input_ended() -> bool:
    """True where the standard input, which is read, has come to its end; lines may still wait."""
    return _READERS.setdefault(sys.stdin, _Reader()).ended


async def end_of_input() -> None:
    """Wait until the standard input, which a flow reads, has come to its end; lines may still wait for a tick."""
    reader = _READERS.setdefault(sys.stdin, _Reader())
    told = Alarm()
    unsubscribe = reader.channel.listen(told.ring)
    try:
        while True:
            # Cleared before the look, so that an end in between is not missed.
            told.clear()
            if reader.ended:
                return
            await told.wait()
    finally:
        unsubscribe()


class _Reader:
    def __init__(self) -> None:
        self.channel = Channel()
        self._lock = threading.Lock()
        self._started = False
        self.ended = False

    def start(self, stream: TextIO) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
        if isinstance(stream, io.TextIOWrapper):
            if stream.errors == "strict":
                # Bytes that are not text are read as escapes, `\\xff`, and do not end the reading.
                with suppress(io.UnsupportedOperation):
                    stream.reconfigure(errors="backslashreplace")
            # Any line end counts, also a lone carriage return. This can be set only before the first read.
            with suppress(io.UnsupportedOperation):
                stream.reconfigure(newline=None)
        try:
            stream.fileno()
        except io.UnsupportedOperation:
            # A text in memory: no wait is needed.
            self._read(stream)
        else:
            threading.Thread(target=self._read, args=(stream,), name="hydroflow stdin", daemon=True).start()

    def _read(self, stream: TextIO) -> None:
        try:
            mark = BYTE_ORDER_MARK
            for text in iter(stream.readline, ""):
                ended = text.removeprefix(mark).removesuffix("\n").removesuffix("\r")
                for line in ended.split("\r"):
                    self.channel.send(line)
                mark = ""
        except (OSError, ValueError) as error:
            _LOG.error("the standard input cannot be read to its end: %s", error)
        finally:
            self.ended = True
            self.channel.close()


_READERS: WeakKeyDictionary[TextIO, _Reader] = WeakKeyDictionary()
