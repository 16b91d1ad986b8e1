"""What holds for every operator's record."""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb import operators
from hydroflow_nb.compiler import compile_source, load_compiled
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.files import LineFile
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.runtime import Expectation
from hydroflow_nb.operators import BY_NAME, OPERATORS, RENAMED
from hydroflow_nb.operators.record.operator import Category, Operator
from hydroflow_nb.source import Source

each_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
# An operator that always asks for a next tick is run for so many.
SPINNING_TICKS = 3
# One that awaits is run for so many.
RESOLVING_TICKS = 5


Names = Callable[[], dict[str, Any]]


async def resolved(flow: hf.Flow) -> None:
    """Run a flow whose awaitables need few turns of the event loop."""
    while flow.current_tick() < RESOLVING_TICKS:
        await flow.run_available_async()


def outcome(operator: Operator, names: dict[str, Any], *, recorded: bool) -> tuple[list[Any], int]:
    """What an operator's example appended to `seen`, and in how many ticks."""
    flow = hf.compile(operator.example, names)
    if recorded:
        flow.record()
    with flow:
        if operator.schedules:
            for _ in range(SPINNING_TICKS):
                flow.run_tick()
        elif operator.name.startswith("resolve_futures"):
            asyncio.run(resolved(flow))
        else:
            flow.run_available()
    return names["seen"], flow.current_tick()


@each_operator
def test_the_example_runs_and_its_assertions_hold(operator: Operator, example_names: Names) -> None:
    outcome(operator, example_names(), recorded=False)


@each_operator
def test_the_example_does_the_same_when_it_is_recorded(operator: Operator, example_names: Names) -> None:
    recorded = outcome(operator, example_names(), recorded=True)

    assert recorded == outcome(operator, example_names(), recorded=False)


@each_operator
def test_the_engine_is_told_of_all_that_an_operator_makes_for_it(operator: Operator, example_names: Names) -> None:
    names = example_names()
    compiled = compile_source(Source(text=operator.example, label="flow", filename="<flow>"), "flow", names)

    loaded = load_compiled(compiled, names, Context())

    program = loaded.program
    told = [*program.inboxes, *program.outlets, *program.files, *program.expectations]
    made = [cell.cell_contents for cell in loaded.cells.values()]
    kinds = (External, Outlet, LineFile, Expectation)
    assert {id(one) for one in made if isinstance(one, kinds)} == set(map(id, told))


@each_operator
def test_the_example_shows_its_operator_and_what_comes_of_it(operator: Operator) -> None:
    assert operator.name in operator.example
    assert "assert_eq(" in operator.example or not operator.outputs.allows(1)


def module_name(operator: Operator) -> str:
    """A module bears its operator's name, as far as a module can."""
    return "assert_" if operator.name == "assert" else operator.name.lstrip("_")


@each_operator
def test_a_record_is_complete(operator: Operator) -> None:
    assert operator.summary.endswith(".")
    assert "\n" not in operator.summary
    assert all(argument.meaning for argument in operator.arguments)
    taken, kept = operator.cost.split("; ")
    assert taken
    assert re.match("(keeps|holds) ", kept)
    assert not kept.endswith(".")
    assert bool(operator.persistences) == bool(operator.most_persistences)
    assert not operator.persistences or operator.default_persistence in operator.persistences
    assert operator.transparent or operator.receive or operator.produce


def test_every_module_is_an_operator_that_is_listed_and_its_text_is_the_manual() -> None:
    modules = [
        importlib.import_module(f"hydroflow_nb.operators.{path.stem}")
        for path in Path(operators.__file__).parent.glob("*.py")
        if path.stem != "__init__"
    ]

    names = [
        [
            found.name
            for found in vars(module).values()
            if isinstance(found, Operator) and found.manual == module.__doc__
        ]
        for module in modules
    ]

    assert sorted(names) == [[name] for name in sorted(BY_NAME)]


def test_every_operator_has_a_test_of_its_own_or_one_with_its_kin() -> None:
    # The operators of networks are tested with these.
    rooms = [Path(__file__).parent, Path(__file__).parents[1] / "net"]
    paths = [path for room in rooms for path in room.rglob("test_*.py") if path != Path(__file__)]
    texts = {path.stem: path.read_text("utf-8") for path in paths}

    untested = [
        name
        for name in BY_NAME
        if f"test_{name.strip('_')}" not in texts
        and not any(re.search(rf"\b{name}(\(|::|\")", text) for text in texts.values())
    ]

    assert not untested, f"write tests/operators/test_<name>.py for each: {untested}"


def test_operators_are_listed_by_category() -> None:
    order = list(Category)

    positions = [order.index(operator.category) for operator in OPERATORS]

    assert positions == sorted(positions)


def test_no_old_name_is_the_name_of_an_operator() -> None:
    assert not set(RENAMED) & set(BY_NAME)
