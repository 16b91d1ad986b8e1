from __future__ import annotations

from collections.abc import Callable
from typing import Any

TEXT = """
    j = join_fused_lhs{}(Reduce(lambda acc, n: acc + n)) -> for_each(out.append);
    source_stream(fused) -> [0]j;
    source_stream(streamed) -> [1]j;
"""


def test_every_item_that_streams_comes_with_the_accumulator_of_its_key(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format(""), {"fused": [("a", 1), ("a", 2)], "streamed": [("a", 5), ("b", 6), ("a", 5)]}, {})

    assert found == [[("a", (3, 5))] * 2, []]


def test_lifetimes_are_in_the_order_of_ports(ticks: Callable[..., Any]) -> None:
    first = {"fused": [("a", 1)], "streamed": [("a", 5)]}

    lasting_0 = ticks(TEXT.format("::<'static, 'tick>"), first, {"streamed": [("a", 7)]}, {})
    lasting_1 = ticks(TEXT.format("::<'tick, 'static>"), first, {"fused": [("a", 7)]}, {})

    assert lasting_0 == [[("a", (1, 5))], [("a", (1, 7))], []]
    assert lasting_1 == [[("a", (1, 5))], [("a", (7, 5))], []]
