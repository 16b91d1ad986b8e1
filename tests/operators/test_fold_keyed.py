from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

import pytest

import hydroflow_nb as hf

PAIRS = [("a", 1), ("b", 2), ("a", 3)]


@pytest.mark.parametrize(
    "arguments",
    ["|| 0, |acc, n| acc + n", "int, add", "|| 0, add", "int, |acc, n| acc + n", "zero, lambda acc, n: acc + n"],
)
def test_each_key_of_the_tick_comes_once(through: Callable[..., Any], arguments: str) -> None:
    found = through(f"fold_keyed({arguments})", PAIRS, [], [("b", 5)], add=add, zero=lambda: 0)

    assert found == [[("a", 4), ("b", 2)], [], [("b", 5)]]


@pytest.mark.parametrize("types", ["", ", str, int"])
def test_a_static_one_emits_all_keys_in_every_tick(through: Callable[..., Any], types: str) -> None:
    found = through(f"fold_keyed::<'static{types}>(|| 0, |acc, n| acc + n)", PAIRS, [], [("c", 5)])

    assert found == [[("a", 4), ("b", 2)], [("a", 4), ("b", 2)], [("a", 4), ("b", 2), ("c", 5)]]


def test_an_accumulator_may_be_changed_in_place(through: Callable[..., Any]) -> None:
    assert through("fold_keyed(list, |acc, n| acc.append(n))", PAIRS) == [[("a", [1, 3]), ("b", [2])]]


def test_what_a_static_one_emitted_is_not_changed_later(through: Callable[..., Any]) -> None:
    found = through("fold_keyed::<'static>(list, list.append)", [("a", 1)], [("a", 2)])

    assert found == [[("a", [1])], [("a", [1, 2])]]


def test_a_function_that_sometimes_returns_none_keeps_the_accumulator(through: Callable[..., Any]) -> None:
    call = "fold_keyed(|| 0, |acc, n| acc + n if n > 1 else None)"

    assert through(call, [*PAIRS, ("c", 1)]) == [[("a", 3), ("b", 2), ("c", 0)]]


def test_an_accumulator_may_begin_as_none(through: Callable[..., Any]) -> None:
    assert through("fold_keyed(|| None, |acc, n| n if n > 1 else None)", PAIRS) == [[("a", 3), ("b", 2)]]


def test_a_value_may_be_taken_apart(through: Callable[..., Any]) -> None:
    assert through("fold_keyed(|| 0, |acc, (n, _)| acc + n)", [(1, (2, "x")), (1, (3, "y"))]) == [[(1, 5)]]


def test_pairs_that_were_made_on_the_way_are_folded(through: Callable[..., Any]) -> None:
    assert through("map(|w| (w, 1)) -> fold_keyed(|| 0, |acc, n| acc + n)", ["a", "b", "a"]) == [[("a", 2), ("b", 1)]]


def test_an_item_that_is_no_pair_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([(1, 2), (3, 4, 5)]) -> fold_keyed(|| 0, |acc, n| acc + n) -> null();")

    assert "`fold_keyed` takes pairs `(key, value)`; this item is not a pair: (3, 4, 5)" in str(error)


def test_a_key_that_cannot_be_hashed_is_named(refused: Callable[..., Any]) -> None:
    error = refused("source_iter([(1, [2]), ([3], 4)]) -> fold_keyed(list, list.append) -> null();")

    assert "`fold_keyed` needs keys that can be hashed; the key of this item cannot: ([3], 4)" in str(error)


def test_an_item_that_was_refused_leaves_no_trace() -> None:
    items, out = hf.channel([("a", 1), 7]), list[Any]()
    text = "source_stream(items) -> fold_keyed::<'static>(|| 0, |acc, n| acc + n) -> for_each(out.append);"
    flow = hf.compile(text, {"items": items, "out": out})
    with pytest.raises(hf.ItemError):
        flow.run_tick()

    flow.run_tick()

    assert out == [("a", 1)]


@pytest.mark.parametrize("arguments", ["|| 0, |acc, n| acc + n", "int, add", "|| [], |acc, n| acc.append(n)"])
def test_a_mutable_one_folds_what_is_persisted_and_forgets_the_keys_that_are_deleted(
    through: Callable[..., Any], arguments: str
) -> None:
    found = through(
        f"fold_keyed::<'mutable>({arguments})",
        [hf.Persist("a", 1), hf.Persist("b", 2), hf.Persist("a", 3)],
        [],
        [hf.Delete("a"), hf.Delete("c")],
        [hf.Persist("b", 1), hf.Delete("b"), hf.Persist("b", 5), hf.Persist("a", 7)],
        add=add,
    )

    def of(*values: int) -> Any:
        return list(values) if "append" in arguments else sum(values)

    assert found == [[("a", of(1, 3)), ("b", of(2))]] * 2 + [[("b", of(2))], [("b", of(5)), ("a", of(7))]]


@pytest.mark.parametrize("item", [1, ("a", 1), hf.Persist(1), hf.Persist([], 1), hf.Delete([])])
def test_a_mutable_one_refuses_what_is_no_instruction(refused: Callable[..., Any], item: Any) -> None:
    error = refused("source_iter([item]) -> fold_keyed::<'mutable>(|| 0, |acc, n| acc + n) -> null();", item=item)

    assert repr(item) in str(error)
