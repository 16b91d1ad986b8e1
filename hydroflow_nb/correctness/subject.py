"""A flow that is checked: what was read of its graph and of its functions, once for all classes of runs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

from hydroflow_nb import expressions
from hydroflow_nb.correctness import world, written
from hydroflow_nb.correctness.apart import reads_of, stands_apart
from hydroflow_nb.correctness.forms import FIRST_ITEM, UNKNOWN
from hydroflow_nb.correctness.judging import Function, beginning, begun
from hydroflow_nb.correctness.senders import keeping_senders
from hydroflow_nb.correctness.uses import Kept, uses_of
from hydroflow_nb.engine.aggregation import Aggregation, Fold, FoldFrom, Reduce
from hydroflow_nb.expressions import Binding, Closure, Expression
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.ir.algorithms import components
from hydroflow_nb.ir.graph import FlatGraph, Node, NodeId
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.operators.record.facts import Emits
from hydroflow_nb.operators.record.operator import ArgumentKind


class Subject:
    """A flow that is checked: its graph, the names of its notebook, and what was read of its functions."""

    def __init__(self, graph: FlatGraph, names: Mapping[str, Any]) -> None:
        self.graph = graph
        self.names = names
        self._functions: dict[tuple[object, ...], Function] = {}
        self._apart: dict[NodeId, str | None] = {}
        self._reaching_out: dict[NodeId, tuple[str, str] | None] = {}

    @property
    def location(self) -> str:
        """The location of a system that it runs at; empty for a flow by itself."""
        return self.graph.location.name if self.graph.location is not None else ""

    @cached_property
    def parts(self) -> Sequence[tuple[Sequence[NodeId], bool]]:
        """The nodes in an order in which each comes after what it depends on, those of a cycle together, with whether
        they are one.
        """
        return [(part, len(part) > 1 or part[0] in self.successors[part[0]]) for part in components(self.successors)]

    @cached_property
    def successors(self) -> Mapping[NodeId, Sequence[NodeId]]:
        """The nodes that depend on a node: its items go to them, or they read its state."""
        graph = self.graph
        return {
            node: [
                *(edge.target for edge in graph.outputs(node)),
                *(read.target for read in graph.reads_of(node)),
            ]
            for node in graph.nodes
        }

    def before(self, node: NodeId) -> Set[NodeId]:
        """The nodes that a node depends on, and the node itself."""
        found, waiting = {node}, [node]
        while waiting:
            last = waiting.pop()
            new = {edge.source for edge in self.graph.inputs(last)} | {one.source for one in self.graph.reads_by(last)}
            waiting += new - found
            found |= new
        return found

    @cached_property
    def is_closed(self) -> bool:
        """True where there is one tick, and nothing comes from outside."""
        return not any(
            node.operator.external or node.operator.schedules or node.operator.defers
            for node in self.graph.nodes.values()
        )

    def function(self, node: Node, position: int) -> Function:
        """A function among the arguments of a node."""
        return self._kept((node.id, position), lambda: Function(node.call.arguments[position], self.names))

    def folding(self, node: Node, position: int, begin: int | None) -> Function:
        """A function that folds, with what its accumulator begins with."""
        arguments = node.call.arguments

        def make() -> Function:
            value = FIRST_ITEM if begin is None else self._begin(arguments[begin])
            return Function(arguments[position], self.names, value)

        return self._kept((node.id, position, begin), make)

    def fused(self, node: Node, position: int) -> Function:
        """How a side of a fused join is aggregated: by `Fold(init, f)`, by `Reduce(f)`, or by what cannot be read."""

        def make() -> Function:
            argument = node.call.arguments[position]
            value = written.given(argument, self.names)
            if isinstance(value, Fold):
                return Function(argument, self.names, begun(value.init), value.f)
            if isinstance(value, Reduce | FoldFrom):
                return Function(argument, self.names, FIRST_ITEM if isinstance(value, Reduce) else UNKNOWN, value.f)
            match argument:
                case Expression(node=ast.Call(func=func, args=parts, keywords=[])):
                    arguments = [expressions.part_of(argument, part) for part in parts]
                    match self._aggregation(func), arguments:
                        case "Fold", [begin, function]:
                            return Function(function, self.names, self._begin(begin))
                        case "Reduce", [function]:
                            return Function(function, self.names, FIRST_ITEM)
            return Function(argument, self.names)

        return self._kept((node.id, position, "fused"), make)

    def _aggregation(self, func: ast.expr) -> str:
        """The name of the class that is called; without a dot it means the engine's own."""
        if isinstance(func, ast.Name):
            return func.id
        value = written.Names(self.names).value(func)
        return value.__name__ if isinstance(value, type) and issubclass(value, Aggregation) else ""

    def collects(self, node: Node) -> bool:
        """Whether what is in the lattice values that a node merges stays there: by their class, which its type, its
        value to begin with or the function before it tells.
        """
        found = self._kept((node.id, "lattice"), lambda: self._lattice_of(node, frozenset()))
        return isinstance(found, type) and issubclass(found, Lattice) and found.collects

    def _lattice_of(self, node: Node, behind: frozenset[NodeId]) -> Any:
        names = written.Names(self.names)
        if node.call.type_arguments:
            return names.value(node.call.type_arguments[0].node)
        for argument, known in zip(node.call.arguments, node.operator.arguments, strict=False):
            if known.begins:
                return type(self._begin(argument))
        before = self.graph.inputs(node.id)
        if len(before) != 1 or node.id in behind:
            return written.MISSING
        behind |= {node.id}
        node = self.graph.nodes[before[0].source]
        if node.operator.hands_on:
            return self._lattice_of(node, behind)
        if node.operator.facts.emits is not Emits.RESULTS or len(node.call.arguments) != 1:
            return written.MISSING
        made = self.function(node, 0)
        match made.text.body if made.text is not None else None:
            case ast.Call(func=func) if made.text is not None:
                return made.text.value(func)
        return made.value

    def reaching_out(self, node: Node) -> tuple[str, str] | None:
        """What makes one of the node's functions more than a function of its items."""
        if node.id not in self._reaching_out:
            found = (world.reaches_out(argument, self.names) for argument in _functions_of(node))
            self._reaching_out[node.id] = next((one for one in found if one is not None), None)
        return self._reaching_out[node.id]

    def standing_apart(self, node: Node) -> str | None:
        """What makes one of the node's functions give something else at each shard. What is made for a `~>` asks who
        the members are to choose one.
        """
        if node.made is not None:
            return None
        if node.id not in self._apart:
            acts = not node.operator.facts.pure
            found = stands_apart(node.call.arguments, self.names, self.location, acts=acts)
            if found is None:
                read = _functions_of(node) if acts else node.call.arguments
                found = reads_of(read, self.names, self._changed)
            if found is None and node.id in self._keeping_senders:
                found = "keeps the sender of a message, which is the address of a shard"
            self._apart[node.id] = found
        return self._apart[node.id]

    @cached_property
    def _keeping_senders(self) -> Set[NodeId]:
        return keeping_senders(self.graph, self.names)

    @cached_property
    def _changed(self) -> Mapping[Kept, str]:
        """What the operators that act, such as sinks, change at this location, each with the word of one of them."""
        found = {}
        for node in self.graph.nodes.values():
            if node.made is not None or node.operator.facts.pure:
                continue
            functions = list(_functions_of(node))
            for argument in node.call.arguments:
                uses = uses_of(argument, self.names)
                # What is there by its name alone is given to be changed.
                given = () if argument in functions else (one for one in uses.reads if one.number is not None)
                found.update(dict.fromkeys((*uses.changes, *given), node.word))
        return found

    def inbox_before(self, node: Node) -> NodeId:
        """The operator whose items a node gets, all in the same tick, as they are or the first part of each."""
        while True:
            before = self.graph.inputs(node.id)
            if len(before) != 1:
                return node.id
            node = self.graph.nodes[before[0].source]
            if not (node.operator.hands_on_all or self._takes_first_part(node)):
                return node.id

    def _takes_first_part(self, node: Node) -> bool:
        match node.call.arguments:
            case (Closure(parameters=(Parts(items=(Binding(name=name), *_)),), body=ast.Name(id=body)),):
                return name == body and node.operator.facts.emits is Emits.RESULTS
        return False

    def _begin(self, argument: expressions.Argument) -> Any:
        return beginning(argument, self.names, self.graph.source.filename)

    def _kept(self, key: tuple[object, ...], make: Any) -> Function:
        function = self._functions.get(key)
        if function is None:
            function = self._functions[key] = make()
        return function


def _functions_of(node: Node) -> Iterable[expressions.Argument]:
    """The arguments that are evaluated while the flow runs."""
    known = node.operator.arguments
    for position, argument in enumerate(node.call.arguments):
        # What is evaluated once, when the flow is loaded, is the same for the whole run, but for chance and clocks.
        if position >= len(known) or known[position].kind is not ArgumentKind.VALUE or not _is_name(argument):
            yield argument


def _is_name(argument: expressions.Argument) -> bool:
    return isinstance(argument, Expression) and expressions.path_of(argument.node) is not None
