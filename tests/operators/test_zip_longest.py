from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    z = zip_longest() -> for_each(out.append);
    source_stream(a) -> [0]z;
    source_stream(b) -> [1]z;
"""


def test_who_has_no_partner_gets_none(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT, {"a": [1, 2], "b": ["x"]}, {"b": ["y", "z"]}, {})

    assert found == [[(1, "x"), (2, None)], [(None, "y"), (None, "z")], []]


def test_it_waits_for_the_end_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> filter(|n| n < 3) -> map(|n| n + 1) -> n;
        n -> [0]z;
        source_iter("ab") -> [1]z;
        z = zip_longest() -> for_each(out.append);
    """

    assert ticks(text, [1]) == [[(1, "a"), (2, "b"), (3, None)]]


def test_its_only_persistence_is_the_tick() -> None:
    with pytest.raises(hf.GraphError, match="`zip_longest` cannot be `'static`"):
        hf.compile(TEXT.replace("()", "::<'static>()", 1), {})
