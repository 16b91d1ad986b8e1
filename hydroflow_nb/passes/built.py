"""What building a flow's graph gives: the flat graph, and what was found on the way."""

from __future__ import annotations

from dataclasses import field
from typing import Literal, TypeAlias

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.ir.graph import FlatGraph, NodeId
from hydroflow_nb.locations import DeclaredLocation, LocationReference
from hydroflow_nb.records import dataclass

PortSide: TypeAlias = Literal["input", "output"]


@dataclass(kw_only=True)
class BuiltGraph:
    """The flat graph with what was found while building it.

    `starved` counts, for a node and side, the arrows that lead to something that could not be built: the checker
    counts them as edges, so that one mistake is reported once. `lost` is whether a part of the text could not be read.
    `unsure` are the nodes that this part may be connected to; `reassigned` is whether it may assign a name a second
    time, so that the connections of that name are not known. `locations` are the declared locations by name,
    `externals` the nodes that stand for programs of other make, and `placed` those of which the text says where
    they run.
    """

    graph: FlatGraph
    locations: dict[str, DeclaredLocation] = field(default_factory=dict)
    externals: dict[str, NodeId] = field(default_factory=dict)
    placed: list[tuple[NodeId, LocationReference]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    starved: dict[tuple[NodeId, PortSide], int] = field(default_factory=dict)
    unsure: set[NodeId] = field(default_factory=set)
    lost: bool = False
    reassigned: bool = False

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic."""
        self.diagnostics.append(diagnostic)

    def starve(self, node: NodeId, side: PortSide) -> None:
        """Count an arrow that leads to something that could not be built."""
        self.starved[node, side] = self.starved.get((node, side), 0) + 1
