from __future__ import annotations

import asyncio
import re
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.durable.journal import Journal
from hydroflow_nb.durable.store import Store
from hydroflow_nb.net import acknowledging, numbered
from hydroflow_nb.net.control import Batch, Introduction, body_of
from hydroflow_nb.net.frames import framed
from hydroflow_nb.net.greeting import Greeting

SEND = "source_stream(items) -> map(|x| (x, server)) -> dest_sink_serde(outbound);"
TAKE = "source_stream_serde(inbound) -> for_each(seen.append);"
SUM = """
    source_stream_serde(inbound) -> map(|(x, _)| x) -> fold::<'static>(|| [], |acc, x| acc + [x])
        -> for_each(|x| seen.append(x));
"""
BOTH = f"{SEND} {TAKE}"
ECHO = "source_stream_serde(inbound) -> inspect(|m| seen.append(m)) -> dest_sink_serde(outbound);"


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs in an event loop of its own."""

    @wraps(test)
    def run(**fixtures: Any) -> None:
        asyncio.run(asyncio.wait_for(test(**fixtures), 200))

    return run


async def eventually(holds: Callable[[], Any]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.002)


class Node:
    """A flow with ends of its own, in one life after the other."""

    def __init__(
        self, text: str, folder: Path | None = None, *, port: int = 0, write: Any = "journal", **names: Any
    ) -> None:
        self.text, self.folder, self.port, self.write, self.names = text, folder, port, write, names
        self.items: hf.Channel = hf.channel()
        self.seen: list[Any] = []

    async def begin(self) -> Node:
        self.outbound, self.inbound, self.address = await hf.net.bind_tcp(self.port)
        names = {"outbound": self.outbound, "inbound": self.inbound, "items": self.items, "seen": self.seen}
        self.flow = hf.compile(self.text, {**names, **self.names})
        if self.folder is not None:
            self.flow.durable(self.folder, self.write)
        self.flow.start()
        return self

    def kill(self) -> None:
        """End as a killed process does."""
        self.flow.close()
        for connection in tuple(self.outbound._connections):  # type: ignore[attr-defined]
            connection.cut()
        self.outbound.close()

    async def again(self, port: int | None = None) -> Node:
        self.kill()
        await asyncio.sleep(0.01)
        self.port = self.address[1] if port is None else port
        self.seen.clear()
        return await self.begin()


@contextmanager
def full_disk(folder: str) -> Iterator[None]:
    whole = Journal.append

    def append(self: Journal, payload: bytes, *, synced: bool = True) -> None:
        if self.path.parent.name == folder:
            raise OSError(28, "No space left on device")
        whole(self, payload, synced=synced)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "append", append)
        yield


@contextmanager
def slow_disk(folder: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """The first event is set when the disk is asked to hold files of the folder; it does so once the other is."""
    whole, put = Journal.sync, Store._put
    asked, goes = threading.Event(), threading.Event()

    def waits(name: str) -> None:
        if name == folder:
            asked.set()
            assert goes.wait(60)

    def sync(self: Journal) -> None:
        waits(self.path.parent.name)
        whole(self)

    def slow_put(self: Store, *arguments: Any) -> None:
        waits(self.path.name)
        put(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "sync", sync)
        patch.setattr(Store, "_put", slow_put)
        try:
            yield asked, goes
        finally:
            goes.set()


@in_loop
async def test_what_is_acknowledged_is_forgotten_by_the_sender(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    client.items.extend([1, 2, 3])

    await eventually(lambda: server.seen and server.seen[-1] == [1, 2, 3])
    await eventually(lambda: client.outbound.deliveries.ledger.owed == 0)
    assert client.outbound.deliveries.is_settled


@pytest.mark.parametrize("write", ["journal", "state"])
@in_loop
async def test_what_was_sent_while_the_receiver_was_away_comes_in_its_order(
    tmp_path: Path, write: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = await Node(SUM, tmp_path / "server", write=write).begin()
    client = await Node(SEND, tmp_path / "client", write=write, server=server.address).begin()
    client.items.send(1)
    await eventually(lambda: server.seen and server.seen[-1] == [1])
    server.kill()
    for item in (2, 3):
        client.items.send(item)
        await asyncio.sleep(0.01)
    client = await client.again()
    # The first one may not be acknowledged yet.
    await eventually(lambda: re.search("[23] messages wait for it, trying again", caplog.text))

    server.port = server.address[1]
    await server.begin()

    # It needs no further tick of the sender.
    await eventually(lambda: server.seen and server.seen[-1] == [1, 2, 3])
    client.items.send(4)
    await eventually(lambda: server.seen and server.seen[-1] == [1, 2, 3, 4])


@in_loop
async def test_what_is_sent_after_a_durable_flow_was_closed_waits_for_its_next_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be in the memory of a process alone that may end before another flow reads its ends."""
    monkeypatch.setattr(acknowledging, "_GRACE", 0.02)
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    client.items.send(1)
    await eventually(lambda: server.seen and server.seen[-1] == [1])
    server.flow.close()
    client.items.send(2)
    await eventually(lambda: client.outbound.deliveries.ledger.owed)
    await asyncio.sleep(0.3)

    server = await server.again()

    await eventually(lambda: server.seen and server.seen[-1] == [1, 2])


