"""The code of a flow: for each stratum one function, in it one fused loop for each place that items come from.

Items are never pulled through a chain of iterators or pushed through a chain of objects: the code of an operator stands
where its input emits. (Neumann, Efficiently Compiling Efficient Query Plans for Modern Hardware, 2011.) A run of a
subgraph is a row of sections: a handoff is drained, a source or an operator that had to collect its input produces;
each section's loop holds the code of all operators up to the next handoff or collection.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from keyword import iskeyword
from types import CodeType

from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.emitter import Emitter
from hydroflow_nb.codegen.names import Names, may_ask_for_tick_start, used_names
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.ir.graph import (
    Component,
    Edge,
    EdgeId,
    LoopBlock,
    LoopId,
    Node,
    NodeId,
    PartitionedGraph,
    Stratum,
    Subgraph,
    SubgraphId,
)
from hydroflow_nb.operators.record.facts import Emits, Shape
from hydroflow_nb.operators.record.operator import Delay, Window
from hydroflow_nb.syntax import tree

# Longer chains are cut by a buffer: CPython allows 20 nested loops, and both it and we recurse into nested code.
MOST_CHAINED = 40
MOST_NESTED = 12
# The code behind a union stands once for each of its inputs where that is short, otherwise once behind a buffer.
MOST_REPEATED = 4


@dataclass(frozen=True, kw_only=True)
class GeneratedCode:
    """What the generator made of a graph.

    `factory` is a module with one function that makes the flow's state and returns the strata's functions; `name` is
    the function's name, `strata` the names of what it returns; `handoffs` and `next_ticks` name the buffers by edge.
    `states` names the variables that last from tick to tick: True for those whose values may change in place.
    `compiled` is the module as `load` compiled it, by file name, for the next flow that is loaded from it.
    """

    factory: ast.Module
    name: str
    strata: tuple[str, ...]
    handoffs: dict[EdgeId, str]
    next_ticks: dict[EdgeId, str]
    states: dict[str, bool]
    # What settles the items of operators that wait for them one by one.
    workers: dict[NodeId, str]
    recorded: bool
    compiled: dict[str, CodeType] = field(default_factory=dict, repr=False, compare=False)


def generate(graph: PartitionedGraph, *, recorded: bool = False) -> GeneratedCode:
    """The code of a graph; `recorded`: the variant that also tells a recorder of every item on every edge."""
    return Generator(graph, recorded=recorded).generate()


@dataclass(kw_only=True)
class _Place:
    """Where the generator is while it emits one subgraph's code."""

    component: Component
    subgraph: Subgraph
    scratch: dict[str, list[ast.stmt]] = field(default_factory=dict)
    tick_state: dict[str, list[ast.stmt]]
    chained: int = 0
    nested: int = 0
    # Edges whose items are collected in a buffer of their own, with the buffer's name.
    buffered: dict[EdgeId, str] = field(default_factory=dict)


