"""The graph of a flow that was built by hand: each function is an operator and a subgraph by itself."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from hydroflow_nb import expressions
from hydroflow_nb.core.parts import DeclaredInput, DeclaredSubgraph, Handoff, Part
from hydroflow_nb.core.places import PartPlaces, place_in_words
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.errors import GraphError
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Node, NodeId, PortLabel
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.explaining import families as explaining
from hydroflow_nb.operators.explaining.families import FromOutside
from hydroflow_nb.operators.record.operator import Arity, Category, Operator
from hydroflow_nb.operators.rules.functions import Opaque
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.passes.pipeline import PARTITION, STRATIFY, Compilation, Pass, run
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span

_ANY = Arity(least=0, most=None)


@dataclass(frozen=True, kw_only=True)
class GraphOfParts:
    """A graph with the part that each of its nodes stands for, and the handoff that each of its edges belongs to."""

    graph: PartitionedGraph
    parts: Mapping[NodeId, Part]
    handoffs: Mapping[EdgeId, Handoff]


def build(name: str, handoffs: Sequence[Handoff], parts: Sequence[Part]) -> GraphOfParts:
    """The graph of all parts. Raises `GraphError` with everything that is wrong with it."""
    parts = [_placed(part) for part in parts]
    places = PartPlaces([part.place for part in parts] + [handoff.place for handoff in handoffs])
    diagnostics = [*_unjoined(handoffs, parts, places), *_wrong_parameters(parts, places)]
    if diagnostics:
        raise GraphError(diagnostics)
    flat = FlatGraph(source=_source(name, parts, places), name=name)
    numbered = {NodeId(number): part for number, part in enumerate(parts, start=1)}
    flat.nodes.update({number: _node(number, part, places) for number, part in numbered.items()})
    of_edge: dict[EdgeId, Handoff] = {}
    for edge, handoff in _edges(numbered, handoffs, places):
        flat.put(edge)
        of_edge[edge.id] = handoff
    return GraphOfParts(graph=_partitioned(flat, numbered), parts=numbered, handoffs=of_edge)


def _source(name: str, parts: Sequence[Part], places: PartPlaces) -> Source:
    """The text that is shown beside the graph: that of the file in which the first function with a source stands."""
    if not parts:
        return Source(text="", label=name)
    ranked = sorted(parts, key=lambda part: (not part.place.filename, isinstance(part, DeclaredInput)))
    return places.source(ranked[0].place)


def _placed(part: Part) -> Part:
    """The part with a place whose words say its name, so that it is shown under that name everywhere."""
    if isinstance(part, DeclaredInput):
        start, end = part.place.arguments[0] if part.place.arguments else (0, 0)
        if part.place.text[start:end] != part.name:
            return replace(part, place=place_in_words(f'input("{part.name}")'))
    return part


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _unjoined(handoffs: Sequence[Handoff], parts: Sequence[Part], places: PartPlaces) -> Iterator[Diagnostic]:
    read = {handoff for part in parts for handoff in part.read}
    written = {handoff for part in parts for handoff in part.writes}
    for handoff in handoffs:
        span = places.span(handoff.place, handoff.place.start, handoff.place.end)
        if handoff not in read:
            yield error(
                "HF260",
                f"no subgraph reads the handoff `{handoff.name}`",
                span,
                hint="name it in the `reads` of a subgraph, or leave it out",
            )
        if handoff not in written:
            yield error(
                "HF261",
                f"nothing is put into the handoff `{handoff.name}`",
                span,
                hint="name it in the `writes` of a subgraph, or give it an input",
            )


def _wrong_parameters(parts: Sequence[Part], places: PartPlaces) -> Iterator[Diagnostic]:
    for part in parts:
        if not isinstance(part, DeclaredSubgraph):
            continue
        given = ["context", *(one.name for one in part.read), *(one.name for one in part.writes)]
        try:
            signature = inspect.signature(part.function)
        except (TypeError, ValueError):  # some functions in C do not tell their parameters
            continue
        try:
            signature.bind(*given)
        except TypeError as problem:
            yield error(
                "HF262",
                f"`{part.name}` is called with {len(given)} values, which it does not accept: {problem}",
                _span(part, places),
                notes=["the values are the context, what it reads and what it writes"],
                hint=f"write `def {part.name}({', '.join(_distinct(given))}): ...`",
            )


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of parameters: a handoff that is both read and written has two parameters."""
    return [f"{name}_out" if name in names[:position] else name for position, name in enumerate(names)]


