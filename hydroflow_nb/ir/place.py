"""Places of a flow as people write them: `"hop -> reached"`, `"reached"`, `"op-4"`; as wires and nodes, and back.

A place is one of these:

- an edge, `"A -> B"`: each end is a name of the text (it stands for all operators of its pipeline), an operator's name
  (`map`), its name with its number (`map_3`), or its element id (`op-3`), with ports where they are needed:
  `"router[hot] -> out"`, `"arcs -> [1]hop"`;
- a name of the text, an operator's name where the flow has it once, or an operator's element id;
- the element id of a wire, such as `edge-3`.

Where an operator is called as a name of the text is, the name of the text is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import combinations
from typing import Final

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import Edge, Node, NodeId, PortLabel, element_of
from hydroflow_nb.ir.partitioned import PartitionedGraph, Wire
from hydroflow_nb.records import dataclass
from hydroflow_nb.suggestions import Suggestions

_SOURCE: Final = re.compile(r"\s*([^\s\[\]]+)\s*(?:\[\s*([^\[\]]*?)\s*\])?\s*")
_TARGET: Final = re.compile(r"\s*(?:\[\s*([^\[\]]*?)\s*\])?\s*([^\s\[\]]+)\s*")
# An error names so many candidates, and so many characters of a place that is not known.
_MOST_LISTED: Final = 12
_LONGEST_PLACE: Final = 100


def wires_of(graph: PartitionedGraph, place: str) -> tuple[Wire, ...]:
    """The wires of a place, in their order: of an edge those it is drawn as (two where it has a handoff), of operators
    those that leave them; where none leaves, those that enter them. Raises HydroflowError, which says what there is.
    """
    return Places(graph).wires_of(place)


def nodes_of(graph: PartitionedGraph, place: str) -> tuple[Node, ...]:
    """The operators of a place, in the order of the text; of an edge both of its ends, the source first. Raises
    HydroflowError, which says what there is.
    """
    return Places(graph).nodes_of(place)


def edge_of(graph: PartitionedGraph, place: str) -> Edge:
    """The one edge that a place is. Raises HydroflowError, also for an operator that several edges leave."""
    return Places(graph).edge_of(place)


def place_of(graph: PartitionedGraph, part: Wire | Edge | Node) -> str:
    """The shortest text that a person would write for an edge, or one of its wires, or for an operator; it means that
    part alone. For many parts of one graph ask a `Places`.
    """
    return Places(graph).place_of(part)


@dataclass(frozen=True, kw_only=True)
class _End:
    """An end of an edge as it is written."""

    name: str
    port: str | None

    def takes(self, node: NodeId, label: PortLabel | None, among: frozenset[NodeId]) -> bool:
        return node in among and (self.port is None or (label is not None and label.text == self.port))


class Places:
    """The places of a graph. What is looked up by name is put together once."""

    def __init__(self, graph: PartitionedGraph) -> None:
        self.graph = graph

    # --- from a text ---------------------------------------------------------------------------------------------

    def wires_of(self, place: str) -> tuple[Wire, ...]:
        """The wires of a place, as the function of the same name."""
        edges = {edge.id for edge in self._edges_at(place)}
        return tuple(wire for wire in self.graph.wires if wire.edge.id in edges)

    def nodes_of(self, place: str) -> tuple[Node, ...]:
        """The operators of a place, as the function of the same name."""
        ends = _ends(place)
        if ends is None and place.strip() not in self._edge_elements:
            return tuple(self.graph.nodes[node] for node in self.graph.nodes if node in self._one(place))
        (edge, *_) = self._edges_at(place)
        return tuple(self.graph.nodes[node] for node in dict.fromkeys((edge.source, edge.target)))

    def all_wires_of(self, place: str) -> tuple[Wire, ...]:
        """The wires of all that a place may mean: of every edge between its ends, and of every operator of its name.
        Raises HydroflowError for one that means nothing.
        """
        ends = _ends(place)
        found: Sequence[Edge] = ()
        if ends is not None:
            found = self._all_between(*ends)
        elif (name := place.strip()) not in self._edge_elements:
            nodes = self._named(name)
            leaving = [edge for edge in self.graph.flat.edges.values() if edge.source in nodes]
            found = leaving or [edge for edge in self.graph.flat.edges.values() if edge.target in nodes]
        if not found:
            return self.wires_of(place)
        edges = {edge.id for edge in found}
        return tuple(wire for wire in self.graph.wires if wire.edge.id in edges)

    @property
    def written(self) -> list[str]:
        """What a person may write: the names of the text, then all edges."""
        names = [name for name in self._by_variable if name.isidentifier()]
        return list(dict.fromkeys([*names, *map(self.place_of, self.graph.edges.values())]))

    def edge_of(self, place: str) -> Edge:
        """The one edge that a place is, as the function of the same name."""
        edges = self._edges_at(place)
        if len(edges) > 1:
            raise HydroflowError(message=f"{_quoted(place)} has {len(edges)} edges: {self._listed(edges)}")
        return edges[0]

    def _edges_at(self, place: str) -> Sequence[Edge]:
        ends = _ends(place)
        if ends is not None:
            return [self._edge(place, *ends)]
        flat = self.graph.flat
        if (found := self._edge_elements.get(place.strip())) is not None:
            return [found]
        if taken_out := self._taken_out.get(place.strip()):
            return taken_out
        nodes = self._one(place)
        leaving = [edge for edge in flat.edges.values() if edge.source in nodes]
        edges = leaving or [edge for edge in flat.edges.values() if edge.target in nodes]
        if not edges:
            raise HydroflowError(message=f"no edge goes to or from {_quoted(place)}")
        return edges

    def _one(self, place: str) -> frozenset[NodeId]:
        """The operators that a text without an arrow means: those of a name, or one."""
        name = _checked(place)
        found = self._named(name)
        if name not in self._by_variable and len(found) > 1:
            several = [self.graph.nodes[node] for node in sorted(found)]
            raise HydroflowError(
                message=f"{_quoted(name)} is {len(several)} operators of this flow: "
                + _joined(f"`{node.element}` in line {node.span.line}" for node in several)
            )
        if not found:
            if name in self._taken_out:
                raise HydroflowError(
                    message=f"{_quoted(name)} only hands items on, and was taken out: its edge is "
                    f"{self._listed(self._taken_out[name])}"
                )
            raise self._unknown(name)
        return found

    def _edge(self, place: str, source: _End, target: _End) -> Edge:
        found = self._all_between(source, target)
        match found:
            case [edge]:
                return edge
            case []:
                raise self._no_edge(place, source, self._known(source.name), target, self._known(target.name))
        raise HydroflowError(message=f"{_quoted(place)} is {len(found)} edges: {self._listed(found)}")

    def _all_between(self, source: _End, target: _End) -> list[Edge]:
        froms, tos = self._known(source.name), self._known(target.name)
        return [edge for edge in self._candidates(froms) if self._is_between(edge, source, froms, target, tos)]

    def _candidates(self, froms: frozenset[NodeId]) -> Iterator[Edge]:
        flat = self.graph.flat
        for node in sorted(froms):
            if node in self.graph.nodes:
                yield from flat.outputs(node)
        for edge, taken in flat.taken_out.items():
            if edge in flat.edges and flat.edges[edge].source not in froms and any(one.id in froms for one in taken):
                yield flat.edges[edge]

    def _is_between(
        self, edge: Edge, source: _End, froms: frozenset[NodeId], target: _End, tos: frozenset[NodeId]
    ) -> bool:
        taken = [one.id for one in self.graph.flat.taken_out.get(edge.id, ())]
        # The ends of the edge, with what stood between them and was taken out.
        way: list[tuple[NodeId, PortLabel | None]] = [
            (edge.source, edge.source_port),
            *((node, None) for node in taken),
            (edge.target, edge.target_port),
        ]
        return any(source.takes(*first, froms) and target.takes(*second, tos) for first, second in combinations(way, 2))

    def _no_edge(
        self, place: str, source: _End, froms: frozenset[NodeId], target: _End, tos: frozenset[NodeId]
    ) -> HydroflowError:
        flat = self.graph.flat
        leaving = list(self._candidates(froms))
        entering = [edge for edge in flat.edges.values() if edge.target in tos]
        told = [
            f"from `{source.name}` there {'is' if len(leaving) == 1 else 'are'} {self._listed(leaving)}"
            if leaving
            else f"no edge leaves `{source.name}`",
            f"to `{target.name}` there {'is' if len(entering) == 1 else 'are'} {self._listed(entering)}"
            if entering
            else f"no edge enters `{target.name}`",
        ]
        return HydroflowError(message=f"there is no edge {_quoted(place)}: {'; '.join(told)}")

    def _known(self, name: str) -> frozenset[NodeId]:
        found = self._named(name) | frozenset(self._taken_out_nodes.get(name, ()))
        if not found:
            raise self._unknown(name)
        return found

    def _named(self, name: str) -> frozenset[NodeId]:
        for names in (self._by_variable, self._by_element, self._by_operator):
            if name in names:
                return names[name]
        return frozenset()

    def _unknown(self, name: str) -> HydroflowError:
        known = [*self._by_variable, *self._taken_out, *self._by_operator]
        close = Suggestions().closest(name, known)
        if close is not None:
            meant = f"did you mean `{close}`?"
        elif known:
            meant = f"there are {_joined(f'`{one}`' for one in dict.fromkeys(known))}"
        else:
            meant = "the flow has no operators"
        return HydroflowError(message=f"{_quoted(name)} is no name, operator or element of this flow: {meant}")

    def _listed(self, edges: Iterable[Edge]) -> str:
        return _joined(f"`{self.place_of(edge)}`" for edge in edges)

    # --- back to a text ------------------------------------------------------------------------------------------

    def place_of(self, part: Wire | Edge | Node) -> str:
        """The shortest text of an edge, a wire or an operator, as the function of the same name."""
        if isinstance(part, Node):
            return self._texts_of_node(part.id)[0]
        edge = part.edge if isinstance(part, Wire) else part
        froms, tos = self._texts_of_node(edge.source, at_edge=True), self._texts_of_node(edge.target, at_edge=True)
        if self.graph.nodes[edge.source].variable == self.graph.nodes[edge.target].variable:
            # Within a pipeline its name says nothing.
            froms, tos = froms[froms[0] in self._by_variable :], tos[tos[0] in self._by_variable :]
        pairs = sorted(
            ((one, other) for one in range(len(froms)) for other in range(len(tos))), key=lambda pair: (sum(pair), pair)
        )
        for with_ports in (False, True):
            for one, other in pairs:
                text = f"{froms[one]} -> {tos[other]}"
                if with_ports:
                    text = f"{froms[one]}{_port(edge.source_port)} -> {_port(edge.target_port)}{tos[other]}"
                if self._is_only(text, edge):
                    return text
        return f"edge-{next(wire.number for wire in self.graph.wires if wire.edge.id == edge.id)}"

    def _is_only(self, text: str, edge: Edge) -> bool:
        ends = _ends(text)
        assert ends is not None
        source, target = ends
        froms, tos = self._named(source.name), self._named(target.name)
        found = [one for one in self._candidates(froms) if self._is_between(one, source, froms, target, tos)]
        return [one.id for one in found] == [edge.id]

    def _texts_of_node(self, number: NodeId, *, at_edge: bool = False) -> list[str]:
        """What an operator may be called, best first. In an edge the other end may tell it from others."""
        node = self.graph.nodes[number]
        found = []
        variable, operator = node.variable, node.operator.name
        named = self._by_variable.get(variable, frozenset()) if variable is not None else frozenset()
        if variable is not None and number in named and (at_edge or len(named) == 1):
            found.append(variable)
        if operator not in self._by_variable and (at_edge or len(self._by_operator[operator]) == 1):
            found.append(operator)
        return [*found, node.element]

    # --- what is looked up ---------------------------------------------------------------------------------------

    @cached_property
    def _by_variable(self) -> dict[str, frozenset[NodeId]]:
        """The operators of each name. Those of the flow's own text stand before those of modules."""
        nodes = self.graph.nodes.values()
        own = self.graph.flat.source
        mine = _grouped((node.variable, node.id) for node in nodes if node.variable and node.span.source is own)
        others = _grouped((node.variable, node.id) for node in nodes if node.variable and node.span.source is not own)
        return {**others, **mine}

    @cached_property
    def _by_operator(self) -> dict[str, frozenset[NodeId]]:
        return _grouped((node.operator.name, node.id) for node in self.graph.nodes.values())

    @cached_property
    def _by_element(self) -> dict[str, frozenset[NodeId]]:
        nodes = self.graph.nodes
        elements = {element_of(node): frozenset((node,)) for node in nodes}
        return {**{one.name: frozenset((one.id,)) for one in nodes.values()}, **elements}

    @cached_property
    def _edge_elements(self) -> dict[str, Edge]:
        return {wire.element: wire.edge for wire in self.graph.wires}

    @cached_property
    def _taken_out(self) -> dict[str, list[Edge]]:
        """The edges into which all operators of a name went."""
        found: dict[str, list[Edge]] = {}
        for edge, taken in self.graph.flat.taken_out.items():
            for node in taken:
                if node.variable and node.variable not in self._by_variable and edge in self.graph.edges:
                    found.setdefault(node.variable, []).append(self.graph.edges[edge])
        return found

    @cached_property
    def _taken_out_nodes(self) -> dict[str, list[NodeId]]:
        found: dict[str, list[NodeId]] = {}
        for taken in self.graph.flat.taken_out.values():
            for node in taken:
                for name in (node.variable, node.name, node.element):
                    if name:
                        found.setdefault(name, []).append(node.id)
        return found


