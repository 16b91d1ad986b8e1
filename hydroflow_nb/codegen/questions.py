"""What is known of an operator where it stands: of its call, and of the graph around it."""

from __future__ import annotations

from hydroflow_nb import expressions
from hydroflow_nb.changing import Change, change_in
from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.in_parts import parts_of
from hydroflow_nb.codegen.topology import Topology
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.optimisations import INLINING, PARTS, Optimisation


class NodeQuestions:
    """What one operator's emitter functions ask, answered without code; see `operators.record.emission.Emission`."""

    def __init__(self, node: Node, topology: Topology) -> None:
        self.node = node
        self._topology = topology
        self._ins, self._outs = topology.ins[node.id], topology.outs[node.id]

    # --- the graph around it ---------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[str]:
        return [edge.target_port.text for edge in self._ins]

    @property
    def outputs(self) -> list[str]:
        return [edge.source_port.text for edge in self._outs]

    def is_read(self) -> bool:
        return self._topology.is_taken(self.node.id)

    def spares(self) -> bool:
        return self.node.goes_on is not None and self.node.goes_on.spares

    def resumes(self, port: int = 0) -> bool:
        return self.node.goes_on is not None and port in self.node.goes_on.resumed

    def recurrent(self, port: str) -> bool:
        return any(self._topology.is_recurrent(edge) for edge in self._ins if edge.target_port.text == port)

    def unit_values(self, port: str) -> bool:
        return all(self._topology.has_unit_values(edge) for edge in self._ins if edge.target_port.text == port)

    def uses(self, optimisation: Optimisation) -> bool:
        return self._topology.uses(optimisation)

    # --- its call --------------------------------------------------------------------------------------------------

    def is_static(self, port: int = 0) -> bool:
        return self.node.is_static(port)

    def is_mutable(self) -> bool:
        return Persistence.MUTABLE in self.node.persistences

    def written(self, argument: int) -> expressions.Argument:
        return self.node.call.arguments[argument]

    def is_inlined(self, argument: int) -> bool:
        written = self.node.call.arguments[argument]
        is_closure = isinstance(written, expressions.Closure) and inline.why_called(written) is None
        return is_closure and self._topology.uses(INLINING)

    def returns_value(self, argument: int) -> bool:
        return inline.never_none(self.node.call.arguments[argument])

    def change(self, argument: int) -> Change | None:
        written = self.node.call.arguments[argument]
        if not isinstance(written, expressions.Closure):
            return None
        first = written.parameters[0] if written.parameters else None
        return change_in([written.body], first.name if isinstance(first, expressions.Binding) else None)

    def changes_parts(self, argument: int) -> bool:
        if not self._topology.uses(PARTS):
            return False
        change = self.change(argument)
        if change is not Change.ANYTHING:
            return change is None
        return self.is_inlined(argument) and parts_of(self.node.call.arguments[argument]) is not None

    def constant(self, argument: int) -> str | None:
        return inline.constant(self.node.call.arguments[argument])

    def is_name(self, argument: int) -> bool:
        written = self.node.call.arguments[argument]
        return isinstance(written, expressions.Expression) and expressions.path_of(written.node) is not None

    def type_name(self, index: int) -> str:
        written = self.node.call.type_arguments
        return written[index].name if index < len(written) else ""
