"""What is known of Python's own functions, methods and operators is so."""

from __future__ import annotations

import ast
import builtins
from collections import Counter, deque
from typing import Any

import pytest

from hydroflow_nb import effects

CONTAINERS: tuple[Any, ...] = (list, dict, set, deque, Counter)


@pytest.mark.parametrize("name", sorted(effects.PYTHONS_OWN | effects.READING | effects.MAKING | effects.OF_FRAMES))
def test_each_function_is_one_of_pythons_own(name: str) -> None:
    assert callable(getattr(builtins, name))


@pytest.mark.parametrize("name", sorted(effects.OF_CONTAINERS))
def test_each_method_is_one_of_a_container(name: str) -> None:
    assert any(hasattr(kind, name) for kind in CONTAINERS)


def test_a_function_that_measures_takes_nothing() -> None:
    assert effects.MEASURING.isdisjoint(effects.TAKING)
    assert effects.MEASURING_METHODS.isdisjoint(effects.TAKING_METHODS)


def test_print_writes_to_a_file_and_so_does_more_than_to_read() -> None:
    assert "print" in effects.PYTHONS_OWN
    assert "print" not in effects.READING


@pytest.mark.parametrize(
    ("kind", "name", "arguments"),
    [
        (list, "append", [1]),
        (list, "extend", [[1]]),
        (list, "sort", []),
        (set, "update", [{1}]),
        (set, "discard", [1]),
        (deque, "appendleft", [1]),
        (dict, "update", [{1: 2}]),
        (dict, "__setitem__", [1, 2]),
    ],
)
def test_a_method_that_puts_something_in_returns_none(kind: Any, name: str, arguments: list[Any]) -> None:
    assert name in effects.PUTTING
    assert getattr(kind(), name)(*arguments) is None


@pytest.mark.parametrize(("text", "puts"), [("a << b", True), ("a >> b", True), ("a + b", False), ("a | b", False)])
def test_shifts_are_taken_to_put_something_in(text: str, puts: bool) -> None:
    expression = ast.parse(text, mode="eval").body

    assert isinstance(expression, ast.BinOp)
    assert effects.puts(expression.op) is puts
