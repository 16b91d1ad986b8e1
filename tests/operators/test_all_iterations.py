from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = (
    "s = source_stream(items); o = for_each(out.append);\n"
    "loop { s -> batch() -> e; e = identity();\n"
    "loop { e -> batch() -> n; n = union() -> tee(); n -> filter(|x| x > 1) -> map(|x| x - 1) -> defer_tick() -> n;\n"
    "n -> sort() -> all_iterations() -> d; }; d = all_iterations() -> o; };"
)


def test_items_of_all_iterations_come_in_the_order_of_the_iterations(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT, [3, 2], [], [1]) == [[2, 3, 1, 2, 1], [], [1]]


def test_it_stands_in_a_loop() -> None:
    with pytest.raises(hf.GraphError, match="`all_iterations` stands outside of all loops"):
        hf.compile("source_iter([1]) -> all_iterations() -> null();", {})
