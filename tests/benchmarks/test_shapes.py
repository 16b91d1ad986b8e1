"""The engine as users call it, against the best hand-written loop for the same.

The shapes are those of Hydroflow's benchmarks. A sink is a Python function that is called for each item, in the loops
as in the flows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

pytestmark = pytest.mark.benchmark

COUNT = 100_000
Compare = Callable[..., dict[str, float]]


def flow_way(text: str, inputs: dict[str, list[Any]], **names: Any) -> Callable[[], Callable[[], object]]:
    """A fresh flow whose channels hold the inputs; one `run_available` is timed."""

    def prepare() -> Callable[[], object]:
        channels = {name: hf.channel(items) for name, items in inputs.items()}
        return hf.compile(text, namespace={**channels, **names}).run_available

    return prepare


def hand_way(function: Callable[[], object]) -> Callable[[], Callable[[], object]]:
    return lambda: function


def test_twenty_identities(compare: Compare) -> None:
    items, out = list(range(COUNT)), []

    def hand() -> None:
        append = out.append
        for x in items:
            append(x)

    chain = " -> ".join(["identity()"] * 20)
    text = f"source_stream(items) -> {chain} -> for_each(out.append);"
    compare("identity x20", {"hand": hand_way(hand), "flow": flow_way(text, {"items": items}, out=out)})


def test_twenty_maps(compare: Compare) -> None:
    items, out = list(range(COUNT)), []

    def hand() -> None:
        append = out.append
        for x in items:
            append(x + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1)

    chain = " -> ".join(["map(|x| x + 1)"] * 20)
    text = f"source_stream(items) -> {chain} -> for_each(out.append);"
    compare("map x20", {"hand": hand_way(hand), "flow": flow_way(text, {"items": items}, out=out)})


def test_twenty_filters(compare: Compare) -> None:
    items, out = list(range(COUNT)), []
    test = " and ".join(["x >= 0"] * 20)
    namespace: dict[str, Any] = {"items": items, "out": out}
    exec(f"def hand():\n append = out.append\n for x in items:\n  if {test}: append(x)", namespace)
    chain = " -> ".join(["filter(|x| x >= 0)"] * 20)
    text = f"source_stream(items) -> {chain} -> for_each(out.append);"
    compare("filter x20", {"hand": hand_way(namespace["hand"]), "flow": flow_way(text, {"items": items}, out=out)})


def test_fan_in(compare: Compare) -> None:
    inputs = {f"in{i}": list(range(COUNT // 20)) for i in range(20)}
    out: list[int] = []

    def hand() -> None:
        append = out.append
        for items in inputs.values():
            for x in items:
                append(x)

    text = "u = union() -> for_each(out.append);" + "".join(f"source_stream({name}) -> u;" for name in inputs)
    compare("fan-in of 20", {"hand": hand_way(hand), "flow": flow_way(text, inputs, out=out)})


def test_fan_out(compare: Compare) -> None:
    items, outs = list(range(COUNT // 10)), [[] for _ in range(20)]

    def hand() -> None:
        appends = [out.append for out in outs]
        for x in items:
            for append in appends:
                append(x)

    text = "t = source_stream(items) -> tee();" + "".join(f"t -> for_each(outs{i}.append);" for i in range(20))
    names = {f"outs{i}": out for i, out in enumerate(outs)}
    compare("fan-out to 20", {"hand": hand_way(hand), "flow": flow_way(text, {"items": items}, **names)})


def test_fork_join(compare: Compare) -> None:
    items, out = list(range(COUNT // 4)), []

    def hand() -> None:
        current = items
        for _ in range(10):
            current = [x for x in current if x % 2 == 0] + [x for x in current if x % 2 == 1]
        out.extend(current)

    text = "u0 = source_stream(items) -> tee();" + "".join(
        f"u{i} -> filter(|x| x % 2 == 0) -> u{i + 1}; u{i} -> filter(|x| x % 2 == 1) -> u{i + 1};"
        f"u{i + 1} = union() -> {'tee()' if i < 9 else 'for_each(out.append)'};"
        for i in range(10)
    )
    compare("fork and join x10", {"hand": hand_way(hand), "flow": flow_way(text, {"items": items}, out=out)})


@pytest.mark.parametrize(("rows", "keys"), [(3_000, 3_000), (100_000, 100_000), (3_000, 30)])
def test_join(compare: Compare, rows: int, keys: int) -> None:
    rng = random.Random(1)
    lhs = [(rng.randrange(keys), i) for i in range(rows)]
    rhs = [(rng.randrange(keys), i) for i in range(rows)]
    out: list[Any] = []

    def hand() -> None:
        index: dict[int, dict[int, None]] = {}
        for k, v in rhs:
            index.setdefault(k, {})[v] = None
        seen = set()
        for item in lhs:
            if item not in seen:
                seen.add(item)
                k, v = item
                for w in index.get(k, ()):
                    out.append((k, (v, w)))  # noqa: PERF401 - a list of it would be built first

    text = "source_stream(lhs) -> [0]j; source_stream(rhs) -> [1]j; j = join() -> for_each(out.append);"

    def fresh(way: Callable[[], Callable[[], object]]) -> Callable[[], Callable[[], object]]:
        def prepare() -> Callable[[], object]:
            out.clear()
            return way()

        return prepare

    ways = {
        "hand": fresh(hand_way(hand)),
        "flow": fresh(flow_way(text, {"lhs": lhs, "rhs": rhs}, out=out)),
    }
    compare(f"join of {rows} rows, {keys} keys", ways, rounds=9)


REACHABILITY = """
    source_iter([1]) -> [base]reached;
    hop -> [cycle]reached;
    reached = union() -> map(|v| (v, ()));
    reached -> [0]joined;
    source_stream(edges) -> [1]joined;
    joined = join() -> map(|(_, ((), to))| to) -> tee();
    hop = joined;
    joined -> for_each(out.append);
