from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

ENDS = "s = source_stream(items); o = for_each(out.append);\n"


def test_what_came_is_handed_over_in_its_order(ticks: Callable[..., Any]) -> None:
    assert ticks(ENDS + "loop { s -> batch() -> all_iterations() -> o; };", [2, 1, 2], [], [3]) == [[2, 1, 2], [], [3]]


def test_it_stands_in_a_loop() -> None:
    with pytest.raises(hf.GraphError, match="`batch` stands outside of all loops"):
        hf.compile("source_iter([1]) -> batch() -> null();", {})
