from __future__ import annotations

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


def test_what_is_no_sink_is_refused_when_the_flow_is_compiled() -> None:
    with pytest.raises(hf.ItemError, match="cannot send to int"):
        hf.compile(TEXT, {"sink": 5})
