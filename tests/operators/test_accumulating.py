from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

CHANGING = {
    "fold": "fold::<{}>(list, |acc, x| acc.append(x))",
    "reduce": "map(|x| [x]) -> reduce::<{}>(|acc, x| acc.extend(x))",
    "fold_keyed": "map(|x| (0, x)) -> fold_keyed::<{}>(list, |acc, x| acc.append(x)) -> map(|(_, acc)| acc)",
    "reduce_keyed": "map(|x| (0, [x])) -> reduce_keyed::<{}>(|acc, x| acc.extend(x)) -> map(|(_, acc)| acc)",
}


@pytest.mark.parametrize("operator", CHANGING)
def test_what_a_lasting_accumulator_emitted_is_not_changed_by_later_ticks(
    through: Callable[..., Any], operator: str
) -> None:
    assert through(CHANGING[operator].format("'static"), [1], [2]) == [[[1]], [[1, 2]]]


@pytest.mark.parametrize("operator", CHANGING)
def test_nothing_is_copied_when_it_is_emitted_for_the_last_time(operator: str) -> None:
    def copies(persistence: str) -> int:
        text = f"source_iter([1]) -> {CHANGING[operator].format(persistence)} -> null();"
        return hf.compile(text, {}).generated_source.count("copied")

    assert copies("'static") > copies("'tick")
