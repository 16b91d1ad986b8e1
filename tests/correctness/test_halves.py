"""Both halves of a join, which together miss nothing."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf


def level(one: str, two: str, more: str = "", before: str = "") -> str:
    text = (
        "left = source_stream(a) -> tee(); right = source_stream(b) -> tee();"
        f"left -> [0]one; right -> [1]one; left {before} -> [0]two; right -> [1]two;"
        f"one = {one}() -> u; two = {two}() -> u; u = union() -> for_each(out.append); {more}"
    )
    return hf.compile(text, {"a": hf.channel(), "b": hf.channel(), "out": []}).check()["out"].level


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        ("join::<'tick, 'static>", "join::<'static, 'tick>", "set"),
        ("join::<'static, 'tick>", "join::<'tick, 'static>", "set"),
        ("join::<'tick, 'static>", "join::<'tick, 'static>", "part"),
        ("join::<'tick, 'static>", "cross_join::<'static, 'tick>", "part"),
    ],
)
def test_halves_that_hold_one_side_each_are_whole_together(one: str, two: str, found: str) -> None:
    assert level(one, two) == found


def test_halves_are_found_among_other_inputs() -> None:
    others = "".join("source_stream(b) -> u;" for _ in range(3))

    assert level("join::<'tick, 'static>", "join::<'static, 'tick>", others) == "set"


def test_a_half_without_its_other_half_stays_a_part() -> None:
    third = "left -> [0]three; right -> [1]three; three = join::<'static, 'tick>() -> u;"

    assert level("join::<'tick, 'static>", "join::<'static, 'tick>", third) == "part"


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("-> tee() -> identity() -> next_stratum()", "set"),
        ("-> defer_tick()", "part"),
        ("-> defer_tick_lazy()", "part"),
        ("-> unique()", "part"),
    ],
)
def test_both_halves_have_to_be_given_the_same_in_the_same_tick(before: str, found: str) -> None:
    assert level("join::<'tick, 'static>", "join::<'static, 'tick>", before=before) == found
