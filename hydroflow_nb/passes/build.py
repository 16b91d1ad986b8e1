"""The flat graph of a flow: names resolved to operators, arrows to edges.

Source of the rules: `FlatGraphBuilder` of Hydroflow. A name is an alias for the two ends of a pipeline, never a node,
so arrows are resolved after all statements were read and forward references need no special care.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import Final, TypeAlias

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.ir.graph import (
    Edge,
    EdgeId,
    FlatGraph,
    Instance,
    Loop,
    LoopId,
    ModuleId,
    Node,
    NodeId,
    PortLabel,
    Read,
)
from hydroflow_nb.locations import Crossing, DeclaredLocation, LocationKind, LocationReference
from hydroflow_nb.operators import BY_NAME, RENAMED
from hydroflow_nb.operators.identity import IDENTITY
from hydroflow_nb.operators.record.former import REMOVED
from hydroflow_nb.operators.record.operator import Operator, Persistence
from hydroflow_nb.passes.boundaries import Boundaries
from hydroflow_nb.passes.built import BuiltGraph, PortSide
from hydroflow_nb.passes.ends import Boundary, End, Link, Module, Name, Scope
from hydroflow_nb.passes.names import Names
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source, Span
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.syntax import tree
from hydroflow_nb.syntax.characters import odd_letters, plain_look

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

    `renamed` maps former names of operators to today's names, `removed` the names of operators that were removed to
    what to write instead. `load` gives the flow of an imported module, or the diagnostics that say why it cannot be
    read.
    """
    built = BuiltGraph(graph=FlatGraph(source=flow.source, name=name))
    builder = _Builder(
        built=built,
        names=Names(built=built, operators=operators, suggestions=Suggestions()),
        boundaries=Boundaries(built=built),
        operators=operators,
        renamed=renamed,
        removed=removed,
        load=load or (lambda call, source: []),
    )
    scope = Scope(flow=flow)
    builder.add_locations(flow, scope)
    builder.add_flow(flow, scope)
    builder.look_at_what_is_lost()
    builder.resolve()
    builder.resolve_places()
    builder.resolve_reads()
    builder.names.report_unused_ports()
    return built


_KINDS: Final = frozenset(LocationKind)


