from __future__ import annotations

import asyncio
import functools
import queue
import types
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

    assert asyncio.run(asyncio.wait_for(main(), 60)) == [1, 2]


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


# --- sinks that are bound anew ----------------------------------------------------------------------------------------


def test_a_function_that_is_defined_anew_is_used_from_the_next_tick_on() -> None:
    channel, out = hf.channel([1]), list[Any]()
    names = {"c": channel, "notify": lambda item: out.append(("old", item))}
    flow = hf.compile("source_stream(c) -> dest_sink(notify);", names)
    flow.run_tick()

    names["notify"] = lambda item: out.append(("new", item))
    channel.send(2)
    flow.run_tick()

    assert out == [("old", 1), ("new", 2)]


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("make", [hf.channel, queue.Queue, Mailbox, asyncio.Queue])
def test_a_sink_of_another_kind_takes_the_place_of_a_function(make: Callable[[], Any], recorded: bool) -> None:
    channel, first, second = hf.channel([1]), list[Any](), make()
    names: dict[str, Any] = {"c": channel, "sink": first.append}
    flow = hf.compile("source_stream(c) -> dest_sink(sink);", names)
    if recorded:
        flow.record()
    flow.run_tick()

    names["sink"] = second
    channel.send(2)
    flow.run_tick()

    got = second.letters if make is Mailbox else second.drain() if make is hf.channel else [second.get_nowait()]
    assert (first, got) == ([1], [2])


def test_the_method_of_another_list_and_of_a_module_that_changed_is_used() -> None:
    channel, old, new = hf.channel([1]), list[Any](), list[Any]()
    module = types.SimpleNamespace(notify=lambda item: old.append(-item))
    names: dict[str, Any] = {"c": channel, "out": old, "module": module}
    flow = hf.compile(
        "t = source_stream(c) -> tee(); t -> dest_sink(out.append); t -> dest_sink(module.notify);", names
    )
    flow.run_tick()

    names["out"] = new
    module.notify = lambda item: new.append(-item)
    channel.send(2)
    flow.run_tick()

    assert (old, new) == ([1, -1], [2, -2])


def test_what_waits_for_an_async_sink_is_sent_before_what_goes_to_the_next_one() -> None:
    channel, out = hf.channel([1, 2]), list[Any]()

    def slow(name: str) -> Callable[[Any], Any]:
        async def send(item: Any) -> None:
            await asyncio.sleep(0.001)
            out.append((name, item))

        return send

    names: dict[str, Any] = {"c": channel, "send": slow("old")}
    flow = hf.compile("source_stream(c) -> dest_sink(send);", names)

    async def main() -> None:
        flow.run_tick()
        names["send"] = slow("new")
        channel.send(3)
        await flow.run_available_async()

    asyncio.run(main())

    assert out == [("old", 1), ("old", 2), ("new", 3)]


def test_an_expression_is_evaluated_once() -> None:
    channel, made = hf.channel([1]), list[list[Any]]()

    def make() -> Callable[[Any], None]:
        made.append([])
        return made[-1].append

    flow = hf.compile("source_stream(c) -> dest_sink(make());", {"c": channel, "make": make})
    flow.run_tick()
    channel.send(2)
    flow.run_tick()

    assert made == [[1, 2]]


def test_a_name_that_becomes_no_sink_is_told_of_and_the_old_one_is_kept_until_then() -> None:
    channel, out = hf.channel([1]), list[Any]()
    names: dict[str, Any] = {"c": channel, "sink": out.append}
    flow = hf.compile("source_stream(c)\n -> dest_sink(sink);", names)
    flow.run_tick()

    names["sink"] = 5
    channel.send(2)
    with pytest.raises(hf.HydroflowError, match=r"(?s)cannot send to int.*flow:2:5"):
        flow.run_tick()
    names["sink"] = out.append
    channel.send(3)
    flow.run_tick()

    assert out == [1, 3]
