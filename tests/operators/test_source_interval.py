from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine import timer

TEXT = "source_interval(period) -> for_each(|t| out.append((context.current_tick(), t)));"


def ran(flow: hf.Flow, seconds: float, count: int, out: list[Any]) -> None:
    """Run a flow for some seconds, and on until so many items have come out."""

    async def main() -> None:
        running = asyncio.create_task(flow.run_async())
        await asyncio.sleep(seconds)
        while len(out) < count and not running.done():
            await asyncio.sleep(0.005)
        assert not running.done()
        running.cancel()

    asyncio.run(main())


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("period", [0.03, timedelta(milliseconds=30)])
def test_an_instant_comes_at_once_and_then_one_each_period(period: Any, recorded: bool) -> None:
    out: list[tuple[int, datetime]] = []
    flow = hf.compile(TEXT, {"period": period, "out": out})
    if recorded:
        flow.record()

    before = time.monotonic()
    ran(flow, 0.2, 4, out)
    passed = time.monotonic() - before

    instants = [instant for _, instant in out]
    assert 4 <= len(out) <= 1 + passed / 0.03
    assert out[0][0] == 0
    assert {later - earlier for earlier, later in pairwise(instants)} == {timedelta(milliseconds=30)}


def test_waiting_takes_no_time_of_the_processor() -> None:
    out: list[Any] = []
    flow = hf.compile(TEXT, {"period": 3600, "out": out})
    before = time.process_time()

    ran(flow, 0.5, 1, out)

    assert len(out) == 1
    assert flow.current_tick() <= 2
    assert time.process_time() - before < 0.25


def test_run_available_runs_for_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5.0
    monkeypatch.setattr(timer, "monotonic", lambda: now)
    out: list[Any] = []
    flow = hf.compile(TEXT, {"period": 0.05, "out": out})

    flow.run_available()
    first = len(out)
    flow.run_available()
    none = len(out) - first
    now += 0.12
    scheduled = flow.is_scheduled()
    flow.run_available()

    assert (first, none, scheduled) == (1, 0, True)
    assert len(out) == 3
    assert not flow.is_scheduled()


def test_a_reset_begins_anew() -> None:
    out: list[Any] = []
    flow = hf.compile(TEXT, {"period": 3600, "out": out})

    flow.run_available()
    flow.reset()
    flow.run_available()

    assert [tick for tick, _ in out] == [0, 0]


@pytest.mark.parametrize("period", ["soon", 0, None])
def test_what_is_no_period_is_an_error_when_the_flow_is_compiled(period: Any) -> None:
    with pytest.raises(hf.ItemError, match="`source_interval`"):
        hf.compile("source_interval(period) -> null();", {"period": period})
