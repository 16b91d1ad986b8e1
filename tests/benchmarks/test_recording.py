"""What recording costs: the same flow recorded and plain, interleaved in one run, in processor time.

Of each way the least of several rounds counts: what else the machine does makes a round slower, never faster.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

pytestmark = pytest.mark.benchmark

# What a cell records by default.
BUDGET = 20_000
# What recording is to cost at most, as a multiple of the plain run, by the items of a tick; and the shapes that cost
# more: they do so little with an item that to keep it is most of the work.
MOST = {1_000: 3.0, 100_000: 1.5}
MORE = {("identity chain", 1_000): 3.5, ("fold", 1_000): 4.5, ("flat map", 1_000): 3.3, ("flat map", 100_000): 1.7}

PAIRS = [(key, key * 7) for key in range(100_000)]
random.Random(1).shuffle(PAIRS)

SHAPES: dict[str, tuple[str, Callable[[int], dict[str, list[Any]]]]] = {
    "map chain": (
        f"source_stream(items) -> {' -> '.join(['map(|x| x + 1)'] * 20)} -> for_each(out);",
        lambda count: {"items": list(range(count))},
    ),
    "identity chain": (
        f"source_stream(items) -> {' -> '.join(['identity()'] * 20)} -> for_each(out);",
        lambda count: {"items": list(range(count))},
    ),
    "filter chain": (
        f"source_stream(items) -> {' -> '.join(['filter(|x| x >= 0)'] * 20)} -> for_each(out);",
        lambda count: {"items": list(range(count))},
    ),
    "flat map": (
        "source_stream(items) -> map(|x| x + 1) -> flat_map(|y| (y, y)) -> filter(|z| z % 2 == 0) -> for_each(out);",
        lambda count: {"items": list(range(count))},
    ),
    "join": (
        "source_stream(lhs) -> [0]j; source_stream(rhs) -> [1]j; j = join() -> for_each(out);",
        lambda count: {"lhs": PAIRS[:count], "rhs": sorted(PAIRS[:count])},
    ),
    "fold": (
        "source_stream(items) -> map(|x| x * 2) -> fold(|| 0, |total, x| total + x) -> for_each(out);",
        lambda count: {"items": list(range(count))},
    ),
    "word count": (
        "source_stream(items) -> map(|word| (word, 1)) -> fold_keyed(|| 0, |n, one| n + one) -> for_each(out);",
        lambda count: {"items": [f"word {number % 700}" for number in range(count)]},
    ),
    "fan-out": (
        "t = source_stream(items) -> tee();" + "t -> for_each(out);" * 20,
        lambda count: {"items": list(range(count))},
    ),
    "unique and difference": (
        "source_stream(items) -> unique() -> [pos]d; source_stream(minus) -> [neg]d;d = difference() -> for_each(out);",
        lambda count: {"items": list(range(count)), "minus": list(range(0, count, 3))},
    ),
}

REACHABILITY = """
    source_stream(start) -> [base]reached;
    hop -> [cycle]reached;
    reached = union() -> map(|v| (v, ()));
    reached -> [0]joined;
    source_stream(edges) -> [1]joined;
    joined = join() -> map(|(_, ((), to))| to) -> tee();
    hop = joined;
    joined -> for_each(out);
"""


def ratio(title: str, text: str, inputs: dict[str, list[Any]], *, ticks: int = 1, rounds: int = 7) -> float:
    """How many times the processor time of a plain run a recorded one takes; prints both."""
    least = {"plain": float("inf"), "recorded": float("inf")}
    out: list[Any] = []
    flows, channels = {}, {}
    for way in least:
        channels[way] = {name: hf.channel() for name in inputs}
        flows[way] = hf.compile(text, namespace={**channels[way], "out": out.append})
    flows["recorded"].record(budget=BUDGET)
    for number in range(rounds + 1):
        for way, flow in flows.items():
            if number:
                flow.reset()
            # The recorded variant of the code is compiled when its first tick begins.
            flow.run_tick()
            out.clear()
            gc.collect()
            spent = 0.0
            for _ in range(ticks):
                for name, items in inputs.items():
                    channels[way][name].extend(items)
                begin = time.process_time()
                flow.run_tick()
                spent += time.process_time() - begin
            if number:
                least[way] = min(least[way], spent)
    found = least["recorded"] / least["plain"]
    shown = ", ".join(f"{way} {1e3 * spent / ticks:.4f} ms" for way, spent in least.items())
    print(f"\n{title}: {shown}, ratio {found:.2f}")
    return found


@pytest.mark.parametrize("count", MOST)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_recorded_tick(shape: str, count: int) -> None:
    text, inputs = SHAPES[shape]
    many = max(1, 5_000 // count)

    found = ratio(f"{shape}, {count:,} items a tick", text, inputs(count), ticks=many)

    assert found <= MORE.get((shape, count), MOST[count])


@pytest.mark.parametrize("shape", SHAPES)
def test_ticks_of_one_item(shape: str) -> None:
    text, inputs = SHAPES[shape]

    ratio(f"{shape}, one item a tick", text, inputs(1), ticks=2_000, rounds=3)


def test_reachability(arcs: list[tuple[int, int]]) -> None:
    found = ratio("reachability over 55,008 edges", REACHABILITY, {"edges": arcs, "start": [1]})

    assert found <= 1.5
