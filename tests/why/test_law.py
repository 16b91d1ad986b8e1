"""The law of derivations: run anew on the cited inputs alone, a flow gives the item again, where nothing had to be
absent.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nightly import IS_NIGHTLY, random_flows

import hydroflow_nb as hf
from hydroflow_nb.ir.text import input_names
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.operator import Operator
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.why.asking import asking_about
from hydroflow_nb.why.carried import Seen
from hydroflow_nb.why.derivation import Derivation, Deriving

# The operators whose results are awaited: they are not called again.
AWAITED = frozenset({"flatten_stream_blocking", "flat_map_stream_blocking", "scan_async_blocking"})


@dataclass(kw_only=True)
class Asked:
    """A random flow that ran, and can be asked why its items are where they are."""

    example: Any
    known: Mapping[str, Any]
    flow: hf.Flow = field(init=False)
    deriving: Deriving = field(init=False)

    def __post_init__(self) -> None:
        names = {**self.known, **self._own()}
        self.flow = hf.compile(self.example.text, namespace=names)
        self._run(self.flow, names, self.example.ticks)
        graph = self.flow.graph.partitioned
        self.deriving = Deriving(asking_about(graph, self.flow.recording, names), input_names(graph))

    def _own(self) -> dict[str, Any]:
        sinks: dict[str, Any] = {name: [] for name in (*self.example.ordered, "seen")}
        return {**sinks, **{name: hf.channel() for name in self.example.inputs}}

    @staticmethod
    def _run(flow: hf.Flow, names: Mapping[str, Any], batches: Sequence[Mapping[str, Sequence[Any]]]) -> Recording:
        recording = flow.record(budget=1_000_000)
        for batch in batches:
            for name, items in batch.items():
                names[name].extend(items)
            tick = flow.current_tick()
            # At a breakpoint the run stops within its tick.
            while flow.current_tick() == tick:
                flow.run_tick()
        return recording

    @property
    def is_whole(self) -> bool:
        """Whether all that moved is kept; flows that multiply their items carry more than that."""
        carried = self.deriving.asking.carried
        return not carried.began and all(lot.is_whole for lots in carried.lots.values() for lot in lots)

    def items(self, random: Random, most: int) -> list[Seen]:
        every = [seen for lots in self.deriving.asking.carried.lots.values() for lot in lots for seen in lot.items]
        return random.sample(every, min(most, len(every)))

    def gives_again(self, derivation: Derivation) -> bool:
        """Whether the flow, run on the cited inputs alone, puts the item onto the same edge in the same tick."""
        own = self._own()
        cited = [
            {name: derivation.inputs.get(name, {}).get(tick, ()) for name in self.example.inputs}
            for tick in range(len(self.example.ticks))
        ]
        recording = self._run(self.flow.copy(own), own, cited)
        return any(
            item == derivation.item
            for step in recording.tick(derivation.tick).steps
            if derivation.root.edge in step.moves
            for item in step.moves[derivation.root.edge].items
        )


@pytest.mark.parametrize("cyclic", [False, True], ids=["all operators", "joins in cycles"])
@random_flows(8, by_night=500)
@given(data=st.data())
@pytest.mark.timeout(3_600)
def test_on_the_cited_inputs_alone_a_random_flow_gives_the_item_again(
    data: st.DataObject, cyclic: bool, reference: SimpleNamespace
) -> None:
    example = data.draw(reference.flows.examples(cyclic=cyclic), label="flow")
    must_hold(example, reference.flows.NAMES)


@dataclass(kw_only=True)
class InLoops:
    """A random flow with loops, and what its two inputs are given in each tick."""

    text: str
    ticks: Sequence[Mapping[str, Sequence[Any]]]
    inputs: Sequence[str] = ("input_1", "input_2")
    ordered: Sequence[str] = ("sink_1",)


@random_flows(5, by_night=500)
@given(data=st.data())
@pytest.mark.timeout(3_600)
def test_in_loops_the_cited_inputs_give_the_item_again_too(data: st.DataObject, reference: SimpleNamespace) -> None:
    batch = st.fixed_dictionaries({name: st.lists(st.integers(0, 6), max_size=4) for name in InLoops.inputs})
    ticks = data.draw(st.lists(batch, min_size=1, max_size=4), label="ticks")
    must_hold(InLoops(text=data.draw(reference.loops.texts(), label="flow"), ticks=ticks), {})


def must_hold(example: Any, known: Mapping[str, Any]) -> None:
    """The law, for some items of a flow that ran."""
    asked = Asked(example=example, known=known)
    assume(asked.is_whole)
    for seen in asked.items(Random(len(example.text)), 4):
        derivation = asked.deriving.of(seen)
        if any(operator in example.text for operator in AWAITED):
            continue
        assert derivation.is_exact, f"{derivation}{example!r}"
        if derivation.is_monotone:
            assert asked.gives_again(derivation), f"{derivation}{example!r}"


@pytest.mark.parametrize("operator", [one for one in OPERATORS if one.name not in AWAITED], ids=lambda one: one.name)
def test_each_operator_explains_its_items_exactly(operator: Operator, reference: SimpleNamespace) -> None:
    flows, random = reference.flows, Random(1)
    lifetimes = [
        chosen
        for count in range(operator.most_persistences + 1)
        for chosen in itertools.product(operator.persistences, repeat=count)
    ]
    for chosen in lifetimes if IS_NIGHTLY else {lifetimes[0]: None, lifetimes[-1]: None}:
        for example in flows.alone(operator.name, chosen, flows.Position.PULL):
            asked = Asked(example=example, known=flows.NAMES)
            for number, seen in enumerate(asked.items(random, 25)):
                derivation = asked.deriving.of(seen)
                assert derivation.is_exact, f"{derivation}{example!r}"
                if number < 2 and derivation.is_monotone:
                    assert asked.gives_again(derivation), f"{derivation}{example!r}"
