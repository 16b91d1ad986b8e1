"""What it costs that ticks can be undone: the same flow with and without, interleaved in one run, in processor time.

Of each way the least of several rounds counts: what else the machine does makes a round slower, never faster.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.running.setting_aside import SettingAside

pytestmark = pytest.mark.benchmark

# What it may cost at most, as a multiple of the plain run, by the items of a tick, whatever is held.
MOST = {1: 15.0, 100: 3.5, 10_000: 2.5}
SEEN = "source_stream(items) -> map(|x| x % held) -> unique::<'static>() -> null();"
# Its text does not tell that a function of it gives the same again, so each tick has a snapshot.
CLOCKED = SEEN.replace("map(|x| x % held)", "map(|x| (x % held, time())) -> map(|(x, _)| x)")


def test_what_it_costs_that_ticks_can_be_undone() -> None:
    print()
    for held in (10, 1_000, 100_000):
        for size in (1, 100, 10_000):
            ratio = _ratio(SEEN, held, size)
            print(f"held {held:>7,}, {size:>6,} items a tick: {ratio:.2f} times the plain run")
            assert ratio < MOST[size]
    for held in (10, 1_000, 100_000):
        ratio = _ratio(CLOCKED, held, 100)
        print(f"held {held:>7,},    100 items a tick, a snapshot of each tick: {ratio:.2f} times the plain run")


def test_one_item_that_fails_in_a_batch_of_100_000() -> None:
    text = "source_stream(items) -> map(|x| (x % held, 1000 / x)) -> unique::<'static>() -> null();"
    behind = text.replace("source_stream(items)", "source_stream(items) -> sort()")
    print()
    for name, one in (("where it comes in", text), ("found by halving", behind)):
        ratio = _ratio(one, 1_000, 100_000, fails=True, rounds=3)
        print(f"one of 100,000 items fails, {name}: {ratio:.1f} times a tick in which none does")
        assert ratio < 30


def _ratio(text: str, held: int, size: int, *, fails: bool = False, rounds: int = 5) -> float:
    least = {True: float("inf"), False: float("inf")}
    for _ in range(rounds):
        for undone in least:
            least[undone] = min(least[undone], _seconds(text, held, size, undone=undone, fails=fails and undone))
    return least[True] / least[False]


def _seconds(text: str, held: int, size: int, *, undone: bool, fails: bool) -> float:
    names: dict[str, Any] = {"items": hf.channel(range(1, held + 1)), "held": held, "time": time.time}
    flow = hf.compile(text, names)
    driven = flow.drive()
    aside = SettingAside(driven)

    def set_aside() -> None:
        aside.tick(driven.engine)

    tick: Callable[[], object] = set_aside if undone else flow.run_tick
    tick()
    ticks = 1 if fails or size == 100_000 else max(10, 20_000 // size)
    items = [list(range(1 + size * number, 1 + size * (number + 1))) for number in range(ticks)]
    if fails:
        items[0][size // 2] = 0
    gc.collect()
    begin = time.process_time()
    for batch in items:
        names["items"].extend(batch)
        tick()
    return (time.process_time() - begin) / ticks
