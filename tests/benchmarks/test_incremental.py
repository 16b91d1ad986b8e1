"""A tick with one new item costs the same however much is held, where its meaning allows that; as ratios in one run."""

from __future__ import annotations

import gc
import statistics
import time

import pytest

import hydroflow_nb as hf
from hydroflow_nb.optimisations import INCREMENTAL_PERSIST, UNSEEN_REPLAYS

pytestmark = pytest.mark.benchmark

ROUNDS = 5
TICKS = 50
FEW, MANY = 1_000, 100_000
KEYED = "source_stream(held) -> persist() -> map(|x| (x, x)) -> [0]j; source_stream(other) -> map(|x| (x, x)) -> [1]j; "
ALONE = "source_stream(other) -> null(); source_stream(held) -> "
FLOWS = {
    "persist -> join": KEYED + "j = join::<'tick>() -> for_each(put);",
    "persist -> fold": ALONE + "persist() -> fold(|| 0, |a, x| a + x) -> for_each(put);",
    "persist -> multiset_delta": ALONE + "persist() -> multiset_delta() -> for_each(put);",
    "persist -> unique 'static": ALONE + "persist() -> unique::<'static>() -> for_each(put);",
    "join 'static -> unique 'static": (
        "source_stream(other) -> null(); t = source_stream(held) -> tee(); t -> map(|x| (x, x)) -> [0]j; "
        "t -> map(|x| (x, -x)) -> [1]j; j = join::<'static>() -> map(|(_, (a, b))| (a, b)) -> unique::<'static>() "
        "-> for_each(put);"
    ),
}


def seconds(text: str, count: int, *without: str, recorded: bool = False) -> float:
    """The CPU time of a tick with one new item for each input, with so many items held: the median, as a tick with a
    snapshot to go back to takes what is held.
    """
    held, other = hf.channel(), hf.channel()
    flow = hf.compile(text, {"held": held, "other": other, "put": lambda item: None}, without=without)
    if recorded:
        flow.record()
    held.extend(range(count))
    flow.run_available()
    flow.run_tick()
    gc.collect()
    ticks = 5 if without and count == MANY else TICKS
    spent = []
    # Of a recorded flow the first ticks have a snapshot each.
    for number in range(300 if recorded else 0):
        held.send(-number)
        flow.run_tick()
    for number in range(ticks):
        held.send(count + number)
        other.send(number)
        begin = time.process_time()
        flow.run_tick()
        spent.append(time.process_time() - begin)
    return statistics.median(spent)


@pytest.mark.parametrize("name", FLOWS)
def test_incremental(name: str) -> None:
    text = FLOWS[name]
    left_out = (INCREMENTAL_PERSIST.name, UNSEEN_REPLAYS.name)
    ways = ("few", "many", "few, recorded", "many, recorded", "many, with replays")
    found: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        found["few"].append(seconds(text, FEW))
        found["many"].append(seconds(text, MANY))
        found["few, recorded"].append(seconds(text, FEW, recorded=True))
        found["many, recorded"].append(seconds(text, MANY, recorded=True))
        found["many, with replays"].append(seconds(text, MANY, *left_out))
    medians = {which: statistics.median(times) for which, times in found.items()}
    print(f"\n{name}:", ", ".join(f"{which} {1e6 * median:.1f} us" for which, median in medians.items()))

    assert medians["many"] < 4 * medians["few"]
    assert medians["many, recorded"] < 4 * medians["few, recorded"]
    assert medians["many, with replays"] > 20 * medians["many"]
