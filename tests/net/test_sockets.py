from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hydroflow_nb as hf

KINDS = ["udp", "tcp", "unix"]


@pytest.fixture
def bind(tmp_path: Path) -> Any:
    """Binds a fresh address of a kind."""
    count = iter(range(1000))

    async def bound(kind: str, **keywords: Any) -> hf.net.Ends:
        if kind == "unix":
            return await hf.net.bind_unix(tmp_path / f"{next(count)}.sock", **keywords)
        return await {"udp": hf.net.bind_udp, "tcp": hf.net.bind_tcp}[kind](0, **keywords)

    return bound


@pytest.mark.parametrize("codec", ["msgpack", "json"])
@pytest.mark.parametrize("kind", KINDS)
def test_two_nodes_send_each_other_and_themselves_messages(
    net: SimpleNamespace, bind: Any, kind: str, codec: str
) -> None:
    async def go() -> None:
        async with await bind(kind, codec=codec) as one, await bind(kind, codec=codec) as other:
            a, b = net.Node(one), net.Node(other)
            async with net.running(a.flow, b.flow):
                a.send(1, ("two", None), to=b.address)
                b.send("reply", to=a.address)
                a.send("own", to=a.address)
                await net.eventually(lambda: len(a.seen) == 2 and len(b.seen) == 2)
        assert b.seen == [(1, a.address), (("two", None), a.address)]
        assert sorted(a.seen) == sorted([("reply", b.address), ("own", a.address)])

    net.run(go)


@pytest.mark.parametrize("kind", KINDS)
def test_ends_that_nobody_closed_are_closed_with_their_loop_without_a_warning(
    net: SimpleNamespace, bind: Any, kind: str
) -> None:
    kept: list[hf.net.Ends] = []

    async def go() -> None:
        kept.extend([await bind(kind), await bind(kind)])
        a, b = map(net.Node, kept)
        async with net.running(a.flow, b.flow):
            a.send("x", to=b.address)
            await net.eventually(lambda: b.seen)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.run(go)
        assert all(ends.inbound.is_closed and ends.outbound.is_closed for ends in kept)
        kept.clear()
        gc.collect()


@pytest.mark.parametrize("kind", KINDS)
def test_ends_of_a_loop_that_has_ended_say_so(net: SimpleNamespace, bind: Any, kind: str) -> None:
    nodes: list[Any] = []

    async def go() -> None:
        nodes.append(net.Node(await bind(kind)))

    net.run(go)
    (node,) = nodes
    node.send("x", to=node.address)

    with pytest.raises(hf.ItemError, match="sends no more messages") as caught:
        node.flow.run_tick()
    assert "bind the address again" in str(caught.value)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["tcp", "udp", "unix"])
def test_ends_of_a_loop_that_was_closed_before_them_free_their_address(bind: Any, kind: str) -> None:
    loop = asyncio.new_event_loop()
    ends: Any = loop.run_until_complete(bind(kind))
    loop.close()

    ends.close()

    async def go() -> None:
        binding = {"tcp": hf.net.bind_tcp, "udp": hf.net.bind_udp, "unix": hf.net.bind_unix}[kind]
        async with await binding(ends.address) as again:
            assert again.address == ends.address

    asyncio.run(go())
    # Asyncio warns of what it could not close; here and not in a later test.
    ends = None
    gc.collect()


@pytest.mark.parametrize("kind", KINDS)
def test_ends_of_another_loop_say_so(net: SimpleNamespace, bind: Any, kind: str) -> None:
    async def make() -> Any:
        return net.Node(await bind(kind))

    loop = asyncio.new_event_loop()
    node = loop.run_until_complete(make())
    node.send("x", to=node.address)

    async def go() -> None:
        with pytest.raises(hf.ItemError, match="belongs to another event loop"):
            await node.flow.run_available_async()

    net.run(go)
    node.ends.close()
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_flow_in_another_thread_sends_through_the_loop(net: SimpleNamespace, bind: Any, kind: str) -> None:
    async def go() -> None:
        async with await bind(kind) as one, await bind(kind) as other:
            a, b = net.Node(one), net.Node(other)
            a.send("from a thread", to=b.address)
            thread = threading.Thread(target=a.flow.run_available)
            thread.start()
            async with net.running(b.flow):
                await net.eventually(lambda: b.seen)
            thread.join()
        assert b.seen == [("from a thread", a.address)]

    net.run(go)


@pytest.mark.parametrize("kind", KINDS)
def test_ends_outlive_flows(net: SimpleNamespace, bind: Any, kind: str) -> None:
    async def go() -> None:
        async with await bind(kind) as one, await bind(kind) as other:
            a, b = net.Node(one), net.Node(other)
            async with net.running(a.flow, b.flow):
                a.send("first", to=b.address)
                await net.eventually(lambda: b.seen)
            a.flow.close()
            b.flow.close()
            a, b = net.Node(one), net.Node(other)
            async with net.running(a.flow, b.flow):
                a.send("second", to=b.address)
                await net.eventually(lambda: b.seen)
        assert b.payloads == ["second"]

    net.run(go)


@pytest.mark.parametrize("kind", KINDS)
def test_leaving_the_block_waits_until_what_was_sent_has_left(net: SimpleNamespace, bind: Any, kind: str) -> None:
    async def go() -> None:
        async with await bind(kind) as other:
            b = net.Node(other)
            async with await bind(kind) as one:
                a = net.Node(one)
                a.send("last words", to=b.address)
                a.flow.run_available()
            assert one.outbound.is_closed
            async with net.running(b.flow):
                await net.eventually(lambda: b.seen)
        assert b.payloads == ["last words"]

    net.run(go)


@pytest.mark.parametrize("kind", KINDS)
def test_ends_are_shown_by_their_address(net: SimpleNamespace, bind: Any, kind: str) -> None:
    async def go() -> None:
        async with await bind(kind) as ends:
            assert repr(ends.address) in repr(ends.inbound)
            assert repr(ends.address) in repr(ends.outbound)
        assert "closed" in repr(ends.inbound)

    net.run(go)
