"""The channels of a system: what goes over its arrows `~>`, and what is wrong with it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hydroflow_nb.diagnostics import Diagnostic, Label, error, warning
from hydroflow_nb.expressions import Argument, Closure, Expression, OperatorCall, TypeArgument, bound_names
from hydroflow_nb.ir.graph import Edge, EdgeId, Node, NodeId
from hydroflow_nb.locations import LocationKind, Route
from hydroflow_nb.operators import OPERATORS
from hydroflow_nb.operators.record.facts import Emits
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span
from hydroflow_nb.suggestions import Suggestions

_LISTS = next(operator.name for operator in OPERATORS if operator.lists_members)


@dataclass(frozen=True, kw_only=True, repr=False)
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

    def __repr__(self) -> str:
        return f"<channel {self.name}>"


def channels_of(built: BuiltGraph, location_of: Mapping[NodeId, str]) -> list[Channel]:
    """The channels of a system, in the order of the text.

    A channel is called after the statement that it leads to, so that it keeps its name when other lines change; one
    that leads to none is numbered among those of its two locations.
    """
    edges: dict[str, list[Edge]] = {}
    numbers: dict[tuple[str, str], int] = {}
    names = {edge.crossing.leads_to for edge in built.graph.edges.values() if edge.crossing is not None}
    for edge in built.graph.edges.values():
        if edge.crossing is None:
            continue
        source, target = location_of[edge.source], location_of[edge.target]
        named = f"{source}>{edge.crossing.leads_to}" if edge.crossing.leads_to else ""
        if named and (named not in edges or _goes_where(edge, edges[named][0])):
            edges.setdefault(named, []).append(edge)
            continue
        number = numbers.get((source, target), 0) + 1
        while f"{target}_{number}" in names:
            number += 1
        numbers[source, target] = number
        edges[f"{source}>{target}_{number}"] = [edge]
    return [_channel(built, location_of, name, own) for name, own in edges.items()]


def _goes_where(edge: Edge, other: Edge) -> bool:
    """Whether an edge leads to the same input as another one."""
    return (edge.target, edge.target_port.label) == (other.target, other.target_port.label)


def _channel(built: BuiltGraph, location_of: Mapping[NodeId, str], name: str, edges: Sequence[Edge]) -> Channel:
    source, target = location_of[edges[0].source], location_of[edges[0].target]
    types = (edge.crossing.types for edge in edges if edge.crossing is not None and edge.crossing.types)
    return Channel(
        name=name,
        source=source,
        target=target,
        edges=tuple(edge.id for edge in edges),
        types=next(types, ()),
        tagged=LocationKind.EXTERNAL not in (built.locations[source].kind, built.locations[target].kind),
    )


def argument_names(call: OperatorCall) -> set[str]:
    """The names of Python in the arguments of a call."""
    trees = [one.body if isinstance(one, Closure) else one.node for one in call.arguments]
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def names_of(argument: Argument) -> set[str]:
    """The names of Python in an argument, those that its patterns bind among them."""
    if not isinstance(argument, Closure):
        return {node.id for node in ast.walk(argument.node) if isinstance(node, ast.Name)}
    bound = {name for parameter in argument.parameters for name in bound_names(parameter)}
    return bound | {node.id for node in ast.walk(argument.body) if isinstance(node, ast.Name)}


def listed_by(node: Node) -> str | None:
    """The name of the cluster whose members an operator emits."""
    match node.call.arguments:
        case (Expression(node=ast.Name(id=name)), *_) if node.operator.lists_members:
            return name
    return None


def hosts_of(built: BuiltGraph, location_of: Mapping[NodeId, str], channels: Iterable[Channel]) -> dict[str, set[str]]:
    """For each open cluster, the locations that have to know its members: those whose arguments name it, and those that
    choose among them by a route.
    """
    hosts: dict[str, set[str]] = {one.name: set() for one in built.locations.values() if one.is_open}
    if not hosts:
        return hosts
    for node in built.graph.nodes.values():
        for name in argument_names(node.call) & hosts.keys():
            hosts[name].add(location_of[node.id])
    for channel in channels:
        crossings = (built.graph.edges[edge].crossing for edge in channel.edges)
        if channel.target in hosts and any(one is not None and one.route is not Route.DIRECT for one in crossings):
            hosts[channel.target].add(channel.source)
    return hosts


def channel_diagnostics(built: BuiltGraph, location_of: Mapping[NodeId, str]) -> Iterator[Diagnostic]:
    """What is wrong with the items of crossings: those that cannot be pairs where a receiver is needed (HF511), and two
    types of one channel (HF512). Warnings where items go to all members of an open cluster (HF509).
    """
    yield from _types(built, location_of)
    yield from _listed(built)
    yield from _strangers(built, location_of)
    for edge in built.graph.edges.values():
        if edge.crossing is None:
            continue
        target = built.locations[location_of[edge.target]]
        if edge.crossing.route is Route.DIRECT and target.names_members:
            yield from _no_pairs(built, edge, target.name)
        if edge.crossing.route in (Route.ALL, Route.OTHERS) and target.is_open:
            here = location_of[edge.source]
            if built.locations[here].is_open:
                # They do not know each other (HF514).
                continue
            is_told = any(
                listed_by(node) == target.name for node in built.graph.nodes.values() if location_of[node.id] == here
            )
            if not is_told:
                yield warning(
                    "HF509",
                    f"a member that joins `{target.name}` later is not sent what went to all members before",
                    edge.crossing.route_span or edge.crossing.span,
                    labels=[Label(span=target.name_span, text="members come at any time")],
                    hint=f"cross what was sent with `{_LISTS}({target.name})`, and send the pairs by `~>` alone",
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


def _listed(built: BuiltGraph) -> Iterator[Diagnostic]:
    """What is wrong with the clusters whose members an operator emits."""
    for node in built.graph.nodes.values():
        if not node.operator.lists_members or not node.call.arguments:
            continue
        name, clusters = listed_by(node), [one.name for one in built.locations.values() if one.kind.is_cluster]
        if name in clusters:
            continue
        location = built.locations.get(name or "")
        meant = Suggestions().closest(name, clusters) if name else ""
        there_are = f"clusters of this text: {', '.join(f'`{one}`' for one in clusters)}"
        yield error(
            "HF503",
            f"`{name}` is not a cluster: it is {location.kind.called}"
            if location is not None
            else f"there is no cluster `{name}`"
            if name
            else f"`{node.operator.name}` takes the name of a cluster",
            node.call.arguments[0].span,
            labels=[] if location is None else [Label(span=location.name_span, text="declared here")],
            notes=[there_are] if clusters else [],
            hint=f"did you mean `{meant}`?"
            if meant
            else f"name a cluster, as in `{node.operator.name}({clusters[0]})`"
            if clusters
            else "declare one: `clients = cluster();`",
            replacement=meant or "",
        )


def _strangers(built: BuiltGraph, location_of: Mapping[NodeId, str]) -> Iterator[Diagnostic]:
    """External locations that meet (HF515), and open clusters of which neither knows the other (HF514)."""
    first: dict[str, tuple[str, Edge]] = {}
    arrows = [(edge, edge.crossing) for edge in built.graph.edges.values() if edge.crossing is not None]
    for edge, crossing in arrows:
        source, target = built.locations[location_of[edge.source]], built.locations[location_of[edge.target]]
        if source.kind is not LocationKind.EXTERNAL:
            continue
        if target.kind is LocationKind.EXTERNAL:
            yield error(
                "HF515",
                f"nothing of this text runs at `{source.name}`, nor at `{target.name}`",
                crossing.span,
                labels=[Label(span=one.name_span, text="external") for one in (source, target)],
                hint="leave it out, or let the items go by way of a process",
            )
            continue
        name, before = first.setdefault(target.name, (source.name, edge))
        if name != source.name:
            yield error(
                "HF515",
                f"`{name}` and `{source.name}` both send to `{target.name}`, where their messages cannot be told apart",
                crossing.span,
                labels=[Label(span=before.crossing.span, text=f"from `{name}`")] if before.crossing is not None else [],
                hint="messages of other programs bear no name: declare one external location for them, and tell their "
                "items apart, or let each send to a process of its own",
            )
    for node in built.graph.nodes.values():
        for name in argument_names(node.call):
            yield from _unknown(built, location_of[node.id], name, node.span)
    for edge, crossing in arrows:
        if crossing.route is not Route.DIRECT:
            span = crossing.route_span or crossing.span
            yield from _unknown(built, location_of[edge.source], location_of[edge.target], span)


def _unknown(built: BuiltGraph, here: str, there: str, span: Span) -> Iterator[Diagnostic]:
    """The members of an open cluster that those of another one would have to know."""
    host, cluster = built.locations[here], built.locations.get(there)
    if cluster is None or not cluster.is_open or not host.is_open:
        return
    clusters = dict.fromkeys((cluster, host))
    whose = f"of `{there}` and `{here}`" if here != there else f"of `{here}`"
    yield error(
        "HF514",
        f"members {whose} come at any time, and do not know each other",
        span,
        labels=[Label(span=one.name_span, text="open") for one in clusters],
        hint=f"let a process introduce them: `{_LISTS}({there})` there is a source of who came, and items from it go "
        f"to `{here}` by `~>`",
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
        case ast.Tuple(elts=[_, _]) | ast.List(elts=[_, _]):
            return
        case ast.Tuple(elts=elements) | ast.List(elts=elements) if any(isinstance(x, ast.Starred) for x in elements):
            return
        case ast.Tuple() | ast.List() | ast.Constant() | ast.JoinedStr() | ast.Dict() | ast.Set() | ast.Compare():
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
