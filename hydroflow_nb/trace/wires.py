"""Which wires the steps of operators show."""

from __future__ import annotations

from hydroflow_nb.engine.keeping import Rows, RunPlan, TapPlan
from hydroflow_nb.ir.partitioned import PartitionedGraph, Wire


def plan_of_wires(graph: PartitionedGraph) -> TapPlan:
    """The plan of code that was not generated: a list for each wire."""
    shown, _ = wires_of_steps(graph)
    runs = {}
    for number, subgraph in graph.subgraphs.items():
        wires = [wire.number for node in subgraph.nodes for wire in shown[graph.nodes[node].element]]
        runs[int(number)] = RunPlan(rows={wire: Rows(number=wire, columns={wire: 0}) for wire in wires})
    return TapPlan(runs=runs)


def wires_of_steps(graph: PartitionedGraph) -> tuple[dict[str, list[Wire]], dict[str, list[Wire]]]:
    """By operator, the wires that its step shows: those that leave it, and those from handoffs that it empties; and
    the wires into it.
    """
    shown: dict[str, list[Wire]] = {node.element: [] for node in graph.nodes.values()}
    into: dict[str, list[Wire]] = {node.element: [] for node in graph.nodes.values()}
    for wire in graph.wires:
        if wire.source in shown:
            shown[wire.source].append(wire)
        elif wire.target in shown:
            shown[wire.target].append(wire)
        if wire.target in into:
            into[wire.target].append(wire)
    return shown, into
