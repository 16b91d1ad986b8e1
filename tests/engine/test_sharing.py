from __future__ import annotations

import asyncio
import io
import queue
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.core import Builder

TEXT = """
    a = {source} -> map(|x| ("a", x)) -> for_each(out.append);
    b = {source} -> filter(|x| x != 2) -> map(|x| ("b", x)) -> for_each(out.append);
"""
EACH = [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 3)]


async def numbers() -> AsyncIterator[int]:
    for number in (1, 2, 3):
        yield number


def filled(kind: Callable[[], Any]) -> Any:
    made = kind()
    for number in (1, 2, 3):
        (made.send if isinstance(made, hf.Channel) else made.put_nowait)(number)
    return made


@pytest.mark.parametrize("kind", [hf.channel, queue.Queue, queue.LifoQueue, asyncio.Queue])
@pytest.mark.parametrize("recorded", [False, True])
def test_two_sources_on_one_channel_or_queue_get_every_item(kind: Callable[[], Any], recorded: bool) -> None:
    source, out = filled(kind), list[Any]()
    flow = hf.compile(TEXT.format(source="source_stream(source)"), {"source": source, "out": out})
    if recorded:
        flow.record()

    flow.run_available()

    assert sorted(out) == EACH
    assert flow.current_tick() == 1


@pytest.mark.parametrize("kind", [hf.channel, asyncio.Queue, numbers])
def test_they_do_so_in_an_event_loop(kind: Callable[[], Any]) -> None:
    out: list[Any] = []

    async def main() -> None:
        source = kind() if kind is numbers else filled(kind)
        flow = hf.compile(TEXT.format(source="source_stream(source)"), {"source": source, "out": out})
        flow.start()
        while len(out) < len(EACH):
            await asyncio.sleep(0.001)
        flow.stop()

    asyncio.run(asyncio.wait_for(main(), 60))

    assert sorted(out) == EACH


def test_two_sources_read_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n2\n3\n"))
    out: list[Any] = []

    hf.compile(TEXT.format(source="source_stdin() -> map(int)"), {"out": out}).run_available()

    assert sorted(out) == EACH


def test_what_is_put_in_by_hand_is_for_its_input_alone() -> None:
    source, out = hf.channel(), list[Any]()
    flow = hf.compile(TEXT.format(source="source_stream(source)"), {"source": source, "out": out})
    first, second = flow.inputs.values()
    source.send(1)
    first.send(3)

    waiting = (first.waiting(), second.waiting())
    flow.run_available()

    assert waiting == ([3, 1], [1])
    assert sorted(out) == [("a", 1), ("a", 3), ("b", 1)]


def test_an_item_is_taken_back_from_one_input_alone() -> None:
    source, out = hf.channel([1, 3]), list[Any]()
    flow = hf.compile(TEXT.format(source="source_stream(source)"), {"source": source, "out": out})
    first, _ = flow.inputs.values()

    taken = first.discard(0)
    flow.run_available()

    assert taken == 1
    assert sorted(out) == [("a", 3), ("b", 1), ("b", 3)]


def test_going_back_gives_the_items_to_both_again() -> None:
    source, out = hf.channel([1, 2, 3]), list[Any]()
    flow = hf.compile(TEXT.format(source="source_stream(source)"), {"source": source, "out": out})
    flow.record()
    flow.run_available()
    out.clear()

    flow.rewind(0)
    flow.run_available()

    assert sorted(out) == EACH


def test_a_flow_that_was_built_by_hand_does_the_same() -> None:
    source, out = hf.channel([1]), list[Any]()
    b = Builder()
    one, other = b.handoff("one"), b.handoff("other")
    b.input("left", into=one, source=source)
    b.input("right", into=other, source=source)
    b.subgraph(reads=[one, other])(lambda context, one, other: out.extend([*one, *other]))

    b.build().run_available()

    assert out == [1, 1]


@pytest.mark.parametrize("text", ["source_stream(source) -> null();", TEXT.format(source="source_stream(source)")])
def test_items_of_a_queue_are_done_when_their_tick_has_ended(text: str) -> None:
    source, out = filled(queue.Queue), list[Any]()
    flow = hf.compile(text, {"source": source, "out": out})
    before = source.unfinished_tasks

    flow.run_tick()
    source.put(4)

    assert (before, source.unfinished_tasks) == (3, 1)
    flow.run_tick()
    source.join()


def test_an_item_is_not_done_before_its_tick_has_ended() -> None:
    source, counts = filled(queue.Queue), list[int]()
    flow = hf.compile(
        "source_stream(source) -> for_each(|_| counts.append(source.unfinished_tasks));",
        {"source": source, "counts": counts},
    )
    next(iter(flow.inputs.values())).waiting()

    flow.run_tick()

    assert counts == [3, 3, 3]
    assert source.unfinished_tasks == 0


def test_the_items_of_an_aborted_tick_are_done() -> None:
    source = filled(queue.Queue)
    flow = hf.compile("source_stream(source) -> map(|x| 1 / 0) -> null();", {"source": source})

    with pytest.raises(ZeroDivisionError):
        flow.run_tick()

    assert source.unfinished_tasks == 0


def test_an_item_that_is_taken_back_is_done_and_one_put_in_by_hand_was_never_to_do() -> None:
    source = filled(queue.Queue)
    flow = hf.compile("x = source_stream(source); x -> null();", {"source": source})
    (given,) = flow.inputs.values()
    given.discard(0)
    given.send(5)
    counts = [source.unfinished_tasks]

    flow.run_tick()

    assert [*counts, source.unfinished_tasks] == [2, 0]


def test_who_counts_an_item_as_done_may_be_the_user_s_code() -> None:
    source = filled(queue.Queue)
    flow = hf.compile("source_stream(source) -> for_each(|_| source.task_done());", {"source": source})

    flow.run_tick()
    source.put(4)

    assert source.unfinished_tasks == 1


def test_a_thread_that_joins_a_queue_goes_on_and_so_does_a_task() -> None:
    async def main() -> None:
        source: asyncio.Queue[int] = filled(asyncio.Queue)
        flow = hf.compile("source_stream(source) -> null();", {"source": source})
        flow.start()
        await asyncio.wait_for(source.join(), 60)
        flow.stop()

    asyncio.run(main())
    source = filled(queue.Queue)
    flow = hf.compile("source_stream(source) -> null();", {"source": source})
    joining = threading.Thread(target=source.join)
    joining.start()
    flow.run_available()
    joining.join(60)

    assert not joining.is_alive()


@pytest.mark.parametrize(
    "made",
    [lambda: (n for n in (1, 2, 3)), lambda: iter([1, 2, 3]), lambda: map(int, "123"), lambda: io.StringIO("1\n2\n3")],
)
def test_two_sources_on_one_iterator_get_every_item(made: Callable[[], Any]) -> None:
    out: list[Any] = []
    flow = hf.compile(TEXT.format(source="source_iter(source) -> map(int)"), {"source": made(), "out": out})
    flow.record()

    flow.run_available()
    first = sorted(out)
    out.clear()
    flow.rewind(0)
    flow.run_available()

    assert first == sorted(out) == EACH