class Generator:
    """Generates one variant of one graph's code."""

    def __init__(self, graph: PartitionedGraph, *, recorded: bool) -> None:
        self.graph = graph
        self.recorded = recorded
        calls = [node.call for node in graph.nodes.values()]
        self.names = Names(used_names(calls))
        self._keeps_time = may_ask_for_tick_start(calls)
        self.prologue: list[ast.stmt] = []
        self.rebound: set[str] = set()
        self.states: dict[str, bool] = {}
        self.workers: dict[NodeId, str] = {}
        self.runtime_names: dict[str, str] = {}
        self.ins: dict[NodeId, list[Edge]] = {node: graph.flat.inputs(node) for node in graph.nodes}
        self.outs: dict[NodeId, list[Edge]] = {node: graph.flat.outputs(node) for node in graph.nodes}
        self.emitters = {
            node.id: Emitter(self, node, self.ins[node.id], self.outs[node.id]) for node in graph.nodes.values()
        }
        self.component_of = {
            subgraph: component for component in graph.components() for subgraph in component.subgraphs
        }
        self.handoffs_of_cycles = self._handoffs_of_cycles()
        self.wires = {(wire.edge.id, wire.source.startswith("handoff")): wire for wire in graph.wires}
        # Edges whose handoff is left out: their items are gathered by the blocking operator where they come from. The
        # recorded variant keeps the handoffs, so that a step shows what waits in them.
        self.gathered = frozenset() if recorded else frozenset(self._gathered_edges())
        self.gathering = {graph.edges[edge].target for edge in self.gathered}
        self._shared: set[str] = set()
        self.place: _Place | None = None
        self._lengths: dict[NodeId, int] = {}
        self._position = Position(graph.flat.source.span(0, 0))

    # --- the whole -------------------------------------------------------------------------------------------------

    def _gathered_edges(self) -> Iterator[EdgeId]:
        # What reads a state has to wait for it, which may be complete later than the stratum where the items come from.
        readers = {read.target for read in self.graph.flat.reads}
        for edge_id, handoff in self.graph.handoffs.items():
            edge = self.graph.edges[edge_id]
            gathers = self.graph.nodes[edge.target].operator.gathers
            if (
                edge.target not in readers
                and self.graph.nodes[edge.source].loop == self.graph.nodes[edge.target].loop
                and handoff.delay is Delay.STRATUM
                and ("*" in gathers or edge.target_port.text in gathers)
            ):
                yield edge_id

    def generate(self) -> GeneratedCode:
        """The whole code."""
        handoffs = {
            edge: self.names.free(handoff.name)
            for edge, handoff in self.graph.handoffs.items()
            if edge not in self.gathered
        }
        next_ticks = {
            edge: self.names.free(f"{handoff.name}_next")
            for edge, handoff in self.graph.handoffs.items()
            if handoff.crosses_ticks
        }
        self.handoff_names = handoffs
        # The edges whose items arrive in a loop, not in one inside of it.
        self.into_loops: dict[LoopId, list[Edge]] = {loop: [] for loop in self.graph.loops}
        for arriving in self.graph.edges.values():
            loop = self.graph.nodes[arriving.target].loop
            if loop is not None:
                self.into_loops[loop].append(arriving)
        self.next_names = next_ticks
        functions = [self._stratum(number) for number in range(len(self.graph.strata))]
        buffers = [self._glue(f"{name} = []") for name in [*handoffs.values(), *next_ticks.values()]]
        published = sorted({self.published_name(read.source) for read in self.graph.flat.reads})
        buffers += [self._glue(f"{name} = None") for name in published]
        parameter = self.names.free("runtime")
        runtime = [self._glue(f"{name} = {parameter}.{of}") for of, name in self.runtime_names.items()]
        strata = tuple(function.name for function in functions)
        usable = self.graph.name.isidentifier() and not iskeyword(self.graph.name)
        name = self.names.free(self.graph.name if usable else "flow")
        factory = self._glue(f"def {name}(context, {parameter}): return ({', '.join(strata)},)")
        assert isinstance(factory, ast.FunctionDef)
        factory.body = [*runtime, *self._tick_start(), *buffers, *self.prologue, *functions, *factory.body]
        return GeneratedCode(
            factory=ast.Module(body=[factory], type_ignores=[]),
            name=name,
            strata=strata,
            handoffs=handoffs,
            next_ticks=next_ticks,
            states=self.states,
            workers=self.workers,
            recorded=self.recorded,
        )

    def _glue(self, text: str) -> ast.stmt:
        """A statement that belongs to no operator; its place is the text's begin."""
        return self._position.set_all(ast.parse(text).body[0])

    def _stratum(self, number: int) -> ast.FunctionDef:
        function = self._glue(f"def {self.names.free(f'stratum_{number}')}(): pass")
        assert isinstance(function, ast.FunctionDef)
        self.rebound.clear()
        body = self._parts(self.graph.strata[number])
        if number == 0:
            body = [*self._tick_start(), *body]
        if self.rebound:
            body.insert(0, self._glue(f"nonlocal {', '.join(sorted(self.rebound))}"))
        function.body = body or function.body
        return function

    def _tick_start(self) -> list[ast.stmt]:
        """A line for `context.current_tick_start()`, where user code can ask for it."""
        if not self._keeps_time:
            return []
        return [self._glue(f"{self.runtime_name('context')}.tick_start = {self.runtime_name('time')}()")]

    def _parts(self, stratum: Stratum) -> list[ast.stmt]:
        """The code of a stratum of the tick, or of an iteration."""
        body: list[ast.stmt] = []
        for part in stratum:
            body += self._loop_block(part) if isinstance(part, LoopBlock) else self._component(part)
        return body

    def _loop_block(self, block: LoopBlock) -> list[ast.stmt]:
        """A root loop is an `if`, a nested one a `while`: it goes on as long as something waits that makes it fire."""
        loop = self.graph.loops[block.loop]
        waiting: dict[Window, list[str]] = {window: [] for window in Window}
        for edge in self.into_loops[loop.id]:
            window = self.graph.nodes[edge.target].operator.window
            if window is not None:
                waiting[window].append(self.handoff_names[edge.id])
        handoffs = [self.graph.handoffs[edge.id] for edge in self.into_loops[loop.id] if edge.id in self.graph.handoffs]
        deferred = [handoff for handoff in handoffs if handoff.crosses_ticks]
        fires = [*waiting[Window.BATCH], *(self.handoff_names[one.edge] for one in deferred if one.delay is Delay.TICK)]
        test = "True" if waiting[Window.EAGER] else " or ".join(fires) or "False"
        body = [statement for stratum in block.strata for statement in self._parts(stratum)]
        drop = [self._glue(f"{name}.clear()") for name in waiting[Window.LAZY]]
        heading = self._glue("''")
        assert isinstance(heading, ast.Expr)
        heading.value = self._position.set(ast.Constant(value=f"# {loop.title}  ({loop.head.place})"))
        if loop.parent is None:
            if test == "True":
                return [heading, *body]
            gate = self._when(test, body)
            gate.orelse = drop
            return [heading, gate]
        count = self.iteration_name(loop.id)
        for one in deferred:
            now, following = self.handoff_names[one.edge], self.next_names[one.edge]
            body += [self._glue(f"{now}.extend({following})"), self._glue(f"{following}.clear()")]
        fired = self._glue(f"while {test}: {count} += 1")
        assert isinstance(fired, ast.While)
        fired.body = [*body, *fired.body]
        return [heading, self._glue(f"{count} = 0"), fired, *drop]

    def iteration_name(self, loop: LoopId) -> str:
        """The variable that counts the iterations of a nested loop."""
        return self.names.free(f"iteration_{loop}")

    def _around(self, subgraph: Subgraph) -> list[str]:
        """The variables that count the iterations of the nested loops around a subgraph, outermost first."""
        return [self.iteration_name(loop) for loop in self.graph.flat.around(subgraph.loop)[1:]]

    def _component(self, component: Component) -> list[ast.stmt]:
        tick_state: dict[str, list[ast.stmt]] = {}
        runs: list[ast.stmt] = []
        for subgraph in component.subgraphs:
            runs += self._subgraph(component, self.graph.subgraphs[subgraph], tick_state)
        before = [statement for statements in tick_state.values() for statement in statements]
        if not component.cyclic:
            return before + runs
        # Every handoff of the cycle that is read before it is written is what the next round has to do.
        order = {subgraph: position for position, subgraph in enumerate(component.subgraphs)}
        back = [
            self.handoff_names[edge]
            for edge, source, target in self.handoffs_of_cycles[component]
            if order[source] >= order[target]
        ]
        first = self._first_name(component)
        loop = self._glue(f"while True:\n if not ({' or '.join(back)}): break\n {first} = False")
        assert isinstance(loop, ast.While)
        loop.body = runs + loop.body
        return [*before, self._glue(f"{first} = True"), loop]

    def _handoffs_of_cycles(self) -> dict[Component, list[tuple[EdgeId, SubgraphId, SubgraphId]]]:
        """For each cycle the handoffs between its subgraphs that are emptied within the tick."""
        found: dict[Component, list[tuple[EdgeId, SubgraphId, SubgraphId]]] = {}
        for edge_id, handoff in self.graph.handoffs.items():
            edge = self.graph.edges[edge_id]
            source, target = self.graph.subgraph_of[edge.source], self.graph.subgraph_of[edge.target]
            component = self.component_of[target]
            if component.cyclic and component is self.component_of[source] and not handoff.crosses_ticks:
                found.setdefault(component, []).append((edge_id, source, target))
        return found

    def _first_name(self, component: Component) -> str:
        return self.names.free(f"first_{component.subgraphs[0]}")

    # --- a subgraph ------------------------------------------------------------------------------------------------

    def _subgraph(
        self, component: Component, subgraph: Subgraph, tick_state: dict[str, list[ast.stmt]]
    ) -> list[ast.stmt]:
        self.place = place = _Place(component=component, subgraph=subgraph, tick_state=tick_state)
        place.nested = len(self._around(subgraph))
        nodes = [self.graph.nodes[node] for node in subgraph.nodes]
        # What an operator states once is stated even if no section of this run needs it.
        begin: list[ast.stmt] = []
        sections: list[ast.stmt] = []
        for node in nodes:
            begin += self._headed(node, self.emitters[node.id].part(node.operator.begin))
        for section in self._sections(nodes):
            if isinstance(section, Edge) and section.id in self.gathered:
                continue
            code = self._drain(section) if isinstance(section, Edge) else self._slot(section)
            recurrent = self.is_recurrent(section) if isinstance(section, Edge) else self._node_recurrent(section)
            if code and component.cyclic and not recurrent:
                code = [self._when(self._first_name(component), code)]
            sections += code
        if begin and component.cyclic:
            begin = [self._when(self._first_name(component), begin)]
        scratch = [statement for statements in place.scratch.values() for statement in statements]
        told = self._told(subgraph)
        body = [*self._first_run_told(component), *begin, *scratch, *sections, *told]
        if component.cyclic:
            waiting = [
                self.handoff_names[edge]
                for edge, _, target in self.handoffs_of_cycles[component]
                if target == subgraph.id
            ]
            body = [self._when(" or ".join([self._first_name(component), *waiting]), body)]
        return body

    def _first_run_told(self, component: Component) -> list[ast.stmt]:
        """A line for `context.is_first_run_this_tick()`, where user code can ask for it."""
        if "context" not in self.names.taken:
            return []
        first = self._first_name(component) if component.cyclic else True
        return [self._glue(f"{self.runtime_name('context')}.is_first_run = {first}")]

    def _when(self, test: str, body: list[ast.stmt]) -> ast.If:
        statement = self._glue(f"if {test}: pass")
        assert isinstance(statement, ast.If)
        statement.body = body or statement.body
        return statement

    def _told(self, subgraph: Subgraph) -> list[ast.stmt]:
        if not self.recorded:
            return []
        given = ", ".join([str(int(subgraph.id)), *self._around(subgraph)])
        return [self._glue(f"{self.runtime_name('subgraph_ran')}({given})")]

    def _sections(self, nodes: list[Node]) -> list[Edge | Node]:
        """Handoffs and operators of a subgraph in an order in which each has what it needs before it produces."""
        inside = {node.id for node in nodes}
        leaves = [
            node
            for node in nodes
            if not any(edge.id not in self.graph.handoffs and edge.target in inside for edge in self.outs[node.id])
        ]
        found: dict[NodeId | EdgeId, Edge | Node] = {}
        done: set[NodeId] = set()
        for leaf in leaves:
            stack = [(leaf, iter(self._input_order(leaf)))]
            while stack:
                node, edges = stack[-1]
                for edge in edges:
                    if edge.id in self.graph.handoffs:
                        found.setdefault(edge.id, edge)
                    elif edge.source not in done:
                        source = self.graph.nodes[edge.source]
                        stack.append((source, iter(self._input_order(source))))
                        break
                else:
                    if node.id not in done:
                        done.add(node.id)
                        found[NodeId(-node.id)] = node
                    stack.pop()
        return list(found.values())

    def _input_order(self, node: Node) -> list[Edge]:
        first = node.operator.first_inputs(self.emitters[node.id]) if node.operator.first_inputs else ()
        return sorted(self.ins[node.id], key=lambda edge: edge.target_port.text not in first)

    def _slot(self, node: Node) -> list[ast.stmt]:
        """What a node does after its inputs: drain the buffer that stands before it, then produce."""
        assert self.place is not None
        code: list[ast.stmt] = []
        buffers: dict[str, Edge] = {}
        for edge in self.ins[node.id]:
            if edge.id in self.place.buffered:
                buffers.setdefault(self.place.buffered[edge.id], edge)
        for buffer, edge in buffers.items():
            item = self.names.free(f"{node.name}_item")
            position = self.emitters[node.id].position
            body = self._received(edge, inline.load(item, position), node.name)
            code.append(self._loop(item, inline.load(self._rest_name(buffer), position), body, position))
        code += self.emitters[node.id].part(node.operator.produce)
        return self._headed(node, code)

    def _headed(self, node: Node, code: list[ast.stmt]) -> list[ast.stmt]:
        """Code under a line that tells a reader which operator it begins with; the compiler never sees that line."""
        if not code:
            return []
        text = " ".join(node.span.text.split())
        heading = f"# {text[:100]}{'…' if len(text) > 100 else ''}  ({node.span.place})"
        return [self.emitters[node.id].position.set_all(ast.Expr(value=ast.Constant(value=heading))), *code]

    def _drain(self, edge: Edge) -> list[ast.stmt]:
        """A handoff is emptied into the operator that reads it."""
        handoff = self.handoff_names[edge.id]
        node = self.graph.nodes[edge.target]
        position = self.emitters[node.id].position
        clear = position.set_all(ast.parse(f"{handoff}.clear()").body[0])
        bulk = None if self.recorded else self._received_each(edge, inline.load(handoff, position), stable=True)
        # A list that is put behind itself and then cleared would be lost.
        if bulk is not None and not _fills(bulk, handoff):
            return self._headed(node, [*bulk, clear])
        item = self.names.free(f"{handoff}_item")
        batch: list[ast.stmt] = []
        items = handoff
        if self.is_recurrent(edge):
            # What this run itself puts into the handoff is for the next one.
            items = self.names.free(f"{handoff}_items")
            batch = [inline.assign(items, position.set_all(ast.parse(f"{handoff}.copy()", mode="eval").body), position)]
            batch.append(clear)
        rest = self._rest(items, inline.load(items, position), position)
        body = self._tapped(edge, inline.load(item, position), drained=True)
        body += self._received(edge, inline.load(item, position), handoff)
        loop = self._loop(item, inline.load(self._rest_name(items), position), body, position)
        return self._headed(node, [*batch, rest, loop] if batch else [rest, loop, clear])

    def _rest_name(self, of: str) -> str:
        return self.names.free(f"{of}_rest")

    def _rest(self, of: str, items: ast.expr, position: Position) -> ast.stmt:
        """An iterator that stays in a variable: after a fault it tells how many items were not reached."""
        iterator = ast.Call(func=inline.load(self.runtime_name("iter"), position), args=[items], keywords=[])
        return inline.assign(self._rest_name(of), position.set(iterator), position)

    def _loop(self, item: str, iterable: ast.expr, body: list[ast.stmt], position: Position) -> ast.stmt:
        return position.set(
            ast.For(
                target=position.set(ast.Name(id=item, ctx=ast.Store())),
                iter=iterable,
                body=body or [position.set(ast.Pass())],
                orelse=[],
                lineno=position.line,
            )
        )

    # --- items on their way ----------------------------------------------------------------------------------------

    def consume(self, edge: Edge, value: ast.expr, origin: str) -> list[ast.stmt]:
        """The code for one item on an edge."""
        before: list[ast.stmt] = []
        position = self.emitters[edge.source].position
        if self.recorded and not inline.is_atom(value):
            name = self.names.free(f"{origin}_item")
            before.append(inline.assign(name, value, position))
            value = inline.load(name, position)
        if self.recorded:
            before += self._tapped(edge, value, drained=False)
        if edge.id in self.graph.handoffs and edge.id not in self.gathered:
            return [*before, self._appended(self._written_name(edge), value, position)]
        return before + self._received(edge, value, origin)

    def _written_name(self, edge: Edge) -> str:
        return self.next_names.get(edge.id) or self.handoff_names[edge.id]

    def _tapped(self, edge: Edge, value: ast.expr, *, drained: bool) -> list[ast.stmt]:
        if not self.recorded:
            return []
        wire = self.wires[edge.id, drained]
        tap = self.runtime_name(f"tap_{wire.number}")
        position = self.emitters[edge.target if drained else edge.source].position
        call = ast.Call(func=inline.load(tap, position), args=[inline.copied(value, {})], keywords=[])
        return [position.set(ast.Expr(value=position.set(call)))]

    def _appended(self, buffer: str, value: ast.expr, position: Position) -> ast.stmt:
        method = position.set(ast.Attribute(value=inline.load(buffer, position), attr="append", ctx=ast.Load()))
        call = position.set(ast.Call(func=method, args=[inline.copied(value, {})], keywords=[]))
        return position.set(ast.Expr(value=call))

    def _received(self, edge: Edge, value: ast.expr, origin: str) -> list[ast.stmt]:
        """The code for one item that has come to the end of its edge."""
        place, node = self.place, self.graph.nodes[edge.target]
        assert place is not None
        draining = origin == node.name and edge.id in place.buffered
        if not draining and self._is_cut(edge, node):
            return [self._appended(self._buffer(edge, node), value, self.emitters[edge.source].position)]
        if node.operator.transparent:
            return self._passed(node, value, origin)
        loops = int(node.operator.facts.loops)
        place.chained += 1
        place.nested += loops
        try:
            return self.emitters[node.id].receive(edge.target_port.text, value, origin)
        finally:
            place.chained -= 1
            place.nested -= loops

    def _passed(self, node: Node, value: ast.expr, origin: str) -> list[ast.stmt]:
        (out,) = self.outs[node.id]
        return self.consume(out, value, origin)

    def consume_each(self, edge: Edge, iterable: ast.expr, node: Node, *, stable: bool) -> list[ast.stmt]:
        """The code for all items of an iterable on an edge: in bulk where no Python body runs, else a loop."""
        if not self.recorded:
            bulk = self._each_in_bulk(edge, iterable, stable=stable)
            if bulk is not None:
                return bulk
        place = self.place
        assert place is not None
        position = self.emitters[node.id].position
        item = self.names.free(f"{node.name}_item")
        place.nested += 1
        try:
            body = self.consume(edge, inline.load(item, position), node.name)
        finally:
            place.nested -= 1
        if not stable:
            return [self._loop(item, iterable, body, position)]
        rest = inline.load(self._rest_name(node.name), position)
        return [self._rest(node.name, iterable, position), self._loop(item, rest, body, position)]

    def _each_in_bulk(self, edge: Edge, iterable: ast.expr, *, stable: bool) -> list[ast.stmt] | None:
        if edge.id in self.graph.handoffs and edge.id not in self.gathered:
            return [self._extended(self._written_name(edge), iterable, self.emitters[edge.source].position)]
        return self._received_each(edge, iterable, stable=stable)

    def _received_each(self, edge: Edge, iterable: ast.expr, *, stable: bool) -> list[ast.stmt] | None:
        node = self.graph.nodes[edge.target]
        if self._is_cut(edge, node):
            return [self._extended(self._buffer(edge, node), iterable, self.emitters[edge.source].position)]
        outs = self.outs[node.id]
        if node.operator.transparent or node.operator.facts.shape is Shape.FAN_IN:
            return self._each_in_bulk(outs[0], iterable, stable=stable)
        if node.operator.facts.shape is Shape.FAN_OUT and (stable or len(outs) == 1):
            branches = [self._each_in_bulk(out, inline.copied(iterable, {}), stable=stable) for out in outs]
            found = [branch for branch in branches if branch is not None]
            return [statement for branch in found for statement in branch] if len(found) == len(branches) else None
        if node.operator.receive_all is None:
            return None
        emitter = self.emitters[node.id]
        lines = node.operator.receive_all(emitter, edge.target_port.text, emitter.hole(inline.Applied(value=iterable)))
        return None if lines is None else emitter.filled(lines)

    def _extended(self, buffer: str, iterable: ast.expr, position: Position) -> ast.stmt:
        method = position.set(ast.Attribute(value=inline.load(buffer, position), attr="extend", ctx=ast.Load()))
        call = position.set(ast.Call(func=method, args=[inline.copied(iterable, {})], keywords=[]))
        return position.set(ast.Expr(value=call))

    # --- cuts ------------------------------------------------------------------------------------------------------

    def _is_cut(self, edge: Edge, node: Node) -> bool:
        """Whether items wait in a buffer before the operator, instead of the operator's code standing here."""
        place = self.place
        assert place is not None
        if edge.id in self.gathered:
            # The operator's own section is in another function, which knows of no buffer here.
            return False
        if edge.id in place.buffered:
            return True
        inner = self.ins[node.id]
        if node.operator.facts.shape is Shape.FAN_IN and len(inner) > 1:
            return self._length(node) > MOST_REPEATED
        return place.chained >= MOST_CHAINED or place.nested >= MOST_NESTED

    def _buffer(self, edge: Edge, node: Node) -> str:
        place = self.place
        assert place is not None
        # The inputs of a fan-in share one buffer; another operator has one for each input.
        is_shared = node.operator.facts.shape is Shape.FAN_IN or len(self.ins[node.id]) == 1
        role = "items" if is_shared else f"items_{edge.id}"
        name = self.names.free(f"{node.name}_{role}")
        place.buffered[edge.id] = name
        rest, begun = self._rest_name(name), self.runtime_name("iter")
        self.add_scratch(name, lambda: [self._glue(f"{name} = []"), self._glue(f"{rest} = {begun}({name})")])
        return name

    def _length(self, node: Node) -> int:
        """How many operators' code stands behind a node, up to handoffs and collections."""
        if node.id not in self._lengths:
            total, stack = 0, [node]
            while stack and total <= MOST_REPEATED:
                current = stack.pop()
                for edge in self.outs[current.id]:
                    target = self.graph.nodes[edge.target]
                    if edge.id in self.graph.handoffs or target.operator.transparent:
                        total += edge.id in self.graph.handoffs
                    else:
                        total += 1
                    if edge.id not in self.graph.handoffs and target.operator.produce is None:
                        stack.append(target)
            self._lengths[node.id] = total
        return self._lengths[node.id]

    # --- variables -------------------------------------------------------------------------------------------------

    def add_scratch(self, name: str, assignment: Callable[[], list[ast.stmt]]) -> None:
        """Have a variable set at the start of every run of the current subgraph."""
        assert self.place is not None
        if name not in self.place.scratch:
            self.place.scratch[name] = []
            self.place.scratch[name] = assignment()

    def add_tick_state(self, name: str, assignment: Callable[[], list[ast.stmt]]) -> None:
        """Have a variable set in each tick, before the current component runs."""
        assert self.place is not None
        if name not in self.place.tick_state:
            self.place.tick_state[name] = []
            self.place.tick_state[name] = assignment()

    def add_shared_state(self, name: str, assignment: Callable[[], list[ast.stmt]]) -> None:
        """Have a variable that two strata use set in each tick, where the first of them begins with it."""
        if name not in self._shared:
            self._shared.add(name)
            self.prologue.append(self._glue(f"{name} = None"))
            self.add_tick_state(name, assignment)

    def published_name(self, node: NodeId) -> str:
        """The variable that holds what `$name` reads of an operator."""
        return self.names.free(f"{self.graph.nodes[node].name}_published")

    def runtime_name(self, name: str) -> str:
        """The name under which generated code knows something of the engine's."""
        return self.runtime_names.setdefault(name, self.names.free(f"{name}_"))

    # --- shapes ----------------------------------------------------------------------------------------------------

    def has_unit_values(self, edge: Edge) -> bool:
        """True where every item on the edge provably is a pair `(key, ())`: one makes it, others pass it on."""
        stack, seen = [edge], {edge.id}
        while stack:
            source = self.graph.nodes[stack.pop().source]
            emits = source.operator.facts.emits
            if emits is Emits.RESULTS:
                if not _makes_unit_pair(source.call.arguments[0]):
                    return False
            elif source.operator.transparent or emits is Emits.ITEMS:
                for before in self.ins[source.id]:
                    if before.id not in seen:
                        seen.add(before.id)
                        stack.append(before)
            else:
                return False
        return True

    # --- cycles ----------------------------------------------------------------------------------------------------

    def first_flag(self, node: Node) -> str | None:
        """The flag that tells the first run in a tick, where there can be more than one."""
        component = self.component_of[self.graph.subgraph_of[node.id]]
        return self._first_name(component) if component.cyclic else None

    def is_recurrent(self, edge: Edge) -> bool:
        """True where items can come over the edge in a run that is not the tick's first."""
        component = self.component_of[self.graph.subgraph_of[edge.target]]
        if not component.cyclic:
            return False
        stack, seen = [edge], {edge.id}
        while stack:
            current = stack.pop()
            handoff = self.graph.handoffs.get(current.id)
            if handoff is not None:
                inside = self.graph.subgraph_of[current.source] in component.subgraphs
                if inside and not handoff.crosses_ticks:
                    return True
                continue
            for before in self.ins[current.source]:
                if before.id not in seen:
                    seen.add(before.id)
                    stack.append(before)
        return False

    def _node_recurrent(self, node: Node) -> bool:
        return any(self.is_recurrent(edge) for edge in self.ins[node.id])


def _makes_unit_pair(argument: tree.Argument) -> bool:
    match argument:
        case tree.Closure(body=ast.Tuple(elts=[_, ast.Tuple(elts=[])])):
            return inline.why_called(argument) is None
    return False


def _fills(statements: Iterable[ast.stmt], buffer: str) -> bool:
    """True where statements put items into a buffer."""
    return any(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == buffer
        for statement in statements
        for node in ast.walk(statement)
    )
