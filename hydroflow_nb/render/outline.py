"""What the picture of a recorded tick has to know of a graph: its wires and handoffs, and what they are called.

It is made of a graph's form as data (`Graph.to_dict`), so that a recording that was loaded from a file is drawn as that
of a flow is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.ir.text import delay_word, printable
from hydroflow_nb.operators.record.operator import InputDelay
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class OutlinedWire:
    """A wire; `way` says from where to where it goes, and for what its items wait."""

    element: str
    source: str
    target: str
    delay: InputDelay | None
    way: str


@dataclass(frozen=True, kw_only=True)
class OutlinedHandoff:
    """A handoff: the wires that fill and empty it, and whether it carries items over to the next tick."""

    fill: str
    drain: str
    carries: bool


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A graph's wires, and its handoffs by their elements."""

    name: str
    description: str
    wires: tuple[OutlinedWire, ...]
    handoffs: Mapping[str, OutlinedHandoff]


def outline_of(graph: Mapping[str, Any]) -> Outline:
    """The outline of a graph in its form as data. Raises KeyError, TypeError or ValueError where it is damaged."""
    ops = graph["ops"]
    wires = tuple(_wire(element, edge, ops) for element, edge in graph["edges"].items())
    nested = {op for loop in graph["loops"].values() if loop["parent"] is not None for op in loop["ops"]}
    fills = {wire.target: wire for wire in wires}
    drains = {wire.source: wire for wire in wires}
    handoffs = {
        element: OutlinedHandoff(
            fill=fills[element].element,
            drain=drains[element].element,
            # In a nested loop items come in its next iteration.
            carries=handoff["delay"] in ("tick", "lazy") and drains[element].target not in nested,
        )
        for element, handoff in graph["handoffs"].items()
    }
    unknown = {*fills, *drains} - {*ops, *handoffs}
    if unknown:
        raise ValueError(f"an edge ends at {unknown.pop()!r}, which is neither an operator nor a handoff")
    name = printable(graph["name"])
    counts = f"{len(ops)} operators in {len(graph['subgraphs'])} subgraphs and {graph['strata']} strata"
    return Outline(name=name, description=f"Graph of {name}: {counts}", wires=wires, handoffs=handoffs)


def _wire(element: str, edge: Mapping[str, Any], ops: Mapping[str, Any]) -> OutlinedWire:
    source, target = edge["from"], edge["to"]
    delay = None if edge["delay"] is None else InputDelay(edge["delay"])
    names = [printable(ops[end]["name"]) if end in ops else "handoff" for end in (source, target)]
    port = f"[{printable(edge['to_port'])}]" if edge["to_port"] else ""
    way = f"{names[0]} to {names[1]}{port}" + (f", {delay_word(delay)}" if delay else "")
    return OutlinedWire(element=element, source=source, target=target, delay=delay, way=way)
