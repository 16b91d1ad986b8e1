from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import SetUnion


@pytest.mark.parametrize("call", ["fold(|| 0, |acc, x| acc + x)", "fold::<'tick>(int, add)"])
def test_one_value_comes_in_every_tick_also_in_a_quiet_one(through: Callable[..., Any], call: str) -> None:
    assert through(call, [1, 2], [], [5], add=add) == [[3], [0], [5]]


@pytest.mark.parametrize("call", ["fold::<'static>(|| 0, |acc, x| acc + x)", "fold::<'static>(int, add)"])
def test_a_static_accumulator_lasts_and_comes_in_every_tick(through: Callable[..., Any], call: str) -> None:
    assert through(call, [1, 2], [], [5], add=add) == [[3], [3], [8]]


def test_an_accumulator_may_be_changed_in_place(through: Callable[..., Any]) -> None:
    assert through("fold(list, |acc, x| acc.append(x))", [1, 2], []) == [[[1, 2]], [[]]]


def test_what_a_static_one_emitted_is_not_changed_later(through: Callable[..., Any]) -> None:
    assert through("fold::<'static>(list, |acc, x| acc.append(x))", [1], [2]) == [[[1]], [[1, 2]]]


def test_a_function_that_sometimes_returns_none_keeps_the_accumulator(through: Callable[..., Any]) -> None:
    assert through("fold(|| 0, |acc, x| acc + x if x > 1 else None)", [1, 2, 1, 3]) == [[5]]


def test_an_accumulator_that_takes_items_by_a_shift_stays(through: Callable[..., Any]) -> None:
    class Basket(list[int]):
        def __lshift__(self, item: int) -> None:
            self.append(item)

    assert through("fold(Basket, |basket, item| basket << item)", [1, 2], Basket=Basket) == [[[1, 2]]]


def test_items_are_folded_in_the_order_of_arrival(through: Callable[..., Any]) -> None:
    assert through('fold(|| "", |acc, x| acc + x)', ["a", "b", "c"]) == [["abc"]]


def test_it_waits_for_the_end_of_a_cycle(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 4) -> n;
        n -> fold(|| 0, |acc, n| acc + n) -> for_each(out.append);
    """

    assert ticks(text, [1]) == [[6]]


def test_in_a_cycle_without_a_tick_delay_it_is_an_error() -> None:
    with pytest.raises(hf.GraphError, match=r"union -> fold|fold -> union"):
        hf.compile("u = union() -> fold(|| 0, |a, b| a + b) -> tee(); source_iter([1]) -> u; u -> u; u -> null();")


def test_a_cycle_through_a_tick_delay_is_none_within_the_tick(ticks: Callable[..., Any]) -> None:
    text = """
        u = union() -> fold(|| 0, |a, b| a + b) -> tee();
        source_stream(items) -> u;
        u -> defer_tick() -> u;
        u -> for_each(out.append);
    """

    assert ticks(text, [1], [2], [3]) == [[1], [3], [6]]


@pytest.mark.parametrize("operator", ["fold", "fold::<'static>", "fold_no_replay"])
@pytest.mark.parametrize("f", ["|a, b| a.merge(b)", "SetUnion.merge", "merged_by_hand"])
def test_a_lattice_value_that_becomes_what_its_merge_returns_is_an_error(
    refused: Callable[..., hf.ItemError], operator: str, f: str
) -> None:
    def merged_by_hand(a: SetUnion[int], b: SetUnion[int]) -> bool:
        return a.merge(b)

    text = f"source_iter([1]) -> map(|x| SetUnion({{x}})) -> {operator}(SetUnion, {f}) -> null();"

    error = refused(text, SetUnion=SetUnion, merged_by_hand=merged_by_hand)

    assert "the accumulator was a SetUnion and has become a bool" in str(error)
    assert "merge_owned" in str(error)


def test_a_second_item_is_told_of_what_merge_returns() -> None:
    text = "source_iter([1, 2]) -> map(|x| SetUnion({x})) -> fold(SetUnion, |a, b| a.merge(b)) -> null();"
    flow = hf.compile(text, {"SetUnion": SetUnion})

    with pytest.raises(AttributeError) as caught:
        flow.run_tick()

    assert "merge_owned" in caught.value.__notes__[-1]


@pytest.mark.parametrize("call", ["fold(bool, any_of)", "fold(|| not 1, |a, x| a or x > 1)", "fold(|| False, any_of)"])
def test_an_accumulator_may_be_a_bool(through: Callable[..., Any], call: str) -> None:
    def any_of(a: bool, x: int) -> bool:
        return a or x > 1

    assert through(call, [1, 2], [1], any_of=any_of) == [[True], [False]]


@pytest.mark.parametrize("call", ["fold(|| 0, max)", "fold(list, |acc, x| acc.append(x))"])
def test_what_cannot_be_a_merge_is_not_looked_at(call: str) -> None:
    assert "not_merged" not in hf.compile(f"source_iter([1]) -> {call} -> null();", {}).generated_source
