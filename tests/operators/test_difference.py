from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    rest = difference{}() -> for_each(out.append);
    source_stream(pos) -> [pos]rest;
    source_stream(neg) -> [neg]rest;
"""


def test_what_is_in_neg_is_held_back_and_duplicates_and_order_stay(ticks: Callable[..., Any]) -> None:
    assert ticks(TEXT.format(""), {"pos": [3, 1, 2, 3], "neg": [2, 2, 9]}, {"pos": [2]}) == [[3, 1, 3], [2]]


def test_a_static_neg_holds_back_for_ever(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format("::<'tick, 'static>"), {"pos": [1, 2], "neg": [1]}, {"pos": [1, 3]}, {})

    assert found == [[2], [3], []]


def test_with_a_static_pos_what_was_held_back_can_come_later(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format("::<'static, 'tick>"), {"pos": [1, 2, 1], "neg": [1]}, {}, {"pos": [3], "neg": [2]})

    assert found == [[2], [1, 2, 1], [1, 1, 3]]


def test_with_both_static_all_of_pos_is_looked_at_in_every_tick(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format("::<'static>"), {"pos": [1, 2]}, {"neg": [1]}, {"pos": [1, 3]})

    assert found == [[1, 2], [2], [2, 3]]


def test_neg_may_be_what_came_in_the_tick_before(ticks: Callable[..., Any]) -> None:
    text = """
        t = source_stream(items) -> tee();
        t -> [pos]fresh;
        t -> defer_tick() -> [neg]fresh;
        fresh = difference() -> for_each(out.append);
    """

    assert ticks(text, [1, 2], [2, 3], [2]) == [[1, 2], [3], []]


@pytest.mark.parametrize(("persistences", "second"), [("", []), ("::<'static, 'tick>", [0, 1, 2])])
def test_in_a_cycle_of_pos_later_runs_look_at_what_is_new(
    ticks: Callable[..., Any], persistences: str, second: list[int]
) -> None:
    text = f"""
        n = union();
        source_stream(items) -> n;
        n -> [pos]rest;
        source_stream(neg) -> [neg]rest;
        rest = difference{persistences}() -> tee();
        rest -> map(|n| n + 1) -> filter(|n| n < 4) -> unique() -> n;
        rest -> for_each(out.append);
    """

    found = ticks(text, {"items": [0], "neg": [3]}, {"neg": [3]})

    assert found[0] == [0, 1, 2]
    assert sorted(set(found[1])) == second


def test_its_output_must_not_flow_into_its_neg_within_the_tick() -> None:
    with pytest.raises(hf.GraphError, match="cycle"):
        hf.compile("source_iter([1]) -> [pos]d; d = difference() -> tee(); d -> [neg]d; d -> null();")


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
@pytest.mark.parametrize("side", ["pos", "neg"])
def test_an_item_that_cannot_be_hashed_is_named(refused: Callable[..., Any], persistences: str, side: str) -> None:
    channels = {"pos": hf.channel([1]), "neg": hf.channel([2])}
    channels[side].send([3])

    error = refused(TEXT.format(persistences), out=[], **channels)

    assert "`difference` needs items that can be hashed; this item cannot: [3]" in str(error)


def test_an_item_that_was_refused_is_not_kept() -> None:
    pos, out = hf.channel([1, [2]]), list[int]()
    flow = hf.compile(TEXT.format("::<'static>"), {"pos": pos, "neg": hf.channel(), "out": out})
    with pytest.raises(hf.ItemError):
        flow.run_tick()
    pos.send(3)

    flow.run_tick()

    assert out == [3]
