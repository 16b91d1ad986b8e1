"""Both halves of a join, which hold one side each: together they give what one join that holds both sides gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, NodeId
from hydroflow_nb.operators.rules.content import Content, Copies, ItemOrder, Time, weaker_loss
from hydroflow_nb.operators.rules.held import all_causes


def with_halves_joined(
    graph: FlatGraph, types: Mapping[EdgeId, Content], edges: Iterable[Edge]
) -> Iterator[tuple[Edge, Content]]:
    """The edges that have a type, each with it; for both halves of a join one of them, with what they give together."""
    known = [edge for edge in edges if edge.id in types]
    # Only these are compared with each other, for a union may have very many inputs.
    alone = {edge.id: edge for edge in known if graph.nodes[edge.source].operator.rule.has_halves}
    taken: set[EdgeId] = set()
    for edge in known:
        if edge.id in taken:
            continue
        content = types[edge.id]
        if alone.pop(edge.id, None) is not None:
            for other in alone.values():
                whole = _completed(graph, types, edge, other)
                if whole is not None:
                    taken.add(other.id)
                    del alone[other.id]
                    content = whole
                    break
        yield edge, content


def _completed(graph: FlatGraph, types: Mapping[EdgeId, Content], first: Edge, second: Edge) -> Content | None:
    """What both halves of a join give together: each item meets those that came before, and those that come later."""
    one, other = graph.nodes[first.source], graph.nodes[second.source]
    if one.id == other.id or one.operator is not other.operator:
        return None
    statics = [(node.is_static(0), node.is_static(1)) for node in (one, other)]
    if sorted(statics) != [(False, True), (True, False)]:
        return None
    ends = [[_origin(graph, edge.source) for edge in graph.inputs(node.id)] for node in (one, other)]
    inputs = [types.get(edge.id) for edge in graph.inputs(one.id)]
    if ends[0] != ends[1] or any(content is None or not content.is_batch for content in inputs):
        return None
    contents = [content for content in inputs if content is not None]
    return Content(
        time=Time.STREAM,
        order=ItemOrder.ANY,
        copies=Copies.REPEATS,
        loss=weaker_loss(*(content.loss for content in contents)),
        because=all_causes(contents),
    )


def _origin(graph: FlatGraph, node: NodeId) -> NodeId:
    """The operator that an edge's items come from, all of them and in the same tick."""
    while graph.nodes[node].operator.hands_on_all and len(graph.inputs(node)) == 1:
        node = graph.inputs(node)[0].source
    return node
