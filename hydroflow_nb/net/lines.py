"""Lines: texts on a stream of bytes. A line ends with a line feed, or with a carriage return and a line feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hydroflow_nb.net.messages.codec import LINES
from hydroflow_nb.net.turns import SMALL

_END: Final = b"\n"
_RETURN: Final = b"\r"


def lined(bodies: Sequence[bytes]) -> bytes:
    """The lines of many bodies, joined, each with a line feed."""
    return b"".join([piece for body in bodies for piece in (body[1:], _END)])


class Lines:
    """Cuts a stream that comes in pieces of any size into the bodies of its lines.

    `limit` is the greatest length of a line in bytes, without its end. `too_long` is called with the first bytes of a
    longer one as soon as its length is known to be over the limit; what is left of it is thrown away as it comes, and
    the next line is read again. Between pieces less than one line is kept.
    """

    def __init__(self, limit: int, too_long: Callable[[bytes], None]) -> None:
        self.limit = limit
        self._too_long = too_long
        self._rest = bytearray()
        # Set until the end of a line that is too long has come.
        self._skips = False

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished line have arrived."""
        return len(self._rest)

    @property
    def expected(self) -> int:
        """How many bytes the unfinished line may have in total: once it is no longer small, as many as are allowed."""
        size = len(self._rest)
        return size if size <= SMALL else max(size, self.limit)

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies of the lines that this piece completes, in order."""
        if self._skips or self._rest:
            # Only the piece is searched: a line that comes byte by byte takes no longer than one that comes at once.
            end = data.find(_END)
            if end < 0:
                self._keep(data)
                return []
            if self._skips:
                self._skips, first = False, []
            else:
                self._rest += data[:end]
                first = self._fitting([bytes(self._rest)])
                self._rest.clear()
            data = data[end + 1 :]
        else:
            first = []
        *lines, rest = data.split(_END)
        if lines:
            first += self._fitting(lines)
        if rest:
            self._keep(rest)
        return first

    def finish(self) -> list[bytes]:
        """The body of the last line, if the stream ended without its end. Tokio's `LinesCodec` takes it in as well."""
        left = bytes(self._rest)
        self._rest.clear()
        self._skips = False
        return self._fitting([left]) if left else []

    def _fitting(self, lines: list[bytes]) -> list[bytes]:
        """The bodies of the lines that are not too long."""
        head, limit = LINES.head, self.limit
        if max(map(len, lines)) <= limit:
            return [head + line for line in lines]
        bodies = []
        for line in lines:
            if _is_over(line, limit):
                self._too_long(line)
            else:
                bodies.append(head + line)
        return bodies

    def _keep(self, data: bytes) -> None:
        """Keep the begin of a line, or throw away more of one that is too long."""
        if self._skips:
            return
        self._rest += data
        if _is_over(self._rest, self.limit):
            self._skips = True
            self._too_long(bytes(self._rest))
            # The memory becomes free at once: `clear` of a bytearray frees it.
            self._rest.clear()


def _is_over(line: bytes | bytearray, limit: int) -> bool:
    return len(line) > limit and not (len(line) == limit + 1 and line.endswith(_RETURN))
