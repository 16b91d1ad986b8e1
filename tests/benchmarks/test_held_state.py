"""What a tick with one new item costs over what is held: flat where the semantics do not demand that all comes out."""

from __future__ import annotations

import gc
import statistics
import time
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.engine.aggregation import Reduce
from hydroflow_nb.lattices import MapUnion, Max, Pair, SetUnion

pytestmark = pytest.mark.benchmark

HELD = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
# Of two sides the first is the one that is held, and the last item sent is on the other one.
JOIN = "source_stream(a) -> map(|x| (x, {0})) -> [0]j; source_stream(b) -> map(|x| ({1}, {0})) -> [1]j; j = {2} -> "
HALF = "source_stream(a) -> map(|x| (x, x)) -> [probe]j; source_stream(b) -> map(|x| (-1 - x, x)) -> [build]j; "
HALF += "j = join_multiset_half::<{0}>() -> "
SHAPES = {
    "join, both static, few match": JOIN.format("x", "-1 - x", "join::<'static>()"),
    "join_multiset, both static, few match": JOIN.format("x", "-1 - x", "join_multiset::<'static>()"),
    "join, one static": JOIN.format("x", "x", "join::<'static, 'tick>()"),
    "join_fused, both static, few match": JOIN.format("x", "-1 - x", "join_fused::<'static>(Reduce(max), Reduce(max))"),
    "join_fused, one static": JOIN.format("x", "x", "join_fused::<'static, 'tick>(Reduce(max), Reduce(max))"),
    "join_fused_lhs, both static, few match": JOIN.format("x", "-1 - x", "join_fused_lhs::<'static>(Reduce(max))"),
    "join_fused_lhs, the side that streams by static": JOIN.format(
        "x", "x", "join_fused_rhs::<'static, 'tick>(Reduce(max))"
    ),
    "join_multiset_half, both static, few match": HALF.format("'static"),
    "join_multiset_half, probe static": HALF.format("'tick, 'static"),
    "difference, both static, few remain": "source_stream(a) -> t; t = tee(); t -> [pos]d; t -> [neg]d; "
    "d = difference::<'static>() -> ",
    "difference, known already": "source_stream(a) -> [pos]d; source_stream(b) -> [neg]d; "
    "d = difference::<'static, 'tick>() -> unique::<'static>() -> ",
    "anti_join, known already": "source_stream(a) -> map(|x| (x, x)) -> [pos]d; source_stream(b) -> [neg]d; "
    "d = anti_join::<'static>() -> unique::<'static>() -> ",
    "fold_keyed, known already": "source_stream(a) -> map(|x| (x, x)) -> fold_keyed::<'static>(|| 0, |acc, x| acc + x) "
    "-> unique::<'static>() -> ",
    "lattice join, few match": JOIN.format("Max(x)", "-1 - x", "_lattice_join_fused_join::<'static, Max, Max>()"),
    "unique": "source_stream(a) -> unique::<'static>() -> ",
    "fold to a number": "source_stream(a) -> fold::<'static>(|| 0, |acc, x| acc + x) -> ",
    "fold into a list": "source_stream(a) -> fold::<'static>(|| [], |acc, x| acc.append(x)) -> ",
    "fold into a dict": "source_stream(a) -> fold::<'static>(|| {}, |acc, x| acc.__setitem__(x, x)) -> ",
    "fold into a dict of lists": "source_stream(a) "
    "-> fold::<'static>(|| {}, |acc, x| acc.setdefault(x, []).append(x)) -> ",
    "fold into a few lists": "source_stream(a) "
    "-> fold::<'static>(|| [[] for _ in range(7)], |acc, x| acc[x % 7].append(x)) -> ",
    "fold into a dict of a few dicts": "source_stream(a) "
    "-> fold::<'static>(|| {}, |acc, x| acc.setdefault(x % 7, {}).__setitem__(x, x)) -> ",
    "fold into a dict, read by name": "s = source_stream(a) -> fold::<'static>(|| {}, |acc, x| acc.__setitem__(x, x)) "
    "-> singleton(); source_stream(b) -> map(|x| $s.get(x)) -> ",
    "fold into a dict, sorted": "source_stream(a) -> fold::<'static>(|| {}, |acc, x| acc.__setitem__(x, x)) "
    "-> sort() -> ",
    "lattice_fold of a set": "source_stream(a) -> map(|x| SetUnion({x})) -> lattice_fold::<'static>(SetUnion) -> ",
    "lattice_fold of a map": "source_stream(a) -> map(|x| MapUnion({x: Max(x)})) "
    "-> lattice_fold::<'static>(MapUnion) -> ",
    "lattice_reduce of a pair": "source_stream(a) -> map(|x| Pair(SetUnion({x}), Max(x))) "
    "-> lattice_reduce::<'static>() -> ",
}
# All that is held, or a copy of it, is demanded in each tick.
DEMANDED = {
    "fold_keyed": "source_stream(a) -> map(|x| (x, x)) -> fold_keyed::<'static>(|| 0, |acc, x| acc + x) -> ",
    "sort of all": "source_stream(a) -> persist::<'static>() -> sort() -> ",
    "join, both static, all match": JOIN.format("x", "x", "join::<'static>()"),
    "fold into a dict that is kept": "source_stream(a) -> fold::<'static>(|| {}, |acc, x| acc.__setitem__(x, x)) "
    "-> map(|d| kept.__setitem__(0, d)) -> ",
}


def microseconds(text: str, held: int) -> float:
    """A tick with one new item, over so many held."""
    names: dict[str, Any] = {"a": hf.channel(), "b": hf.channel(), "see": lambda item: None, "kept": [None]}
    names |= {"Reduce": Reduce, "SetUnion": SetUnion, "MapUnion": MapUnion, "Max": Max, "Pair": Pair}
    flow = hf.compile(f"{text} for_each(see);", namespace=names)
    names["a"].extend(range(held))
    if "[1]j" in text and "'tick" not in text:
        names["b"].extend(range(held))
    flow.run_tick()
    flow.run_tick()
    times = []
    for number in range(25 if held <= 10_000 else 5):
        names["a"].send(held + number)
        names["b"].send(-5 - number)
        gc.collect(0)
        start = time.process_time()
        flow.run_tick()
        times.append(time.process_time() - start)
    return 1e6 * statistics.median(times)


@pytest.mark.parametrize("shape", [*SHAPES, *DEMANDED])
def test_a_tick_over_what_is_held(shape: str) -> None:
    text = {**SHAPES, **DEMANDED}[shape]
    found = [microseconds(text, held) for held in HELD]

    print(f"\n| {shape} | {' | '.join(f'{one:,.1f}' for one in found)} |")
    if shape in SHAPES:
        assert found[-1] < 20 * found[0]
