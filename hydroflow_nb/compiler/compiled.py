"""What the compiler gives: a flow's graph and code, or the parts of a system."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hydroflow_nb.codegen.asynchronous import Callee, NamedFunction, callees, named_functions
from hydroflow_nb.codegen.ends import End, ends
from hydroflow_nb.codegen.generate import GeneratedCode, generate
from hydroflow_nb.codegen.load import LoadedProgram, load
from hydroflow_nb.codegen.names import free_names
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.engine.context import Context
from hydroflow_nb.expressions import OperatorCall
from hydroflow_nb.ir.graph import EdgeId, FlatGraph, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.text import input_names
from hydroflow_nb.locations import DeclaredLocation
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.operator import Category
from hydroflow_nb.passes.channels import Channel
from hydroflow_nb.records import dataclass
from hydroflow_nb.state.memory import Memory, memory_of
from hydroflow_nb.syntax.depth import with_whole_stack
from hydroflow_nb.syntax.tree import Flow

if TYPE_CHECKING:
    from hydroflow_nb.codegen.plain import PlainCode
    from hydroflow_nb.engine.plain import PlainShape

_DROPS = next(operator for operator in OPERATORS if operator.drops)


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A flow's graph and code, with the warnings of the compiler.

    The properties are what every flow of the text needs when it is loaded. They are found once, since one text may have
    thousands of flows.
    """

    graph: PartitionedGraph
    code: GeneratedCode
    diagnostics: list[Diagnostic]

    @cached_property
    def recorded_code(self) -> GeneratedCode:
        """The variant of the code that tells a recorder of every item on every edge."""
        return with_whole_stack(lambda: generate(self.graph, recorded=True))

    def watched_code(
        self,
        *,
        recorded: bool,
        stops: AbstractSet[EdgeId] = frozenset(),
        timed: bool = False,
        filtered: AbstractSet[int] = frozenset(),
    ) -> GeneratedCode:
        """The variant that tells a meter where the time goes, breakpoints of every item on some edges, and a recorder,
        for which it chooses among the items of `filtered` wires; each where it is asked for.
        """
        if recorded and not stops and not timed and not filtered:
            return self.recorded_code
        return with_whole_stack(
            lambda: generate(self.graph, recorded=recorded, stops=stops, timed=timed, filtered=filtered)
        )

    def silenced(self, nodes: Container[NodeId]) -> Compiled:
        """The same, but some operators at the end of the flow drop what comes to them, and have no effects."""
        flat = self.graph.flat
        silent = {
            node.id: replace(
                node,
                operator=_DROPS,
                persistences=(),
                call=OperatorCall(span=node.span, name=_DROPS.name, name_span=node.call.name_span),
            )
            for node in flat.nodes.values()
            if node.id in nodes
        }
        graph = replace(self.graph, flat=replace(flat, nodes={**flat.nodes, **silent}))
        return Compiled(graph=graph, code=with_whole_stack(lambda: generate(graph)), diagnostics=self.diagnostics)

    def plain_code(self, shape: PlainShape) -> PlainCode | None:
        """The code that runs ticks of the flow in which nobody looks on, if there is one."""
        # Most flows are gone before they have run so many ticks.
        from hydroflow_nb.codegen.plain import plain_code

        if shape not in self._plain_codes:
            position = Position(self.graph.flat.source.span(0, 0))
            made = with_whole_stack(lambda: plain_code(self.code, shape, self.watched_names, position))
            self._plain_codes[shape] = made
        return self._plain_codes[shape]

    @cached_property
    def _plain_codes(self) -> dict[PlainShape, PlainCode | None]:
        return {}

    @cached_property
    def push_code(self) -> PlainCode | None:
        """The code that runs such a tick with one item, if there is one."""
        from hydroflow_nb.codegen.plain import push_code

        position = Position(self.graph.flat.source.span(0, 0))
        return with_whole_stack(lambda: push_code(self.code, position))

    @cached_property
    def memory(self) -> Memory:
        """What the operators hold from tick to tick, and where."""
        code = self.code
        return memory_of(self.graph, code.held.own, code.states.keys() - code.renewed, code.handoffs)

    @cached_property
    def callees(self) -> tuple[Callee, ...]:
        """The functions whose results the operators use."""
        return callees(self.graph)

    @cached_property
    def named_functions(self) -> tuple[NamedFunction, ...]:
        """The functions that are given by name."""
        return named_functions(self.graph)

    @cached_property
    def ends(self) -> tuple[End, ...]:
        """The ends of channels and networks that are given by name."""
        return ends(self.graph)

    @cached_property
    def watched_names(self) -> tuple[str, ...]:
        """The first names of the callees and ends: a flow looks at them again before it runs."""
        paths = [*(callee.path for callee in self.callees), *(end.path for end in self.ends)]
        return tuple(dict.fromkeys(path[0] for path in paths))

    @cached_property
    def used_names(self) -> tuple[str, ...]:
        """The names of Python that the text takes from around it, in the order of the alphabet."""
        return tuple(sorted(free_names(node.call for node in self.graph.nodes.values())))

    @cached_property
    def names_of_sinks(self) -> frozenset[str]:
        """Those of them that sinks alone use: what they stand for is outside of the flow."""
        sinks: list[OperatorCall] = []
        others: list[OperatorCall] = []
        for node in self.graph.nodes.values():
            (sinks if node.operator.category is Category.SINK else others).append(node.call)
        return frozenset(free_names(sinks)) - free_names(others)

    @cached_property
    def inputs(self) -> dict[str, NodeId]:
        """The operators that read inputs, by the name of the input."""
        return input_names(self.graph)

    @cached_property
    def places(self) -> dict[NodeId, str]:
        """The place of each operator, in words."""
        return {
            node.id: f"in `{node.word}` at {node.place.source.label}, line {node.place.line}"
            for node in self.graph.nodes.values()
        }


def load_compiled(
    compiled: Compiled,
    namespace: dict[str, Any],
    context: Context,
    surroundings: Mapping[str, Any] = MappingProxyType({}),
) -> LoadedProgram:
    """The compiled flow at tick 0. `surroundings` replace what the runtime gives under the same names."""
    filename = compiled.graph.flat.source.filename
    return load(compiled.code, compiled.graph, namespace, context, filename, surroundings)


@dataclass(frozen=True, kw_only=True)
class CompiledPart:
    """What runs at a location: its flow, the channels that lead to it, and the names that its made operators use."""

    location: DeclaredLocation
    compiled: Compiled
    incoming: tuple[Channel, ...]
    names: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CompiledSystem:
    """A system as it is written, its statements and its graph, and what runs at each location that has a flow."""

    flow: Flow
    graph: FlatGraph
    location_of: Mapping[NodeId, str]
    locations: Mapping[str, DeclaredLocation]
    channels: Sequence[Channel]
    parts: Mapping[str, CompiledPart]
    diagnostics: list[Diagnostic]
