from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf


def test_every_item_of_each_iterable_comes(through: Callable[..., Any]) -> None:
    assert through("flat_map(|n| range(n))", [2, 0, 3], [1]) == [[0, 1, 0, 1, 2], [0]]


def test_a_function_that_returns_a_generator_will_do(through: Callable[..., Any]) -> None:
    assert through("flat_map(|n| (str(i) for i in range(n)))", [2]) == [["0", "1"]]


def test_two_in_a_row_nest(through: Callable[..., Any]) -> None:
    assert through("flat_map(|x| x) -> flat_map(|x| x)", [["ab", "c"], ["d"]]) == [["a", "b", "c", "d"]]


def test_it_turns_in_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        seen = union() -> unique() -> tee();
        source_stream(items) -> seen;
        seen -> flat_map(|n| [n // 2, n // 3]) -> seen;
        seen -> for_each(out.append);
    """

    assert [sorted(tick) for tick in ticks(text, [12])] == [[0, 1, 2, 3, 4, 6, 12]]


@pytest.mark.parametrize("behind", ["for_each(print)", "sort() -> null()", "null()"])
def test_what_cannot_be_iterated_is_a_type_error_that_names_operator_and_item(behind: str) -> None:
    flow = hf.compile(f"source_iter([[], 7]) -> flat_map(|x| x) -> {behind};")

    with pytest.raises((TypeError, hf.ItemError)) as caught:
        flow.run_tick()

    told = " ".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    assert "`flat_map`" in told
    assert "7" in told


def test_a_comprehension_over_what_cannot_be_iterated_is_the_users_own_error() -> None:
    flow = hf.compile("source_iter([1]) -> flat_map(|x| [y for y in x]) -> null();")

    with pytest.raises(TypeError, match="not iterable"):
        flow.run_tick()


@pytest.mark.parametrize(("returned", "named"), [("None", "returned None"), ("x + 1", "an `int`")])
def test_the_error_names_what_the_function_returned(returned, named):
    flow = hf.compile(f"source_iter([17]) -> flat_map(|x| {returned}) -> null();", namespace={})

    with pytest.raises(hf.ItemError) as caught:
        flow.run_available()

    assert named in str(caught.value).splitlines()[0]
