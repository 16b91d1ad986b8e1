"""Lines of text and raw bytes over streams, with plain sockets at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import logging
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nightly import IS_NIGHTLY

import hydroflow_nb as hf
from hydroflow_nb.net import raw
from hydroflow_nb.net.statistics import Cause

ECHO = "source_stream_serde(inbound) -> tee() -> dest_sink_serde(outbound);"
SHOUT = "source_stream_serde(inbound) -> map(|(line, who)| (line.upper(), who)) -> dest_sink_serde(outbound);"


class Client:
    """A plain socket that is connected to a flow."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.address = writer.get_extra_info("sockname")

    def write(self, data: bytes) -> None:
        self.writer.write(data)


@contextlib.asynccontextmanager
async def connected(address: Any) -> AsyncIterator[Client]:
    """A program of another make that is connected to an address."""
    if isinstance(address, str):
        reader, writer = await asyncio.open_unix_connection(address)
    else:
        reader, writer = await asyncio.open_connection(*address)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.fixture(params=["tcp", "unix"])
def bound(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    """Opens the ends of an address, over each of the streams."""

    async def bind(**options: Any) -> hf.net.Ends:
        if request.param == "tcp":
            return await hf.net.bind_tcp(0, **options)
        return await hf.net.bind_unix(tmp_path / "end.sock", **options)

    return bind


def test_a_flow_answers_the_lines_of_any_program(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="lines") as ends:
            node = net.Node(ends, f"{net.TAKE} {SHOUT}")
            async with net.running(node.flow), connected(ends.address) as client:
                client.write("hello\r\nmötör\n".encode())
                assert await client.reader.readline() == b"HELLO\n"
                assert await client.reader.readline() == "MÖTÖR\n".encode()
        assert node.statistics.to_dict()["undecodable"] == 0

    net.run(go)


def test_over_tcp_the_address_of_a_sender_is_the_one_that_is_seen(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="lines") as ends:
            node = net.Node(ends)
            async with net.running(node.flow), connected(ends.address) as client:
                client.write(b"hello\n")
                await net.eventually(lambda: node.seen)
                assert node.seen == [("hello", client.address)]
                node.send("who?", to=client.address)
                assert await client.reader.readline() == b"who?\n"

    net.run(go)


def test_nothing_is_greeted_and_nothing_is_said_at_the_end(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        ends = await bound(codec="lines")
        node = net.Node(ends)
        async with net.running(node.flow), connected(ends.address) as client:
            client.write(b"hello\n")
            await net.eventually(lambda: node.seen)
            node.send("bye", to=node.seen[0][1])
            await net.eventually(lambda: node.statistics.sent)
            ends.close()
            assert await client.reader.read() == b"bye\n"

    net.run(go)


def test_a_client_that_says_no_more_is_answered_and_then_left(
    net: SimpleNamespace, bound: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(raw, "ANSWERED", 0.05)

    async def go() -> None:
        async with await bound(codec="lines") as ends:
            node = net.Node(ends, f"{net.TAKE} {SHOUT}")
            async with net.running(node.flow), connected(ends.address) as client:
                # As `printf 'hello\nlast' | nc -N` does.
                client.write(b"hello\nlast")
                client.writer.write_eof()
                assert await client.reader.read() == b"HELLO\nLAST\n"
        assert node.statistics.closed == 1
        assert node.statistics.truncated == 0

    with caplog.at_level(logging.INFO, "hydroflow_nb.net"):
        net.run(go)
    assert "was closed by the peer" in caplog.text


@pytest.mark.skipif(not {"nc", "sh"} <= {one for one in ("nc", "sh") if shutil.which(one)}, reason="there is no nc")
def test_netcat_itself_is_answered(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="lines") as ends:
            to = f"-U {ends.address}" if isinstance(ends.address, str) else "{} {}".format(*ends.address)
            async with net.running(net.Node(ends, SHOUT).flow):
                # It waits for the other side to close: the answer is there before.
                asked = await asyncio.create_subprocess_shell(
                    rf"printf 'hello\nthere\n' | nc {to}", stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
                )
                assert asked.stdout is not None
                assert [await asked.stdout.readline() for _ in range(2)] == [b"HELLO\n", b"THERE\n"]
            ends.close()
            await asked.wait()

    net.run(go)


def test_what_netcat_does_is_answered(net: SimpleNamespace) -> None:
    # What `printf 'hello\n' | nc -N 127.0.0.1 PORT` does, in a process of its own.
    program = textwrap.dedent(
        """
        import socket, sys
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as own:
            own.sendall(b"hello\\n")
            own.shutdown(socket.SHUT_WR)
            print(own.makefile().readline(), end="")
        """
    )

    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="lines") as ends:
            node = net.Node(ends, SHOUT)
            async with net.running(node.flow):
                ran = await asyncio.to_thread(
                    subprocess.run,
                    [sys.executable, "-I", "-c", program, str(ends.address[1])],
                    capture_output=True,
                    timeout=60,
                    check=True,
                )
        assert ran.stdout == f"HELLO{os.linesep}".encode()

    net.run(go)


def test_an_empty_message_of_bytes_closes_the_connection_behind_what_was_sent(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="bytes") as ends:
            node = net.Node(ends)
            async with net.running(node.flow), connected(ends.address) as client:
                client.write(b"GET")
                await net.eventually(lambda: node.seen)
                ((_, who),) = node.seen
                # More than the kernel takes at once: the end comes behind it.
                for _ in range(10):
                    node.send(b"x" * 1_000_000, to=who)
                node.send(b"", to=who)
                assert len(await client.reader.read()) == 10_000_000
                client.writer.close()
                node.send(b"too late", to=who)
                await net.eventually(lambda: node.statistics.lost == 1)
        assert node.statistics.closed == 0

    net.run(go)


def test_every_split_of_a_conversation_arrives_the_same(net: SimpleNamespace, bound: Any) -> None:
    said = "hi\r\né\n\nbye\n".encode()

    async def go() -> None:
        async with await bound(codec="lines") as ends:
            node = net.Node(ends, f"{net.TAKE} {SHOUT}")
            async with net.running(node.flow):
                for at in range(1, len(said)):
                    node.seen.clear()
                    async with connected(ends.address) as client:
                        client.write(said[:at])
                        await client.writer.drain()
                        # The first lines are answered, so the rest comes in another read.
                        for _ in range(said[:at].count(b"\n")):
                            await client.reader.readline()
                        client.write(said[at:])
                        await net.eventually(lambda: len(node.seen) == 4)
                        assert node.payloads == ["hi", "é", "", "bye"]

    net.run(go)


def test_what_is_not_utf_8_is_counted_and_the_next_line_arrives(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="lines") as ends:
            node = net.Node(ends)
            async with net.running(node.flow), connected(ends.address) as client:
                client.write(b"\xff\xfe\x00\n\xed\xa0\x80\nfine\n")
                await net.eventually(lambda: node.seen)
                assert node.payloads == ["fine"]
                assert node.statistics.undecodable == 2
                assert [one.reason for one in node.statistics.rejected] == ["it is not UTF-8"] * 2

    net.run(go)


def test_a_line_over_the_limit_is_cut_off_and_counted_once(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="lines", limit=1000) as ends:
            node = net.Node(ends)
            async with net.running(node.flow), connected(ends.address) as client:
                for _ in range(100):
                    client.write(b"x" * 10_000)
                    await client.writer.drain()
                client.write(b"\nnext\n")
                await net.eventually(lambda: node.seen)
                assert node.payloads == ["next"]
                assert node.statistics.oversized == 1
                (rejected,) = node.statistics.rejected
                assert (rejected.cause, rejected.data) == (Cause.OVERSIZED, b"x" * 1000)

    net.run(go)


def test_a_long_line_takes_its_turn_and_gives_it_back_when_it_is_cut_off(net: SimpleNamespace) -> None:
    async def go() -> None:
        # There is room for one such line: the second one waits until the first has ended.
        async with await hf.net.bind_tcp(0, codec="lines", limit=1 << 18, room=1 << 18) as ends:
            node = net.Node(ends)
            async with net.running(node.flow), connected(ends.address) as one, connected(ends.address) as other:
                one.write(b"x" * (1 << 19))
                await net.eventually(lambda: node.statistics.oversized)
                other.write(b"y" * (1 << 17) + b"\n")
                await net.eventually(lambda: node.seen)
                assert node.payloads == ["y" * (1 << 17)]

    net.run(go)


def test_a_connection_that_breaks_in_a_line_is_counted_as_truncated(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="lines") as ends:
            node = net.Node(ends)
            async with net.running(node.flow):
                with socket.create_connection(ends.address) as own:
                    own.sendall(b"whole\nhal")
                    await net.eventually(lambda: node.seen)
                    # A reset in place of an end.
                    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                await net.eventually(lambda: node.statistics.truncated)
                assert node.payloads == ["whole"]
                assert node.statistics.closed == 1
                assert node.statistics.rejected[0].reason.endswith("in the middle of a message, after 3 bytes of it")

    net.run(go)


def test_what_is_sent_to_a_client_that_has_gone_is_lost_and_counted(
    net: SimpleNamespace, bound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "ANSWERED", 0.01)

    async def go() -> None:
        async with await bound(codec="lines") as ends:
            node = net.Node(ends)
            async with net.running(node.flow):
                async with connected(ends.address) as client:
                    client.write(b"hello\n")
                    await net.eventually(lambda: node.seen)
                await net.eventually(lambda: node.statistics.closed)
                await asyncio.sleep(0.1)
                node.send("too late", to=node.seen[0][1])
                await net.eventually(lambda: node.statistics.lost)
        assert node.statistics.reconnects == 0

    net.run(go)


def test_a_flow_dials_a_server_of_lines_and_speaks_with_it(net: SimpleNamespace) -> None:
    async def go() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(writer.get_extra_info("peername"))
            writer.write(b"220 ready\r\n")
            writer.write(b"250 " + await reader.readline())
            await reader.read()
            writer.close()

        seen: list[Any] = []
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        there = server.sockets[0].getsockname()
        async with await hf.net.connect_tcp(there, codec="lines") as ends:
            node = net.Node(ends)
            node.send("HELO\r", to=there)
            async with net.running(node.flow):
                await net.eventually(lambda: len(node.seen) == 2)
            assert seen == [ends.address]
            assert node.seen == [("220 ready", there), ("250 HELO", there)]
        server.close()

    net.run(go)


def test_a_connection_to_a_server_that_closes_it_is_made_again(net: SimpleNamespace) -> None:
    async def go() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"once\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with await hf.net.connect_tcp(server.sockets[0].getsockname(), codec="lines") as ends:
            node = net.Node(ends)
            async with net.running(node.flow):
                await net.eventually(lambda: len(node.seen) >= 2)
            assert node.statistics.reconnects >= 1
            assert node.statistics.closed >= 2
        server.close()

    net.run(go)


def test_two_flows_talk_in_lines(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="lines") as ends:
            connect = hf.net.connect_unix if isinstance(ends.address, str) else hf.net.connect_tcp
            async with await connect(ends.address, codec="lines") as dialled:
                server, client = net.Node(ends, SHOUT), net.Node(dialled)
                client.send("one", "two", to=ends.address)
                async with net.running(server.flow, client.flow):
                    await net.eventually(lambda: len(client.seen) == 2)
                assert client.seen == [("ONE", ends.address), ("TWO", ends.address)]
                # Who was dialled would wait whether the other one wants an answer to its last line.
                ends.close()

    net.run(go)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (7, "cannot send 7 as a line: a line is a text"),
        (b"x", r"cannot send b'x' as a line: a line is a text"),
        ("a\nb", "it holds a line feed, and would arrive as several"),
        ("\ud800", "half of a surrogate pair"),
    ],
)
def test_what_is_not_a_line_is_an_error_at_the_sink(net: SimpleNamespace, payload: Any, message: str) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="lines") as ends:
            node = net.Node(ends)
            node.send(payload, to=("127.0.0.1", 9))
            with pytest.raises(hf.ItemError, match=message):
                node.flow.run_tick()

    net.run(go)


