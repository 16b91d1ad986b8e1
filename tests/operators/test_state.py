from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import Max, SetUnion


def test_only_items_that_change_the_state_go_on(through: Callable[..., Any]) -> None:
    operator = "map(|x| Max(x)) -> state::<'static, Max>() -> map(|m| m.reveal())"

    assert through(operator, [3, 1, 4, 4], [2, 5], Max=Max) == [[3, 4], [5]]


def test_a_state_of_a_tick_begins_anew_in_the_next(through: Callable[..., Any]) -> None:
    assert through("map(|x| Max(x)) -> state::<Max>() -> map(|m| m.reveal())", [3], [2], [], Max=Max) == [[3], [2], []]


def test_the_state_is_read_by_name_when_it_is_complete(ticks: Callable[..., Any]) -> None:
    text = """
        s = source_stream(items) -> map(|x| SetUnion({x})) -> state::<'static, SetUnion>();
        spin() -> for_each(|_| out.append(len($s.reveal())));
    """

    assert ticks(text, [1, 2, 2], [], [3], SetUnion=SetUnion) == [[2], [2], [3]]


def test_the_state_comes_out_at_its_own_port_in_every_tick(ticks: Callable[..., Any]) -> None:
    text = """
        s = source_stream(items) -> map(|x| SetUnion({x})) -> state::<'static, SetUnion>();
        s[state] -> for_each(|whole| out.append(sorted(whole.reveal())));
        s[items] -> null();
    """

    assert ticks(text, [2, 1], [], [3], SetUnion=SetUnion) == [[[1, 2]], [[1, 2]], [[1, 2, 3]]]


def test_what_came_out_at_the_port_is_not_changed_by_later_ticks() -> None:
    items, out = hf.channel([1]), []
    text = """
        s = source_stream(items) -> map(|x| SetUnion({x})) -> state::<'static, SetUnion>();
        s[state] -> for_each(out.append);
    """
    flow = hf.compile(text, {"items": items, "out": out, "SetUnion": SetUnion})
    flow.run_tick()
    items.send(2)
    flow.run_tick()

    assert [sorted(found.reveal()) for found in out] == [[1], [1, 2]]


def test_another_port_is_an_error() -> None:
    with pytest.raises(hf.GraphError, match=r"no output port `\[rest\]`"):
        hf.compile("s = source_iter([]) -> state::<Max>(); s[rest] -> null();", {"Max": Max})


def test_an_item_that_cannot_be_merged_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([1, 2]) -> state::<int>();")

    assert "`state`: 0 is not a lattice value" in str(error)


def test_an_item_that_is_no_lattice_value_is_taken_by_state_by(ticks: Callable[..., Any]) -> None:
    text = """
        s = source_stream(items) -> state_by::<'static, SetUnion>(|x| SetUnion({x % 10}), SetUnion);
        s -> for_each(out.append);
    """

    assert ticks(text, [1, 11, 2], [12, 3], SetUnion=SetUnion) == [[1, 2], [3]]
