"""What a person waits for: compiling a cell, and its picture."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

import hydroflow_nb as hf

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
