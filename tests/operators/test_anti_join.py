from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

TEXT = """
    rest = anti_join{}() -> for_each(out.append);
    source_stream(pos) -> [pos]rest;
    source_stream(neg) -> [neg]rest;
"""


def test_pairs_whose_key_is_in_neg_are_held_back_and_duplicates_and_order_stay(ticks: Callable[..., Any]) -> None:
    found = ticks(
        TEXT.format(""), {"pos": [(3, "c"), (1, "a"), (3, "c"), (2, "b")], "neg": [1, 1]}, {"pos": [(1, "a")]}
    )

    assert found == [[(3, "c"), (3, "c"), (2, "b")], [(1, "a")]]


def test_a_static_neg_holds_back_for_ever(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format("::<'tick, 'static>"), {"pos": [(1, 0)], "neg": [1]}, {"pos": [(1, 0), (2, 0)]}, {})

    assert found == [[], [(2, 0)], []]


def test_with_a_static_pos_what_was_held_back_can_come_later(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format("::<'static, 'tick>"), {"pos": [(1, "a"), (2, "b"), (1, "a")], "neg": [1]}, {})

    assert found == [[(2, "b")], [(1, "a"), (2, "b"), (1, "a")]]


def test_with_both_static_all_of_pos_is_looked_at_in_every_tick(ticks: Callable[..., Any]) -> None:
    found = ticks(TEXT.format("::<'static>"), {"pos": [(1, "a"), (2, "b")]}, {"neg": [1]}, {})

    assert found == [[(1, "a"), (2, "b")], [(2, "b")], [(2, "b")]]


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_values_need_not_be_hashable_and_the_item_itself_goes_on(persistences: str) -> None:
    item = (1, [2])
    out: list[Any] = []
    names = {"pos": hf.channel([item]), "neg": hf.channel(), "out": out}

    hf.compile(TEXT.format(persistences), names).run_tick()

    assert out[0] is item


@pytest.mark.parametrize("persistences", ["", "::<'static, 'tick>"])
def test_in_a_cycle_of_pos_later_runs_look_at_what_is_new(ticks: Callable[..., Any], persistences: str) -> None:
    text = f"""
        n = union();
        source_stream(items) -> n;
        n -> [pos]rest;
        source_stream(neg) -> [neg]rest;
        rest = anti_join{persistences}() -> tee();
        rest -> map(|(n, v)| (n + 1, v)) -> n;
        rest -> for_each(out.append);
    """

    assert ticks(text, {"items": [(0, "a")], "neg": [3]}) == [[(0, "a"), (1, "a"), (2, "a")]]


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_an_item_of_pos_that_is_no_pair_is_named(refused: Callable[..., Any], persistences: str) -> None:
    error = refused(TEXT.format(persistences), out=[], pos=hf.channel([(1, 2), 7]), neg=hf.channel([(1, 2)]))

    assert "`anti_join` takes pairs `(key, value)`; this item is not a pair: 7" in str(error)


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_a_key_that_cannot_be_hashed_is_named(refused: Callable[..., Any], persistences: str) -> None:
    error = refused(TEXT.format(persistences), out=[], pos=hf.channel([(1, [2]), ([3], 4)]), neg=hf.channel())

    assert "`anti_join` needs keys that can be hashed; the key of this item cannot: ([3], 4)" in str(error)


@pytest.mark.parametrize("persistences", ["", "::<'static>"])
def test_an_item_of_neg_that_cannot_be_hashed_is_named(refused: Callable[..., Any], persistences: str) -> None:
    error = refused(TEXT.format(persistences), out=[], pos=hf.channel([(1, [2])]), neg=hf.channel([1, [5]]))

    assert "`anti_join` needs items that can be hashed; this item cannot: [5]" in str(error)


def test_an_item_that_was_refused_is_not_kept() -> None:
    pos, out = hf.channel([7]), list[Any]()
    flow = hf.compile(TEXT.format("::<'static>"), {"pos": pos, "neg": hf.channel(), "out": out})
    with pytest.raises(hf.ItemError):
        flow.run_tick()
    pos.send((1, 2))

    flow.run_tick()

    assert out == [(1, 2)]