@dataclass(kw_only=True)
class _Builder:
    built: BuiltGraph
    names: Names
    boundaries: Boundaries
    operators: Mapping[str, Operator]
    renamed: Mapping[str, str]
    removed: Mapping[str, str]
    load: Load
    links: list[Link] = field(default_factory=list)
    # What the text says of where something runs: of the operator behind an end, seen from a side.
    places: list[tuple[End, PortSide, LocationReference]] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    scope_of: dict[NodeId, Scope] = field(default_factory=dict)
    # The loop whose statements are read.
    loop: LoopId | None = None

    # --- reading ---------------------------------------------------------------------------------------------------

    def add_locations(self, flow: tree.Flow, scope: Scope) -> None:
        """Add the declared locations. The name of an external one stands for what comes from there and goes there."""
        graph = self.built.graph
        for location in flow.locations:
            first = self.built.locations.setdefault(location.name, location)
            if first is not location:
                self._report_second(location.name, location.name_span, first.name_span, is_location=True)
            elif location.kind is LocationKind.EXTERNAL:
                call = expressions.OperatorCall(
                    span=location.name_span, name=IDENTITY.name, name_span=location.name_span
                )
                node = Node(
                    id=NodeId(len(graph.nodes) + 1), operator=IDENTITY, call=call, variable=None, made=location.span
                )
                graph.nodes[node.id] = node
                self.built.externals[location.name] = node.id
                end = End(target=node.id, port=None, span=location.name_span)
                pipeline = tree.Pipeline(span=location.span, nodes=(call,))
                statement = tree.Statement(
                    span=location.span, name=location.name, name_span=location.name_span, pipeline=pipeline
                )
                scope.names[location.name] = (statement, {"input": end, "output": end})

    def add_flow(self, flow: tree.Flow, scope: Scope) -> None:
        self.scopes.append(scope)
        self.add_statements(flow.statements, scope)

    def look_at_what_is_lost(self) -> None:
        """Find the nodes that the statements that could not be read may be connected to."""
        sides: tuple[PortSide, PortSide] = ("input", "output")
        for scope in self.scopes:
            self.built.lost = self.built.lost or bool(scope.flow.lost)
            self.built.reassigned = self.built.reassigned or not scope.names.keys().isdisjoint(scope.lost_assignments)
            for statement, _ in [found for name, found in scope.names.items() if name in scope.lost_names]:
                for side in sides:
                    name = Name(scope=scope, text=statement.name or "")
                    found = self.names.follow(End(target=name, port=None, span=statement.span), side).target
                    if isinstance(found, int):
                        self.built.unsure.add(found)

    def add_statements(self, statements: Iterable[tree.Statement | tree.Loop], scope: Scope) -> None:
        for statement in statements:
            if isinstance(statement, tree.Loop):
                self.add_loop(statement, scope)
            else:
                self.add_statement(statement, scope)

    def add_loop(self, written: tree.Loop, scope: Scope) -> None:
        loops, outside = self.built.graph.loops, self.loop
        loop = Loop(id=LoopId(len(loops) + 1), name=written.name, parent=outside, head=written.head)
        loops[loop.id] = loop
        self.loop = loop.id
        before = len(self.built.graph.nodes)
        # A loop shares its names with the outside.
        self.add_statements(written.statements, scope)
        self.loop = outside
        if written.location is not None and len(self.built.graph.nodes) > before:
            self.built.placed.append((NodeId(before + 1), written.location))

    def add_statement(self, statement: tree.Statement, scope: Scope) -> None:
        ends = self.add_pipeline(statement.pipeline, statement.name, scope)
        for side, end in ends.items():
            if end.port is not None:
                self.names.outer_ports.append((end.port, side))
        if statement.name is None or statement.name_span is None:
            return
        location = self.built.locations.get(statement.name) if scope.module is None else None
        if statement.name in scope.names or location is not None:
            first: DeclaredLocation | tree.Statement = location or scope.names[statement.name][0]
            assert first.name_span is not None
            is_location = location is not None
            self._report_second(statement.name, statement.name_span, first.name_span, is_location=is_location)
            return
        scope.names[statement.name] = (statement, ends)

    def _report_second(self, name: str, place: Span, first: Span, *, is_location: bool) -> None:
        what = "one location or one pipeline" if is_location else "one pipeline"
        self.built.report(
            error(
                "HF202",
                f"the name `{name}` is assigned twice",
                place,
                labels=[Label(span=first, text="first assigned here")],
                hint=f"choose another name; a name stands for {what}, wherever it is written",
            )
        )

    def add_pipeline(self, pipeline: tree.Pipeline, variable: str | None, scope: Scope) -> dict[PortSide, End]:
        ends = [self.add_node(node, variable, scope) for node in pipeline.nodes]
        crossings = pipeline.crossings or (None,) * (len(ends) - 1)
        for (left, right), crossing in zip(itertools.pairwise(ends), crossings, strict=True):
            self.links.append(Link(left=left["output"], right=right["input"], crossing=crossing))
            if crossing is not None and crossing.destination is not None and scope.module is None:
                self.places.append((right["input"], "input", crossing.destination))
        if pipeline.location is not None and scope.module is None:
            # What is at the place may be a name alone: then it says where that name's items come out.
            self.places.append((ends[0]["output"], "output", pipeline.location))
        return {"input": ends[0]["input"], "output": ends[-1]["output"]}

    def add_node(self, node: tree.PipelineNode, variable: str | None, scope: Scope) -> dict[PortSide, End]:
        match node:
            case expressions.OperatorCall():
                end = End(target=self.add_operator(node, variable, scope), port=None, span=node.span)
                return {"input": end, "output": end}
            case tree.Import():
                end = End(target=self.add_import(node, scope), port=None, span=node.span)
                return {"input": end, "output": end}
            case tree.Ported(node=tree.Group() as group):
                inner = self.add_pipeline(group.pipeline, variable, scope)
                return {
                    "input": self.names.with_port(inner["input"], node.before, "input"),
                    "output": self.names.with_port(inner["output"], node.after, "output"),
                }
            case tree.Ported(node=tree.NameReference(name=name)):
                target: Name | Boundary | None = Name(scope=scope, text=name)
            case tree.Ported(node=tree.ModuleBoundary(span=span)):
                target = Boundary(module=scope.module, inside=True) if scope.module else None
                if scope.module is None:
                    self.built.report(
                        error(
                            "HF230",
                            "`mod` stands for the world outside of a module, and this flow is not a module",
                            span,
                            hint='write the module into a file of its own and use it by `import!("file.hf")`',
                        )
                    )
        return {
            "input": End(target=target, port=node.before, span=node.span),
            "output": End(target=target, port=node.after, span=node.span),
        }

    def add_import(self, call: tree.Import, scope: Scope) -> Boundary | None:
        loaded = self.load(call, scope.source)
        if not isinstance(loaded, tree.Flow):
            for diagnostic in loaded:
                self.built.report(diagnostic)
            return None
        self._refuse_locations(loaded)
        instances = self.built.graph.modules
        parent = scope.module.id if scope.module else None
        instance = Instance(id=ModuleId(len(instances) + 1), path=call.path, parent=parent, call=call.span)
        instances[instance.id] = instance
        module = Module(id=instance.id, call=call, loop=self.loop)
        self.modules.append(module)
        self.add_flow(loaded, Scope(flow=loaded, module=module))
        return Boundary(module=module, inside=False)

    def _refuse_locations(self, module: tree.Flow) -> None:
        """Report what a module says of locations: it runs where its import stands."""
        found = [declared.name_span for declared in module.locations]
        for statement in module.statements:
            if isinstance(statement, tree.Loop):
                found += [statement.location.span] if statement.location is not None else []
                continue
            location = statement.pipeline.location
            found += [location.span] if location is not None else []
            found += [crossing.span for crossing in statement.pipeline.crossings if crossing is not None]
        for span in found:
            self.built.report(
                error(
                    "HF507",
                    f"`{span.text}` stands in a module, which runs where its import stands",
                    span,
                    hint="let the items go out through `mod`, and write what is at other places into the system's text",
                )
            )

    def add_operator(self, call: expressions.OperatorCall, variable: str | None, scope: Scope) -> NodeId | None:
        operator = self.operators.get(call.name)
        if operator is None:
            hint, meant = self.hint_for_operator(call.name)
            self.built.report(
                error("HF201", f"there is no operator `{call.name}`", call.name_span, hint=hint, replacement=meant)
            )
            return None
        graph = self.built.graph
        node = Node(
            id=NodeId(len(graph.nodes) + 1),
            operator=operator,
            call=call,
            variable=variable,
            # The checker reports a lifetime that is not a persistence.
            persistences=tuple(
                Persistence(lifetime.name) for lifetime in call.lifetimes if lifetime.name in set(Persistence)
            ),
            loop=self.loop,
            module=scope.module.id if scope.module else None,
        )
        graph.nodes[node.id] = node
        self.scope_of[node.id] = scope
        return node.id

    def hint_for_operator(self, name: str) -> tuple[str, str]:
        """What to say of a name that no operator has, and the name that is meant; empty where none is known."""
        if name in self.renamed:
            return f"it is called `{self.renamed[name]}` now", self.renamed[name]
        if name in self.removed:
            return self.removed[name], ""
        if (plain := plain_look(name)) in self.operators:
            return f"write `{plain}`: {odd_letters(name)}", plain
        if name in _KINDS:
            return f"a location is declared in a statement of its own: `server = {name}();`", ""
        meant = self.names.suggestions.closest(name, self.operators)
        if meant:
            return f"did you mean `{meant}`?", meant
        meant = self.names.suggestions.closest(name, sorted(_KINDS))
        if meant:
            return f"did you mean `{meant}()`, which declares a location?", meant
        return "`%hydroflow operators` lists all operators", ""

    # --- resolving -------------------------------------------------------------------------------------------------

    def resolve(self) -> None:
        links = [
            (Link(left=self.names.follow(link.left, "output"), right=self.names.follow(link.right, "input")), link)
            for link in self.links
        ]
        outer: list[tuple[Link, Link]] = []
        for found, link in links:
            if not self.boundaries.take(found, link):
                outer.append((found, link))
        for found, link in outer:
            self.connect(
                self.boundaries.through(found.left, "output"), self.boundaries.through(found.right, "input"), link
            )
        for module in self.modules:
            self.boundaries.report_unused(module)

    def connect(self, left: End, right: End, link: Link) -> None:
        graph = self.built.graph
        if isinstance(left.target, int) and isinstance(right.target, int):
            self._look_at_key(link.crossing)
            crossing = link.crossing and replace(link.crossing, leads_to=self._name_of(link.right, right))
            edge = Edge(
                id=EdgeId(len(graph.edges) + 1),
                source=left.target,
                source_port=_label(left, link.left.span),
                target=right.target,
                target_port=_label(right, link.right.span),
                crossing=crossing,
            )
            graph.put(edge)
        elif isinstance(left.target, int):
            self.built.starve(left.target, "output")
        elif isinstance(right.target, int):
            self.built.starve(right.target, "input")

    def _look_at_key(self, crossing: Crossing | None) -> None:
        """Report a state that the key of a route reads, and a closure that does not take one item."""
        key = None if crossing is None else crossing.key
        for reference in () if key is None else key.references:
            self.built.report(
                error(
                    "HF508",
                    f"`${reference.name}` is read in `.by`, which chooses a member by the item alone",
                    reference.span,
                    hint="put the key into the item first, by a `map` before the `~>`",
                )
            )
        if isinstance(key, expressions.Expression) and expressions.is_value(key.node):
            self.built.report(
                error(
                    "HF502",
                    f"`.by` takes a function, which gives an item's key, and `{key.span.text}` is a value",
                    key.span,
                    hint="write `.by(|item| key)`",
                )
            )
        if isinstance(key, expressions.Closure) and len(key.parameters) != 1:
            self.built.report(
                error(
                    "HF502",
                    f"`.by` takes a function of one item, and this one has {len(key.parameters) or 'no'} parameters",
                    key.span,
                    hint="write `.by(|item| key)`; a pattern takes an item apart: `.by(|(key, value)| key)`",
                )
            )

    def _name_of(self, written: End, found: End) -> str:
        """The name of the statement that an arrow leads to, and its port if that is written; else an empty text."""
        if isinstance(written.target, Name):
            return f"{written.target.text}[{found.label}]" if found.label else written.target.text
        if isinstance(written.target, int):
            return self.built.graph.nodes[written.target].variable or ""
        return ""

    def resolve_places(self) -> None:
        """Find the operators of which the text says where they run."""
        for end, side, location in self.places:
            found = self.boundaries.through(self.names.follow(end, side), side)
            if isinstance(found.target, int):
                self.built.placed.append((found.target, location))

    def resolve_reads(self) -> None:
        """Find the operator whose state each `$name` in an argument means."""
        graph = self.built.graph
        for node in list(graph.nodes.values()):
            first: dict[str, expressions.Reference] = {}
            for reference in (reference for argument in node.call.arguments for reference in argument.references):
                first.setdefault(reference.name, reference)
            for reference in first.values():
                name = Name(scope=self.scope_of[node.id], text=reference.name)
                end = self.names.follow(End(target=name, port=None, span=reference.span), "output")
                if isinstance(end.target, Boundary) and not end.target.inside:
                    end = self.boundaries.through(end, "output")
                if isinstance(end.target, Boundary):
                    self.built.report(
                        error(
                            "HF221",
                            f"`${reference.name}` is what comes into the module, which has no state to read",
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
                    self.built.report(
                        error(
                            "HF221",
                            f"`${reference.name}` is a `{source.operator.name}`, which has no state to read",
                            reference.span,
                            labels=[Label(span=source.span, text=f"`{reference.name}` ends here")],
                            hint=f"let `{reference.name}` end in an operator that has one value, such as `fold`, "
                            "`reduce`, `state`, `singleton()`, or in `handoff()`",
                        )
                    )


def _label(end: End, span: Span) -> PortLabel:
    if end.port is None:
        return PortLabel(label=None, span=span, whole=span)
    return PortLabel(label=end.port.label, span=end.port.span, whole=span)
