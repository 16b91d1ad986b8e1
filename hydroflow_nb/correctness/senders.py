"""The sender that comes with each message which shards send each other: a shard's address, that tells shards apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from hydroflow_nb import expressions
from hydroflow_nb.correctness.written import written
from hydroflow_nb.expressions import Binding, bound_names
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.ir.graph import FlatGraph, Node, NodeId


def keeping_senders(graph: FlatGraph, names: Mapping[str, Any]) -> frozenset[NodeId]:
    """The operators that keep the sender of messages which members of the location itself have sent: those of whose
    functions the text does not show that they leave it out, and those with a state of whole messages.
    """
    waiting, seen, found = list(_behind_own_messages(graph)), set[NodeId](), set[NodeId]()
    while waiting:
        node = graph.nodes[waiting.pop()]
        if node.id in seen or node.made is not None or node.operator.drops:
            continue
        seen.add(node.id)
        functions = node.call.arguments
        leaves_out = all(_leaves_sender_out(one, names) for one in functions)
        has_state = not node.operator.is_stateless and node.operator.facts.pure
        if not leaves_out or has_state or not (functions or node.operator.hands_on):
            found.add(node.id)
        elif node.operator.hands_on:
            waiting += [edge.target for edge in graph.outputs(node.id)]
    return frozenset(found)


def _behind_own_messages(graph: FlatGraph) -> Iterator[NodeId]:
    """The operators that are given what members of the location have sent, each message with its sender."""
    if graph.location is None:
        return
    for node in graph.nodes.values():
        for edge in graph.outputs(node.id):
            if _sends_own(node, edge.source_port.text, graph.location.name) and not graph.nodes[edge.target].channels:
                yield from (behind.target for behind in graph.outputs(edge.target))


def _sends_own(node: Node, port: str, location: str) -> bool:
    """Whether an output of what takes in messages gives those of a location."""
    return bool(node.channels) and node.channels[int(port or 0)].startswith(f"{location}>")


def _leaves_sender_out(argument: expressions.Argument, names: Mapping[str, Any]) -> bool:
    """Whether a function uses of a message and its sender only the message."""
    function = written(argument, names)
    if function is None or not function.parameters:
        return False
    read = [one.id for one in ast.walk(function.body) if isinstance(one, ast.Name)]
    match function.parameters[0]:
        case Parts(items=(_, sender)):
            return not set(bound_names(sender)).intersection(read)
        case Binding(name=name):
            return read.count(name) == sum(_is_message_of(one, name) for one in ast.walk(function.body))
    return False


def _is_message_of(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(id=other), slice=ast.Constant(value=0)):
            return name == other
    return False
