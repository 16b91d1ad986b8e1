"""Frames: messages on a stream of bytes. A frame is the length of a message's body, and then the body."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from struct import Struct
from typing import Final

from hydroflow_nb.net.options import DEFAULT_LIMIT
from hydroflow_nb.portable import Portable

HEADER: Final = Struct(">I")


class Oversized(Portable):
    """A frame announces a longer body than is allowed: the rest of its stream cannot be read.

    `length` is the announced length in bytes, `limit` the allowed one; `bodies` are those that were complete before.
    """

    def __init__(self, length: int, limit: int, bodies: list[bytes]) -> None:
        super().__init__(f"a message of {length:,} bytes was announced, {limit:,} bytes are allowed")
        self.length = length
        self.limit = limit
        self.bodies = bodies


def frame(body: bytes) -> bytes:
    """The frame of a body. Raises ValueError for a body of 4 GiB or more."""
    if len(body) > 0xFFFFFFFF:
        raise ValueError(f"a message of {len(body):,} bytes is too long for a frame: send less than 4 GiB at once")
    return HEADER.pack(len(body)) + body


def framed(bodies: Sequence[bytes]) -> bytes:
    """The frames of many bodies, joined. Raises ValueError as `frame` does."""
    if len(bodies) == 1:
        return frame(bodies[0])
    pack = HEADER.pack
    try:
        # This loop makes no call of a Python function.
        return b"".join([piece for body in bodies for piece in (pack(len(body)), body)])
    except struct.error:
        return b"".join(map(frame, bodies))


class Frames:
    """Cuts a stream that comes in pieces of any size into the bodies of its frames.

    `limit` is the greatest length of a body in bytes. Between pieces it keeps less than one frame.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._rest = bytearray()
        self._needed = HEADER.size

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame have arrived. At the end of a stream that frame is truncated."""
        return len(self._rest)

    @property
    def expected(self) -> int:
        """How many bytes the unfinished frame has in total; only those of its length until the length is known."""
        return self._needed

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """The bodies that this piece completes, in order.

        Raises Oversized as soon as a frame's length is known to be over the limit, and at each later call.
        """
        rest = self._rest
        if rest:
            rest += data
            # A body that comes in small pieces is cut out when it is complete, not looked at with each piece.
            if len(rest) < self._needed:
                return []
            data = bytes(rest)
            rest.clear()
        elif type(data) is not bytes:
            data = bytes(data)
        bodies: list[bytes] = []
        add, length_at, header, limit, size = bodies.append, HEADER.unpack_from, HEADER.size, self.limit, len(data)
        begin, needed = 0, header
        while size - begin >= header:
            (length,) = length_at(data, begin)
            start = begin + header
            end = start + length
            if end > size or length > limit:
                if length > limit:
                    rest += data[begin:start]
                    self._needed = header
                    raise Oversized(length, limit, bodies)
                needed = header + length
                break
            add(data[start:end])
            begin = end
        if begin < size:
            rest += data[begin:]
        self._needed = needed
        return bodies
