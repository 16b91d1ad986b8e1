"""The flat graph of a flow: names resolved to operators, arrows to edges.

Source of the rules: `FlatGraphBuilder` of Hydroflow. A name is an alias for the two ends of a pipeline, never a node,
so arrows are resolved after all statements were read and forward references need no special care.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, TypeAlias

from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Node, NodeId, PortLabel
from hydroflow_nb.operators.operator import Operator, Persistence
from hydroflow_nb.source import Span
from hydroflow_nb.syntax import tree

Side: TypeAlias = Literal["input", "output"]


@dataclass(frozen=True, kw_only=True)
class _End:
    """One end of a pipeline: an operator (`None`: one that could not be built) or a name, and a port if any."""

    target: NodeId | str | None
    port: tree.Port | None
    span: Span


@dataclass(frozen=True, kw_only=True)
class _Link:
    """An arrow."""

    left: _End
    right: _End


@dataclass(kw_only=True)
class BuiltGraph:
    """The flat graph with what was found while building it.

    `starved` counts, for a node and side, the arrows that lead to something that could not be built: the checker counts
    them as edges, so that one mistake is reported once.
    """

    graph: FlatGraph
    diagnostics: list[Diagnostic] = field(default_factory=list)
    starved: dict[tuple[NodeId, Side], int] = field(default_factory=dict)


def build(flow: tree.Flow, name: str, operators: Mapping[str, Operator], renamed: Mapping[str, str]) -> BuiltGraph:
    """The flat graph of a flow. `renamed` maps names that operators had in the past to today's."""
    builder = _Builder(
        built=BuiltGraph(graph=FlatGraph(source=flow.source, name=name)), operators=operators, renamed=renamed
    )
    for statement in flow.statements:
        builder.add_statement(statement)
    builder.resolve()
    builder.report_unused_ports()
    return builder.built


