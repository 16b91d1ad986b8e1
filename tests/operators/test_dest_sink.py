from __future__ import annotations

import asyncio
import functools
import queue
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = "source_iter([1, 2]) -> dest_sink(sink);"


class Mailbox:
    def __init__(self) -> None:
        self.letters: list[Any] = []

    def send(self, letter: Any) -> None:
        self.letters.append(letter)


def test_a_channel_gets_the_items() -> None:
    sink = hf.channel()

    hf.compile(TEXT, {"sink": sink}).run_tick()

    assert sink.drain() == [1, 2]


def test_a_queue_gets_the_items() -> None:
    sink = queue.Queue[int]()

    hf.compile(TEXT, {"sink": sink}).run_tick()

    assert [sink.get_nowait(), sink.get_nowait()] == [1, 2]


def test_an_object_with_send_gets_the_items() -> None:
    sink = Mailbox()

    hf.compile(TEXT, {"sink": sink}).run_tick()

    assert sink.letters == [1, 2]


def test_a_function_gets_the_items_at_once(ticks: Callable[..., Any]) -> None:
    text = "t = source_stream(items) -> tee(); t -> dest_sink(out.append); t -> map(|x| -x) -> for_each(out.append);"

    assert ticks(text, [1, 2], []) == [[1, -1, 2, -2], []]


def test_a_channel_joins_two_flows() -> None:
    between, out = hf.channel(), list[int]()
    sender = hf.compile("source_iter([1, 2]) -> dest_sink(between);", {"between": between})
    receiver = hf.compile("source_stream(between) -> for_each(out.append);", {"between": between, "out": out})

    sender.run_available()
    receiver.run_available()

    assert out == [1, 2]


def test_a_full_queue_aborts_the_tick() -> None:
    sink = queue.Queue[int](1)
    flow = hf.compile(TEXT, {"sink": sink})

    with pytest.raises(queue.Full) as caught:
        flow.run_tick()

    assert "in `dest_sink`" in caught.value.__notes__[0]
    assert len(flow.faults) == 1


async def sent(out: list[Any], item: Any) -> None:
    await asyncio.sleep(0)
    out.append(item)


class AsyncMailbox(Mailbox):
    async def send(self, letter: Any) -> None:
        await sent(self.letters, letter)


class Stream:
    def __init__(self) -> None:
        self.letters: list[Any] = []

    def write(self, data: Any) -> None:
        self.letters.append(data)

    async def drain(self) -> None:
        await asyncio.sleep(0)


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("in_loop", [False, True])
@pytest.mark.parametrize("kind", ["function", "partial", "lambda", "object", "stream"])
def test_an_async_sink_gets_the_items_in_order(kind: str, in_loop: bool, recorded: bool) -> None:
    out: list[Any] = []

    async def function(item: Any) -> None:
        await sent(out, item)

    sinks: dict[str, Any] = {
        "function": function,
        "partial": functools.partial(sent, out),
        "lambda": lambda item: sent(out, item),
        "object": AsyncMailbox(),
        "stream": Stream(),
    }
    sink = sinks[kind]
    items = hf.channel([1, 2])
    flow = hf.compile("source_stream(items) -> map(|x| x * 10) -> dest_sink(sink);", {"sink": sink, "items": items})
    if recorded:
        flow.record()

    for batch in ([], [3]):
        items.extend(batch)
        if in_loop:
            asyncio.run(flow.run_available_async())
        else:
            flow.run_available()

    assert getattr(sink, "letters", out) == [10, 20, 30]


def test_a_full_asyncio_queue_is_waited_for() -> None:
    async def main() -> list[int]:
        sink: asyncio.Queue[int] = asyncio.Queue(1)
        run = asyncio.ensure_future(hf.compile(TEXT, {"sink": sink}).run_available_async())
        found = [await sink.get() for _ in range(2)]
        await run
        return found

    assert asyncio.run(asyncio.wait_for(main(), 20)) == [1, 2]


def test_a_sink_that_raises_in_its_synchronous_part_aborts_the_tick() -> None:
    def sink(item: int) -> Any:
        raise ValueError("not me")

    flow = hf.compile(TEXT, {"sink": sink})

    with pytest.raises(ValueError, match="not me") as caught:
        flow.run_tick()

    assert "in `dest_sink`" in caught.value.__notes__[0]
    assert "item 1" in caught.value.__notes__[0]


def test_what_is_no_sink_is_refused_when_the_flow_is_compiled() -> None:
    with pytest.raises(hf.ItemError, match="cannot send to int"):
        hf.compile(TEXT, {"sink": 5})
