from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


@pytest.mark.parametrize("call", ["identity()", "identity::<int>()"])
def test_the_items_come_unchanged(through: Callable[..., Any], call: str) -> None:
    assert through(call, [2, 1, 2], [], [3]) == [[2, 1, 2], [], [3]]


def test_no_code_is_made_for_it() -> None:
    flow = hf.compile("source_iter([1]) -> identity() -> identity() -> for_each(print);")

    assert "identity" not in flow.generated_source


def test_two_types_are_too_many() -> None:
    with pytest.raises(hf.GraphError, match="`identity` takes 0 to 1 generic type argument, this one has 2"):
        hf.compile("source_iter([1]) -> identity::<int, str>() -> null();")
