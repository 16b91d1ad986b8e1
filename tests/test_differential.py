"""Random flows run by the compiled engine and by the reference interpreter agree, tick by tick."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import IS_NIGHTLY, random_flows

import hydroflow_nb as hf
from hydroflow_nb import lattices
from hydroflow_nb.ir.partitioned import Side
from hydroflow_nb.operators import BY_NAME, OPERATORS
from hydroflow_nb.operators.record.operator import ONE, Category, Operator
from hydroflow_nb.optimisations import ALL, NEEDLESS_UNIONS, OPTIMISATIONS
from hydroflow_nb.trace.ticks import MOST_KEPT, Text


@dataclass(kw_only=True)
class Run:
    """A compiled flow and what has come out of it."""

    example: Any
    namespace: dict[str, Any]
    flow: hf.Flow
    seen: dict[str, list[Any]] = field(default_factory=dict)

    def send(self, batches: Mapping[str, list[Any]]) -> None:
        for name, items in batches.items():
            self.namespace[name].extend(items)

    def tick(self, *, by_strata: bool) -> None:
        """Run a tick; `seen` is then what the sinks got in it."""
        if by_strata:
            tick = self.flow.current_tick()
            while self.flow.current_tick() == tick:
                self.flow.run_stratum()
        else:
            tick = self.flow.current_tick()
            # At a breakpoint the run stops within its tick.
            while self.flow.current_tick() == tick:
                self.flow.run_tick()
        self.seen = {name: self.namespace[name].copy() for name in (*self.example.ordered, "seen")}
        for name in self.seen:
            self.namespace[name].clear()


def names_for(example: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    sinks: dict[str, Any] = {name: [] for name in (*example.ordered, "seen")}
    inputs = {name: hf.channel() for name in example.inputs}
    return {**known, **sinks, **inputs}


def started(example: Any, known: Mapping[str, Any], without: Iterable[str] = ()) -> Run:
    namespace = names_for(example, known)
    flow = hf.compile(example.text, namespace=namespace, without=without)
    return Run(example=example, namespace=namespace, flow=flow)


@dataclass(kw_only=True)
class Expected:
    """What the reference interpreter says of one tick."""

    seen: dict[str, list[Any]]
    sent: dict[int, list[Any]]
    received: dict[int, list[Any]]
    scheduled: bool


def expectations(example: Any, interpreter: ModuleType, known: Mapping[str, Any]) -> list[Expected]:
    namespace = names_for(example, known)
    slow = interpreter.Interpreter(example.text, namespace)
    found = []
    for batches in example.ticks:
        slow.run_tick(batches)
        seen = {name: namespace[name].copy() for name in (*example.ordered, "seen")}
        for name in seen:
            namespace[name].clear()
        found.append(Expected(seen=seen, sent=slow.sent, received=slow.received, scheduled=slow.is_scheduled()))
    return found


def assert_alike(run: Run, expected: Expected, tick: int) -> None:
    for name, items in run.seen.items():
        if run.example.ordered.get(name, False):
            assert items == expected.seen[name], f"{name} in tick {tick} of{run.example!r}"
        else:
            assert Counter(items) == Counter(expected.seen[name]), f"{name} in tick {tick} of{run.example!r}"


def normal(item: Any, known: Mapping[str, Any]) -> Any:
    """An item as something that can be compared: lists come out of streams without an order, recorded as text."""
    if isinstance(item, Text):
        item = eval(item, dict(known))
    match item:
        case lattices.Lattice():
            return (type(item), normal(item.reveal(), known))
        case hf.Persist() | hf.Delete():
            return (type(item), normal(item.item, known))
        case set() | frozenset():
            return frozenset(normal(part, known) for part in item)
        case Mapping():
            return frozenset((key, normal(part, known)) for key, part in item.items())
        case list():
            return ("list", *sorted((normal(part, known) for part in item), key=repr))
        case tuple():
            return tuple(normal(part, known) for part in item)
    return item


def assert_recorded(run: Run, expected: Expected, tick: int, known: Mapping[str, Any]) -> None:
    """What was recorded on every edge is what went over it."""
    recorded: dict[str, Counter[Any]] = {}
    counts: Counter[str] = Counter()
    for step in run.flow.recording.tick(tick).steps:
        for element, moved in step.moves.items():
            recorded.setdefault(element, Counter()).update(normal(item, known) for item in moved.items)
            counts[element] += moved.count
    for wire in run.flow._compiled.graph.wires:
        side = expected.received if wire.leaves_handoff else expected.sent
        if wire.edge.id not in expected.sent:
            # It leads out of a union that the reference interpreter has taken out.
            assert NEEDLESS_UNIONS.name in run.flow.graph.partitioned.without
            continue
        items = side[wire.edge.id]
        assert counts[wire.element] == len(items), f"{wire} in tick {tick} of{run.example!r}"
        kept = recorded.get(wire.element, Counter())
        # Of many items in one run the first ones are kept.
        assert kept <= Counter(normal(item, known) for item in items), f"{wire} in tick {tick} of{run.example!r}"
        assert kept.total() == len(items) or len(items) > MOST_KEPT, f"{wire} in tick {tick} of{run.example!r}"


@pytest.fixture(scope="module")
def compared(reference: Any) -> Callable[..., None]:
    def compare(example: Any, recorded_from: int | None, by_strata: list[bool], without: Iterable[str] = ()) -> None:
        try:
            wanted = expectations(example, reference.interpreter, reference.flows.NAMES)
        except reference.interpreter.TooMuch:
            assume(False)
        run = started(example, reference.flows.NAMES, without)
        for tick, batches in enumerate(example.ticks):
            if tick == recorded_from:
                run.flow.record()
            run.send(batches)
            assert run.flow.is_scheduled() == (
                any(batches.values()) or (wanted[tick - 1].scheduled if tick else "spin()" in example.text)
            )
            run.tick(by_strata=by_strata[tick])
            assert_alike(run, wanted[tick], tick)
            if recorded_from is not None and tick >= recorded_from and example.counted:
                assert_recorded(run, wanted[tick], tick, reference.flows.NAMES)
        assert run.flow.current_tick() == len(example.ticks)
        run.flow.close()

    return compare


# What these do depends on files, clocks, awaitables and networks.
OUTSIDE = frozenset(
    {
        "source_file",
        "source_json",
        "source_stdin",
        "source_interval",
        "dest_file",
        "source_stream_serde",
        "dest_sink_serde",
        "resolve_futures",
        "resolve_futures_ordered",
        "resolve_futures_blocking",
        "resolve_futures_blocking_ordered",
    }
)
COMPARED = [operator for operator in OPERATORS if operator.name not in OUTSIDE]
# In every flow there is one.
EVERYWHERE = frozenset({"source_stream"})
# These stand in loops only; random flows with loops are below.
LOOPS = frozenset(operator.name for operator in OPERATORS if operator.category is Category.LOOP)


def lifetimes_of(operator: Operator) -> list[tuple[str, ...]]:
    counts = range(operator.most_persistences + 1)
    return [chosen for count in counts for chosen in itertools.product(operator.persistences, repeat=count)]


def test_every_operator_has_a_reference_and_flows(reference: Any) -> None:
    drawn = {name for entry in reference.flows.ENTRIES for name in entry.uses}

    names = {operator.name for operator in COMPARED}
    without_class = sorted(names - reference.interpreter.CLASSES.keys())
    without_flow = sorted(names - drawn - EVERYWHERE - LOOPS)

    assert BY_NAME.keys() >= OUTSIDE
    assert not without_class, (
        f"write a class for each in tests/reference/interpreter.py, and list it in CLASSES: {without_class}"
    )
    assert reference.interpreter.CLASSES.keys() <= names
    assert not without_flow, f"write a step for each in tests/reference/flows.py: {without_flow}"


@pytest.mark.parametrize(
    ("operator", "lifetimes"),
    [
        pytest.param(operator, lifetimes, id="-".join([operator.name, *lifetimes]))
        for operator in COMPARED
        for lifetimes in lifetimes_of(operator)
    ],
)
@pytest.mark.parametrize("position", ["pull", "push"])
def test_an_operator_alone_agrees_with_the_reference(
    operator: Operator, lifetimes: tuple[str, ...], position: str, reference: Any, compared: Callable[..., None]
) -> None:
    flows = reference.flows
    examples = list(flows.alone(operator.name, lifetimes, flows.Position(position)))

    assert examples or operator.name in EVERYWHERE | LOOPS, "write a step for it in tests/reference/flows.py"
    for example in examples:
        compared(example, None, [False] * len(example.ticks))
        compared(example, 0, [False] * len(example.ticks))
        if operator.inputs == operator.outputs == ONE:  # two in a row have a handoff between them
            assert Side(position) in sides_of(operator, example, flows.NAMES)


# A flow is the same with all optimisations, without any, and without each of them.
WITHOUT = [(), *((one.name,) for one in OPTIMISATIONS), (ALL,)]


@pytest.mark.parametrize("without", WITHOUT[1:] if IS_NIGHTLY else WITHOUT[-1:], ids="-".join)
@pytest.mark.parametrize("operator", COMPARED, ids=lambda operator: operator.name)
def test_an_operator_alone_does_the_same_without_optimisations(
    operator: Operator, without: tuple[str, ...], reference: Any, compared: Callable[..., None]
) -> None:
    flows = reference.flows
    for lifetimes in lifetimes_of(operator) if IS_NIGHTLY else lifetimes_of(operator)[-1:]:
        for example in flows.alone(operator.name, lifetimes, flows.Position("push")):
            compared(example, None, [False] * len(example.ticks), without)


def sides_of(operator: Operator, example: Any, known: Mapping[str, Any]) -> set[Side]:
    graph = started(example, known).flow._compiled.graph
    return {graph.sides[node.id] for node in graph.nodes.values() if node.operator is operator}


@pytest.mark.timeout(3_600)
@random_flows(25, by_night=5_000)
@given(data=st.data())
@pytest.mark.parametrize("cyclic", [False, True], ids=["all operators", "joins in cycles"])
def test_the_engine_agrees_with_the_reference_plain_recorded_and_mixed(
    data: st.DataObject, cyclic: bool, reference: Any, compared: Callable[..., None]
) -> None:
    example = data.draw(reference.flows.examples(cyclic=cyclic), label="flow")
    count = len(example.ticks)
    plain = [False] * count

    compared(example, None, plain)
    compared(example, 0, plain)
    compared(
        example,
        data.draw(st.integers(0, count - 1), label="recorded from"),
        data.draw(st.lists(st.booleans(), min_size=count, max_size=count), label="by strata"),
        data.draw(st.sampled_from(WITHOUT), label="without"),
    )


@pytest.mark.timeout(3_600)
@random_flows(15, by_night=500)
@given(data=st.data())
def test_loops_agree_with_the_reference_plain_recorded_and_mixed(
    data: st.DataObject, reference: Any, compared: Callable[..., None]
) -> None:
    count = data.draw(st.integers(1, 5), label="ticks")
    items = st.lists(st.integers(0, 6), max_size=3)
    batch = st.fixed_dictionaries({"input_1": items, "input_2": items})
    example = reference.flows.Example(
        text=data.draw(reference.loops.texts(), label="flow"),
        inputs=("input_1", "input_2"),
        ordered={"sink_1": True},
        ticks=tuple(data.draw(st.lists(batch, min_size=count, max_size=count), label="batches")),
    )

    compared(example, None, [False] * count)
    compared(example, 0, [False] * count)
    compared(
        example,
        data.draw(st.integers(0, count - 1), label="recorded from"),
        [True] * count,
        data.draw(st.sampled_from(WITHOUT), label="without"),
    )
