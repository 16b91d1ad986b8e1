"""What a person waits for: compiling a cell, and its picture; and what a tick of one item costs."""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import count

import pytest

import hydroflow_nb as hf
from side_by_side.shapes.ticks import CHAIN, chain_by_hand

pytestmark = pytest.mark.benchmark

FIFTEEN = """
    arcs = source_stream(edges) -> tee();
    reached = union() -> tee();
    source_iter([0]) -> [0]reached;
    reached[0] -> map(|v| (v, ())) -> [0]hop;
    arcs[0] -> [1]hop;
    hop = join::<'static>() -> flat_map(|(src, (_, dst))| [src, dst]);
    hop -> [1]reached;
    arcs[1] -> flat_map(|(src, dst)| [src, dst]) -> unique::<'static>() -> [pos]unreached;
    reached[1] -> [neg]unreached;
    unreached = difference::<'static>() -> map(|v| (v % 10, v)) -> fold::<'static>(|| 0, |n, _| n + 1)
        -> filter(|n| n > 0) -> for_each(print);
"""


NUMBERS = count()


def compiling(text: str, *, is_known: bool = False) -> Callable[[], Callable[[], object]]:
    namespace = {"edges": hf.channel()}

    def prepared() -> Callable[[], object]:
        # A text of another name is not known from before.
        name = "known" if is_known else f"flow{next(NUMBERS)}"
        return lambda: hf.compile(text, namespace, name)

    return prepared


def test_compiling(compare: Callable[..., dict[str, float]]) -> None:
    hundred = "source_iter([1])" + " -> map(|x| x + 1) -> filter(|x| x > 0)" * 49 + " -> for_each(print);"
    thousands = "source_iter([1])" + " -> map(|x| x + 1)" * 10_000 + " -> for_each(print);"
    ways = {"15 operators": compiling(FIFTEEN), "again": compiling(FIFTEEN, is_known=True), "100": compiling(hundred)}
    medians = compare("compile", ways)
    assert medians["again"] < medians["15 operators"] / 10
    compare("compile", {"10,000 operators": compiling(thousands)}, 3)


def test_picture(compare: Callable[..., dict[str, float]]) -> None:
    namespace = {"edges": hf.channel()}
    compare(
        "from text to picture",
        {"15 operators": lambda: lambda: hf.compile(FIFTEEN, namespace, f"flow{next(NUMBERS)}").graph.svg()},
        5,
    )


def plain_and_recorded(operators: int) -> dict[str, Callable[[], Callable[[], object]]]:
    """Drawing a flow whose items went over every edge: its plain picture, and the numbers of a tick on it."""
    text = "source_iter([1])" + " -> map(|x| x + 1)" * (operators - 2) + " -> null();"

    def recorded() -> hf.Flow:
        flow = hf.compile(text, {})
        flow.record()
        flow.run_tick()
        return flow

    def plain() -> Callable[[], object]:
        return recorded().graph.svg

    def numbers() -> Callable[[], object]:
        flow = recorded()
        flow.graph.svg()
        return flow.recording.svg

    return {f"{operators} operators": plain, "numbers of a tick on it": numbers}


@pytest.mark.parametrize("operators", [15, 300])
def test_picture_of_a_recorded_tick(compare: Callable[..., dict[str, float]], operators: int) -> None:
    plain, numbers = compare("picture, with and without its numbers", plain_and_recorded(operators), 5).values()

    assert numbers < plain / 2


TICKS = 20_000


def by_hand() -> Callable[[], object]:
    """The same with a list as its inbox."""
    return lambda: chain_by_hand(range(TICKS), [])


def of_a_flow(way: str) -> Callable[[], Callable[[], object]]:
    """One item a tick in a flow that has run for a while."""

    def prepared() -> Callable[[], object]:
        items, out = hf.channel(), []
        flow = hf.compile(CHAIN, {"items": items, "out0": out})
        push = flow.pusher("items")
        for _ in range(200):
            push(-9)

        def ticks() -> None:
            send, run = items.send, getattr(flow, way)
            for item in range(TICKS):
                send(item)
                run()

        def pushes() -> None:
            for item in range(TICKS):
                push(item)

        return pushes if way == "pusher" else ticks

    return prepared


def test_ticks_of_one_item(compare: Callable[..., dict[str, float]]) -> None:
    ways = {one: of_a_flow(one) for one in ("run_tick", "run_available", "pusher")}
    hand, tick, available, push = compare("one item a tick", {"by hand": by_hand, **ways}).values()

    assert tick < 2 * hand
    assert available < 2.2 * hand
    assert push < 1.3 * hand


def test_ticks_that_make_many_containers(compare: Callable[..., dict[str, float]]) -> None:
    """A join of 300,000 matches, three ticks after two others; by hand without CPython's collector."""
    rows = [(number * 7 % 30, number) for number in range(3_000)]

    def flow() -> Callable[[], object]:
        lhs, rhs, out = hf.channel(), hf.channel(), []
        text = "source_stream(lhs) -> [0]j; source_stream(rhs) -> [1]j; j = join::<'tick>() -> for_each(out.append);"
        made = hf.compile(text, {"lhs": lhs, "rhs": rhs, "out": out})

        def ticks(count: int = 3) -> None:
            for _ in range(count):
                out.clear()
                lhs.extend(rows)
                rhs.extend(rows)
                made.run_tick()

        ticks(2)
        return ticks

    def hand() -> Callable[[], object]:
        out: list[object] = []

        def ticks() -> None:
            gc.disable()
            for _ in range(3):
                out.clear()
                table: dict[int, list[int]] = {}
                for key, value in rows:
                    table.setdefault(key, []).append(value)
                for key, value in rows:
                    for other in table[key]:
                        out.append((key, (value, other)))  # noqa: PERF401 - as one writes it first
            gc.enable()

        return ticks

    by_hand, ours = compare("300,000 matches a tick", {"by hand": hand, "flow": flow}, 5).values()

    assert ours < 1.5 * by_hand
