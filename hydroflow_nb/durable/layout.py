"""What of a flow outlives a tick, in the form of the graph as a person wrote it: by the place of each operator in the
text, whatever optimisations its code has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any, TypeAlias

from hydroflow_nb.codegen.generate import GeneratedCode
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.program import Program, TickBuffer, Variable
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import Places
from hydroflow_nb.ir.text import call_text
from hydroflow_nb.operators.record.holding import FOUND_AGAIN
from hydroflow_nb.records import dataclass

# The name of what waits on an edge for a later tick, and of what closures share by `context.add_state`.
WAITING = "waiting"
CONTEXT = "context"

# What operators hold, by their places, and by what each of it is called.
States: TypeAlias = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the state of a program is. `lines` is the text as far as the state depends on it: two flows whose lines are
    equal hold the same.
    """

    lines: list[str]
    variables: Mapping[tuple[str, str], Variable]
    buffers: Mapping[str, TickBuffer]
    nodes: Mapping[str, Node]

    def states(self, context: Context) -> Iterator[tuple[str, str, Any]]:
        """What is held between two ticks: the place, what it is called there, and the value itself."""
        yield from self.held()
        for place, buffer in self.buffers.items():
            if buffer.now:
                yield place, WAITING, buffer.now
        for handle, value in enumerate(context.states):
            yield CONTEXT, str(handle), value

    def held(self) -> Iterator[tuple[str, str, Any]]:
        """The part of it that operators hold in variables."""
        for (place, role), variable in self.variables.items():
            value = variable.cell.cell_contents
            # What was not begun is begun anew at a restart.
            if not isinstance(value, Iterator):
                yield place, role, value

    def of_durable(self) -> Layout:
        """The part of it that `'durable` operators hold. Where each of them has a name it is known by that, whatever
        the text around them is; else their places mean something in this text alone.
        """
        variables = {key: one for key, one in self.variables.items() if one.durable}
        nodes = {place: self.nodes[place] for place, _ in variables}
        has_names = all(place == node.variable for place, node in nodes.items())
        lines = [f"{place} = {call_text(node)}" for place, node in nodes.items()] if has_names else self.lines
        return Layout(lines=lines, variables=variables, buffers={}, nodes=nodes)

    def restore(self, states: States, context: Context) -> list[str]:
        """Put what was held where it was. Returns the places of what has no place here."""
        unknown: list[str] = []
        shared: list[Any] = []
        for place, parts in states.items():
            for role, value in parts.items():
                if role == WAITING and place in self.buffers:
                    self.buffers[place].now[:] = value
                elif place == CONTEXT:
                    shared.append(value)
                elif (place, role) in self.variables:
                    self.variables[place, role].cell.cell_contents = value
                else:
                    unknown.append(f"`{role}` of `{place}`")
        if shared:
            context.unclaimed = list(range(len(context.states), len(shared)))
            context.states[:] = shared
        return unknown

    def differs(self, other: list[str]) -> str:
        """How the lines of another flow became those of this one: without those that both have."""
        found = list(unified_diff(other, self.lines, "kept", "now", lineterm="", n=0))[2:]
        return "; ".join(line for line in found if not line.startswith("@@"))


def layout_of(graph: PartitionedGraph, code: GeneratedCode, program: Program) -> Layout:
    """The layout of a program. `code` is the variant of its code that keeps what the operators keep as they are
    written.
    """
    places = Places(graph)
    roles = {variable: (node, role) for node, own in code.held.own.items() for role, variable in own.items()}
    nodes = {node.name: node for node in graph.nodes.values()}
    lasting = code.states.keys() - code.renewed
    variables = {}
    for variable in program.variables:
        if variable.name in lasting and variable.name in roles:
            owner, role = roles[variable.name]
            if role in FOUND_AGAIN:
                continue
            variables[places.place_of(nodes[owner]), role] = variable
    edges = {name: edge for edge, name in code.handoffs.items()}
    return Layout(
        lines=lines_of(graph, places),
        variables=variables,
        buffers={
            places.place_of(graph.edges[edges[buffer.name]]): buffer
            for buffer in program.tick_buffers
            if buffer.name in edges and not buffer.within_tick
        },
        nodes={places.place_of(node): node for node in nodes.values()},
    )


def lines_of(graph: PartitionedGraph, places: Places) -> list[str]:
    """A graph as lines: its operators as they are written, each with its place and what it leads to."""
    found = []
    for node in graph.nodes.values():
        targets = [
            "".join(
                (
                    f" {_port(edge.source_port)}-> {_port(edge.target_port)}",
                    places.place_of(graph.nodes[edge.target]),
                )
            )
            for edge in graph.flat.outputs(node.id)
        ]
        found.append(f"{places.place_of(node)} = {call_text(node)}{','.join(targets)}")
    return found


def _port(label: Any) -> str:
    return "" if label is None else f"[{label.text}]"
