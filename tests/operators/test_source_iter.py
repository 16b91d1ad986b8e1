from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

import hydroflow_nb as hf


def test_all_items_come_in_the_first_tick_and_none_later(ticks: Callable[..., Any]) -> None:
    assert ticks("source_iter([3, 1, 3]) -> for_each(out.append);", [], []) == [[3, 1, 3], []]


def test_the_iterable_is_evaluated_when_the_flow_is_compiled() -> None:
    numbers = [1, 2]
    out: list[int] = []
    flow = hf.compile("source_iter(numbers[:]) -> for_each(out.append);", {"numbers": numbers, "out": out})
    numbers.append(3)

    flow.run_tick()

    assert out == [1, 2]


def test_a_generator_is_read_while_the_tick_runs() -> None:
    events: list[str] = []

    def numbers() -> Any:
        for number in (1, 2):
            events.append(f"made {number}")
            yield number

    namespace = {"numbers": numbers(), "events": events}
    flow = hf.compile('source_iter(numbers) -> for_each(|n| events.append(f"took {n}"));', namespace)
    assert events == []

    flow.run_tick()

    assert events == ["made 1", "took 1", "made 2", "took 2"]


def test_a_reset_evaluates_the_argument_anew() -> None:
    numbers, out = [1], list[int]()
    flow = hf.compile("source_iter(numbers) -> for_each(out.append);", {"numbers": numbers, "out": out})
    flow.run_tick()
    numbers.append(2)

    flow.reset()
    flow.run_tick()

    assert out == [1, 1, 2]


def test_what_cannot_be_iterated_is_refused_when_the_flow_is_compiled() -> None:
    with pytest.raises(hf.ItemError, match="5 cannot be iterated"):
        hf.compile("source_iter(5) -> null();")


@pytest.mark.parametrize("behind", ["null()", "sort() -> null()", "persist() -> null()", "map(|x| x) -> null()"])
@pytest.mark.parametrize("endless", [count(), range(10**12)], ids=["iterator", "range"])
def test_a_tick_that_does_not_end_can_be_interrupted(
    interrupted: Callable[..., Any], endless: Any, behind: str
) -> None:
    flow = hf.compile(f"source_iter(endless) -> {behind};", {"endless": endless})

    with interrupted(flow, 0.1):
        flow.run_tick()

    assert [fault.message for fault in flow.faults] == ["interrupted"]
