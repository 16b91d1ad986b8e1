"""What a connection does with messages, whatever wire carries it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.net.connection import Connection, Wire
from hydroflow_nb.net.frames import Frames
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.net.messages.codec import MSGPACK, encoded
from hydroflow_nb.net.options import SocketOptions
from hydroflow_nb.net.statistics import Cause
from hydroflow_nb.net.tcp import TcpOutbound
from hydroflow_nb.net.turns import SMALL, Turns

STRANGER, KNOWN = ("127.0.0.1", 40_000), ("127.0.0.1", 5000)


class MessageWire:
    """A wire that carries whole messages, and knows nothing of bytes and sockets."""

    def __init__(self, connection: Connection) -> None:
        self.own_name, self.peer_name = ("127.0.0.1", 1), STRANGER
        self.is_paused = self.is_reading_paused = self.is_finished = self.is_aborted = False
        self.takes = True
        self.unsent = self.pending = 0
        self.expected = 4
        self.written: list[bytes] = []
        connection.made(self)

    def write(self, frames: bytes) -> None:
        self.written += Frames().feed(frames)

    def finish(self) -> None:
        self.is_finished = True

    def pause_reading(self) -> None:
        self.is_reading_paused = True

    def resume_reading(self) -> None:
        self.is_reading_paused = False

    def abort(self) -> None:
        self.is_aborted = True


class Board:
    """Whose connection it is, in a test: knows everybody by the port of the greeting."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.loop = asyncio.get_running_loop()
        self.inbound = Inbound(limit_bytes=room)
        self.turns = Turns(self.loop, room)
        self.takes_in = True
        self.is_filled = False
        self.gone: list[Exception | None] = []

    def opened(self, connection: Connection) -> bool:
        return self.takes_in

    def identified(self, connection: Connection, greeting: Greeting | None) -> Any:
        if greeting is None:
            return STRANGER
        if not greeting.port:
            raise ValueError("its port is not from 1 to 65,535")
        return ("127.0.0.1", greeting.port)

    def filled(self) -> None:
        self.is_filled = True

    def closed(self, connection: Connection, exception: Exception | None) -> None:
        self.gone.append(exception)

    def join(self, **keywords: Any) -> tuple[Connection, MessageWire]:
        connection = Connection(self, **keywords)
        return connection, MessageWire(connection)

    @property
    def came(self) -> list[tuple[Any, Any]]:
        inbox = self.inbound.inbox(None, {})
        return list(inbox.waiting())


@pytest.fixture
def on_board() -> Callable[[Callable[[Board], None]], None]:
    """Has a function called with a board, within an event loop."""

    def run(work: Callable[[Board], None]) -> None:
        async def go() -> None:
            work(Board())

        asyncio.run(go())

    return run


def body(payload: Any) -> bytes:
    return encoded(MSGPACK, payload)


def said(greeting: Greeting) -> bytes:
    (one,) = Frames().feed(greeting.frame())
    return one


def test_messages_come_from_whom_the_first_one_names_and_else_from_the_name_of_the_wire(on_board: Any) -> None:
    def work(board: Board) -> None:
        greeted, silent = board.join()[0], board.join()[0]

        greeted.came([said(Greeting(port=5000)), body(1)])
        greeted.came([body(2)])
        silent.came([body(3)])

        assert board.came == [(1, KNOWN), (2, KNOWN), (3, STRANGER)]

    on_board(work)


def test_who_dials_greets_at_once_and_is_not_asked_who_it_is(on_board: Any) -> None:
    def work(board: Board) -> None:
        connection, wire = board.join(address=KNOWN, greeting=Greeting(port=1))

        connection.came([body("hello")])

        assert wire.written == [said(Greeting(port=1))]
        assert board.came == [("hello", KNOWN)]

    on_board(work)


def test_who_is_turned_away_is_closed_and_nobody_is_told_of_it(on_board: Any) -> None:
    def work(board: Board) -> None:
        board.takes_in = False
        connection, wire = board.join()
        connection.lost(None)

        assert wire.is_aborted
        assert board.gone == []

    on_board(work)


@pytest.mark.parametrize("first", [b"\x10\xc1", said(Greeting()), said(Greeting(path="x" * 2000))])
def test_an_impossible_greeting_ends_the_connection_and_is_counted(on_board: Any, first: bytes) -> None:
    def work(board: Board) -> None:
        connection, wire = board.join()

        connection.came([first, body(1)])

        assert wire.is_aborted
        assert board.gone == [None]
        assert board.inbound.statistics.undecodable == 1
        assert board.came == []

    on_board(work)


