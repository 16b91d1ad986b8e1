"""The facts of every record, compared with what the operator does in runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import AssertionFailed, ItemError
from hydroflow_nb.operators import BY_NAME, OPERATORS
from hydroflow_nb.operators.record.facts import Emits, LooksUp
from hydroflow_nb.operators.record.operator import ArgumentKind, Operator

Names = Callable[[], dict[str, Any]]

# No two are equal, and none is a constant that Python has once: an item that comes out is known by its identity.
PAIRS = [(1, 1001), (0, 1002)]
NUMBERS = [300, 301]
NEGATIVES = [-300]
TEXTS = ["a text", "another text"]
# What the example of `assert_eq` expects.
EXPECTED = [1, 2]
BATCHES = (PAIRS, NUMBERS, NEGATIVES, TEXTS, EXPECTED)


# Those that can run alone: with inputs, outside of loops, and without other operators' states.
ALONE = [
    one
    for one in OPERATORS
    if one.inputs.allows(1) | one.inputs.allows(2)
    and one.window is None
    and not one.leaves_loop
    and not any(argument.kind is ArgumentKind.EXPRESSION for argument in one.arguments)
]


def operators(found: list[Operator]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operator", found, ids=lambda operator: operator.name)


def text_around(operator: Operator, names: dict[str, Any]) -> str:
    """A flow of the operator, called as its example calls it: its first input gets `items`, a further one `others`, and
    `out` gets what it emits.
    """
    graph = hf.compile(operator.example, names).graph.partitioned.flat
    node = next(node for node in graph.nodes.values() if node.operator is operator)
    inputs = [edge.target_port.label for edge in graph.inputs(node.id)]
    outputs = [edge.source_port.label for edge in graph.outputs(node.id)]
    if operator.input_ports:
        inputs.sort(key=lambda label: operator.input_ports.index(str(label)))
    if not outputs and operator.outputs.allows(1):
        outputs = [None]
    fed = [f"source_iter({'others' if place else 'items'}) -> {port(one)}x;" for place, one in enumerate(inputs)]
    taken = [f"x{port(one)} -> for_each(out.append);" for one in outputs]
    return " ".join([f"x = {node.call.span.text};", *fed, *taken])


def port(label: object) -> str:
    return "" if label is None else f"[{label}]"


@pytest.fixture
def runs(operator: Operator, example_names: Names) -> Callable[..., tuple[dict[str, Any], Exception | None]]:
    """`runs(items)`: the names of a run of the operator, and what the run raised."""
    text = text_around(operator, example_names())

    def run(items: list[Any]) -> tuple[dict[str, Any], Exception | None]:
        names = {**example_names(), "items": items, "others": [(0, 0)], "out": []}
        try:
            with hf.compile(text, names) as flow:
                flow.run_available()
                flow.run_tick()
        except Exception as raised:
            return names, raised
        return names, None

    return run


def code_of(raised: Exception | None) -> str | None:
    return raised.diagnostics[0].code if isinstance(raised, ItemError) else None


@operators(ALONE)
def test_an_operator_needs_to_hash_what_its_record_says_that_it_looks_up_by(operator: Operator, runs: Any) -> None:
    _, for_key = runs([([1], 1)])
    _, for_value = runs([(1, [1])])

    refused = (code_of(for_key) == "HF404", code_of(for_value) == "HF404")

    expected = {LooksUp.NOTHING: (False, False), LooksUp.KEY: (True, False), LooksUp.ITEM: (True, True)}
    assert refused == expected[operator.facts.looks_up]
    assert "key of this item" in str(for_key) or operator.facts.looks_up is not LooksUp.KEY


@operators(ALONE)
def test_an_operator_iterates_its_items_if_its_record_says_so(operator: Operator, runs: Any) -> None:
    _, raised = runs([5])

    assert (code_of(raised) == "HF407") == operator.facts.iterates


@operators([one for one in ALONE if one.hands_on])
def test_an_operator_hands_on_the_very_items_that_came_in_if_its_record_says_so(operator: Operator, runs: Any) -> None:
    emitted = [(items, names["out"]) for items in BATCHES for names, _ in [runs(items)]]

    assert any(out for _, out in emitted)
    # A fan-in emits what its other input gets as well.
    assert all(one == (0, 0) or any(one is item for item in items) for items, out in emitted for one in out)


@operators([one for one in ALONE if one.facts.emits is Emits.NOTHING])
def test_nothing_comes_out_of_an_operator_whose_record_says_that_it_emits_nothing(
    operator: Operator, runs: Any
) -> None:
    assert not any(names["out"] for items in BATCHES for names, _ in [runs(items)])


# `dest_frame` makes tables of polars, which need not be installed.
@operators([one for one in ALONE if one.name != "dest_frame"])
def test_an_operator_has_effects_unless_its_record_calls_it_pure(
    operator: Operator, runs: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def effects() -> Iterator[object]:
        for items in BATCHES:
            names, raised = runs(items)
            yield names["seen"]
            yield capsys.readouterr().out
            yield isinstance(raised, AssertionFailed)
            written = tmp_path / "example"
            yield written.exists() and written.read_text("utf-8")

    assert any(effects()) == (not operator.facts.pure)


def test_what_does_the_same_for_each_key_looks_items_up_by_their_keys() -> None:
    kin = [BY_NAME[one.keyed_kin] for one in OPERATORS if one.keyed_kin]

    assert kin
    assert all(one.facts.looks_up is LooksUp.KEY for one in kin)
