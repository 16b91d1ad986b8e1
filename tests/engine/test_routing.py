from __future__ import annotations

import enum
from typing import Any

import pytest

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.routing import Output, Routes, count, misdirected


class Base:
    pass


class Left(Base):
    pass


class Right(Base):
    pass


class Further(Right):
    pass


class Side(enum.Enum):
    LEFT = 1
    RIGHT = 2


def test_an_output_holds_what_it_is_given_and_is_true_without_items() -> None:
    output = Output()
    assert output

    output.give(1)
    output.give(None)

    assert output.items == [1, None]


@pytest.mark.parametrize(
    ("kind", "ports", "item", "index"),
    [
        (Base, ("Left", "Right"), Left(), 0),
        (Base, ("Left", "Right"), Further(), 1),
        (Base, ("Further", "Left", "Right"), Further(), 0),
        (Left | int, ("Left", "int"), True, 1),
        (Side, ("LEFT", "RIGHT"), Side.RIGHT, 1),
        (Left, ("Left",), Left(), 0),
    ],
)
def test_an_item_goes_where_its_kind_or_the_nearest_base_of_it_goes(
    kind: Any, ports: tuple[str, ...], item: Any, index: int
) -> None:
    assert Routes(kind, ports).find(item) == index


def test_a_class_is_looked_for_once() -> None:
    routes = Routes(Base, ("Left", "Right"))

    routes.find(Further())

    assert routes == {Further: 1}


@pytest.mark.parametrize(
    ("kind", "item"), [(Base, 1), (Base, Base()), (Base, Left), (Left | int, Right()), (Side, "LEFT"), (Side, 1)]
)
def test_an_item_of_no_kind_is_no_item(kind: Any, item: Any) -> None:
    with pytest.raises(Misfit, match="fits no output"):
        Routes(kind, ("Left", "Right", "int", "LEFT", "RIGHT")).find(item)


@pytest.mark.parametrize(("ports", "hint"), [(("a", "b"), "names of its outputs are `a`, `b`"), (("0", "1"), "0 to 1")])
def test_a_wrong_choice_is_told_with_the_right_ones(ports: tuple[str, ...], hint: str) -> None:
    with pytest.raises(Misfit, match="its function returned 'c', but no output has this name") as caught:
        misdirected("c", ports)

    assert hint in caught.value.hint


def test_a_count_is_a_whole_number_from_0_on() -> None:
    assert [count(0), count(3)] == [0, 3]
    for wrong in (-1, 1.0, "1", None):
        with pytest.raises(Misfit, match="is not a number of items"):
            count(wrong)
