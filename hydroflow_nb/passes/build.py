"""The flat graph of a flow: names resolved to operators, arrows to edges.

Source of the rules: `FlatGraphBuilder` of Hydroflow. A name is an alias for the two ends of a pipeline, never a node,
so arrows are resolved after all statements were read and forward references need no special care.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.ir.graph import Edge, EdgeId, FlatGraph, Loop, LoopId, Node, NodeId, PortLabel, Read
from hydroflow_nb.operators import BY_NAME, RENAMED
from hydroflow_nb.operators.identity import IDENTITY
from hydroflow_nb.operators.record.former import REMOVED
from hydroflow_nb.operators.record.operator import Operator, Persistence
from hydroflow_nb.passes.suggestions import Suggestions
from hydroflow_nb.source import Source, Span
from hydroflow_nb.syntax import tree
from hydroflow_nb.syntax.characters import by_look, look_alike, odd_letters, plain_look
from hydroflow_nb.syntax.patterns import binding_name

_WORD: Final = re.compile(r"[^\W\d]\w*")
_ASSIGNED: Final = re.compile(r"([^\W\d]\w*+)\s*+=")
PortSide: TypeAlias = Literal["input", "output"]


@dataclass(eq=False, kw_only=True)
class _Scope:
    """The names of one text: of the flow itself, or of one import of a module, which shares them with nobody."""

    flow: tree.Flow
    module: _Module | None = None
    names: dict[str, tuple[tree.Statement, dict[PortSide, _End]]] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        return self.flow.source

    @cached_property
    def by_look(self) -> dict[str, str]:
        """The assigned names by what they look like."""
        return by_look(self.names)

    @cached_property
    def lost_names(self) -> frozenset[str]:
        """The words of what could not be read, each of which may be a name that is connected or assigned there."""
        return frozenset(binding_name(word) for span in self.flow.lost for word in _WORD.findall(span.text))

    @cached_property
    def lost_assignments(self) -> frozenset[str]:
        """Those before a sign that may assign them."""
        return frozenset(binding_name(word) for span in self.flow.lost for word in _ASSIGNED.findall(span.text))


@dataclass(eq=False, kw_only=True)
class _Module:
    """One import of a module: where its `mod`s lead, by side and port."""

    call: tree.Import
    loop: LoopId | None = None
    ends: dict[PortSide, dict[str, tuple[_End, Span]]] = field(default_factory=lambda: {"input": {}, "output": {}})
    used: set[tuple[PortSide, str]] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class _Name:
    """A name of a scope."""

    scope: _Scope
    text: str


_NameSide: TypeAlias = tuple[_Name, PortSide]


@dataclass(frozen=True, kw_only=True)
class _Boundary:
    """A side of a module: seen from outside (the import), or from inside (`mod`)."""

    module: _Module
    inside: bool


@dataclass(frozen=True, kw_only=True)
class _End:
    """One end of a pipeline: an operator (`None`: one that could not be built), a name or a module's boundary, and a
    port if any.
    """

    target: NodeId | _Name | _Boundary | None
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
    them as edges, so that one mistake is reported once. `unsure` are the nodes that what could not be read of the text
    may be connected to; `lost` is whether there is such text, and `reassigned` whether it may assign a name once more,
    so that what is connected is not known.
    """

    graph: FlatGraph
    diagnostics: list[Diagnostic] = field(default_factory=list)
    starved: dict[tuple[NodeId, PortSide], int] = field(default_factory=dict)
    unsure: set[NodeId] = field(default_factory=set)
    lost: bool = False
    reassigned: bool = False


Load: TypeAlias = Callable[[tree.Import, Source], "tree.Flow | list[Diagnostic]"]


def build(
    flow: tree.Flow,
    name: str,
    operators: Mapping[str, Operator] = BY_NAME,
    renamed: Mapping[str, str] = RENAMED,
    load: Load | None = None,
    removed: Mapping[str, str] = REMOVED,
) -> BuiltGraph:
    """The flat graph of a flow.

    `renamed` maps names that operators had in the past to today's, `removed` names of operators that there are no more
    to what to write instead. `load` gives the flow of an imported module, or the diagnostics that tell why there is
    none.
    """
    builder = _Builder(
        built=BuiltGraph(graph=FlatGraph(source=flow.source, name=name)),
        operators=operators,
        renamed=renamed,
        removed=removed,
        load=load or (lambda call, source: []),
    )
    builder.add_flow(flow, _Scope(flow=flow))
    builder.look_at_what_is_lost()
    builder.resolve()
    builder.resolve_reads()
    builder.report_unused_ports()
    return builder.built


