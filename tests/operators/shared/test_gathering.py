from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("sort()", [[1, 2], []]),
        ("sort_by_key(|x| -x)", [[2, 1], []]),
        ("map(|x| (x, 0)) -> sort_keyed() -> map(|(x, _)| x)", [[1, 2], []]),
        # Instructions are carried out once, though what they keep comes again.
        ("map(Persist) -> persist_mut()", [[2, 1], [2, 1]]),
        ("map(|x| Persist(0, x)) -> persist_mut_keyed() -> map(|(_, x)| x)", [[2, 1], [2, 1]]),
    ],
)
def test_the_items_of_a_tick_are_looked_at_together_and_then_let_go(
    through: Callable[..., Any], operator: str, expected: list[list[int]]
) -> None:
    assert through(operator, [2, 1], [], Persist=hf.Persist) == expected
