from __future__ import annotations

import asyncio
import functools
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.sinks import HIGH_WATER, LOW_WATER, Sink, sink
from worlds import in_loop, some_turns


class Slow:
    """An async sink that sends an item whenever it is let."""

    def __init__(self) -> None:
        self.begun: list[Any] = []
        self.sent: list[Any] = []
        self._permits = asyncio.Semaphore(0)

    async def send(self, item: Any) -> None:
        self.begun.append(item)
        await self._permits.acquire()
        if item == "bad":
            raise ValueError("no bad items")
        self.sent.append(item)

    def let(self, count: int) -> None:
        for _ in range(count):
            self._permits.release()


# --- what a sink may be -------------------------------------------------------------------------------------------


class Written:
    """As a stream: `write` at once, `drain` awaited."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def write(self, data: Any) -> None:
        self.log.append(data)

    async def drain(self) -> None:
        await asyncio.sleep(0)
        self.log.append("drained")


def test_a_stream_is_drained_before_more_is_written() -> None:
    stream = Written()

    async def main() -> None:
        made = sink(stream)
        for item in [b"a", b"b"]:
            made.put(item)
        await made.drain()

    in_loop(main)

    assert stream.log == [b"a", "drained", b"b", "drained"]


def _async_function(out: list[Any]) -> Any:
    async def write(item: Any) -> None:
        await asyncio.sleep(0)
        out.append(item)

    return write


def _partial(out: list[Any]) -> Any:
    async def write(prefix: str, item: Any) -> None:
        out.append(item)

    return functools.partial(write, "a")


def _lambda(out: list[Any]) -> Any:
    write = _async_function(out)
    return lambda item: write(item)


def _callable_object(out: list[Any]) -> Any:
    class Caller:
        async def __call__(self, item: Any) -> None:
            out.append(item)

    return Caller()


def _object_with_send(out: list[Any]) -> Any:
    class Client:
        async def send(self, item: Any) -> None:
            out.append(item)

    return Client()


def _future(out: list[Any]) -> Any:
    write = _async_function(out)
    return lambda item: asyncio.ensure_future(write(item))


def _now_and_then(out: list[Any]) -> Any:
    """Sends every other item at once, as one with a buffer does."""
    write = _async_function(out)
    return lambda item: out.append(item) if item % 2 else write(item)


@pytest.mark.parametrize(
    "make", [_async_function, _partial, _lambda, _callable_object, _object_with_send, _future, _now_and_then]
)
def test_whatever_returns_awaitables_is_awaited(make: Callable[[list[Any]], Any]) -> None:
    out: list[Any] = []

    async def main() -> None:
        made = sink(make(out))
        for item in range(4):
            made.put(item)
        await made.drain()

    in_loop(main)

    assert sorted(out) == [0, 1, 2, 3]


@pytest.mark.parametrize("result", [None, 0, 5, "text", object()])
def test_a_sink_that_returns_something_else_is_done_at_once(result: Any) -> None:
    made = sink(lambda item: result)

    made.put(1)

    assert not made.awaits_loop()


@pytest.mark.parametrize("target", [3, None, "text", [1]])
def test_what_is_no_sink_is_told_with_what_would_be_one(target: Any) -> None:
    with pytest.raises(Misfit, match=f"cannot send to {type(target).__name__}") as caught:
        sink(target)

    assert "async" in caught.value.hint


# --- in order, one after another ----------------------------------------------------------------------------------


def test_an_item_is_begun_when_the_one_before_it_was_sent() -> None:
    async def main() -> None:
        slow = Slow()
        made = sink(slow)
        for item in [1, 2, 3]:
            made.put(item)
        await some_turns()
        first = (slow.begun.copy(), slow.sent.copy())
        slow.let(2)
        await some_turns()

        assert first == ([1], [])
        assert (slow.begun, slow.sent) == ([1, 2, 3], [1, 2])
        made.close()

    in_loop(main)


def test_a_sink_that_never_waits_lets_other_tasks_go_on() -> None:
    out: list[int] = []

    async def write(item: int) -> None:
        out.append(item)

    async def main() -> set[int]:
        made = sink(write)
        for item in range(5_000):
            made.put(item)
        seen = set()
        while len(out) < 5_000:
            seen.add(len(out))
            await asyncio.sleep(0)
        return seen

    assert len(in_loop(main)) > 5


def test_a_full_asyncio_queue_gets_the_rest_when_it_has_room() -> None:
    async def main() -> list[int]:
        queue: asyncio.Queue[int] = asyncio.Queue(2)
        made = sink(queue)
        for item in range(5):
            made.put(item)
        at_once = queue.qsize()
        found = [await queue.get() for _ in range(5)]
        await made.drain()

        assert at_once == 2
        return found

    assert in_loop(main) == [0, 1, 2, 3, 4]


def test_a_full_asyncio_queue_is_an_error_where_nobody_can_make_room() -> None:
    made = sink(asyncio.Queue(1))
    made.put(1)

    with pytest.raises(asyncio.QueueFull):
        made.put(2)


# --- back-pressure ------------------------------------------------------------------------------------------------


def test_a_sink_is_congested_from_the_high_water_mark_to_the_low_one_and_tells_of_it() -> None:
    async def main() -> None:
        slow, told = Slow(), list[int]()
        made = sink(slow)
        made.listen(lambda: told.append(len(slow.sent)))
        for item in range(HIGH_WATER - 1):
            made.put(item)
        below = made.is_congested()
        made.put("one more")
        above = made.is_congested()
        slow.let(HIGH_WATER - LOW_WATER)
        while len(slow.sent) < HIGH_WATER - LOW_WATER:
            await asyncio.sleep(0)
        await some_turns()

        assert (below, above, made.is_congested()) == (False, True, False)
        assert told == [HIGH_WATER - LOW_WATER]
        made.close()

    in_loop(main)


# --- event loops that come and go ---------------------------------------------------------------------------------


def test_what_waits_without_an_event_loop_is_sent_in_the_next_one() -> None:
    out: list[Any] = []
    made = sink(_async_function(out))
    for item in [1, 2]:
        made.put(item)
    waited = made.awaits_loop()

    in_loop(made.drain)

    assert (waited, made.awaits_loop(), out) == (True, False, [1, 2])


def test_an_item_that_was_cancelled_with_its_loop_is_sent_again_and_those_behind_it_in_order() -> None:
    out: list[Any] = []
    gates: list[bool] = [False]

    async def write(item: Any) -> None:
        while not gates[0]:
            await asyncio.sleep(0.001)
        out.append(item)

    made = sink(write)

    async def begin() -> None:
        for item in [1, 2, 3]:
            made.put(item)
        await some_turns()

    in_loop(begin)
    gates[0] = True
    waited = made.awaits_loop()
    in_loop(made.drain)

    assert (waited, out) == (True, [1, 2, 3])


def test_a_loop_that_was_left_alone_does_not_keep_what_waits() -> None:
    out: list[Any] = []
    made = sink(_async_function(out))
    abandoned = asyncio.new_event_loop()

    async def begin() -> None:
        for item in [1, 2]:
            made.put(item)

    abandoned.run_until_complete(begin())
    in_loop(made.drain)
    sent = out.copy()
    # The task that was left behind ends what it had begun, and sends nothing else.
    abandoned.run_until_complete(some_turns())
    abandoned.close()

    assert (sent, out) == ([1, 2], [1, 2, 1])


def test_another_threads_loop_is_waited_for() -> None:
    out: list[Any] = []
    made = sink(_async_function(out))
    begun, over = threading.Event(), threading.Event()

    async def elsewhere() -> None:
        for item in range(3):
            made.put(item)
        begun.set()
        while not over.is_set():
            await asyncio.sleep(0.001)

    thread = threading.Thread(target=asyncio.run, args=[elsewhere()])
    thread.start()
    begun.wait(60)
    in_loop(made.drain)
    over.set()
    thread.join()

    assert out == [0, 1, 2]


# --- failures -----------------------------------------------------------------------------------------------------


def test_a_failure_is_told_once_with_its_item_and_the_items_behind_it_are_sent() -> None:
    async def main() -> tuple[Any, Any, list[Any]]:
        slow, told = Slow(), list[str]()
        made = sink(slow)
        made.place = "in `dest_sink` at cell, line 2"
        made.listen(lambda: told.append("failed"))
        for item in [1, "bad", 2, "bad", 3]:
            made.put(item)
        slow.let(5)
        await made.drain()

        assert told == ["failed"]
        return made.failed(), made.failed(), slow.sent

    failure, second, sent = in_loop(main)

    assert str(failure) == "no bad items"
    assert failure.__notes__ == [
        "hydroflow: in `dest_sink` at cell, line 2, item 'bad'",
        "hydroflow: one more item could not be sent there; the last of them is 'bad': ValueError",
    ]
    assert second is None
    assert sent == [1, 2, 3]


def test_a_failure_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        slow = Slow()
        made = sink(slow)
        made.put("bad")
        slow.let(1)
        await some_turns()

        assert isinstance(made.failed(), ValueError)

    with caplog.at_level(logging.ERROR, logger="hydroflow_nb"):
        in_loop(main)

    assert len(caplog.records) == 1


def test_a_sink_that_is_cancelled_by_its_own_doing_has_failed() -> None:
    async def main() -> Any:
        def cancelled(item: int) -> Any:
            future = asyncio.get_running_loop().create_future()
            future.cancel()
            return future

        made = sink(cancelled)
        made.put(1)
        await made.drain()
        return made.failed()

    failure = in_loop(main)

    assert "cancelled before it was done" in str(failure)
    assert "item 1" in failure.__notes__[0]


# --- the end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", [False, True])
def test_a_closed_sink_sends_nothing_more_and_tells_how_much_waited(
    begun: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> tuple[bool, list[Any]]:
        slow = Slow()
        made = sink(slow)
        for item in [1, 2, 3]:
            made.put(item)
        if begun:
            await some_turns()
        draining = asyncio.ensure_future(made.drain())
        await asyncio.sleep(0)
        made.close()
        await draining
        slow.let(3)
        await some_turns()
        return made.awaits_loop(), slow.sent

    with caplog.at_level(logging.WARNING, logger="hydroflow_nb"):
        result = in_loop(main)

    assert result == (False, [])
    assert [record.getMessage()[:25] for record in caplog.records] == ["3 items had not been sent"]


def test_a_sink_that_is_closed_with_nothing_waiting_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    made: Sink = sink(print)

    made.close()

    assert not caplog.records
