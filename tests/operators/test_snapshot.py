from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

ENDS = "s = source_stream(items); o = for_each(out.append);\n"
GATED = (
    "d = s -> demux(|v, (x, go)| go.give(v) if v == 'go' else x.give(v));\n"
    "loop { d[x] -> snapshot() -> i; d[go] -> batch() -> null(); i = identity() -> all_iterations() -> o; };"
)


def test_what_came_is_kept_until_the_loop_fires(ticks: Callable[..., Any]) -> None:
    assert ticks(ENDS + GATED, [1], [2, "go"], ["go"]) == [[], [1, 2], []]


def test_it_stands_in_a_loop() -> None:
    with pytest.raises(hf.GraphError, match="`snapshot` stands outside of all loops"):
        hf.compile("source_iter([1]) -> snapshot() -> null();", {})