def test_a_line_of_exactly_the_limit_is_sent_and_one_byte_more_is_lost(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="lines", limit=10) as ends:
            node = net.Node(ends, f"{net.TAKE} {net.SEND}")
            async with net.running(node.flow), connected(ends.address) as client:
                client.write(b"x" * 10 + b"\r\n")
                await net.eventually(lambda: node.seen)
                node.send("y" * 11, "y" * 10, to=node.seen[0][1])
                assert await client.reader.readline() == b"y" * 10 + b"\n"
                assert node.statistics.lost == 1

    net.run(go)


def test_a_typed_source_takes_lines_as_texts_and_nothing_else(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="lines") as ends:
            node = net.Node(ends, "source_stream_serde::<str>(inbound) -> for_each(seen.append);")
            numbers = net.Node(ends, "source_stream_serde::<int>(inbound) -> for_each(seen.append);")
            async with connected(ends.address) as client:
                client.write(b"7\n")
                await net.eventually(lambda: len(ends.inbound))
                node.flow.run_tick()
                assert node.payloads == ["7"]
                client.write(b"7\n")
                await net.eventually(lambda: len(ends.inbound))
                numbers.flow.run_tick()
                assert numbers.seen == []
                assert ends.inbound.statistics.undecodable == 1

    net.run(go)


