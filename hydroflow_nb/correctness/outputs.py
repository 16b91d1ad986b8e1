"""The outputs of a flow: what leaves it, and what it gives that nothing in it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hydroflow_nb.expressions import Expression, path_of
from hydroflow_nb.ir.graph import Edge, FlatGraph, Node
from hydroflow_nb.operators.record.operator import ArgumentKind
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output: an operator whose items leave the flow, with the name that people know it by. What goes to an external
    location of a system leaves over `edges`; then the operator is that before the first of them.
    """

    name: str
    node: Node
    edges: Sequence[Edge] = ()


def outputs_of(graph: FlatGraph) -> Iterator[Output]:
    """The outputs in the order of the text. A sink is named by its argument up to the first dot (`out` for
    `out.append`, `expected` for `assert_eq(expected)`), a second one `out (2)`; an operator with another argument, or
    none, by its own name and number. What goes to an external location is called after it.
    """
    seen: dict[str, int] = {}
    for node in graph.nodes.values():
        if graph.outputs(node.id) or graph.reads_of(node.id) or node.operator.drops:
            continue
        if node.made is not None and not node.operator.facts.meets_network:
            # It keeps who has come.
            continue
        name = _name_of(node)
        seen[name] = seen.get(name, 0) + 1
        yield Output(name=name if seen[name] == 1 else f"{name} ({seen[name]})", node=node)
    for location, edges in _leaving(graph).items():
        name = location if location not in seen else f"{location} ({seen[location] + 1})"
        yield Output(name=name, node=graph.nodes[edges[0].source], edges=edges)


def _leaving(graph: FlatGraph) -> Mapping[str, Sequence[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in graph.edges.values():
        if edge.leaves:
            found.setdefault(edge.leaves, []).append(edge)
    return found


def _name_of(node: Node) -> str:
    if node.call.arguments and _is_given_a_sink(node):
        match node.call.arguments[0]:
            case Expression(node=argument):
                path = path_of(argument)
                if path is not None:
                    return path[0]
    return node.name


def _is_given_a_sink(node: Node) -> bool:
    """Whether its argument is what its items go to, or what they are compared with."""
    operator = node.operator
    return operator.outputs.most == 0 or (bool(operator.arguments) and operator.arguments[0].kind is ArgumentKind.VALUE)