def _grouped(pairs: Iterable[tuple[str | None, NodeId]]) -> dict[str, frozenset[NodeId]]:
    found: dict[str, list[NodeId]] = {}
    for name, node in pairs:
        if name is not None:
            found.setdefault(name, []).append(node)
    return {name: frozenset(nodes) for name, nodes in found.items()}


def _checked(place: object) -> str:
    if isinstance(place, str) and place.strip():
        return place.strip()
    raise HydroflowError(
        message='a place is a text: an edge such as "hop -> reached", a name of the text, or an operator\'s element id '
        f'such as "op-4", not {_cut(repr(place))}'
    )


def _ends(place: str) -> tuple[_End, _End] | None:
    """The ends of an edge; None for a text without an arrow. Raises HydroflowError for what cannot be read."""
    parts = _checked(place).split("->")
    if len(parts) == 1:
        return None
    if len(parts) == 2:
        source, target = _SOURCE.fullmatch(parts[0]), _TARGET.fullmatch(parts[1])
        if source is not None and target is not None:
            return _End(name=source[1], port=source[2]), _End(name=target[2], port=target[1])
    raise HydroflowError(
        message=f'{_quoted(place)} is not a place: an edge is written "A -> B", with ports "A[0] -> [1]B"'
    )


def _port(label: PortLabel) -> str:
    return f"[{label.text}]" if label.text else ""


def _quoted(place: str) -> str:
    return f"`{_cut(place.strip())}`"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_PLACE else f"{text[:_LONGEST_PLACE]}…"


def _joined(texts: Iterable[str]) -> str:
    found = list(texts)
    shown = found if len(found) <= _MOST_LISTED else [*found[:_MOST_LISTED], f"{len(found) - _MOST_LISTED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
