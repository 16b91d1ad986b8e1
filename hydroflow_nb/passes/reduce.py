"""Take out unions and tees with one input and one output: they are left over from an edit, or only hold a port."""

from __future__ import annotations

from dataclasses import replace

from hydroflow_nb.ir.graph import FlatGraph, Node
from hydroflow_nb.operators.record.facts import Shape


def remove_needless_unions_and_tees(graph: FlatGraph) -> None:
    """Take out every `union` and `tee` that has one input and one output; its edges become one.

    Source of the rule: `eliminate_extra_unions_tees` of Hydroflow. The checker has warned of them by then.
    """
    for node in [node for node in graph.nodes.values() if _is_needless(graph, node)]:
        (before,) = graph.inputs(node.id)
        (after,) = graph.outputs(node.id)
        if before.id == after.id:
            # `c = tee() -> c` alone: the cycle stays as it is, because there is nothing else to join it to.
            continue
        del graph.nodes[node.id]
        graph.take_out(after)
        gone = graph.taken_out
        gone[before.id] = (*gone.get(before.id, ()), node, *gone.pop(after.id, ()))
        graph.put(replace(before, target=after.target, target_port=after.target_port))


def _is_needless(graph: FlatGraph, node: Node) -> bool:
    return (
        node.operator.facts.shape is not Shape.PLAIN
        and len(graph.inputs(node.id)) == 1
        and len(graph.outputs(node.id)) == 1
    )
