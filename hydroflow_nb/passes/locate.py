"""Where each operator of a system runs.

Operators that `->`, `$name` or a loop join are at one place, so it is enough to say it once for each such group. The
places that are written spread along these joints, nearest first; where two of them meet, the text contradicts itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import field

from hydroflow_nb.diagnostics import Diagnostic, Label, error, warning
from hydroflow_nb.ir.graph import Edge, FlatGraph, NodeId, Read
from hydroflow_nb.locations import DeclaredLocation, LocationKind, LocationReference, Route
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.records import dataclass
from hydroflow_nb.suggestions import Suggestions


@dataclass(kw_only=True)
class Located:
    """The location of each operator by name, and what was found on the way."""

    location_of: Mapping[NodeId, str]
    diagnostics: list[Diagnostic] = field(default_factory=list)


def locate(built: BuiltGraph) -> Located:
    """Find where each operator runs.

    Reports locations that are not declared (HF503), joints across locations (HF504, HF508), operators of which nothing
    says where they run (HF505) or that would run at an external location (HF515), routes at a process (HF506) and
    locations without an operator (HF510, a warning).
    """
    return _Locating(built).found()


class _Locating:
    """One search for the places of operators."""

    def __init__(self, built: BuiltGraph) -> None:
        self._built = built
        self._graph = built.graph
        self._outside = frozenset(built.externals.values())
        self._diagnostics: list[Diagnostic] = []
        # By operator, the place that was written for it or for the nearest one of its group.
        self._written: dict[NodeId, LocationReference] = {}
        # The pairs of written places whose contradiction was reported.
        self._reported: set[frozenset[int]] = set()

    def found(self) -> Located:
        """The places, and what is wrong with them."""
        known = self._known(self._built.placed)
        joints = _joints(self._graph, self._outside)
        self._report_joined_outside()
        self._begin(known)
        # Over `$name` last: where a state of another place is read, that is what the message is about.
        self._spread(_joints(self._graph, self._outside, reads=False))
        self._spread(joints)
        if not self._built.lost:
            self._report_nowhere(joints)
        self._report_routes()
        location_of = {node: written.name for node, written in self._written.items()}
        location_of |= {node: name for name, node in self._built.externals.items()}
        self._report_empty({*location_of.values(), *(written.name for _, written in self._built.placed)})
        return Located(location_of=location_of, diagnostics=self._diagnostics)

    def _known(self, placed: Iterable[tuple[NodeId, LocationReference]]) -> list[tuple[NodeId, LocationReference]]:
        """The places that are declared; the others are reported, each once."""
        locations, suggestions = self._built.locations, Suggestions()
        known, unknown = [], set()
        for node, written in placed:
            location = locations.get(written.name)
            if location is not None and (location.kind is not LocationKind.EXTERNAL or node in self._outside):
                known.append((node, written))
                continue
            self._written.setdefault(node, written)
            if written.span.start in unknown:
                continue
            unknown.add(written.span.start)
            if location is not None:
                self._diagnostics.append(_runs_outside(location, written))
                continue
            meant = suggestions.closest(written.name, locations)
            declare = f"declare it: `{written.name} = process();` or `{written.name} = cluster();`"
            there_are = ", ".join(f"`{name}`" for name in locations)
            self._diagnostics.append(
                error(
                    "HF503",
                    f"there is no location `{written.name}`",
                    written.span,
                    notes=[f"locations of this text: {there_are}"] if locations else [],
                    hint=f"did you mean `@{meant}`?" if meant else declare,
                    replacement=f"@{meant}" if meant else "",
                )
            )
        return known

    def _begin(self, known: Iterable[tuple[NodeId, LocationReference]]) -> None:
        for node, written in known:
            first = self._written.setdefault(node, written)
            if first.name != written.name:
                self._contradict(first, written, None)

    def _spread(self, joints: Mapping[NodeId, list[tuple[NodeId, _Joint]]]) -> None:
        """Spread the places over joints, nearest first."""
        waiting = deque(self._written)
        while waiting:
            node = waiting.popleft()
            here = self._written[node]
            for other, joint in joints.get(node, ()):
                there = self._written.get(other)
                if there is None:
                    self._written[other] = here
                    waiting.append(other)
                elif there.name != here.name:
                    self._contradict(here, there, joint)

    def _contradict(self, one: LocationReference, other: LocationReference, joint: _Joint) -> None:
        """Report that two places meet at an edge, a `$name` or in a loop; once for each pair of places."""
        pair = frozenset((one.span.start, other.span.start))
        names = self._built.locations
        if pair in self._reported or one.name not in names or other.name not in names:
            return
        self._reported.add(pair)
        first, second = sorted((one, other), key=lambda written: written.span.start)
        labels = [Label(span=written.span, text=f"at `{written.name}`") for written in (first, second)]
        if isinstance(joint, Read):
            at = self._written[joint.source].name
            self._diagnostics.append(
                error(
                    "HF508",
                    f"`${joint.name}` is a state of `{at}`, and is read at `{self._written[joint.target].name}`",
                    joint.span,
                    labels=labels,
                    hint=f"send what is to be known: from `{at}` by `~>`",
                )
            )
            return
        joined = "`->` joins" if isinstance(joint, Edge) else "this is at two places:"
        span = second.span
        if isinstance(joint, Edge):
            span = joint.target_port.span
        self._diagnostics.append(
            error(
                "HF504",
                f"{joined} what is at `{first.name}` and what is at `{second.name}`",
                span,
                labels=[label for label in labels if label.span != span],
                hint="between locations write `~>`",
            )
        )

    def _report_nowhere(self, joints: Mapping[NodeId, list[tuple[NodeId, _Joint]]]) -> None:
        """Report each group of which nothing says where it runs, at its first operator."""
        seen: set[NodeId] = set()
        for node in self._graph.nodes.values():
            if node.id in self._written or node.id in seen or node.id in self._outside:
                continue
            group, waiting = {node.id}, [node.id]
            while waiting:
                for other, _ in joints.get(waiting.pop(), ()):
                    if other not in group:
                        group.add(other)
                        waiting.append(other)
            seen |= group
            if any((one, side) in self._built.starved for one in group for side in ("input", "output")):
                continue
            locations = list(self._built.locations)
            example = f"@{locations[0]}" if locations else "@server"
            self._diagnostics.append(
                error(
                    "HF505",
                    "nothing says where this runs",
                    node.span,
                    hint=f"begin the statement by a location, as in `{example} {node.operator.name}(...)`",
                )
            )

    def _report_routes(self) -> None:
        for edge in self._graph.edges.values():
            crossing = edge.crossing
            written = self._written.get(edge.target)
            location = self._built.locations.get(written.name) if written is not None else None
            if crossing is None or crossing.route is Route.DIRECT or location is None:
                continue
            if location.kind is LocationKind.CLUSTER:
                continue
            self._diagnostics.append(
                error(
                    "HF506",
                    f"`.{crossing.route}` chooses among the members of a cluster, and `{location.name}` is "
                    + ("a process" if location.kind is LocationKind.PROCESS else "external"),
                    crossing.route_span or crossing.span,
                    labels=[Label(span=location.name_span, text="declared here")],
                    hint="leave it out",
                )
            )

    def _report_joined_outside(self) -> None:
        """Report each `->` from or to an external location."""
        for edge in self._graph.edges.values():
            if edge.crossing is None and {edge.source, edge.target} & self._outside:
                outside = next(
                    name for name, node in self._built.externals.items() if node in (edge.source, edge.target)
                )
                self._diagnostics.append(
                    error(
                        "HF504",
                        f"`->` joins operators at one place, and `{outside}` is another one",
                        edge.target_port.span if edge.target in self._outside else edge.source_port.span,
                        hint="between locations write `~>`",
                    )
                )

    def _report_empty(self, used: set[str]) -> None:
        for location in self._built.locations.values():
            if location.name not in used and not self._built.lost:
                self._diagnostics.append(_empty(location))


def _runs_outside(location: DeclaredLocation, written: LocationReference) -> Diagnostic:
    name = location.name
    return error(
        "HF515",
        f"nothing of this text runs at `{name}`: it stands for programs of other make",
        written.span,
        labels=[Label(span=location.name_span, text="external")],
        hint=f"what comes from there is `{name} ~> ...`, what goes there `... ~> {name}`; to run something there, "
        f"declare `{name} = process();`",
    )


def _empty(location: DeclaredLocation) -> Diagnostic:
    return warning(
        "HF510",
        f"nothing runs at `{location.name}`",
        location.name_span,
        hint=f"write `@{location.name}` where something is to run there, or leave the location out",
    )


_Joint = Edge | Read | None


def _joints(graph: FlatGraph, outside: Set[NodeId], *, reads: bool = True) -> dict[NodeId, list[tuple[NodeId, _Joint]]]:
    """What is at the same place as an operator: its neighbours over `->` and, with `reads`, `$name`, and what stands in
    its outermost loop.
    """
    joints: dict[NodeId, list[tuple[NodeId, _Joint]]] = {}

    def join(one: NodeId, other: NodeId, joint: _Joint) -> None:
        joints.setdefault(one, []).append((other, joint))
        joints.setdefault(other, []).append((one, joint))

    for edge in graph.edges.values():
        if edge.crossing is None and not {edge.source, edge.target} & outside:
            join(edge.source, edge.target, edge)
    for read in graph.reads if reads else ():
        join(read.source, read.target, read)
    first_in: dict[int, NodeId] = {}
    for node in graph.nodes.values():
        if node.loop is not None:
            outermost = graph.around(node.loop)[0]
            first = first_in.setdefault(outermost, node.id)
            if first != node.id:
                join(first, node.id, None)
    return joints
