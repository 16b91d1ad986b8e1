"""Messages that wait for a peer, as they go over the stream, in the order in which they will leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from hydroflow_nb.net.frames import framed

# Frames, and how many messages they hold.
Chunk: TypeAlias = tuple[bytes, int]

# How many bytes are given to a transport in one call.
CHUNK: Final = 1 << 18
# About how many bytes a chunk that waits takes in addition to its own.
_OVERHEAD: Final = 128


class Outbox:
    """Chunks that wait. `size` is how many bytes of frames they hold together, 0 if nothing waits."""

    def __init__(self) -> None:
        self.size = 0
        self._chunks: deque[Chunk] = deque()

    @property
    def count(self) -> int:
        """How many messages wait."""
        return sum(count for _, count in self._chunks)

    @property
    def memory(self) -> int:
        """About how many bytes of memory the waiting chunks take."""
        return self.size + _OVERHEAD * len(self._chunks)

    def add(self, chunk: Chunk) -> int:
        """Put a chunk behind the others. Returns how much memory it takes, in bytes."""
        size = len(chunk[0])
        self._chunks.append(chunk)
        self.size += size
        return size + _OVERHEAD

    def put_back(self, chunk: Chunk) -> None:
        """Put a chunk before all others."""
        self._chunks.appendleft(chunk)
        self.size += len(chunk[0])

    def take(self) -> Chunk:
        """Take what leaves next: the oldest chunk and, if it is short, those behind it that fit."""
        data, count = self._chunks.popleft()
        if len(data) < CHUNK and self._chunks:
            # The messages of many small ticks leave together.
            pieces, size = [data], len(data)
            while self._chunks and size + len(self._chunks[0][0]) <= CHUNK:
                piece, more = self._chunks.popleft()
                pieces.append(piece)
                size, count = size + len(piece), count + more
            data = b"".join(pieces)
        self.size -= len(data)
        return data, count

    def clear(self) -> int:
        """Remove all chunks. Returns how many messages they held."""
        count = self.count
        self._chunks.clear()
        self.size = 0
        return count


def chunks(bodies: list[bytes], joined: Callable[[Sequence[bytes]], bytes] = framed) -> Iterable[Chunk]:
    """The chunks of messages: a single chunk, unless they are too long for one. `joined` gives what goes out."""
    if len(bodies) == 1 or sum(map(len, bodies)) <= CHUNK:
        return ((joined(bodies), len(bodies)),)
    return _several(bodies, joined)


def _several(bodies: list[bytes], joined: Callable[[Sequence[bytes]], bytes]) -> Iterator[Chunk]:
    start, size = 0, 0
    for index, body in enumerate(bodies):
        if size and size + len(body) > CHUNK:
            yield joined(bodies[start:index]), index - start
            start, size = index, 0
        size += len(body)
    yield joined(bodies[start:]), len(bodies) - start