@in_loop
async def test_nothing_is_acknowledged_that_the_disk_did_not_take(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    ledger = client.outbound.deliveries.ledger
    client.items.send(1)
    await eventually(lambda: server.seen and server.seen[-1] == [1] and not ledger.owed)
    with full_disk("server"):
        client.items.send(2)
        await eventually(lambda: server.flow.trouble is not None)
    assert ledger.owed
    assert server.seen[-1] == [1]

    server = await server.again()

    await eventually(lambda: server.seen and server.seen[-1] == [1, 2] and not ledger.owed)


@in_loop
async def test_nothing_is_acknowledged_before_the_disk_has_taken_it(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    ledger = client.outbound.deliveries.ledger
    client.items.send(1)
    await eventually(lambda: server.seen and server.seen[-1] == [1] and not ledger.owed)
    with slow_disk("server") as (asked, goes):
        client.items.send(2)
        await eventually(asked.is_set)
        await asyncio.sleep(0.02)

        assert ledger.owed
        assert server.seen[-1] == [1]

        goes.set()
        await eventually(lambda: server.seen[-1] == [1, 2] and not ledger.owed)


@in_loop
async def test_nothing_is_acknowledged_and_nothing_leaves_before_the_disk_has_taken_the_state(tmp_path: Path) -> None:
    server = await Node(ECHO, tmp_path / "server", write="state").begin()
    client = await Node(BOTH, tmp_path / "client", server=server.address).begin()
    ledger = client.outbound.deliveries.ledger
    client.items.send(1)
    await eventually(lambda: client.seen and not ledger.owed)
    with slow_disk("server") as (asked, goes):
        client.items.send(2)
        await eventually(asked.is_set)
        await asyncio.sleep(0.02)

        assert len(server.seen) == 2, "the tick has run"
        assert ledger.owed
        assert len(client.seen) == 1

        goes.set()
        await eventually(lambda: len(client.seen) == 2 and not ledger.owed)
    client.items.send(3)
    await eventually(lambda: len(client.seen) == 3 and not ledger.owed)

    server = await server.again()

    client.items.send(4)
    await eventually(lambda: len(client.seen) == 4)
    assert [message for message, _ in server.seen] == [4]


@in_loop
async def test_a_peer_that_comes_while_a_tick_waits_for_the_disk_is_known_at_the_next_start(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    other = await Node(SEND, tmp_path / "other", server=server.address).begin()
    client.items.send(1)
    await eventually(lambda: server.seen and server.seen[-1] == [1])
    with slow_disk("server") as (asked, goes):
        client.items.send(2)
        await eventually(asked.is_set)
        other.items.send(3)
        await eventually(lambda: len(server.inbound))
        goes.set()
        await eventually(lambda: server.seen[-1] == [1, 2, 3])

    server = await server.again()

    for node in (client, other):
        known = server.outbound.deliveries.ledger.address_of(node.outbound.deliveries.ledger.identity, "elsewhere")
        assert known == node.address
        node.kill()


@in_loop
async def test_a_sender_without_a_folder_is_heard(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, server=server.address).begin()

    client.items.extend([1, 2])

    await eventually(lambda: server.seen and server.seen[-1] == [1, 2])
    server = await server.again()
    client.items.send(3)
    await eventually(lambda: server.seen and server.seen[-1] == [1, 2, 3])


@in_loop
async def test_to_a_receiver_without_a_folder_messages_are_sent_once(tmp_path: Path) -> None:
    server = await Node(TAKE).begin()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    client.items.extend([1, 2])
    await eventually(lambda: len(server.seen) == 2)

    client = await client.again()
    client.items.send(3)

    await eventually(lambda: len(server.seen) == 3)
    await asyncio.sleep(0.05)
    assert [item for item, _ in server.seen] == [1, 2, 3]


@in_loop
async def test_a_member_that_comes_back_at_another_port_keeps_its_address(tmp_path: Path) -> None:
    server = await Node(ECHO, tmp_path / "server").begin()
    text = f"{SEND} source_stream_serde(inbound) -> for_each(seen.append);"
    client = await Node(text, tmp_path / "client", server=server.address).begin()
    client.items.send(1)
    await eventually(lambda: len(client.seen) == 1)
    before = client.address

    client = await client.again(port=0)
    client.items.send(2)

    assert client.address != before
    await eventually(lambda: [item for item, _ in client.seen] == [2])
    assert [address for _, address in server.seen] == [before, before]


@in_loop
async def test_a_receiver_is_called_by_the_name_of_its_host(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=f"localhost:{server.address[1]}").begin()

    client.items.send(1)

    await eventually(lambda: server.seen and server.seen[-1] == [1])
    await eventually(lambda: client.outbound.deliveries.ledger.owed == 0)


@in_loop
async def test_sources_pause_while_too_much_waits_and_nothing_is_given_up(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    server.kill()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    client.outbound.backlog = 1_000
    client.items.send("x" * 1_000)
    await eventually(lambda: client.outbound.is_congested())
    client.items.send("y")
    await asyncio.sleep(0.05)
    assert client.flow.inputs["items"].count() == 1

    server.port = server.address[1]
    await server.begin()

    await eventually(lambda: server.seen and server.seen[-1] == ["x" * 1_000, "y"])
    assert client.outbound.statistics.lost == 0


@in_loop
async def test_a_flow_comes_back_with_another_codec_and_with_ends_that_acknowledge_nothing(tmp_path: Path) -> None:
    client = await Node(SEND, tmp_path / "client", server=("127.0.0.1", 9)).begin()
    for ticks, items in enumerate([[1, 2], [3]], 1):
        client.items.extend(items)
        await eventually(lambda ticks=ticks: client.flow.current_tick() >= ticks and not client.flow.is_scheduled())
    client.kill()

    for options in ({"codec": "json"}, {"codec": "lines"}):
        outbound, inbound, _ = await hf.net.bind_tcp(0, **options)
        names = {"outbound": outbound, "inbound": inbound, "items": hf.channel(), "server": ("127.0.0.1", 9)}
        with hf.compile(SEND, names).durable(tmp_path / "client") as flow:
            assert flow.current_tick() == client.flow.current_tick()
        outbound.close()


@in_loop
async def test_a_flow_whose_sources_share_an_end_from_now_on_reads_what_each_took_in(tmp_path: Path) -> None:
    text = "source_stream_serde(one) -> for_each(seen.append); source_stream_serde(other) -> for_each(seen.append);"
    ends = [await hf.net.bind_tcp(0) for _ in range(2)]
    outbound, _, _ = await hf.net.bind_tcp(0)
    seen: list[Any] = []
    flow = hf.compile(text, {"one": ends[0][1], "other": ends[1][1], "seen": seen}).durable(tmp_path / "kept")
    flow.start()
    sends = hf.compile("source_iter(to) -> dest_sink_serde(outbound);", {"outbound": outbound, "to": [(1, ends[0][2])]})
    sends.start()
    await eventually(lambda: seen)
    flow.close()

    names = {"one": ends[0][1], "other": ends[0][1], "seen": seen}
    with hf.compile(text, names).durable(tmp_path / "kept") as again:
        assert again.current_tick() > 0
    sends.close()


@in_loop
async def test_datagrams_are_refused(tmp_path: Path) -> None:
    outbound, inbound, _ = await hf.net.bind_udp(0)
    flow = hf.compile(ECHO, {"outbound": outbound, "inbound": inbound, "seen": []})

    with pytest.raises(hf.DurabilityError, match="sends datagrams, which may be lost") as caught:
        flow.durable(tmp_path / "kept")

    assert caught.value.diagnostics[0].code == "HF707"


@in_loop
async def test_an_end_is_kept_by_one_flow(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    names = {"outbound": server.outbound, "inbound": server.inbound, "seen": []}

    with pytest.raises(hf.DurabilityError, match="is kept by another flow"):
        hf.compile(ECHO, names).durable(tmp_path / "kept")


@in_loop
async def test_a_flow_that_was_compiled_again_goes_on_with_the_same_ends(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=server.address).begin()
    client.items.send(1)
    await eventually(lambda: server.seen and server.seen[-1] == [1])

    server.flow.close()
    client.items.send(2)
    await asyncio.sleep(0.05)
    names = {"outbound": server.outbound, "inbound": server.inbound, "seen": server.seen}
    flow = hf.compile(SUM, names).durable(tmp_path / "server")
    flow.start()

    await eventually(lambda: server.seen and server.seen[-1] == [1, 2])
    client.items.send(3)
    await eventually(lambda: server.seen and server.seen[-1] == [1, 2, 3])


@in_loop
async def test_a_flow_that_runs_in_another_thread_than_its_ends_is_refused(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    server.flow.stop()
    await asyncio.sleep(0.01)

    with pytest.raises(hf.DurabilityError, match="runs in another thread than the event loop of its ends") as caught:
        await asyncio.to_thread(server.flow.run_tick)

    assert caught.value.diagnostics[0].code == "HF707"
    assert server.flow.current_tick() <= 1


@in_loop
async def test_two_ends_of_one_flow_have_numbers_of_their_own(tmp_path: Path) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    second, _, _ = await hf.net.bind_tcp(0)
    text = f"{SEND} source_stream(others) -> map(|x| (x, server)) -> dest_sink_serde(second);"
    others = hf.channel()
    client = await Node(text, tmp_path / "client", server=server.address, second=second, others=others).begin()

    client.items.send(1)
    others.send(2)

    await eventually(lambda: server.seen and sorted(server.seen[-1]) == [1, 2])


@in_loop
async def test_lines_go_to_programs_of_any_make_once(tmp_path: Path) -> None:
    ends = await hf.net.bind_tcp(0, codec="lines")
    names = {"outbound": ends.outbound, "inbound": ends.inbound, "seen": []}
    flow = hf.compile(ECHO, names).durable(tmp_path / "kept")
    flow.start()
    reader, writer = await asyncio.open_connection(*ends.address)
    writer.write(b"hello\n")

    assert await reader.readline() == b"hello\n"
    flow.close()
    again = hf.compile(ECHO, names).durable(tmp_path / "kept")
    again.start()
    writer.write(b"world\n")
    assert await reader.readline() == b"world\n"
    writer.close()


@in_loop
async def test_a_batch_that_never_ends_is_refused(tmp_path: Path) -> None:

    server = await Node(SUM, tmp_path / "server").begin()
    _, writer = await asyncio.open_connection(*server.address)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbered, "MOST_BYTES", 100)
        writer.write(Greeting(port=1).frame() + framed([body_of(Introduction("a" * 32))]))
        writer.write(framed([body_of(Batch("s", 1, 1_000)), *[b"x" * 60] * 3]))
        await eventually(lambda: server.inbound.statistics.undecodable == 1)
    writer.close()


@pytest.mark.parametrize("data", [b"\x10\x93\x01\xa1s\x01", b"\x10\x94\x01\xa1s\x01\x00", b"\x10\x92\x09\x01"])
@in_loop
async def test_what_is_no_control_frame_closes_its_connection(tmp_path: Path, data: bytes) -> None:

    server = await Node(SUM, tmp_path / "server").begin()
    reader, writer = await asyncio.open_connection(*server.address)

    writer.write(Greeting(port=1).frame() + framed([data]))

    await reader.read()
    assert server.inbound.statistics.undecodable == 1
    writer.close()


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("write", ["journal", "state"])
@in_loop
async def test_a_folder_that_was_put_back_from_an_older_copy_is_told_that_its_receivers_keep_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, write: str, is_late: bool
) -> None:
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(BOTH, tmp_path / "client", write=write, server=server.address).begin()
    client.items.send("first")
    await eventually(lambda: server.seen[-1:] == [["first"]])
    client.kill()
    shutil.copytree(tmp_path / "client", tmp_path / "copy")
    await client.begin()
    client.items.send("second")
    await eventually(lambda: server.seen[-1:] == [["first", "second"]])
    client.kill()
    shutil.rmtree(tmp_path / "client")
    (tmp_path / "copy").rename(tmp_path / "client")
    assert "keeps messages of this flow" not in caplog.text

    # The first new tick comes before the greeting of the server, or behind it.
    await client.begin()
    if is_late:
        await eventually(
            lambda: any(way.is_ready for ways in client.outbound.deliveries._ways.values() for way in ways)
        )
    client.items.send("third")

    await eventually(lambda: "keeps messages of this flow up to batch 2, which it has not sent" in caplog.text)
    client.kill()
    server.kill()


@in_loop
async def test_a_flow_that_is_kept_from_now_on_begins_its_connections_anew_without_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = await Node(SUM).begin()
    outbound, inbound, _ = await hf.net.connect_tcp(server.address)
    names = {"outbound": outbound, "inbound": inbound, "items": hf.channel([1]), "seen": [], "server": server.address}
    flow = hf.compile(BOTH, names).durable(tmp_path / "client")
    flow.start()

    await eventually(lambda: server.seen[-1:] == [[1]])

    told = [one for one in caplog.records if one.levelname == "WARNING" and f", {server.address[1]})" in one.message]
    assert told == []
    assert outbound.statistics.reconnects == 0
    flow.close()
    server.kill()


@in_loop
async def test_a_host_that_nobody_knows_is_told_once_and_looked_up_again_and_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def resolved(host: str, port: int, **_: Any) -> list[tuple[str, int]]:
        asked.append(host)
        if len(asked) < 6:
            raise OSError(2, f"the host {host!r} is unknown")
        return [server.address]

    monkeypatch.setattr(acknowledging, "resolved", resolved)
    server = await Node(SUM, tmp_path / "server").begin()
    client = await Node(SEND, tmp_path / "client", server=("oslo", server.address[1])).begin()
    client.items.send(1)

    await eventually(lambda: server.seen[-1:] == [[1]])

    assert caplog.text.count("cannot reach ('oslo', ") == 1
    client.kill()
    server.kill()
