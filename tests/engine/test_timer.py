from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hydroflow_nb.engine import timer as module
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.timer import Timer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed, to be set."""
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def taken(timer: Timer) -> list[datetime]:
    timer.ingest()
    return timer.take()


def test_the_first_instant_is_due_at_once_and_the_next_after_a_period(clock: list[float]) -> None:
    timer = Timer(2)
    found = []

    for seconds in (0, 1, 1, 0.5):
        clock[0] += seconds
        found.append((timer.waits(), len(taken(timer))))

    assert found == [(True, 1), (False, 0), (True, 1), (False, 0)]


def test_what_was_missed_comes_together_at_the_instants_it_was_due(clock: list[float]) -> None:
    timer = Timer(timedelta(seconds=2))
    (first,) = taken(timer)

    clock[0] += 7
    later = taken(timer)

    assert later == [first + timedelta(seconds=seconds) for seconds in (2, 4, 6)]
    assert first.tzinfo is UTC


def test_the_clock_begins_with_the_first_look(clock: list[float]) -> None:
    timer = Timer(1)
    clock[0] += 100

    assert len(taken(timer)) == 1


async def wakes(timer: Timer, ingest: Callable[[], None]) -> tuple[int, float]:
    """How often the pump wakes in 0.1 s, or until it has done so twice, and how many seconds that took."""
    count, begin = 0, time.monotonic()

    def wake() -> None:
        nonlocal count
        count += 1
        ingest()

    pump = asyncio.ensure_future(timer.pump(wake))
    await asyncio.sleep(0.1)
    while count < 2 and not pump.done():
        await asyncio.sleep(0.005)
    pump.cancel()
    return count, time.monotonic() - begin


@pytest.mark.parametrize("is_busy", [False, True])
def test_the_pump_wakes_once_a_period_also_while_nobody_takes_anything_in(is_busy: bool) -> None:
    timer = Timer(0.02)
    timer.ingest()

    count, seconds = asyncio.run(wakes(timer, (lambda: None) if is_busy else timer.ingest))

    assert 2 <= count <= 1 + seconds / 0.02


def test_waking_late_does_not_add_up(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    timer = Timer(2)
    timer.ingest()
    woken: list[float] = []

    async def late(seconds: float) -> None:
        if len(woken) == 5:
            raise asyncio.CancelledError
        clock[0] += seconds + 0.3
        woken.append(clock[0])

    monkeypatch.setattr(module.asyncio, "sleep", late)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(timer.pump(lambda: None))

    assert woken == pytest.approx([1002.3, 1004.3, 1006.3, 1008.3, 1010.3])


@pytest.mark.parametrize("period", ["soon", None, True, [1], 0, -1, float("nan"), float("inf"), timedelta(0)])
def test_what_is_no_period_is_refused(period: Any) -> None:
    with pytest.raises(Misfit, match="takes a"):
        Timer(period)
