from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.engine.shown import shown, shown_shorter
from hydroflow_nb.lattices import MapUnion, Max, Pair, SetUnion, WithBot, WithTop


class Raises:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class NoText:
    def __repr__(self) -> str:
        return 5  # type: ignore[return-value]


class Exits:
    def __repr__(self) -> str:
        raise RecursionError


def test_an_integer_that_python_does_not_write_is_told_by_its_length() -> None:
    assert shown(10**5_000) == "<int of about 5,001 digits>"
    assert shown(-(10**30_000)) == "<int of about 30,001 digits>"


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


# Made when they are asked for: together they fill more than a gigabyte.
HUGE: dict[str, Callable[[], Any]] = {
    "str": lambda: "x" * 50_000_000,
    "bytes": lambda: b"x" * 50_000_000,
    "list": lambda: list(range(5_000_000)),
    "tuple": lambda: tuple(range(5_000_000)),
    "set": lambda: set(range(2_000_000)),
    "dict": lambda: dict.fromkeys(range(2_000_000)),
    "str in list": lambda: ["x" * 20_000_000],
    "deep list": lambda: [[list(range(2_000_000))]],
    "str in dict": lambda: {"k": "x" * 20_000_000},
    "str in tuple": lambda: ("x" * 20_000_000, 1),
    "SetUnion": lambda: SetUnion(range(2_000_000)),
    "MapUnion": lambda: MapUnion({number: Max(number) for number in range(200_000)}),
    "Max": lambda: Max(tuple(range(5_000_000))),
    "lattices in lattices": lambda: WithTop(WithBot(Pair(Max(1), SetUnion(range(2_000_000))))),
    "SetUnion in list": lambda: [SetUnion(range(2_000_000))],
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_huge_item_is_shown_in_few_characters_and_little_time(kind: str) -> None:
    item = HUGE[kind]()
    begin = time.process_time()

    text = shown(item)

    assert len(text) < 600
    assert time.process_time() - begin < 0.5


def test_an_item_that_holds_itself_is_shown() -> None:
    item: list[Any] = []
    item.append(item)

    assert shown(item) == "[[...]]"


def test_a_lattice_value_is_shown_by_its_class_and_what_is_inside() -> None:
    assert shown(MapUnion({"a": SetUnion({2, 1})})) == "MapUnion({'a': SetUnion({1, 2})})"
    assert shown(SetUnion(range(1000)), 20) == "SetUnion(<set of 1,000: 0, 1, 2, 3, 4…>)"
    assert shown(MapUnion({number: Max(-number) for number in range(9)}), 8) == "MapUnion(<dict of 9: 0: Max(0…>)"


class Itself:
    def reveal(self) -> Itself:
        return self

    def __repr__(self) -> str:
        return "Itself()"


class Anew(Itself):
    def reveal(self) -> Itself:
        return Anew()


class Guarded(Itself):
    def reveal(self, password: str) -> str:  # type: ignore[override]
        return password


@pytest.mark.parametrize("item", [Itself(), Anew(), Guarded()])
def test_a_class_that_means_something_else_by_reveal_is_shown_as_its_repr(item: Itself) -> None:
    assert shown(item) == "Itself()"
    assert shown([item]) == "[Itself()]"


def test_the_limit_is_the_callers() -> None:
    assert shown("x" * 100, 10).startswith("'xxxxxxxxx")
    assert "100 characters" in shown("x" * 100, 10)


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ([7] * 130_000, "130,000"),
        (["x" * 99] * 100, "10,300 characters"),
        ({"k": "y" * 100_000}, "100,009 characters"),
        ({"k": "y" * 400_881}, "more than 10,000 characters"),
        ("z" * 400_890, "400,890 characters"),
        (b"z" * 400_890, "400,890 bytes"),
        ({"k": "y" * 300}, "309 characters"),
    ],
    ids=["list of many", "list of long texts", "dict", "dict of one", "text", "bytes", "never cut before"],
)
def test_a_text_that_is_cut_twice_tells_the_length_of_the_whole(item: object, told: str) -> None:
    kept = shown(item, 10_000)

    text = shown_shorter(kept, 200, 10_000)

    assert len(text) < 250
    assert told in text


def test_a_part_that_does_not_tell_its_length_is_longer_than_the_limit() -> None:
    kept = shown(dict.fromkeys(range(30000), "v" * 60), 10_000)

    assert shown_shorter(kept, 200, 10_000).endswith("… (more than 10,000 characters)")
    assert shown_shorter("short… (5 characters)", 200, 10_000) == "short… (5 characters)"
    assert shown_shorter(f"{'x' * 300}… (5 characters)", 200, 10_000).endswith("x… (316 characters)")
