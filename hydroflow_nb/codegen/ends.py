"""The ends that a flow keeps, of channels and networks, whose names may be bound again while it runs.

A flow keeps the objects that its names were bound to when it was compiled. In a notebook the cell that makes a channel
may run again: then items are sent to a channel that no flow reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb import expressions
from hydroflow_nb.codegen.names import UNBOUND, value_of
from hydroflow_nb.diagnostics import Diagnostic, warning
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.operator import Category
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span


@dataclass(frozen=True, kw_only=True)
class End:
    """An end given by a name: `path` is that name, followed by names of attributes."""

    node: Node
    span: Span
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """An end, and what its name was bound to."""

    end: End
    value: Any


def ends(graph: PartitionedGraph) -> tuple[End, ...]:
    """The ends of a flow that have names."""
    return tuple(
        End(node=node, span=written.span, path=path)
        for node in graph.nodes.values()
        for record, written in zip(node.operator.arguments, node.call.arguments, strict=False)
        if record.end and isinstance(written, expressions.Expression)
        if (path := expressions.path_of(written.node)) is not None
    )


def bound(found: tuple[End, ...], namespace: Mapping[str, Any]) -> tuple[Bound, ...]:
    """The ends with what they are bound to now."""
    return tuple([Bound(end, value_of(end.path, namespace)) for end in found])


def rebound(found: tuple[Bound, ...], namespace: Mapping[str, Any]) -> list[Diagnostic]:
    """The diagnostics for the ends whose names are now bound to another object."""
    return [
        _diagnostic(one.end)
        for one in found
        if (value := value_of(one.end.path, namespace)) is not one.value and value is not UNBOUND
    ]


def _diagnostic(end: End) -> Diagnostic:
    name, operator = ".".join(end.path), end.node.operator
    does = "sends to" if operator.category is Category.SINK else "reads"
    return warning(
        "HF293",
        f"`{operator.name}` still {does} the object that `{name}` was when the flow was compiled; `{name}` was bound "
        "again since then",
        end.span,
        hint=f"run the flow's cell again, or compile it again: then it {does} the new `{name}`",
    )
