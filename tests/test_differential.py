"""Random flows run by the compiled engine and by the reference interpreter agree, tick by tick."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

import hydroflow_nb as hf
from hydroflow_nb.trace.recording import MOST_KEPT, Text


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
                assert self.flow.run_stratum()
        else:
            self.flow.run_tick()
        self.seen = {name: self.namespace[name].copy() for name in (*self.example.ordered, "seen")}
        for name in self.seen:
            self.namespace[name].clear()


def some_half(x: int) -> int | None:
    return None if x % 2 else x // 2


def names_for(example: Any) -> dict[str, Any]:
    sinks: dict[str, Any] = {name: [] for name in (*example.ordered, "seen")}
    inputs = {name: hf.channel() for name in example.inputs}
    return {**sinks, **inputs, "next_number": lambda x: (x + 1) % 7, "some_half": some_half}


def started(example: Any) -> Run:
    namespace = names_for(example)
    return Run(example=example, namespace=namespace, flow=hf.compile(example.text, namespace=namespace))


@dataclass(kw_only=True)
class Expected:
    """What the reference interpreter says of one tick."""

    seen: dict[str, list[Any]]
    sent: dict[int, list[Any]]
    received: dict[int, list[Any]]
    scheduled: bool


def expectations(example: Any, interpreter: ModuleType) -> list[Expected]:
    namespace = names_for(example)
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
            assert items == expected.seen[name], f"{name} in tick {tick}"
        else:
            assert Counter(items) == Counter(expected.seen[name]), f"{name} in tick {tick}"


def normal(item: Any) -> Any:
    """An item as something that can be compared: lists come out of streams without an order, recorded as text."""
    if isinstance(item, Text):
        item = ast.literal_eval(item)
    match item:
        case list():
            return ("list", *sorted(item))
        case tuple():
            return tuple(normal(part) for part in item)
    return item


def assert_recorded(run: Run, expected: Expected, tick: int) -> None:
    """What was recorded on every edge is what went over it."""
    recorded: dict[str, Counter[Any]] = {}
    counts: Counter[str] = Counter()
    for step in run.flow.recording.tick(tick).steps:
        for element, moved in step.moves.items():
            recorded.setdefault(element, Counter()).update(map(normal, moved.items))
            counts[element] += moved.count
    for wire in run.flow._compiled.graph.wires:
        side = expected.received if wire.source.startswith("handoff") else expected.sent
        items = side[wire.edge.id]
        assert counts[wire.element] == len(items), f"{wire} in tick {tick}"
        kept = recorded.get(wire.element, Counter())
        # Of many items in one run the first ones are kept.
        assert kept <= Counter(map(normal, items)), f"{wire} in tick {tick}"
        assert kept.total() == len(items) or len(items) > MOST_KEPT, f"{wire} in tick {tick}"


@pytest.fixture(scope="module")
def compared(reference: Any) -> Callable[[Any, int | None, list[bool]], None]:
    def compare(example: Any, recorded_from: int | None, by_strata: list[bool]) -> None:
        try:
            wanted = expectations(example, reference.interpreter)
        except reference.interpreter.TooMuch:
            assume(False)
        note(f"{example!r}recorded from tick {recorded_from}, stratum by stratum in {by_strata}")
        run = started(example)
        for tick, batches in enumerate(example.ticks):
            if tick == recorded_from:
                run.flow.record()
            run.send(batches)
            assert run.flow.is_scheduled() == (
                any(batches.values()) or (wanted[tick - 1].scheduled if tick else "spin()" in example.text)
            )
            run.tick(by_strata=by_strata[tick])
            assert_alike(run, wanted[tick], tick)
            if recorded_from is not None and tick >= recorded_from:
                assert_recorded(run, wanted[tick], tick)
        assert run.flow.current_tick() == len(example.ticks)
        run.flow.close()

    return compare


RANDOM = settings(
    max_examples=max(300, settings.default.max_examples),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@pytest.mark.timeout(3_600)
@RANDOM
@given(data=st.data())
@pytest.mark.parametrize("cyclic", [False, True], ids=["all operators", "joins in cycles"])
def test_the_engine_agrees_with_the_reference_plain_recorded_and_mixed(
    data: st.DataObject, cyclic: bool, reference: Any, compared: Callable[[Any, int | None, list[bool]], None]
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
    )