def test_while_the_flow_takes_nothing_lines_are_not_read(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="lines", room=100_000) as ends, connected(ends.address) as client:
            client.write((b"x" * 99 + b"\n") * 100_000)
            await net.eventually(ends.inbound.is_full)
            await asyncio.sleep(0.05)
            # One read of the socket more than there is room for, at most.
            assert len(ends.inbound) * 100 < 100_000 + (1 << 18)
            node = net.Node(ends)
            async with net.running(node.flow):
                await net.eventually(lambda: len(node.seen) == 100_000)

    net.run(go)


def test_bytes_come_as_they_were_read_and_go_out_as_they_are(net: SimpleNamespace, bound: Any) -> None:
    async def go() -> None:
        async with await bound(codec="bytes") as ends:
            node = net.Node(ends)
            async with net.running(node.flow), connected(ends.address) as client:
                client.write(b"\0\xff\r\n")
                await net.eventually(lambda: node.seen)
                client.write(b"more")
                await net.eventually(lambda: len(node.seen) == 2)
                assert node.payloads == [b"\0\xff\r\n", b"more"]
                node.send(b"\x01", bytearray(b"\n"), memoryview(b"z"), b"", to=node.seen[0][1])
                assert await client.reader.readexactly(3) == b"\x01\nz"

    net.run(go)