# --- nodes and edges --------------------------------------------------------------------------------------------------


def _span(part: Part, places: PartPlaces) -> Span:
    return places.span(part.place, part.place.start, part.place.end)


def _node(number: NodeId, part: Part, places: PartPlaces) -> Node:
    place = part.place
    known = part.name if isinstance(part, DeclaredSubgraph) else "input"
    operator = Operator(
        name=known,
        category=Category.SOURCE if isinstance(part, DeclaredInput) else Category.FAN,
        summary="a function of Python",
        manual="",
        example="",
        inputs=_ANY,
        outputs=_ANY,
        delays=MappingProxyType(part.delays),
        external=isinstance(part, DeclaredInput),
        rule=Opaque(),
        explains=FromOutside() if isinstance(part, DeclaredInput) else explaining.Opaque(),
        cost="what the function takes and keeps",
    )
    span = _span(part, places)
    call = expressions.OperatorCall(
        span=span,
        name=known,
        name_span=places.span(place, place.start, min(place.end, place.start + len(known))),
        arguments=tuple(
            expressions.Expression(span=places.span(place, start, end), node=ast.Constant(value=place.text[start:end]))
            for start, end in place.arguments
        ),
    )
    return Node(id=number, operator=operator, call=call, variable=None)


def _edges(
    parts: Mapping[NodeId, Part], handoffs: Sequence[Handoff], places: PartPlaces
) -> Iterator[tuple[Edge, Handoff]]:
    """An edge from each writer to each reader of a handoff; its ports bear the handoff's name."""
    readers: dict[Handoff, list[NodeId]] = {handoff: [] for handoff in handoffs}
    writers: dict[Handoff, list[NodeId]] = {handoff: [] for handoff in handoffs}
    for number, part in parts.items():
        for handoff in part.read:
            readers[handoff].append(number)
        for handoff in part.writes:
            writers[handoff].append(number)
    ends = [(one, target, source) for one in handoffs for target in readers[one] for source in writers[one]]
    for count, (handoff, target, source) in enumerate(ends, start=1):
        reader, writer = parts[target], parts[source]
        edge = Edge(
            id=EdgeId(count),
            source=source,
            # A single output needs no label.
            source_port=PortLabel(label=handoff.name if len(writer.writes) > 1 else None, span=_span(writer, places)),
            target=target,
            target_port=PortLabel(label=handoff.name, span=_span(reader, places)),
        )
        yield edge, handoff


# --- strata -----------------------------------------------------------------------------------------------------------


def _partitioned(flat: FlatGraph, parts: Mapping[NodeId, Part]) -> PartitionedGraph:
    chosen = {
        number: part.stratum
        for number, part in parts.items()
        if isinstance(part, DeclaredSubgraph) and part.stratum is not None
    }
    flow = Compilation(built=BuiltGraph(graph=flat), chosen=chosen, apart=True)
    run(flow, (STRATIFY, Pass(name="keep_chosen_strata", run=_keep_chosen_strata), PARTITION))
    if flow.partitioned is None:
        hint = 'break the cycle with a handoff of `delay="tick"`: the items of the cycle then arrive in the next tick'
        found = [one if one.code == "HF263" else replace(one, hint=hint) for one in flow.diagnostics]
        raise GraphError(found)
    return flow.partitioned


def _keep_chosen_strata(flow: Compilation) -> None:
    """Report chosen strata that are not possible, and number the strata anew, without gaps."""
    flow.diagnostics += [
        error(
            "HF263",
            f"`{flow.graph.nodes[number].operator.name}` cannot run in stratum {stratum}; the first "
            f"possible stratum is {flow.strata[number]}",
            flow.graph.nodes[number].span,
            notes=["a subgraph runs after the subgraphs that it reads from; the subgraphs of a cycle run together"],
            hint="leave out `stratum`: it is computed from the reads",
        )
        for number, stratum in flow.chosen.items()
        if flow.strata[number] != stratum
    ]
    rank = {stratum: position for position, stratum in enumerate(sorted(set(flow.strata.values())))}
    flow.strata = {node: rank[stratum] for node, stratum in flow.strata.items()}
