from __future__ import annotations

import time
from typing import Any

import pytest

from hydroflow_nb.engine.shown import shown


class Raises:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class NoText:
    def __repr__(self) -> str:
        return 5  # type: ignore[return-value]


class Exits:
    def __repr__(self) -> str:
        raise RecursionError


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (1, "1"),
        ("a", "'a'"),
        ((1, [2, {3: {4}}]), "(1, [2, {3: {4}}])"),
        (Raises(), "<Raises whose repr raised RuntimeError>"),
        (NoText(), "<NoText whose repr raised TypeError>"),
        (Exits(), "<Exits whose repr raised RecursionError>"),
        ("<script>alert(1)</script>", "'<script>alert(1)</script>'"),
        ([Raises()], "<list whose repr raised RuntimeError>"),
    ],
)
def test_an_item_is_shown_as_its_repr_and_one_without_is_shown_all_the_same(item: Any, text: str) -> None:
    assert shown(item) == text


@pytest.mark.parametrize(
    "item",
    [
        "x" * 50_000_000,
        b"x" * 50_000_000,
        list(range(5_000_000)),
        tuple(range(5_000_000)),
        set(range(2_000_000)),
        dict.fromkeys(range(2_000_000)),
        ["x" * 20_000_000],
        [[list(range(2_000_000))]],
        {"k": "x" * 20_000_000},
        ("x" * 20_000_000, 1),
    ],
    ids=["str", "bytes", "list", "tuple", "set", "dict", "str in list", "deep list", "str in dict", "str in tuple"],
)
def test_a_huge_item_is_shown_in_few_characters_and_little_time(item: Any) -> None:
    begin = time.process_time()

    text = shown(item)

    assert len(text) < 600
    assert time.process_time() - begin < 0.5


def test_an_item_that_holds_itself_is_shown() -> None:
    item: list[Any] = []
    item.append(item)

    assert shown(item) == "[[...]]"


def test_the_limit_is_the_callers() -> None:
    assert shown("x" * 100, 10).startswith("'xxxxxxxxx")
    assert "100 characters" in shown("x" * 100, 10)
