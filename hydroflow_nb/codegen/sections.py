"""The code of a subgraph's run: a series of sections, each with one fused loop for a place that items come from.

A handoff is drained, a source or an operator that had to collect its input produces; each section's loop holds the code
of all operators up to the next handoff or collection.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import field
from functools import partial

from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.emitter import Emitter
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.codegen.probes import Probes
from hydroflow_nb.codegen.topology import Topology
from hydroflow_nb.codegen.variables import Variables
from hydroflow_nb.ir.graph import Edge, EdgeId, Node, NodeId
from hydroflow_nb.ir.partitioned import Subgraph
from hydroflow_nb.operators.record.facts import Shape
from hydroflow_nb.optimisations import BULK
from hydroflow_nb.records import dataclass
from hydroflow_nb.trees import walk

# Longer chains are cut by a buffer: CPython allows 20 nested loops, and both it and we recurse into nested code.
MOST_CHAINED = 40
MOST_NESTED = 12


@dataclass(kw_only=True)
class _Place:
    """Where a subgraph's code is being written: how deep, and which edges' items are collected in which buffers."""

    chained: int = 0
    nested: int = 0
    buffered: dict[EdgeId, str] = field(default_factory=dict)


class Sections:
    """Writes the sections of subgraphs, one subgraph after the other. Operators emit their items through it."""

    def __init__(self, topology: Topology, variables: Variables, probes: Probes, position: Position) -> None:
        self._graph = topology.graph
        self._topology = topology
        self._variables = variables
        self._probes = probes
        self._position = position
        self._emitters = {node.id: Emitter(node, topology, variables, self) for node in topology.graph.nodes.values()}
        self._place = _Place()
        self._works_in_bulk = not probes.watched and topology.uses(BULK)

    def emitter(self, node: NodeId) -> Emitter:
        """What an operator's emitter functions are given."""
        return self._emitters[node]

    # --- a subgraph ------------------------------------------------------------------------------------------------

    def of(self, subgraph: Subgraph) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """What the operators of a subgraph state once, and the sections of a run."""
        self._place = _Place(nested=len(self._topology.around(subgraph)))
        nodes = [self._graph.nodes[node] for node in subgraph.nodes]
        # What an operator states once is stated even if no section of this run needs it.
        begin: list[ast.stmt] = []
        for node in nodes:
            begin += self._headed(node, self._emitters[node.id].part(node.operator.begin))
        sections: list[ast.stmt] = []
        for found in self._ordered(nodes):
            if isinstance(found, Edge):
                if not self._topology.has_handoff(found):
                    continue
                code, recurrent = self._drain(found), self._topology.is_recurrent(found)
                worked = self._graph.nodes[found.target]
            else:
                code, recurrent = self._slot(found), self._topology.has_recurrent_inputs(found)
                worked = found
            if code:
                code += self._probes.after_section(worked, self._emitters[worked.id].position)
            component = self._topology.component_of[subgraph.id]
            if code and component.cyclic and not recurrent:
                code = [self._position.when(self._variables.first(component), code)]
            sections += code
        return begin, sections

    def _ordered(self, nodes: list[Node]) -> list[Edge | Node]:
        """Handoffs and operators of a subgraph in an order in which each has what it needs before it produces."""
        inside = {node.id for node in nodes}
        handoffs = self._graph.handoffs
        leaves = [
            node
            for node in nodes
            if not any(edge.id not in handoffs and edge.target in inside for edge in self._topology.outs[node.id])
        ]
        found: dict[NodeId | EdgeId, Edge | Node] = {}
        done: set[NodeId] = set()
        for leaf in leaves:
            stack = [(leaf, iter(self._input_order(leaf)))]
            while stack:
                node, edges = stack[-1]
                for edge in edges:
                    if edge.id in handoffs:
                        found.setdefault(edge.id, edge)
                    elif edge.source not in done:
                        source = self._graph.nodes[edge.source]
                        stack.append((source, iter(self._input_order(source))))
                        break
                else:
                    if node.id not in done:
                        done.add(node.id)
                        found[NodeId(-node.id)] = node
                    stack.pop()
        return list(found.values())

    def _input_order(self, node: Node) -> list[Edge]:
        first = node.operator.first_inputs(self._emitters[node.id]) if node.operator.first_inputs else ()
        return sorted(self._topology.ins[node.id], key=lambda edge: edge.target_port.text not in first)

    def _slot(self, node: Node) -> list[ast.stmt]:
        """What a node does after its inputs: drain the buffer that stands before it, then produce."""
        code: list[ast.stmt] = []
        buffers: dict[str, Edge] = {}
        for edge in self._topology.ins[node.id]:
            if edge.id in self._place.buffered:
                buffers.setdefault(self._place.buffered[edge.id], edge)
        for buffer, edge in buffers.items():
            item = self._variables.item(node.name)
            position = self._emitters[node.id].position
            load = inline.load(item, position)
            rest = inline.load(self._variables.rest(buffer), position)
            code.append(self._loop(item, rest, partial(self._received, edge, load, node.name), position))
        code += self._emitters[node.id].part(node.operator.produce)
        return self._headed(node, code)

    def _headed(self, node: Node, code: list[ast.stmt]) -> list[ast.stmt]:
        """Code under a line that tells a reader which operator it begins with; the compiler never sees that line."""
        if not code:
            return []
        text = " ".join(node.span.text.split())
        heading = f"# {text[:100]}{'…' if len(text) > 100 else ''}  ({node.span.place})"
        return [self._emitters[node.id].position.set_all(ast.Expr(value=ast.Constant(value=heading))), *code]

    def _drain(self, edge: Edge) -> list[ast.stmt]:
        """A handoff is emptied into the operator that reads it."""
        handoff, owner = self._variables.handoffs[edge.id], self._graph.handoffs[edge.id].name
        node = self._graph.nodes[edge.target]
        position = self._emitters[node.id].position
        clear = position.statement(f"{handoff}.clear()")
        if self._works_in_bulk:
            bulk = self._received_each(edge, inline.load(handoff, position), stable=True)
            # A list that is put behind itself and then cleared would be lost.
            if bulk is not None and not _fills(bulk, handoff):
                return self._headed(node, [*bulk, clear])
        item = self._variables.item(owner)
        batch: list[ast.stmt] = []
        items = handoff
        if self._topology.is_recurrent(edge):
            # What this run itself puts into the handoff is for the next one.
            items = self._variables.batch(owner, "items")
            batch = [position.statement(f"{items} = {handoff}.copy()"), clear]
        rest = self._rest(items, inline.load(items, position), position)

        def body() -> list[ast.stmt]:
            drained = self._probes.on_edge(edge, inline.load(item, position), position, drained=True)
            received = self._received(edge, inline.load(item, position), owner)
            return [*drained, *received, *self._probes.after_edge(edge, position)]

        loop = self._loop(item, inline.load(self._variables.rest(items), position), body, position)
        return self._headed(node, [*batch, rest, loop] if batch else [rest, loop, clear])

    def _rest(self, of: str, items: ast.expr, position: Position) -> ast.stmt:
        """An iterator that stays in a variable: after a fault it tells how many items were not reached."""
        iterator = ast.Call(func=inline.load(self._variables.of_runtime("iter"), position), args=[items], keywords=[])
        return inline.assign(self._variables.rest(of), position.set(iterator), position)

    # --- items on their way ----------------------------------------------------------------------------------------

    def consume(self, edge: Edge, value: ast.expr, origin: str) -> list[ast.stmt]:
        """The code for one item on an edge; `origin` is the operator or handoff whose item it is."""
        before: list[ast.stmt] = []
        position = self._emitters[edge.source].position
        if self._probes.sees_items and not inline.is_atom(value):
            name = self._variables.item(origin)
            before.append(inline.assign(name, value, position))
            value = inline.load(name, position)
        before += self._probes.on_edge(edge, value, position, drained=False)
        if self._topology.has_handoff(edge):
            return [*before, _put(self._variables.written(edge.id), "append", value, position)]
        return [*before, *self._received(edge, value, origin), *self._probes.after_edge(edge, position)]

    def carried(self, edge: Edge) -> list[ast.stmt]:
        """The code for where all that went over an edge in earlier ticks would go over it again."""
        code: list[ast.stmt] = []
        waiting = [edge]
        while waiting:
            node = self._graph.nodes[waiting.pop().target]
            if node.operator.is_stateless:
                waiting += reversed(self._topology.outs[node.id])
            else:
                code += self._emitters[node.id].part(node.operator.carried)
        return code

    def _received(self, edge: Edge, value: ast.expr, origin: str) -> list[ast.stmt]:
        """The code for one item that has come to the end of its edge."""
        place, node = self._place, self._graph.nodes[edge.target]
        draining = origin == node.name and edge.id in place.buffered
        if not draining and self._is_cut(edge, node):
            return [_put(self._buffer(edge, node), "append", value, self._emitters[edge.source].position)]
        if node.operator.transparent:
            (out,) = self._topology.outs[node.id]
            return self.consume(out, value, origin)
        loops = int(node.operator.facts.loops)
        place.chained += 1
        place.nested += loops
        try:
            return self._emitters[node.id].receive(edge.target_port.text, value, origin)
        finally:
            place.chained -= 1
            place.nested -= loops

    def consume_each(self, edge: Edge, iterable: ast.expr, node: Node, *, stable: bool) -> list[ast.stmt]:
        """The code for all items of an iterable on an edge: in bulk where no Python body runs, else a loop."""
        if self._works_in_bulk:
            bulk = self._each_in_bulk(edge, iterable, stable=stable)
            if bulk is not None:
                return bulk
        position = self._emitters[node.id].position
        item = self._variables.item(node.name)

        def body() -> list[ast.stmt]:
            self._place.nested += 1
            try:
                return self.consume(edge, inline.load(item, position), node.name)
            finally:
                self._place.nested -= 1

        if not stable:
            return [self._loop(item, iterable, body, position)]
        rest = inline.load(self._variables.rest(node.name), position)
        loop = self._loop(item, rest, body, position)
        return [self._rest(node.name, iterable, position), loop]

    def _loop(self, item: str, iterable: ast.expr, body: Callable[[], list[ast.stmt]], position: Position) -> ast.stmt:
        """A loop over items, or what the probes make of it."""
        target = position.set(ast.Name(id=item, ctx=ast.Store()))
        return self._probes.loop(target, iterable, body, position) or position.set(
            ast.For(
                target=target,
                iter=iterable,
                body=body() or [position.set(ast.Pass())],
                orelse=[],
                lineno=position.line,
            )
        )

    def _each_in_bulk(self, edge: Edge, iterable: ast.expr, *, stable: bool) -> list[ast.stmt] | None:
        if self._topology.has_handoff(edge):
            return [_put(self._variables.written(edge.id), "extend", iterable, self._emitters[edge.source].position)]
        return self._received_each(edge, iterable, stable=stable)

    def _received_each(self, edge: Edge, iterable: ast.expr, *, stable: bool) -> list[ast.stmt] | None:
        node = self._graph.nodes[edge.target]
        if self._is_cut(edge, node):
            return [_put(self._buffer(edge, node), "extend", iterable, self._emitters[edge.source].position)]
        outs = self._topology.outs[node.id]
        if node.operator.transparent or node.operator.facts.shape is Shape.FAN_IN:
            return self._each_in_bulk(outs[0], iterable, stable=stable)
        if node.operator.facts.shape is Shape.FAN_OUT and (stable or len(outs) == 1):
            branches = [self._each_in_bulk(out, inline.copied(iterable, {}), stable=stable) for out in outs]
            found = [branch for branch in branches if branch is not None]
            return [statement for branch in found for statement in branch] if len(found) == len(branches) else None
        return self._emitters[node.id].receive_all(edge.target_port.text, iterable)

    # --- cuts ------------------------------------------------------------------------------------------------------

    def _is_cut(self, edge: Edge, node: Node) -> bool:
        """Whether items wait in a buffer before the operator, instead of the operator's code standing here."""
        if edge.id in self._topology.gathered:
            # The operator's own section is in another function, which cannot see a buffer of this one.
            return False
        if edge.id in self._place.buffered:
            return True
        if node.operator.facts.shape is Shape.FAN_IN and len(self._topology.ins[node.id]) > 1:
            return not self._topology.is_short(node)
        return self._place.chained >= MOST_CHAINED or self._place.nested >= MOST_NESTED

    def _buffer(self, edge: Edge, node: Node) -> str:
        # The inputs of a fan-in share one buffer; another operator has one for each input.
        is_shared = node.operator.facts.shape is Shape.FAN_IN or len(self._topology.ins[node.id]) == 1
        name = self._variables.batch(node.name, "items" if is_shared else f"items_{edge.id}")
        self._place.buffered[edge.id] = name
        rest, begun = self._variables.rest(name), self._variables.of_runtime("iter")
        self._variables.set_in_run(
            name,
            lambda: [self._position.statement(f"{name} = []"), self._position.statement(f"{rest} = {begun}({name})")],
        )
        return name


def _put(buffer: str, method: str, value: ast.expr, position: Position) -> ast.stmt:
    """One item appended to a buffer, or many that extend it."""
    bound = position.set(ast.Attribute(value=inline.load(buffer, position), attr=method, ctx=ast.Load()))
    call = position.set(ast.Call(func=bound, args=[inline.copied(value, {})], keywords=[]))
    return position.set(ast.Expr(value=call))


def _fills(statements: Iterable[ast.stmt], buffer: str) -> bool:
    """True where statements put items into a buffer."""
    return any(
        isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == buffer
        for statement in statements
        for node in walk(statement)
    )
