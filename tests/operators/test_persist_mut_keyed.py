from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb import Delete, Persist


@pytest.mark.parametrize("persistence", ["", "::<'mutable>", "::<'static>"])
def test_the_pairs_of_a_key_come_in_every_tick_until_it_is_deleted(
    through: Callable[..., Any], persistence: str
) -> None:
    found = through(
        f"persist_mut_keyed{persistence}()",
        [Persist("a", 1), Persist("b", 2), Persist("a", 3)],
        [],
        [Delete("a")],
        [Persist("a", 4), Delete("c")],
    )

    assert [sorted(tick) for tick in found] == [
        [("a", 1), ("a", 3), ("b", 2)],
        [("a", 1), ("a", 3), ("b", 2)],
        [("b", 2)],
        [("a", 4), ("b", 2)],
    ]


def test_values_need_not_be_hashable(through: Callable[..., Any]) -> None:
    assert through("persist_mut_keyed()", [Persist(1, [])], []) == [[(1, [])], [(1, [])]]


def test_all_instructions_of_a_cycle_are_carried_out(ticks: Callable[..., Any]) -> None:
    text = """
        n = union() -> tee();
        source_stream(items) -> n;
        n -> map(|n| n + 1) -> filter(|n| n < 4) -> n;
        n -> map(|n| Persist(n % 2, n)) -> persist_mut_keyed() -> for_each(out.append);
    """

    found = ticks(text, [1], [], Persist=Persist)

    assert [sorted(tick) for tick in found] == [[(0, 2), (1, 1), (1, 3)]] * 2


@pytest.mark.parametrize("item", [1, ("a", 1), Persist(1), Persist([], 1)])
def test_an_item_that_persists_no_pair_is_refused(refused: Callable[..., Any], item: Any) -> None:
    error = refused("source_iter([item]) -> persist_mut_keyed() -> null();", item=item)

    assert repr(item) in str(error)
