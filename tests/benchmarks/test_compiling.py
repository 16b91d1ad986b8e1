"""How the time to compile a flow, and to give its drawing's data, grows with its operators: it is to be the same for
each of them, however many there are.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import count

import pytest

import hydroflow_nb as hf

pytestmark = pytest.mark.benchmark

SIZES = (100, 500, 1_000, 2_000, 4_000)
MOST = 1.5


def _each(count: int, write: Callable[[int], str]) -> str:
    return "".join(map(write, range(count)))


SHAPES: dict[str, Callable[[int], str]] = {
    "a chain": lambda n: "source_iter([1]) -> " + "map(|x| x + 1) -> " * n + "null();",
    "a chain of functions by name": lambda n: "source_iter([1]) -> " + "map(abs) -> " * n + "null();",
    "a chain, the last operator first": lambda n: (
        "a0 -> null();" + _each(n, lambda i: f"a{i} = a{i + 1} -> map(abs);") + f"a{n} = source_iter([1]);"
    ),
    "a chain through blocking inputs": lambda n: (
        "source_iter([1]) -> " + "map(abs) -> sort() -> " * (n // 2) + "null();"
    ),
    "a chain of joins": lambda n: (
        "j0 = source_iter([(1, 1)]);"
        + _each(
            n // 3,
            lambda i: (
                f"j{i + 1} = join() -> map(|(k, _)| (k, 1)); j{i} -> [0]j{i + 1}; source_iter([(1, 1)]) -> [1]j{i + 1};"
            ),
        )
        + f"j{n // 3} -> null();"
    ),
    "a fan-in": lambda n: "u = union() -> null();" + "source_iter([1]) -> u;" * n,
    "a fan-out": lambda n: "t = source_iter([1]) -> tee();" + "t -> for_each(print);" * n,
    "named outputs": lambda n: (
        f"d = source_iter([1]) -> demux(|v, ({_each(n, lambda i: f'p{i}, ')})| p0.give(v));"
        + _each(n, lambda i: f"d[p{i}] -> null();")
    ),
    "cycles": lambda n: _each(
        n // 4, lambda i: f"a{i} = union() -> filter(|x| x < 5) -> tee(); source_iter([1]) -> a{i}; a{i} -> a{i};"
    ),
}


NUMBERS = count()


def _compile_and_describe(text: str) -> None:
    # A text of another name is not known from before.
    hf.compile(text, {}, f"flow{next(NUMBERS)}").graph.to_dict()


def _least_seconds(text: str, size: int) -> float:
    """The least processor time of several."""
    least = float("inf")
    for _ in range(max(2, 1_000 // size)):
        gc.collect()
        gc.disable()
        begin = time.process_time()
        _compile_and_describe(text)
        least = min(least, time.process_time() - begin)
        gc.enable()
    return least


@pytest.mark.parametrize("shape", SHAPES)
def test_an_operator_takes_as_long_among_thousands_as_among_a_hundred(shape: str) -> None:
    each = {size: _least_seconds(SHAPES[shape](size), size) / size for size in SIZES}

    found = ", ".join(f"{size}: {1e6 * seconds:.0f} us ({seconds / each[100]:.2f})" for size, seconds in each.items())
    print(f"\n{shape}, for each operator: {found}")
    assert max(each.values()) <= MOST * each[100], found
