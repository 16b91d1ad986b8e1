from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

ENDS = "s = source_stream(items); o = for_each(out.append);\n"


def test_the_loop_fires_in_every_tick(ticks: Callable[..., Any]) -> None:
    assert ticks(
        ENDS + "loop { s -> batch_eager() -> fold(|| 0, |n, _| n + 1) -> all_iterations() -> o; };", [], [1, 2], []
    ) == [[0], [2], [0]]


def test_it_stands_in_a_loop() -> None:
    with pytest.raises(hf.GraphError, match="`batch_eager` stands outside of all loops"):
        hf.compile("source_iter([1]) -> batch_eager() -> null();", {})
