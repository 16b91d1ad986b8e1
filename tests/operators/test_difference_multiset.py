from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TEXT = """
    rest = {}() -> for_each(out.append);
    source_stream(pos) -> [pos]rest;
    source_stream(neg) -> [neg]rest;
"""
BATCHES = [{"pos": [1, 1, 2], "neg": [2]}, {"pos": [3]}, {}]


def test_duplicates_of_pos_are_kept(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT.format("difference_multiset"), *BATCHES) == [[1, 1], [3], []]


@pytest.mark.parametrize("persistences", ["", "::<'static>", "::<'static, 'tick>", "::<'tick, 'static>"])
def test_it_does_what_difference_does(ticks: Callable[..., Any], persistences: str) -> None:
    plain = ticks(TEXT.format(f"difference{persistences}"), *BATCHES)

    assert ticks(TEXT.format(f"difference_multiset{persistences}"), *BATCHES) == plain
