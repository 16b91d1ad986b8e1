from __future__ import annotations

from typing import Any

import pytest

import hydroflow_nb as hf


def collected(text: str, **names: Any) -> list[Any]:
    out: list[Any] = []
    hf.compile(text, {**names, "out": out}).run_available()
    return out


@pytest.mark.parametrize("name", ["item", "key", "value", "acc", "result", "groups", "unused", "batch"])
def test_a_parameter_of_the_user_may_bear_the_name_of_a_variable_of_the_operator(name: str) -> None:
    found = collected(
        f"source_iter([(1, (2, 3)), (1, (4, 5))]) -> fold_keyed(|| 0, |total, ({name}, more)| total + {name} + more)"
        " -> for_each(out.append);"
    )

    assert found == [(1, 14)]


def test_a_parameter_called_item_is_not_the_item_on_its_way() -> None:
    text = """
        t = source_iter([1]) -> map(|x| x + 1) -> map(|item| (item, item)) -> tee();
        t -> unique() -> for_each(out.append);
        t -> for_each(out.append);
    """

    assert collected(text) == [(2, 2), (2, 2)]


def test_values_without_a_hash_are_joined_also_where_their_keys_are_constants_in_the_text() -> None:
    text = """
        initialize() -> map(|()| (5, [6])) -> [0]j;
        initialize() -> map(|()| (5, [7])) -> [1]j;
        j = join() -> for_each(out.append);
    """

    assert collected(text) == [(5, ([6], [7]))]
