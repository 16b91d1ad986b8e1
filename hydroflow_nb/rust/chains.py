"""The statements of a graph: operators that follow each other stand in one, and what has several ends has a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hydroflow_nb.ir.graph import Edge, FlatGraph, Node, NodeId
from hydroflow_nb.rust.scope import rust_name

# A statement of more characters takes several lines.
_LONGEST: Final = 100


class Chains:
    """The operators of a graph, in chains that are written with `->`."""

    def __init__(self, graph: FlatGraph) -> None:
        self._graph = graph
        self._links = {edge.source: edge for edge in graph.edges.values() if self._is_link(edge)}
        followers = {edge.target for edge in self._links.values()}
        self._chains = [self._chain(node) for node in graph.nodes.values() if node.id not in followers]
        self._names = self._named()

    def _is_link(self, edge: Edge) -> bool:
        return (
            len(self._graph.outputs(edge.source)) == 1
            and len(self._graph.inputs(edge.target)) == 1
            and edge.source_port.label is None
            and edge.target_port.label is None
        )

    def _chain(self, node: Node) -> list[Node]:
        chain = [node]
        while (link := self._links.get(chain[-1].id)) is not None:
            chain.append(self._graph.nodes[link.target])
        return chain

    def _named(self) -> dict[NodeId, str]:
        """The names of the chains, under the first and the last operator of each."""
        names: dict[NodeId, str] = {}
        taken: set[str] = set()
        for chain in self._chains:
            wanted = next((node.variable for node in chain if node.variable), chain[0].name)
            name = wanted if wanted not in taken else f"{wanted}_{chain[0].id}"
            taken.add(name)
            names[chain[0].id] = names[chain[-1].id] = rust_name(name)
        return names

    def text(self, calls: Mapping[NodeId, str]) -> str:
        """The statements, by the text of each operator's call."""
        before: dict[NodeId, Edge] = {}
        behind: dict[NodeId, Edge] = {}
        between: list[Edge] = []
        for edge in self._between():
            if len(self._graph.outputs(edge.source)) == 1:
                behind[edge.source] = edge
            elif len(self._graph.inputs(edge.target)) == 1:
                before[edge.target] = edge
            else:
                between.append(edge)
        named = {edge.target for edge in (*behind.values(), *between)} | {
            edge.source for edge in (*before.values(), *between)
        }
        lines = []
        for chain in self._chains:
            parts = [calls[node.id] for node in chain]
            first, last = chain[0].id, chain[-1].id
            if first in before:
                parts.insert(0, self._from(before[first]))
            if last in behind:
                parts.append(self._into(behind[last]))
            if first in named or last in named:
                parts[0] = f"{self._names[first]} = {parts[0]}"
            is_long = sum(map(len, parts)) > _LONGEST
            lines.append(("\n    -> " if is_long else " -> ").join(parts) + ";")
        return "\n".join([*lines, *(f"{self._from(edge)} -> {self._into(edge)};" for edge in between)])

    def _from(self, edge: Edge) -> str:
        port = edge.source_port.text
        return f"{self._names[edge.source]}{f'[{port}]' if port else ''}"

    def _into(self, edge: Edge) -> str:
        port = edge.target_port.text
        return f"{f'[{port}]' if port else ''}{self._names[edge.target]}"

    def _between(self) -> list[Edge]:
        links = {edge.id for edge in self._links.values()}
        return [edge for edge in self._graph.edges.values() if edge.id not in links]
