from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_items_come_unchanged_in_the_same_tick(through: Callable[..., Any]) -> None:
    assert through("next_stratum()", [2, 1, 2], [], [3]) == [[2, 1, 2], [], [3]]


def test_all_items_have_come_before_the_first_goes_on(ticks: Callable[..., Any]) -> None:
    text = """
        source_stream(items) -> inspect(|x| out.append(("before", x))) -> next_stratum()
            -> for_each(|x| out.append(("behind", x)));
    """

    assert ticks(text, [1, 2]) == [[("before", 1), ("before", 2), ("behind", 1), ("behind", 2)]]


def test_a_cycle_runs_dry_before_the_first_goes_on(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 3) -> inspect(|n| out.append(-n)) -> n;
        n -> next_stratum() -> for_each(out.append);
    """

    assert ticks(text, [0]) == [[-1, -2, 0, 1, 2]]


def test_what_flows_through_it_cannot_flow_back_within_the_tick() -> None:
    with pytest.raises(hf.GraphError, match="defer_tick"):
        hf.compile("n = union() -> next_stratum() -> tee(); source_iter([1]) -> n; n -> n; n -> null();")
