"""What waits for a peer: messages as frames, in the order in which they are to leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, TypeAlias

from hydroflow_nb.net.frames import framed

# Frames, and how many messages they are.
Chunk: TypeAlias = tuple[bytes, int]

# What is given to a transport at once, in bytes.
CHUNK: Final = 1 << 18
# What a chunk that waits takes besides its bytes, about.
_OVERHEAD: Final = 128


class Outbox:
    """Chunks that wait. `size` is how many bytes of frames they have together, 0 where nothing waits."""

    def __init__(self) -> None:
        self.size = 0
        self._chunks: deque[Chunk] = deque()

    @property
    def count(self) -> int:
        """How many messages wait."""
        return sum(count for _, count in self._chunks)

    @property
    def memory(self) -> int:
        """How many bytes of memory are taken by what waits, about."""
        return self.size + _OVERHEAD * len(self._chunks)

    def add(self, chunk: Chunk) -> int:
        """Have a chunk wait behind the others. Returns how much memory it takes, in bytes."""
        size = len(chunk[0])
        self._chunks.append(chunk)
        self.size += size
        return size + _OVERHEAD

    def take(self) -> Chunk:
        """What is to leave next: the oldest chunk, and with a short one those behind it that fit."""
        data, count = self._chunks.popleft()
        if len(data) < CHUNK and self._chunks:
            # What many small ticks gave leaves together.
            pieces, size = [data], len(data)
            while self._chunks and size + len(self._chunks[0][0]) <= CHUNK:
                piece, more = self._chunks.popleft()
                pieces.append(piece)
                size, count = size + len(piece), count + more
            data = b"".join(pieces)
        self.size -= len(data)
        return data, count

    def clear(self) -> int:
        """Let nothing wait any more. Returns how many messages did."""
        count = self.count
        self._chunks.clear()
        self.size = 0
        return count


def chunks(bodies: list[bytes]) -> Iterator[Chunk]:
    """Messages as they go onto a stream, all in one piece unless they are many."""
    if sum(map(len, bodies)) <= CHUNK:
        yield framed(bodies), len(bodies)
        return
    begin, size = 0, 0
    for index, body in enumerate(bodies):
        if size and size + len(body) > CHUNK:
            yield framed(bodies[begin:index]), index - begin
            begin, size = index, 0
        size += len(body)
    yield framed(bodies[begin:]), len(bodies) - begin
