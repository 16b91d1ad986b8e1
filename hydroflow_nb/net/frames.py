"""Frames: how messages are told apart on a stream of bytes, each after its own length."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from struct import Struct
from typing import Final

from hydroflow_nb.net.options import DEFAULT_LIMIT
from hydroflow_nb.portable import Portable

HEADER: Final = Struct(">I")


class Oversized(Portable):
    """A frame announces a longer body than is allowed: what follows on its stream cannot be made sense of.

    `length` is the announced one in bytes, `limit` the allowed one, `bodies` what was complete before it.
    """

    def __init__(self, length: int, limit: int, bodies: list[bytes]) -> None:
        super().__init__(f"a message of {length:,} bytes was announced, {limit:,} are allowed")
        self.length = length
        self.limit = limit
        self.bodies = bodies


def frame(body: bytes) -> bytes:
    """A body as it goes onto a stream. Raises ValueError for one of 4 GiB or more."""
    if len(body) > 0xFFFFFFFF:
        raise ValueError(f"a message of {len(body):,} bytes is too long for a frame: send less than 4 GiB at once")
    return HEADER.pack(len(body)) + body


def framed(bodies: Sequence[bytes]) -> bytes:
    """Many bodies as they go onto a stream, to be written at once. Raises ValueError like `frame`."""
    pack = HEADER.pack
    try:
        # Without a call for each.
        return b"".join([piece for body in bodies for piece in (pack(len(body)), body)])
    except struct.error:
        return b"".join(map(frame, bodies))


class Frames:
    """Cuts a stream that comes in pieces of any size into the bodies of its frames.

    `limit` is the greatest length of a body in bytes. What is kept between pieces is less than a frame.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._rest = bytearray()
        self._needed = HEADER.size

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame have come; at the end of a stream, those of a truncated one."""
        return len(self._rest)

    @property
    def expected(self) -> int:
        """How many bytes the unfinished frame has in all, as far as is known: at least those of its length."""
        return self._needed

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """The bodies that this piece completes, in order.

        Raises Oversized as soon as a frame's length is known to be over the limit, and again whenever more is fed.
        """
        rest = self._rest
        if rest:
            rest += data
            # A body that comes in small pieces is looked at again when it is whole, not at each piece.
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