"""


def test_reachability(compare: Compare, arcs: list[tuple[int, int]]) -> None:
    found: list[int] = []

    def hand() -> set[int]:
        index: dict[int, list[int]] = {}
        for a, b in arcs:
            index.setdefault(a, []).append(b)
        seen, queue = {1}, [1]
        for v in queue:
            for w in index.get(v, ()):
                if w not in seen:
                    seen.add(w)
                    queue.append(w)
        return seen

    def recorded() -> Callable[[], object]:
        flow = hf.compile(REACHABILITY, namespace={"edges": hf.channel(arcs), "out": found})
        flow.record()
        return flow.run_available

    compare(
        "reachability over 55,008 edges",
        {"hand": hand_way(hand), "flow": flow_way(REACHABILITY, {"edges": arcs}, out=found), "recorded": recorded},
    )
    assert {1, *found} == hand()


def test_word_count(compare: Compare) -> None:
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefgh", k=3)) for _ in range(COUNT)]
    lines = [" ".join(words[i : i + 10]) for i in range(0, COUNT, 10)]
    out: list[Any] = []

    def hand() -> None:
        counts: dict[str, int] = {}
        for line in lines:
            for word in line.split():
                counts[word] = counts.get(word, 0) + 1
        out.extend(counts.items())

    text = """
        source_stream(lines) -> flat_map(|line| line.split()) -> map(|word| (word, 1))
            -> fold_keyed(|| 0, |n, one| n + one) -> for_each(out.append);
    """
    compare("word count", {"hand": hand_way(hand), "flow": flow_way(text, {"lines": lines}, out=out)})


def test_one_item_a_tick(compare: Compare) -> None:
    out: list[int] = []
    ticks = 10_000

    def hand() -> None:
        for i in range(ticks):
            for x in [i]:
                y = x + 1
                if y > 0:
                    for z in (y, y):
                        if z % 2 == 0:
                            out.append(z * 2)  # noqa: PERF401 - the loop that the flow is compared with

    def flow() -> Callable[[], object]:
        items = hf.channel()
        text = """
            source_stream(items) -> map(|x| x + 1) -> filter(|y| y > 0) -> flat_map(|y| (y, y))
                -> filter(|z| z % 2 == 0) -> for_each(|z| out.append(z * 2));
        """
        made = hf.compile(text, namespace={"items": items, "out": out})

        def run() -> None:
            for i in range(ticks):
                items.send(i)
                made.run_tick()

        return run

    compare("one item a tick, 6 operators, 10,000 ticks", {"hand": hand_way(hand), "flow": flow}, rounds=7)
