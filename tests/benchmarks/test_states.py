"""A big state that one item a tick changes, against the hand-written loop: unread, only read, and kept by others.

Where the values of a dict are kept, the loop copies the dict in each tick, and the one list that it changes: less would
change what was given away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

pytestmark = pytest.mark.benchmark

KEYS = 100_000
TICKS = 20
Compare = Callable[..., dict[str, float]]

# What becomes of the state in each tick.
READERS = {
    "unread": "null()",
    "only read": "map(|d| len(d)) -> for_each(out.append)",
    "kept": "defer_tick() -> for_each(out.append)",
}
# What a key begins with, and what takes a value in.
VALUES: dict[str, tuple[Callable[[int], Any], str]] = {
    "plain values": (lambda value: value, "|acc, x| acc.__setitem__(x[0], x[1])"),
    "lists": (lambda value: [value], "|acc, x| acc.setdefault(x[0], []).append(x[1])"),
}


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("reader", READERS)
def test_one_key_of_many_changes(compare: Compare, reader: str, values: str) -> None:
    begin, f = VALUES[values]

    def hand() -> Callable[[], object]:
        acc: dict[int, Any] = {key: begin(key) for key in range(KEYS)}
        out: list[Any] = []

        def run() -> None:
            nonlocal acc
            for tick in range(TICKS):
                if reader == "kept":
                    out[:-1] = []
                    acc = acc.copy()
                if values == "plain values":
                    acc[tick * 7] = tick
                elif reader == "kept":
                    acc[tick * 7] = [*acc[tick * 7], tick]
                else:
                    acc[tick * 7].append(tick)
                if reader != "unread":
                    out.append(acc if reader == "kept" else len(acc))

        return run

    def flow() -> Callable[[], object]:
        given, out = hf.channel((key, key) for key in range(KEYS)), list[Any]()
        made = hf.compile(
            f"source_stream(given) -> fold::<'static>(dict, {f}) -> {READERS[reader]};",
            namespace={"given": given, "out": out},
        )
        # Twice, so that what was deferred has come out.
        made.run_tick()
        made.run_tick()

        def run() -> None:
            for tick in range(TICKS):
                out[:-1] = []
                given.send((tick * 7, tick))
                made.run_tick()

        return run

    compare(f"{KEYS} {values}, {reader}, {TICKS} ticks", {"hand": hand, "flow": flow}, rounds=5)