@dataclass(kw_only=True)
class _Builder:
    built: BuiltGraph
    operators: Mapping[str, Operator]
    renamed: Mapping[str, str]
    links: list[_Link] = field(default_factory=list)
    names: dict[str, tuple[tree.Statement, dict[Side, _End]]] = field(default_factory=dict)
    # The ports at the outer ends of statements; they have to be used by somebody.
    outer_ports: list[tuple[tree.Port, Side]] = field(default_factory=list)
    used_ports: set[int] = field(default_factory=set)
    reported_cycles: set[frozenset[str]] = field(default_factory=set)
    reported_names: set[tuple[str, int]] = field(default_factory=set)

    def report(self, diagnostic: Diagnostic) -> None:
        self.built.diagnostics.append(diagnostic)

    # --- reading ---------------------------------------------------------------------------------------------------

    def add_statement(self, statement: tree.Statement) -> None:
        ends = self.add_pipeline(statement.pipeline, statement.name)
        for side, end in ends.items():
            if end.port is not None:
                self.outer_ports.append((end.port, side))
        if statement.name is None or statement.name_span is None:
            return
        if statement.name in self.names:
            first = self.names[statement.name][0]
            assert first.name_span is not None
            self.report(
                error(
                    "HF202",
                    f"the name `{statement.name}` is assigned twice",
                    statement.name_span,
                    labels=[Label(span=first.name_span, text="first assigned here")],
                    hint="choose another name; a name stands for one pipeline, wherever it is written",
                )
            )
            return
        self.names[statement.name] = (statement, ends)

    def add_pipeline(self, pipeline: tree.Pipeline, variable: str | None) -> dict[Side, _End]:
        ends = [self.add_node(node, variable) for node in pipeline.nodes]
        for left, right in itertools.pairwise(ends):
            self.links.append(_Link(left=left["output"], right=right["input"]))
        return {"input": ends[0]["input"], "output": ends[-1]["output"]}

    def add_node(self, node: tree.Node, variable: str | None) -> dict[Side, _End]:
        match node:
            case tree.OperatorCall():
                end = _End(target=self.add_operator(node, variable), port=None, span=node.span)
                return {"input": end, "output": end}
            case tree.Ported(node=tree.NameReference() as reference):
                return {
                    "input": _End(target=reference.name, port=node.before, span=node.span),
                    "output": _End(target=reference.name, port=node.after, span=node.span),
                }
            case tree.Ported(node=tree.Group() as group):
                inner = self.add_pipeline(group.pipeline, variable)
                return {
                    "input": self.with_port(inner["input"], node.before, "input"),
                    "output": self.with_port(inner["output"], node.after, "output"),
                }
        raise AssertionError(node)

    def add_operator(self, call: tree.OperatorCall, variable: str | None) -> NodeId | None:
        operator = self.operators.get(call.name)
        if operator is None:
            today = self.renamed.get(call.name)
            close = get_close_matches(call.name, self.operators, n=1)
            hint = (
                f"it is called `{today}` now"
                if today
                else f"did you mean `{close[0]}`?"
                if close
                else "`%hydroflow operators` lists the operators there are"
            )
            self.report(error("HF201", f"there is no operator `{call.name}`", call.name_span, hint=hint))
            return None
        graph = self.built.graph
        node = Node(
            id=NodeId(len(graph.nodes) + 1),
            operator=operator,
            call=call,
            variable=variable,
            # What is no persistence at all is the checker's to report.
            persistences=tuple(
                Persistence(lifetime.name) for lifetime in call.lifetimes if lifetime.name in set(Persistence)
            ),
        )
        graph.nodes[node.id] = node
        return node.id

    # --- resolving -------------------------------------------------------------------------------------------------

    def resolve(self) -> None:
        for link in self.links:
            left = self.follow(link.left, "output")
            right = self.follow(link.right, "input")
            graph = self.built.graph
            if isinstance(left.target, int) and isinstance(right.target, int):
                edge = Edge(
                    id=EdgeId(len(graph.edges) + 1),
                    source=left.target,
                    source_port=_label(left, link.left.span),
                    target=right.target,
                    target_port=_label(right, link.right.span),
                )
                graph.edges[edge.id] = edge
            elif isinstance(left.target, int):
                self.starve(left.target, "output")
            elif isinstance(right.target, int):
                self.starve(right.target, "input")

    def starve(self, node: NodeId, side: Side) -> None:
        self.built.starved[node, side] = self.built.starved.get((node, side), 0) + 1

    def follow(self, end: _End, side: Side) -> _End:
        """The operator that an end stands for; the target is None where there is none, which was reported then."""
        if end.port is not None:
            self.used_ports.add(id(end.port))
        path: list[str] = []
        while isinstance(end.target, str):
            if end.target in path:
                # Names that only lead to the circle are no part of it.
                self.report_name_cycle([*path[path.index(end.target) :], end.target])
                return _End(target=None, port=None, span=end.span)
            path.append(end.target)
            if end.target not in self.names:
                self.report_unknown_name(end.target, end.span)
                return _End(target=None, port=None, span=end.span)
            inner = self.names[end.target][1][side]
            if inner.port is not None:
                self.used_ports.add(id(inner.port))
            end = self.with_port(inner, end.port, side)
        return end

    def with_port(self, inner: _End, outer: tree.Port | None, side: Side) -> _End:
        """An end seen through an alias or parentheses that bear a port of their own."""
        if outer is None:
            return inner
        if inner.port is not None:
            self.used_ports.add(id(outer))
            self.report(
                error(
                    "HF205",
                    f"this {side} has a port already: `[{outer.label}]` is written where `[{inner.port.label}]` holds",
                    outer.span,
                    labels=[Label(span=inner.port.span, text="this port is the one that counts")],
                    hint="write the port in one of the two places only",
                )
            )
            return inner
        return _End(target=inner.target, port=outer, span=inner.span)

    def report_unknown_name(self, name: str, span: Span) -> None:
        if (name, span.start) in self.reported_names:
            return
        self.reported_names.add((name, span.start))
        close = get_close_matches(name, self.names, n=1)
        if close:
            hint = f"did you mean `{close[0]}`?"
        elif name in self.operators:
            hint = f"an operator is called with parentheses: `{self.operators[name].signature}`"
        else:
            hint = f"assign it in a statement of this cell: `{name} = ...;`"
        self.report(error("HF203", f"the name `{name}` is never assigned", span, hint=hint))

    def report_name_cycle(self, path: list[str]) -> None:
        if frozenset(path) in self.reported_cycles:
            return
        self.reported_cycles.add(frozenset(path))
        spans = [span for span in (self.names[name][0].name_span for name in path[:-1]) if span is not None]
        self.report(
            error(
                "HF204",
                f"the name `{path[-1]}` stands for itself, in a circle: {' -> '.join(path)}",
                spans[0],
                labels=[Label(span=span, text="and this") for span in spans[1:]],
                hint="one of these names has to stand for an operator",
            )
        )

    def report_unused_ports(self) -> None:
        for port, side in self.outer_ports:
            if id(port) not in self.used_ports:
                self.report(
                    error(
                        "HF206",
                        f"nothing is connected to this {side} port `[{port.label}]`",
                        port.span,
                        hint=f"an {side} port stands {_PLACE[side]}; take it away, or connect it",
                    )
                )


_PLACE: Mapping[Side, str] = {
    "input": "in front of a name, behind an arrow: `-> [0]name`",
    "output": "behind a name, before an arrow: `name[0] ->`",
}


def _label(end: _End, span: Span) -> PortLabel:
    return PortLabel(label=None if end.port is None else end.port.label, span=end.port.span if end.port else span)