def test_every_byte_of_a_stream_of_hostile_bytes_comes_once_in_chunks_of_the_limit(
    net: SimpleNamespace, bound: Any
) -> None:
    data = os.urandom(300_000)

    async def go() -> None:
        async with await bound(codec="bytes", limit=1000) as ends:
            node = net.Node(ends)
            async with net.running(node.flow), connected(ends.address) as client:
                client.write(data)
                await net.eventually(lambda: sum(map(len, node.payloads)) == len(data))
                assert b"".join(node.payloads) == data
                assert max(map(len, node.payloads)) == 1000

    net.run(go)


@pytest.mark.parametrize("payload", ["text", 7, None, ["a"]])
def test_what_is_not_bytes_is_an_error_at_the_sink(net: SimpleNamespace, payload: Any) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="bytes") as ends:
            node = net.Node(ends)
            node.send(payload, to=("127.0.0.1", 9))
            with pytest.raises(hf.ItemError, match="a message is bytes"):
                node.flow.run_tick()

    net.run(go)


def test_what_came_through_stays_within_what_a_message_may_hold(net: SimpleNamespace) -> None:
    """Bytes of frames that a flow of ours would send are bytes like others."""

    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="bytes") as ends, await hf.net.connect_tcp(ends.address) as framed:
            node, sender = net.Node(ends), net.Node(framed)
            sender.send("hello", to=ends.address)
            async with net.running(node.flow, sender.flow):
                await net.eventually(lambda: b"hello" in b"".join(node.payloads))
            ends.close()

    net.run(go)


