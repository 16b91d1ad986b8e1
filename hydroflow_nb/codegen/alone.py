"""Which operator failed, and whether it was at work on what had come of one item, whatever else the tick took in."""

from __future__ import annotations

from hydroflow_nb.codegen.blame import generated_frames
from hydroflow_nb.codegen.places import NodePlaces
from hydroflow_nb.engine.notes import traceback_of
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.ir.partitioned import PartitionedGraph


def operator_of(exception: BaseException, graph: PartitionedGraph, filename: str) -> Node | None:
    """The operator that raised an exception; None where its traceback does not tell."""
    _, position, _ = generated_frames(traceback_of(exception), filename)
    return NodePlaces(graph.nodes.values()).at(*position[:2]) if position else None


def failed_alone(exception: BaseException, graph: PartitionedGraph, filename: str) -> bool:
    """True where what came to the operator that raised an exception was made of one item of one input, by that and what
    had come by the same input before. Behind a join it is made of two, and beside `$name` of more.
    """
    node = operator_of(exception, graph, filename)
    if node is None:
        return False
    seen, waiting = {node.id}, [node]
    is_stateless = is_single = True
    while waiting:
        one = waiting.pop()
        if any(argument.references for argument in one.call.arguments):
            return False
        edges = graph.flat.inputs(one.id)
        is_stateless = is_stateless and (one.operator.is_stateless or not edges)
        is_single = is_single and len(edges) <= 1
        for edge in edges:
            if edge.source not in seen:
                seen.add(edge.source)
                waiting.append(graph.nodes[edge.source])
    return is_stateless or is_single