def test_a_farewell_is_the_last_message_and_closes_the_connection(on_board: Any) -> None:
    def work(board: Board) -> None:
        connection, wire = board.join()

        connection.came([body(1), said(Greeting(leaves=True))])

        assert connection.is_farewell
        assert wire.is_aborted
        assert board.came == [(1, STRANGER)]

    on_board(work)


def test_leaving_says_farewell_to_who_takes_it_and_cuts_off_who_does_not(on_board: Any) -> None:
    def work(board: Board) -> None:
        (one, willing), (other, unwilling) = board.join(), board.join()
        unwilling.takes = False

        one.leave()
        other.leave()

        assert willing.written == [said(Greeting(leaves=True))]
        assert (willing.is_finished, willing.is_aborted) == (True, False)
        assert (unwilling.written, unwilling.is_aborted) == ([], True)

    on_board(work)


def test_a_connection_that_breaks_within_a_message_is_counted_once(on_board: Any) -> None:
    def work(board: Board) -> None:
        (broken, half), (refused, announced) = board.join(), board.join()
        half.pending = announced.pending = 10

        broken.lost(OSError("reset"))
        broken.lost(None)
        refused.reject(Cause.OVERSIZED, "it is too long", b"")

        assert board.inbound.statistics.truncated == 1
        assert board.inbound.statistics.oversized == 1
        assert [type(one) for one in board.gone] == [OSError, type(None)]

    on_board(work)


def test_nothing_is_read_while_there_is_no_room(on_board: Any) -> None:
    def work(board: Board) -> None:
        connection, wire = board.join()

        connection.came([body("x" * 1_000_000)])
        connection.read_on()

        assert board.is_filled
        assert wire.is_reading_paused

    on_board(work)


def test_a_large_message_waits_for_its_turn(on_board: Any) -> None:
    def work(board: Board) -> None:
        (first, one), (second, other) = board.join(), board.join()
        one.expected = other.expected = 900_000
        assert one.expected > SMALL

        first.came([])
        second.came([])
        waited = other.is_reading_paused
        one.expected = 4
        first.came([body("whole")])

        assert not one.is_reading_paused
        assert waited
        assert not other.is_reading_paused
        board.turns.leave(second)

    on_board(work)


# --- another framing, on sockets --------------------------------------------------------------------------------------


class LineWire(asyncio.Protocol):
    """A wire on which each message is a line of hexadecimal digits."""

    is_paused = False
    expected = 0

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rest = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.own_name, self.peer_name = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        self._connection.made(self)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._connection.came([bytes.fromhex(line.decode()) for line in lines])

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.lost(exc)

    @property
    def takes(self) -> bool:
        return not self.transport.is_closing()

    @property
    def pending(self) -> int:
        return len(self._rest)

    @property
    def unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        self.transport.write(b"".join(one.hex().encode() + b"\n" for one in Frames().feed(frames)))

    def finish(self) -> None:
        self.transport.write_eof()

    def pause_reading(self) -> None:
        self.transport.pause_reading()

    def resume_reading(self) -> None:
        self.transport.resume_reading()

    def abort(self) -> None:
        self.transport.abort()


def test_ends_with_a_wire_of_their_own_speak_with_each_other_and_with_who_knows_their_framing(
    net: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line_wire(self: TcpOutbound, connection: Connection) -> LineWire:
        wire: Wire = LineWire(connection)
        assert isinstance(wire, LineWire)
        return wire

    monkeypatch.setattr(TcpOutbound, "_wire", line_wire)

    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.connect_tcp(one.address) as other:
            server, client = net.Node(one, net.ECHO), net.Node(other)
            async with net.running(server.flow, client.flow):
                client.send("hello", {"k": (1, 2)}, to=one.address)
                await net.eventually(lambda: len(client.seen) == 2)
                reader, writer = await asyncio.open_connection(*one.address)
                writer.write(body("from elsewhere").hex().encode() + b"\n")
                echo = await reader.readline()
                writer.close()
            assert client.payloads == ["hello", {"k": (1, 2)}]
            assert bytes.fromhex(echo.decode()) == body("from elsewhere")

    net.run(go)


def test_the_options_of_an_end_bound_what_its_wire_takes_in(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, limit=100) as one:
            reader, writer = await asyncio.open_connection(*one.address)
            writer.write(b"\x00\x00\x00\x65")
            assert await reader.read() == b""
            writer.close()
            assert one.inbound.statistics.oversized == 1
            assert SocketOptions(limit=100).limit == one.outbound.limit

    net.run(go)
