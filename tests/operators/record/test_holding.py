"""What the records say that operators hold, compared with the variables of the code and with runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.compiler import compile_source
from hydroflow_nb.errors import AssertionFailed
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.holding import BOOKKEEPING
from hydroflow_nb.operators.record.operator import Operator, Persistence, Window
from hydroflow_nb.source import Source

Names = Callable[[], dict[str, Any]]


def texts(operator: Operator) -> Iterator[str]:
    """The operator's example with each persistence that it takes."""
    yield operator.example
    bare = operator.example
    if operator.most_type_arguments or "::<" in bare:
        return
    for persistence in operator.persistences:
        yield bare.replace(f"{operator.name}(", f"{operator.name}::<'{persistence}>(", 1)


def compiled(text: str, names: dict[str, Any]) -> Any:
    return compile_source(Source(text=text, label="flow", filename="<flow>"), "flow", names)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_the_record_names_every_variable_that_lasts(operator: Operator, example_names: Names) -> None:
    for text in texts(operator):
        flow = compiled(text, example_names())
        roles = {
            role
            for node in flow.graph.nodes.values()
            if node.operator is operator
            for role, variable in flow.code.held.own[node.name].items()
            if variable in flow.code.states and not any(variable in one for one in flow.code.parts.values())
        }

        assert roles - BOOKKEEPING <= {holding.role for holding in operator.holds}, text


def lasts(node: Node) -> bool:
    """True where a call holds something beyond the tick, by its lifetime or because it puts items off."""
    operator = node.operator
    if not operator.persistences:
        return (
            bool(operator.holds) or operator.window is Window.SNAPSHOT or (operator.defers and operator.window is None)
        )
    return bool(operator.holds) and (
        Persistence.TICK not in operator.persistences or any(node.is_static(side) for side in (0, 1))
    )


@pytest.mark.parametrize(
    "operator", [one for one in OPERATORS if one.holds or one.defers], ids=lambda operator: operator.name
)
def test_the_state_of_its_example_can_be_read(operator: Operator, example_names: Names) -> None:
    for text in texts(operator):
        flow = hf.compile(text, example_names(), name="flow")
        if any(one.operator.awaits for one in flow.graph.partitioned.nodes.values()):
            continue
        flow.record()
        with suppress(AssertionFailed):
            flow.run_tick()
        for node in flow.graph.partitioned.nodes.values():
            if node.operator is not operator or not lasts(node):
                continue

            state = flow.state(node.element)

            assert state.lasts
            assert state.size == sum(len(list(held.entries())) for held in state.parts.values())
            assert str(state).startswith(f"`{operator.name}`")
            assert state._repr_html_().startswith("<div")


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_the_record_tells_of_an_accumulator_that_is_handed_on(operator: Operator, example_names: Names) -> None:
    for text in texts(operator) if operator.publishes or operator.replays else ():
        flow = compiled(text, example_names())
        own = [flow.code.held.own[node.name] for node in flow.graph.nodes.values() if node.operator is operator]

        assert operator.facts.lends is not None or not any("lent" in roles for roles in own), text
