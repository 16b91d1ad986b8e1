"""Which kinds of messages an edge carries: the classes of the payloads, as far as the flow's text tells; in a system,
the names of their channels.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.correctness import written
from hydroflow_nb.correctness.inference import ANY_KIND
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.expressions import Binding, Closure, Pattern
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.ir.algorithms import settle
from hydroflow_nb.ir.graph import Edge, EdgeId, Node, NodeId

_UNKNOWN: Final = frozenset({ANY_KIND})

Kinds = frozenset[str]


class KindsOfEdges:
    """The kinds of messages on the edges of a flow. An edge carries messages, or pairs of a message and an address."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._known: dict[EdgeId, Kinds] = {}
        self._followed: list[FunctionType] = []
        for nodes, _ in subject.parts:
            # Kinds are only added, so a cycle comes to its end.
            settle(nodes, subject.successors, self._read)

    def of(self, edge: Edge) -> Kinds:
        """The kinds on an edge."""
        return self._known.get(edge.id, frozenset())

    def _read(self, node: NodeId) -> bool:
        """Read the kinds on the edges behind a node; gives True where there are more than before."""
        edges = self._subject.graph.outputs(node)
        before = [self.of(edge) for edge in edges]
        after = [self._find(edge) for edge in edges]
        self._known.update((edge.id, kinds) for edge, kinds in zip(edges, after, strict=True))
        return before != after

    def _find(self, edge: Edge) -> Kinds:
        node = self._subject.graph.nodes[edge.source]
        if node.operator.facts.meets_network:
            return self.taken_by(node)
        channel = _channel_at(node, edge)
        if channel is not None:
            return channel
        if node.operator.tells_kinds_apart and edge.source_port.text:
            return frozenset({edge.source_port.text})
        before = self._subject.graph.inputs(node.id)
        if node.operator.hands_on or node.operator.transparent:
            return frozenset().union(*(self.of(one) for one in before)) if before else frozenset()
        if node.operator.input_ports[:2] == ("0", "1") and before and before[0].target_port.text == "0":
            return self.of(before[0])
        if len(before) == 1 and len(node.call.arguments) == 1:
            return self._made(node, before[0])
        return _UNKNOWN

    def taken_by(self, node: Node) -> Kinds:
        """The kinds that an inbox takes: its channels, else those that its type names, or any."""
        if node.channels:
            return frozenset(node.channels)
        if not node.call.type_arguments:
            return _UNKNOWN
        return frozenset(_classes(node.call.type_arguments[0].node)) or _UNKNOWN

    def _made(self, node: Node, before: Edge) -> Kinds:
        """The kinds of what a function makes of an item."""
        argument = node.call.arguments[0]
        if isinstance(argument, Closure) and len(argument.parameters) == 1:
            names = _messages(argument.parameters[0])
            function = written.written(argument, self._subject.names)
            return self._kinds(argument.body, names, function, before)
        value = written.given(argument, self._subject.names)
        if isinstance(value, type):
            return frozenset({value.__name__})
        if not isinstance(value, FunctionType):
            return _UNKNOWN
        return self._returned_by(value, frozenset(value.__code__.co_varnames[:1]), before)

    def _returned_by(self, function: FunctionType, names: frozenset[str], before: Edge) -> Kinds:
        """The kinds of what a function returns, where some of its parameters are messages."""
        if function in self._followed:
            return frozenset()
        self._followed.append(function)
        try:
            scope, bound = written.Names(function.__globals__), frozenset(function.__code__.co_varnames)
            kinds = [self._kinds_in(node, names, scope, bound, before) for node in _returned(function)]
        finally:
            self._followed.pop()
        return frozenset().union(*kinds) if kinds else _UNKNOWN

    def _kinds(self, body: ast.expr, names: frozenset[str], function: Any, before: Edge) -> Kinds:
        bound = frozenset() if function is None else function.all_bound
        return self._kinds_in(body, names, written.Names(self._subject.names), bound, before)

    def _kinds_in(
        self, body: ast.expr, names: frozenset[str], scope: written.Names, bound: frozenset[str], before: Edge
    ) -> Kinds:
        match body:
            case ast.Name(id=name) if name in names:
                return self.of(before)
            case ast.Dict(keys=[ast.Constant(value="channel"), ast.Constant(value="item")], values=[named, _]):
                return frozenset({str(named.value)}) if isinstance(named, ast.Constant) else _UNKNOWN
            case ast.Tuple(elts=[first, *_]):
                return self._kinds_in(first, names, scope, bound, before)
            case ast.List(elts=parts):
                return frozenset().union(*(self._kinds_in(part, names, scope, bound, before) for part in parts))
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return self._kinds_in(element, names, scope, bound, before)
            case ast.IfExp(body=one, orelse=other):
                return self._kinds_in(one, names, scope, bound, before) | self._kinds_in(
                    other, names, scope, bound, before
                )
            case ast.Call(func=func):
                path = expressions.path_of(func)
                value = scope.value(func) if path is not None and path[0] not in bound else None
                if isinstance(value, type):
                    return frozenset({value.__name__})
                if isinstance(value, FunctionType):
                    return self._returned_by(value, frozenset(), before)
            case ast.Constant(value=None):
                return frozenset()
        return _UNKNOWN


def _channel_at(node: Node, edge: Edge) -> Kinds | None:
    """The kind of what leaves by an output, where a node tells channels apart."""
    port = edge.source_port.text
    if not node.channels or not port.isdecimal():
        return None
    return frozenset({node.channels[int(port)]})


def _messages(pattern: Pattern) -> frozenset[str]:
    """The names that a pattern gives to the whole item, or to its first part."""
    match pattern:
        case Binding(name=name):
            return frozenset({name})
        case Parts(items=[Binding(name=name), *_]):
            return frozenset({name})
    return frozenset()


def _classes(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _classes(left)
            yield from _classes(right)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name


def _returned(function: FunctionType) -> Iterator[ast.expr]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError, RecursionError):
        return
    match tree.body:
        case [ast.FunctionDef(body=body)]:
            yield from _of_statements(body)


def _of_statements(body: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.Return) and statement.value is not None:
            yield statement.value
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                yield from _of_statements([child])
            elif isinstance(child, ast.match_case | ast.ExceptHandler):
                yield from _of_statements(child.body)
