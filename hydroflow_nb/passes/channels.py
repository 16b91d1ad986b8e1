"""The channels of a system: what goes over its arrows `~>`, and what is wrong with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hydroflow_nb.diagnostics import Diagnostic, Label, error, warning
from hydroflow_nb.expressions import Closure, OperatorCall, TypeArgument
from hydroflow_nb.ir.graph import Edge, EdgeId, NodeId
from hydroflow_nb.locations import LocationKind, Route
from hydroflow_nb.operators.record.facts import Emits
from hydroflow_nb.passes.built import BuiltGraph


@dataclass(frozen=True, kw_only=True)
class Channel:
    """The messages that go from one location to one statement of another: its name, as it is on the wire, its two
    locations, and the type of its items if the text says one.

    A channel from or to programs of other make is not `tagged`: its messages bear no name.
    """

    name: str
    source: str
    target: str
    edges: tuple[EdgeId, ...]
    types: tuple[TypeArgument, ...] = ()
    tagged: bool = True


def channels_of(built: BuiltGraph, location_of: Mapping[NodeId, str]) -> list[Channel]:
    """The channels of a system, in the order of the text.

    A channel is called after the statement that it leads to, so that it keeps its name when other lines change; one
    that leads to none is numbered among those of its two locations.
    """
    found: dict[str, Channel] = {}
    numbers: dict[tuple[str, str], int] = {}
    for edge in built.graph.edges.values():
        if edge.crossing is None:
            continue
        source, target = location_of[edge.source], location_of[edge.target]
        name = edge.crossing.leads_to
        if not name:
            numbers[source, target] = number = numbers.get((source, target), 0) + 1
            name = f"{target}_{number}"
        name = f"{source}>{name}"
        tagged = LocationKind.EXTERNAL not in (built.locations[source].kind, built.locations[target].kind)
        new = Channel(
            name=name, source=source, target=target, edges=(edge.id,), types=edge.crossing.types, tagged=tagged
        )
        before = found.get(name)
        found[name] = (
            new if before is None else replace(before, edges=(*before.edges, edge.id), types=before.types or new.types)
        )
    return list(found.values())


def names_in(call: OperatorCall) -> set[str]:
    """The names of Python in the arguments of a call."""
    trees = [one.body if isinstance(one, Closure) else one.node for one in call.arguments]
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def channel_diagnostics(built: BuiltGraph, location_of: Mapping[NodeId, str]) -> Iterator[Diagnostic]:
    """What is wrong with the items of crossings: those that cannot be pairs where a receiver is needed (HF511), and two
    types of one channel (HF512). Warnings where items go to all members of an open cluster (HF509).
    """
    yield from _types(built, location_of)
    for edge in built.graph.edges.values():
        if edge.crossing is None:
            continue
        target = built.locations[location_of[edge.target]]
        if edge.crossing.route is Route.DIRECT and target.kind.has_members:
            yield from _no_pairs(built, edge, target.name)
        if edge.crossing.route is Route.ALL and target.is_open:
            here = location_of[edge.source]
            is_told = any(
                node.operator.lists_members and target.name in names_in(node.call)
                for node in built.graph.nodes.values()
                if location_of[node.id] == here
            )
            if not is_told:
                yield warning(
                    "HF509",
                    f"who joins `{target.name}` later is not sent what went to all before",
                    edge.crossing.route_span or edge.crossing.span,
                    labels=[Label(span=target.name_span, text="members come at any time")],
                    hint=f"cross what was sent with `members({target.name})`, and send the pairs by `~>` alone",
                )


def _types(built: BuiltGraph, location_of: Mapping[NodeId, str]) -> Iterator[Diagnostic]:
    first: dict[tuple[str, str], TypeArgument] = {}
    for edge in built.graph.edges.values():
        if edge.crossing is None or not edge.crossing.leads_to or not edge.crossing.types:
            continue
        (written,) = edge.crossing.types
        before = first.setdefault((location_of[edge.source], edge.crossing.leads_to), written)
        if ast.dump(before.node) != ast.dump(written.node):
            yield error(
                "HF512",
                f"the channel to `{edge.crossing.leads_to}` has two types",
                written.span,
                labels=[Label(span=before.span, text="the type here")],
                hint="join them, `::<Ask | Tell>`, at each `~>`; or send to two names",
            )


def _no_pairs(built: BuiltGraph, edge: Edge, to: str) -> Iterator[Diagnostic]:
    """The item that leaves by an edge, where its text tells that it is not a pair."""
    node = built.graph.nodes[edge.source]
    if node.operator.facts.emits is not Emits.RESULTS or not node.call.arguments:
        return
    written = node.call.arguments[-1]
    if not isinstance(written, Closure):
        return
    match written.body:
        case ast.Tuple(elts=[_, _]):
            return
        case ast.Tuple() | ast.Constant() | ast.JoinedStr() | ast.Dict() | ast.Set() | ast.Compare():
            pass
        case _:
            return
    yield error(
        "HF511",
        f"an item for a member of `{to}` is `(item, member)`, and this is not a pair",
        written.span,
        labels=[Label(span=edge.crossing.span if edge.crossing is not None else node.span, text="it leaves here")],
        hint="return `(item, member)`, or choose members by `.all`, `.others`, `.next` or `.by(...)`",
    )