def test_a_real_client_is_answered_by_the_http_server_of_the_manual(net: SimpleNamespace) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
    start = manual.index("def take(heads, message):")
    functions = manual[start : manual.index("outbound, inbound", start)]
    start = manual.index("%%hydroflow hello\n")
    text = manual[start : manual.index("```", start)].partition("\n")[2]
    names: dict[str, Any] = {}
    exec(functions, names)

    def ask(port: int) -> list[tuple[int, bytes]]:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        answers = []
        # Both over one connection.
        for path in ("/", "/caf%C3%A9?x=1"):
            client.request("GET", path, headers={"X-Long": "x" * 5000})
            answer = client.getresponse()
            answers.append((answer.status, answer.read()))
        client.close()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/again", timeout=60) as answer:
            return [*answers, (answer.status, answer.read())]

    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="bytes") as ends:
            flow = hf.compile(text, {**names, "inbound": ends.inbound, "outbound": ends.outbound})
            async with net.running(flow):
                answers = await asyncio.to_thread(ask, ends.address[1])
                # Byte by byte, and what is no request before it.
                async with connected(ends.address) as client:
                    for byte in b"\xff\0\r\n\r\nGET /slow HTTP/1.1\r\n\r\n":
                        client.write(bytes([byte]))
                        await client.writer.drain()
                    assert await client.reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert answers == [
            (200, b"Hello from /\n"),
            (200, b"Hello from /caf%C3%A9?x=1\n"),
            (200, b"Hello from /again\n"),
        ]

    net.run(go)


@pytest.mark.parametrize("codec", ["lines", "bytes"])
@pytest.mark.parametrize("opener", [hf.net.bind_tcp, hf.net.bind_udp, hf.net.bind_unix, hf.Network().bind_tcp])
@pytest.mark.parametrize("given", [{"name": "p1"}, {"directory": {"p1": 1}}, {"name": "p1", "directory": {"p1": 1}}])
def test_names_are_refused_as_nothing_is_greeted(codec: str, opener: Any, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f'with `codec="{codec}"` no greeting says or proves a name: leave out `name`'):
        asyncio.run(opener("nowhere.sock" if opener is hf.net.bind_unix else 0, codec=codec, **given))


@pytest.mark.parametrize("opener", [hf.net.bind_tcp, hf.net.bind_unix])
def test_a_key_is_refused_as_nothing_is_greeted(opener: Any) -> None:
    with pytest.raises(ValueError, match=r"no greeting says or proves a name: leave out .*`key`"):
        asyncio.run(opener("nowhere.sock" if opener is hf.net.bind_unix else 0, codec="lines", key="x" * 32))


def test_a_system_speaks_in_lines_with_programs_of_other_make(net: SimpleNamespace) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0, codec="lines") as ends:
            system = hf.compile(
                """
                users = external(); front = process();
                users ~> @front map(|(line, who)| (line.upper(), who)) ~> users;
                """
            )
            assert isinstance(system, hf.System)
            flow = hf.compile(system.flows["front"].text, {**ends._asdict()})
            async with net.running(flow), connected(ends.address) as client:
                client.write(b"hello\n")
                assert await client.reader.readline() == b"HELLO\n"

    net.run(go)


# A gigabyte in a nightly run.
LONG_LINE = 1 << 30 if IS_NIGHTLY else 1 << 26

RECEIVER = """
    import asyncio, resource, sys
    import hydroflow_nb as hf

    async def main():
        async with await hf.net.bind_tcp(0, codec=sys.argv[1]) as ends:
            next_line, count = asyncio.Event(), 0
            def take(payload):
                nonlocal count
                count += len(payload)
                if payload[-1:] in ("t", b"t"):
                    next_line.set()
            names = {"inbound": ends.inbound, "take": take}
            running = asyncio.ensure_future(
                hf.compile("source_stream_serde(inbound) -> map(|(x, _)| x) -> for_each(take);", names).run_async()
            )
            await asyncio.sleep(0.1)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(ends.address[1], flush=True)
            await next_line.wait()
            peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
            print(peak, ends.inbound.statistics.oversized, count, flush=True)
            running.cancel()

    asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in another unit elsewhere")
@pytest.mark.parametrize(("codec", "oversized"), [("lines", 1), ("bytes", 0)])
def test_a_line_of_any_length_takes_bounded_memory(codec: str, oversized: int) -> None:
    receiver = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RECEIVER), codec], stdout=subprocess.PIPE, text=True
    )
    assert receiver.stdout is not None
    with receiver, socket.create_connection(("127.0.0.1", int(receiver.stdout.readline()))) as own:
        piece = b"x" * (1 << 20)
        for _ in range(LONG_LINE // len(piece)):
            own.sendall(piece)
        own.sendall(b"\n" if codec == "lines" else b"")
        own.sendall(b"next\n" if codec == "lines" else b"next")
        peak, counted, count = map(int, receiver.stdout.readline().split())
    assert peak < 32 << 20
    assert counted == oversized
    assert count == (4 if codec == "lines" else LONG_LINE + 4)
