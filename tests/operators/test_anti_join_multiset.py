from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TEXT = """
    rest = {}() -> for_each(out.append);
    source_stream(pos) -> [pos]rest;
    source_stream(neg) -> [neg]rest;
"""
BATCHES = [{"pos": [(1, "a"), (1, "a"), (2, "b")], "neg": [2]}, {"pos": [(3, "c")]}, {}]


def test_duplicates_of_pos_are_kept(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT.format("anti_join_multiset"), *BATCHES) == [[(1, "a"), (1, "a")], [(3, "c")], []]


@pytest.mark.parametrize("persistences", ["", "::<'static>", "::<'static, 'tick>", "::<'tick, 'static>"])
def test_it_does_what_anti_join_does(ticks: Callable[..., Any], persistences: str) -> None:
    plain = ticks(TEXT.format(f"anti_join{persistences}"), *BATCHES)

    assert ticks(TEXT.format(f"anti_join_multiset{persistences}"), *BATCHES) == plain
