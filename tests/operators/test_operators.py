"""What holds for every operator's record."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import operators
from hydroflow_nb.operators import BY_NAME, OPERATORS, RENAMED
from hydroflow_nb.operators.operator import Category, Operator

each_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
# An operator that always asks for a next tick is run for so many.
SPINNING_TICKS = 3


def outcome(operator: Operator, *, recorded: bool) -> tuple[list[Any], int]:
    """What an operator's example appended to `seen`, and in how many ticks."""
    seen: list[Any] = []
    flow = hf.compile(operator.example, {"hf": hf, "seen": seen, "channel_of": lambda *items: hf.channel(items)})
    if recorded:
        flow.record()
    with flow:
        if operator.schedules:
            for _ in range(SPINNING_TICKS):
                flow.run_tick()
        else:
            flow.run_available()
    return seen, flow.current_tick()


@each_operator
def test_the_example_runs_and_its_assertions_hold(operator: Operator) -> None:
    outcome(operator, recorded=False)


@each_operator
def test_the_example_does_the_same_when_it_is_recorded(operator: Operator) -> None:
    assert outcome(operator, recorded=True) == outcome(operator, recorded=False)


@each_operator
def test_the_example_shows_its_operator_and_what_comes_of_it(operator: Operator) -> None:
    assert operator.name in operator.example
    assert "assert_eq(" in operator.example or not operator.outputs.allows(1)


@each_operator
def test_a_record_is_complete(operator: Operator) -> None:
    module = importlib.import_module(f"hydroflow_nb.operators.{operator.name}{'_' * (operator.name == 'assert')}")

    assert operator.manual == module.__doc__
    assert operator.summary.endswith(".")
    assert "\n" not in operator.summary
    assert all(argument.meaning for argument in operator.arguments)
    assert operator.promise.order
    assert operator.promise.duplicates
    assert bool(operator.persistences) == bool(operator.most_persistences)
    assert not operator.persistences or operator.default_persistence in operator.persistences
    assert operator.transparent or operator.receive or operator.produce


def test_every_module_of_the_folder_that_is_an_operator_is_listed() -> None:
    folder = Path(operators.__file__).parent
    others = {"__init__", "operator", "emission", "manual", "symmetric_join"}

    modules = {path.stem.rstrip("_") for path in folder.glob("*.py")} - {name.rstrip("_") for name in others}

    assert modules == set(BY_NAME)


def test_operators_are_listed_by_category() -> None:
    order = list(Category)

    positions = [order.index(operator.category) for operator in OPERATORS]

    assert positions == sorted(positions)


def test_no_old_name_is_the_name_of_an_operator() -> None:
    assert not set(RENAMED) & set(BY_NAME)