@dataclass(kw_only=True)
class _Builder:
    built: BuiltGraph
    operators: Mapping[str, Operator]
    renamed: Mapping[str, str]
    removed: Mapping[str, str]
    load: Load
    links: list[_Link] = field(default_factory=list)
    modules: list[_Module] = field(default_factory=list)
    scopes: list[_Scope] = field(default_factory=list)
    scope_of: dict[NodeId, _Scope] = field(default_factory=dict)
    # The ports at the outer ends of statements; they have to be used by somebody.
    outer_ports: list[tuple[tree.Port, PortSide]] = field(default_factory=list)
    used_ports: set[int] = field(default_factory=set)
    reported_cycles: set[frozenset[_Name]] = field(default_factory=set)
    # What sides of names stand for, and those whose circle was looked for.
    followed: dict[_NameSide, _End] = field(default_factory=dict)
    searched: set[_NameSide] = field(default_factory=set)
    suggestions: Suggestions = field(default_factory=Suggestions)
    reported_names: set[tuple[str, Source, int]] = field(default_factory=set)
    # The loop whose statements are read.
    loop: LoopId | None = None

    def report(self, diagnostic: Diagnostic) -> None:
        self.built.diagnostics.append(diagnostic)

    # --- reading ---------------------------------------------------------------------------------------------------

    def add_flow(self, flow: tree.Flow, scope: _Scope) -> None:
        self.scopes.append(scope)
        self.add_statements(flow.statements, scope)

    def look_at_what_is_lost(self) -> None:
        """Find what the statements that could not be read may be connected to."""
        sides: tuple[PortSide, PortSide] = ("input", "output")
        for scope in self.scopes:
            self.built.lost = self.built.lost or bool(scope.flow.lost)
            self.built.reassigned = self.built.reassigned or not scope.names.keys().isdisjoint(scope.lost_assignments)
            for statement, _ in [found for name, found in scope.names.items() if name in scope.lost_names]:
                for side in sides:
                    name = _Name(scope=scope, text=statement.name or "")
                    found = self.follow(_End(target=name, port=None, span=statement.span), side).target
                    if isinstance(found, int):
                        self.built.unsure.add(found)

    def add_statements(self, statements: Iterable[tree.Statement | tree.Loop], scope: _Scope) -> None:
        for statement in statements:
            if isinstance(statement, tree.Loop):
                self.add_loop(statement, scope)
            else:
                self.add_statement(statement, scope)

    def add_loop(self, written: tree.Loop, scope: _Scope) -> None:
        loops, outside = self.built.graph.loops, self.loop
        loop = Loop(id=LoopId(len(loops) + 1), name=written.name, parent=outside, head=written.head)
        loops[loop.id] = loop
        self.loop = loop.id
        # Names are shared with the outside.
        self.add_statements(written.statements, scope)
        self.loop = outside

    def add_statement(self, statement: tree.Statement, scope: _Scope) -> None:
        ends = self.add_pipeline(statement.pipeline, statement.name, scope)
        for side, end in ends.items():
            if end.port is not None:
                self.outer_ports.append((end.port, side))
        if statement.name is None or statement.name_span is None:
            return
        if statement.name in scope.names:
            first = scope.names[statement.name][0]
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
        scope.names[statement.name] = (statement, ends)

    def add_pipeline(self, pipeline: tree.Pipeline, variable: str | None, scope: _Scope) -> dict[PortSide, _End]:
        ends = [self.add_node(node, variable, scope) for node in pipeline.nodes]
        for left, right in itertools.pairwise(ends):
            self.links.append(_Link(left=left["output"], right=right["input"]))
        return {"input": ends[0]["input"], "output": ends[-1]["output"]}

    def add_node(self, node: tree.Node, variable: str | None, scope: _Scope) -> dict[PortSide, _End]:
        match node:
            case expressions.OperatorCall():
                end = _End(target=self.add_operator(node, variable, scope), port=None, span=node.span)
                return {"input": end, "output": end}
            case tree.Import():
                end = _End(target=self.add_import(node, scope), port=None, span=node.span)
                return {"input": end, "output": end}
            case tree.Ported(node=tree.Group() as group):
                inner = self.add_pipeline(group.pipeline, variable, scope)
                return {
                    "input": self.with_port(inner["input"], node.before, "input"),
                    "output": self.with_port(inner["output"], node.after, "output"),
                }
            case tree.Ported(node=tree.NameReference(name=name)):
                target: _Name | _Boundary | None = _Name(scope=scope, text=name)
            case tree.Ported(node=tree.ModuleBoundary(span=span)):
                target = _Boundary(module=scope.module, inside=True) if scope.module else None
                if scope.module is None:
                    self.report(
                        error(
                            "HF230",
                            "`mod` stands for the world outside of a module, and this flow is none",
                            span,
                            hint='write the module into a file of its own and use it by `import!("file.hf")`',
                        )
                    )
        return {
            "input": _End(target=target, port=node.before, span=node.span),
            "output": _End(target=target, port=node.after, span=node.span),
        }

    def add_import(self, call: tree.Import, scope: _Scope) -> _Boundary | None:
        loaded = self.load(call, scope.source)
        if not isinstance(loaded, tree.Flow):
            for diagnostic in loaded:
                self.report(diagnostic)
            return None
        module = _Module(call=call, loop=self.loop)
        self.modules.append(module)
        self.add_flow(loaded, _Scope(flow=loaded, module=module))
        return _Boundary(module=module, inside=False)

    def add_operator(self, call: expressions.OperatorCall, variable: str | None, scope: _Scope) -> NodeId | None:
        operator = self.operators.get(call.name)
        if operator is None:
            hint = self.hint_for_operator(call.name)
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
            loop=self.loop,
        )
        graph.nodes[node.id] = node
        self.scope_of[node.id] = scope
        return node.id

    def hint_for_operator(self, name: str) -> str:
        if name in self.renamed:
            return f"it is called `{self.renamed[name]}` now"
        if name in self.removed:
            return self.removed[name]
        if (plain := plain_look(name)) in self.operators:
            return f"write `{plain}`: {odd_letters(name)}"
        meant = self.suggestions.closest(name, self.operators)
        return f"did you mean `{meant}`?" if meant else "`%hydroflow operators` lists the operators there are"

    # --- resolving -------------------------------------------------------------------------------------------------

    def resolve(self) -> None:
        links = [
            (_Link(left=self.follow(link.left, "output"), right=self.follow(link.right, "input")), link)
            for link in self.links
        ]
        outer = [(found, link) for found, link in links if not self.defines_boundary(found, link)]
        for found, link in outer:
            self.connect(self.through(found.left, "output"), self.through(found.right, "input"), link)
        for module in self.modules:
            self.report_unused_boundaries(module)

    def defines_boundary(self, found: _Link, link: _Link) -> bool:
        """Whether an arrow begins or ends at a `mod`: it tells where what comes over the module's boundary goes."""
        into = isinstance(found.left.target, _Boundary) and found.left.target.inside
        out_of = isinstance(found.right.target, _Boundary) and found.right.target.inside
        if into and out_of:
            # What only passes through the module needs a place to be.
            assert isinstance(found.left.target, _Boundary)
            node = self.add_passage(link, found.left.target.module.loop)
            end = _End(target=node, port=None, span=link.left.span)
            self.define(found.left, end, "input")
            self.define(found.right, end, "output")
        elif into:
            self.define(found.left, found.right, "input")
        elif out_of:
            self.define(found.right, found.left, "output")
        return into or out_of

    def define(self, boundary: _End, inner: _End, side: PortSide) -> None:
        assert isinstance(boundary.target, _Boundary)
        label = "" if boundary.port is None else str(boundary.port.label)
        ends = boundary.target.module.ends[side]
        if label in ends:
            self.report(
                error(
                    "HF231",
                    f"this {side} of the module is used twice" + (f": `[{label}]`" if label else ""),
                    boundary.span,
                    labels=[Label(span=ends[label][1], text="already used here")],
                    hint="give each a port of its own, or use `tee()` and `union()`",
                )
            )
        ends[label] = (inner, boundary.span)

    def add_passage(self, link: _Link, loop: LoopId | None) -> NodeId:
        graph = self.built.graph
        call = expressions.OperatorCall(
            span=link.left.span,
            name=IDENTITY.name,
            name_span=link.left.span,
            lifetimes=(),
            type_arguments=(),
            arguments=(),
        )
        node = Node(id=NodeId(len(graph.nodes) + 1), operator=IDENTITY, call=call, variable=None, loop=loop)
        graph.nodes[node.id] = node
        return node.id

    def through(self, end: _End, side: PortSide) -> _End:
        """The operator behind a module's boundary."""
        while isinstance(end.target, _Boundary):
            module, label = end.target.module, "" if end.port is None else str(end.port.label)
            if label not in module.ends[side] and self.built.lost:
                return _End(target=None, port=None, span=end.span)
            if label not in module.ends[side]:
                ports = (
                    ", ".join(f"`[{port}]`" if port else "one without a port" for port in module.ends[side]) or "none"
                )
                missing = error(
                    "HF232",
                    f"`{module.call.span.text}` has no {side} " + (f"port `[{label}]`" if label else "without a port"),
                    end.port.span if end.port else end.span,
                    notes=[f"{side}s of the module: {ports}"],
                    hint="the ports outside are those that the module writes at its `mod`",
                )
                # A name may be followed by an arrow and be read as well.
                if missing not in self.built.diagnostics:
                    self.report(missing)
                return _End(target=None, port=None, span=end.span)
            module.used.add((side, label))
            end = module.ends[side][label][0]
        return end

    def report_unused_boundaries(self, module: _Module) -> None:
        for side, ends in module.ends.items():
            for label, (inner, span) in ends.items():
                if (side, label) not in module.used:
                    if isinstance(inner.target, int):
                        self.starve(inner.target, side)
                    if self.built.lost:
                        continue
                    port = f" port `[{label}]`" if label else ""
                    self.report(
                        error(
                            "HF233",
                            f"nothing is connected to the {side}{port} of `{module.call.span.text}`",
                            module.call.span,
                            labels=[Label(span=span, text="the module uses it here")],
                            hint="connect every port that the module has",
                        )
                    )

    def connect(self, left: _End, right: _End, link: _Link) -> None:
        graph = self.built.graph
        if isinstance(left.target, int) and isinstance(right.target, int):
            edge = Edge(
                id=EdgeId(len(graph.edges) + 1),
                source=left.target,
                source_port=_label(left, link.left.span),
                target=right.target,
                target_port=_label(right, link.right.span),
            )
            graph.put(edge)
        elif isinstance(left.target, int):
            self.starve(left.target, "output")
        elif isinstance(right.target, int):
            self.starve(right.target, "input")

    def resolve_reads(self) -> None:
        """`$name` in arguments: which operator's state is meant."""
        graph = self.built.graph
        for node in list(graph.nodes.values()):
            first: dict[str, expressions.Reference] = {}
            for reference in (reference for argument in node.call.arguments for reference in argument.references):
                first.setdefault(reference.name, reference)
            for reference in first.values():
                name = _Name(scope=self.scope_of[node.id], text=reference.name)
                end = self.follow(_End(target=name, port=None, span=reference.span), "output")
                if isinstance(end.target, _Boundary) and not end.target.inside:
                    end = self.through(end, "output")
                if isinstance(end.target, _Boundary):
                    self.report(
                        error(
                            "HF221",
                            f"`${reference.name}` is what comes into the module, which has no state to be read",
                            reference.span,
                            labels=[Label(span=end.span, text=f"`{reference.name}` ends here")],
                            hint=f"gather it first: `{reference.name} = mod -> handoff();`",
                        )
                    )
                if not isinstance(end.target, int):
                    continue
                source = graph.nodes[end.target]
                if source.operator.publishes:
                    read = Read(
                        number=len(graph.reads) + 1,
                        source=source.id,
                        target=node.id,
                        name=reference.name,
                        span=reference.span,
                    )
                    graph.put_read(read)
                else:
                    self.report(
                        error(
                            "HF221",
                            f"`${reference.name}` is a `{source.operator.name}`, which has no state to be read",
                            reference.span,
                            labels=[Label(span=source.span, text=f"`{reference.name}` ends here")],
                            hint=f"let `{reference.name}` end in an operator that has one value, such as `fold`, "
                            "`reduce`, `state`, `singleton()`, or in `handoff()`",
                        )
                    )

    def starve(self, node: NodeId, side: PortSide) -> None:
        self.built.starved[node, side] = self.built.starved.get((node, side), 0) + 1

    def follow(self, end: _End, side: PortSide) -> _End:
        """The operator or boundary that an end stands for; the target is None where there is none, which was reported
        then. Each side of a name is followed once.
        """
        chain: list[_End] = []
        names: dict[_NameSide, int] = {}
        while isinstance(end.target, _Name) and (key := (end.target, side)) not in self.followed:
            self.use(end.port)
            scope, name = end.target.scope, end.target.text
            if name not in scope.names or key in names:
                break
            names[key] = len(chain)
            chain.append(end)
            end = scope.names[name][1][side]
        self.use(end.port)
        found = self.at_end_of_chain(end, names, side)
        if found.target is None:
            # Their other sides may be a circle of their own, which nobody else would meet.
            for leading, _ in names:
                self.look_for_circle(leading, "output" if side == "input" else "input")
        for key, before in zip(reversed(names), reversed(chain), strict=True):
            self.followed[key] = found
            found = self.with_port(found, before.port, side)
        return found

    def use(self, port: tree.Port | None) -> None:
        if port is not None:
            self.used_ports.add(id(port))

    def at_end_of_chain(self, end: _End, names: Mapping[_NameSide, int], side: PortSide) -> _End:
        """What the end stands for that a chain of names leads to."""
        if not isinstance(end.target, _Name):
            return end
        key = (end.target, side)
        if key in self.followed:
            return self.with_port(self.followed[key], end.port, side)
        if key in names:
            # Names that only lead to the circle are no part of it.
            self.report_name_cycle([name for name, _ in list(names)[names[key] :]])
        else:
            self.report_unknown_name(end.target.text, end.target.scope, end.span)
        return _End(target=None, port=None, span=end.span)

    def look_for_circle(self, name: _Name, side: PortSide) -> None:
        """Report the circle of names that a side of a name leads to, if it leads to one that is not known."""
        path: dict[_Name, int] = {}
        while (name, side) not in self.searched and name.text in name.scope.names:
            self.searched.add((name, side))
            path[name] = len(path)
            target = name.scope.names[name.text][1][side].target
            if not isinstance(target, _Name):
                return
            name = target
        if name in path:
            self.report_name_cycle(list(path)[path[name] :])

    def with_port(self, inner: _End, outer: tree.Port | None, side: PortSide) -> _End:
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

    def report_unknown_name(self, name: str, scope: _Scope, span: Span) -> None:
        if (name, scope.source, span.start) in self.reported_names or name in scope.lost_names:
            return
        self.reported_names.add((name, scope.source, span.start))
        meant = self.suggestions.closest(name, scope.names)
        if alike := look_alike(name, scope.by_look):
            hint = alike
        elif meant is not None:
            hint = f"did you mean `{meant}`?"
        elif name in self.operators:
            hint = f"an operator is called with parentheses: `{self.operators[name].signature}`"
        else:
            hint = f"assign it in a statement of this cell: `{name} = ...;`"
        self.report(error("HF203", f"the name `{name}` is never assigned", span, hint=hint))

    def report_name_cycle(self, circle: list[_Name]) -> None:
        if frozenset(circle) in self.reported_cycles:
            return
        self.reported_cycles.add(frozenset(circle))
        spans = [span for span in (name.scope.names[name.text][0].name_span for name in circle) if span is not None]
        texts = [name.text for name in circle]
        self.report(
            error(
                "HF204",
                f"the name `{texts[0]}` stands for itself, in a circle: {' -> '.join([*texts, texts[0]])}",
                spans[0],
                labels=[Label(span=span, text="and this") for span in spans[1:]],
                hint="one of these names has to stand for an operator",
            )
        )

    def report_unused_ports(self) -> None:
        for port, side in self.outer_ports:
            if id(port) not in self.used_ports and not self.built.lost:
                self.report(
                    error(
                        "HF206",
                        f"nothing is connected to this {side} port `[{port.label}]`",
                        port.span,
                        hint=f"an {side} port stands {_PLACE[side]}; take it away, or connect it",
                    )
                )


_PLACE: Mapping[PortSide, str] = {
    "input": "in front of a name, behind an arrow: `-> [0]name`",
    "output": "behind a name, before an arrow: `name[0] ->`",
}


def _label(end: _End, span: Span) -> PortLabel:
    return PortLabel(label=None if end.port is None else end.port.label, span=end.port.span if end.port else span)
