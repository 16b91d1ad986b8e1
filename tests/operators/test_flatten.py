from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def test_the_elements_of_each_item_come(through: Callable[..., Any]) -> None:
    assert through("flatten()", [[1, 2], (), "ab", {"k": 1}], [range(2)]) == [[1, 2, "a", "b", "k"], [0, 1]]


def test_only_one_level_is_taken_off(through: Callable[..., Any]) -> None:
    assert through("flatten()", [[[1], [2, 3]]]) == [[[1], [2, 3]]]


@pytest.mark.parametrize("behind", ["for_each(str)", "sort() -> null()", "null()", "persist() -> null()"])
def test_an_item_that_cannot_be_iterated_is_named(refused: Callable[..., Any], behind: str) -> None:
    error = refused(f"source_iter([[], 7]) -> flatten() -> {behind};")

    assert "`flatten` takes items that can be iterated; this item cannot: 7" in str(error)
    assert "`map` it to a list first" in str(error)
