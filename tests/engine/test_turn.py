"""One tick of a flow at a time, whichever thread asks for it."""

from __future__ import annotations

import asyncio
import signal
import threading
import time

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine import turn


class Held:
    """A flow whose tick waits at the item 3 until it is let go."""

    def __init__(self):
        self.channel, self.sums = hf.channel(), []
        self.inside, self.gate = threading.Event(), threading.Event()
        self.flow = hf.compile(
            "source_stream(channel) -> map(hold) -> next_stratum() -> fold(|| 0, |a, x| a + x) -> for_each(add);",
            {"channel": self.channel, "hold": self.hold, "add": self.sums.append},
        )

    def hold(self, item):
        if item == 3:
            self.inside.set()
            self.gate.wait(60)
        return item

    def begin(self, run=None):
        """A thread that is within the tick."""
        self.channel.extend([1, 2, 3])
        thread = threading.Thread(target=run or self.flow.run_tick, daemon=True)
        thread.start()
        assert self.inside.wait(60)
        return thread


ASKS = {
    "run_tick": lambda flow: flow.run_tick(),
    "run_stratum": lambda flow: flow.run_stratum(),
    "run_available": lambda flow: flow.run_available(),
    "run_tick_async": lambda flow: asyncio.run(flow.run_tick_async()),
    "run_available_async": lambda flow: asyncio.run(flow.run_available_async()),
    "reset": lambda flow: flow.reset(),
    "rewind": lambda flow: flow.rewind(0),
    "close": lambda flow: flow.close(),
}


def caught(run, into):
    try:
        run()
    except BaseException as exception:
        into.append(exception)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize("recorded", [False, True], ids=["plain", "recorded"])
def test_what_a_second_thread_asks_waits_for_the_end_of_the_tick(ask, recorded):
    held = Held()
    if recorded:
        held.flow.record()
    first, errors = held.begin(), []

    second = threading.Thread(target=caught, args=(lambda: ask(held.flow), errors))
    second.start()
    second.join(0.1)
    was_waiting = second.is_alive()
    held.gate.set()
    first.join(60)
    second.join(60)

    assert was_waiting or ask is ASKS["rewind"]
    assert held.sums[0] == 6
    assert set(held.sums) <= {0, 6}
    assert errors == [] or ask is ASKS["rewind"]


def test_who_waits_for_a_tick_that_waits_for_it_is_refused(monkeypatch):
    monkeypatch.setattr(turn, "PATIENCE", 0.2)
    errors = []

    def other(item):
        thread = threading.Thread(target=caught, args=(flow.run_tick, errors))
        thread.start()
        thread.join(60)

    flow = hf.compile("source_iter([1]) -> for_each(other);", {"other": other})
    flow.run_tick()

    assert [type(error) for error in errors] == [RuntimeError]
    assert "another thread has been within a tick of this flow" in str(errors[0])
    flow.run_tick()


def test_waiting_can_be_interrupted(monkeypatch):
    held = Held()
    first = held.begin()
    threading.Timer(0.2, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        held.flow.run_tick()

    held.gate.set()
    first.join(60)
    assert held.sums == [6]
    held.flow.run_tick()


def test_a_handler_of_a_signal_that_comes_in_a_tick_is_refused():
    errors = []

    def work(item):
        signal.raise_signal(signal.SIGUSR1)
        time.sleep(0)

    before = signal.signal(signal.SIGUSR1, lambda *_: caught(flow.run_tick, errors))
    try:
        flow = hf.compile("source_iter([1, 2]) -> for_each(work);", {"work": work})
        flow.run_tick()
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert [type(error) for error in errors] == [RuntimeError] * 2
    assert "a tick of this flow called" in str(errors[0])


def test_a_background_run_and_ticks_of_another_thread_take_turns():
    channel, totals = hf.channel(), []
    flow = hf.compile(
        "source_stream(c) -> map(|x| x) -> next_stratum() -> fold(int, |a, x| a + x) -> for_each(add);",
        {"c": channel, "add": totals.append},
    )
    background = threading.Thread(target=flow.run, daemon=True)
    background.start()
    while not flow.is_running:
        time.sleep(0.001)
    for _ in range(300):
        channel.extend([1, 2, 3])
        flow.run_tick()
    while flow.is_scheduled():
        time.sleep(0.001)
    flow.stop()
    background.join(60)

    assert sum(totals) == 6 * 300
    assert not flow.faults


def test_a_tick_that_awaits_in_one_thread_is_not_taken_up_by_another(monkeypatch):
    monkeypatch.setattr(turn, "PATIENCE", 0.2)
    begun, may_end, out, errors = threading.Event(), threading.Event(), [], []

    async def fetch(item):
        begun.set()
        while not may_end.is_set():
            await asyncio.sleep(0.005)
        return item

    flow = hf.compile(
        "source_iter([1, 2]) -> map(fetch) -> resolve_futures_blocking_ordered() -> for_each(add);",
        {"fetch": fetch, "add": out.append},
    )
    first = threading.Thread(target=lambda: asyncio.run(flow.run_available_async()))
    first.start()
    assert begun.wait(60)
    caught(flow.run_tick, errors)
    caught(flow.run_stratum, errors)
    may_end.set()
    first.join(60)

    assert out == [1, 2]
    assert [type(error) for error in errors] == [RuntimeError] * 2


def test_a_tick_that_was_interrupted_at_any_place_leaves_the_turn_to_the_next():
    channel = hf.channel()
    flow = hf.compile("source_stream(c) -> map(|x| x + 1) -> null();", {"c": channel})

    def run_on():
        while True:
            channel.send(1)
            flow.run_tick()

    # Not the alarm, which is the test's own timeout. One that falls into a finalizer is lost, so more of them come.
    before = signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    try:
        for _ in range(200):
            try:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0.0002, 0.1)
                run_on()
            except KeyboardInterrupt:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

    done = threading.Thread(target=flow.run_tick)
    done.start()
    done.join(60)
    assert not done.is_alive()


def test_two_threads_that_begin_a_run_at_once_begin_one():
    flow, errors, gate = hf.compile("source_stream(c) -> null();", {"c": hf.channel()}), [], threading.Barrier(2)

    def run():
        gate.wait()
        caught(flow.run, errors)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    while not errors:
        time.sleep(0.001)
    flow.stop()
    for thread in threads:
        thread.join(60)

    assert [type(error) for error in errors] == [hf.HydroflowError]
