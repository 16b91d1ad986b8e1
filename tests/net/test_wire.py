from __future__ import annotations

import asyncio
import gc
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from hydroflow_nb.net.frames import framed
from hydroflow_nb.net.statistics import Cause
from hydroflow_nb.net.wire import StreamWire


class Recorder:
    """A connection that keeps what its wire tells it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.rejected: list[Cause] = []
        self.resumptions = 0
        self.is_lost = False

    def made(self, wire: StreamWire) -> None:
        self.wire = wire

    def came(self, bodies: list[bytes]) -> None:
        self.bodies += bodies

    def reject(self, cause: Cause, reason: str, data: bytes) -> None:
        self.rejected.append(cause)

    def resumed(self) -> None:
        self.resumptions += 1

    def lost(self, exception: Exception | None) -> None:
        self.is_lost = True


async def two(limit: int = 1_000_000) -> tuple[Recorder, Recorder, asyncio.Server]:
    """Two connections, of which the first dialled the second, and the server to close."""
    dialled, accepted = Recorder(), Recorder()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: StreamWire(accepted, limit), "127.0.0.1", 0)  # type: ignore[arg-type]
    address = server.sockets[0].getsockname()
    await loop.create_connection(lambda: StreamWire(dialled, limit), *address)  # type: ignore[arg-type]
    while not hasattr(accepted, "wire"):
        await asyncio.sleep(0)
    return dialled, accepted, server


def test_messages_go_over_a_wire_both_ways(net: SimpleNamespace) -> None:
    async def go() -> None:
        one, other, server = await two()
        one.wire.write(framed([b"to", b"", b"you"]))
        other.wire.write(framed([b"to me"]))
        await net.eventually(lambda: len(other.bodies) == 3 and one.bodies)
        assert (one.bodies, other.bodies) == ([b"to me"], [b"to", b"", b"you"])
        assert one.wire.own_name == other.wire.peer_name
        one.wire.abort()
        server.close()
        await net.eventually(lambda: one.is_lost and other.is_lost)

    net.run(go)


def test_a_wire_that_has_finished_sends_and_takes_in_nothing_more(net: SimpleNamespace) -> None:
    async def go() -> None:
        one, other, server = await two()
        one.wire.write(framed([b"last"]))
        one.wire.finish()
        other.wire.write(framed([b"too late"]))
        await net.eventually(lambda: one.is_lost and other.is_lost)
        assert (one.bodies, other.bodies) == ([], [b"last"])
        server.close()

    net.run(go)


def test_what_came_before_a_message_over_the_limit_is_kept_and_the_rest_rejected(net: SimpleNamespace) -> None:
    async def go() -> None:
        one, other, server = await two(limit=10)
        one.wire.write(framed([b"short", b"longer than ten"]))
        await net.eventually(lambda: other.rejected)
        assert other.bodies == [b"short"]
        assert other.rejected == [Cause.OVERSIZED]
        one.wire.abort()
        server.close()

    net.run(go)


def test_a_wire_is_paused_while_the_kernel_has_not_taken_all(net: SimpleNamespace) -> None:
    async def go() -> None:
        one, other, server = await two(limit=1 << 26)
        other.wire.pause_reading()
        one.wire.write(framed([b"x" * (1 << 25)]))
        assert one.wire.is_paused
        assert not one.wire.takes
        assert one.wire.unsent > 0
        other.wire.resume_reading()
        await net.eventually(lambda: other.bodies)
        await net.eventually(lambda: one.resumptions)
        assert one.wire.takes
        assert one.wire.unsent == 0
        one.wire.abort()
        server.close()

    net.run(go)


def test_a_part_of_a_message_is_counted_and_freed_with_its_connection(net: SimpleNamespace) -> None:
    async def go() -> Any:
        one, other, server = await two()
        one.wire.write(framed([b"x" * 100])[:50])
        await net.eventually(lambda: other.wire.pending == 50)
        assert other.wire.expected == 104
        one.wire.abort()
        await net.eventually(lambda: other.is_lost)
        server.close()
        kept.append(weakref.ref(other))

    kept: list[weakref.ref[Recorder]] = []
    gc.disable()
    try:
        net.run(go)
        # No cycle holds it.
        assert kept[0]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("size", [1, 3, 7])
def test_frames_in_pieces_come_whole(net: SimpleNamespace, size: int) -> None:
    async def go() -> None:
        one, other, server = await two()
        data = framed([b"hello", b"there"])
        for at in range(0, len(data), size):
            one.wire.write(data[at : at + size])
            await asyncio.sleep(0.001)
        await net.eventually(lambda: len(other.bodies) == 2)
        assert other.bodies == [b"hello", b"there"]
        one.wire.abort()
        server.close()

    net.run(go)
