"""Finds the parts of a flow that may be answered by a query over columns, as far as the text tells.

Such a part leads from operators without inputs (`source_frame`) to operators without outputs (`dest_frame`), over
operators whose record says how they work over columns, and whose items go nowhere else. Whether the data lets the query
stand for the rows is found when it is asked (`engine.columns`).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from hydroflow_nb import expressions
from hydroflow_nb.ir.graph import Node, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.operator import ArgumentKind, Persistence
from hydroflow_nb.optimisations import COLUMNS
from hydroflow_nb.records import dataclass

# A query is one expression: a longer one may be nested too deeply for Python.
MOST_OPERATORS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Query:
    """What leads to operators that make tables: the operators, or why one works item by item. `ends` are those that
    make tables, in the order of the text: some of what leads to them is the same.
    """

    nodes: tuple[NodeId, ...] = ()
    ends: tuple[NodeId, ...] = ()
    why_not: str | None = None


class _No(Exception):
    """Why a part works item by item."""


def queries(graph: PartitionedGraph) -> dict[NodeId, Query]:
    """Of each operator that makes tables whether a query can give what comes to it."""
    refused: dict[NodeId, str] = {}
    behind: dict[NodeId, list[NodeId]] = {}
    left_out = COLUMNS.name in graph.without
    for node in graph.nodes.values():
        if node.operator.over_columns is not None and node.operator.outputs.most == 0:
            try:
                if left_out:
                    raise _No(f"the flow is compiled without `{COLUMNS.name}`")
                behind[node.id] = list(_behind(graph, node))
            except _No as no:
                refused[node.id] = str(no)
    while behind:
        inside = {node for nodes in behind.values() for node in nodes}
        leaving = {end: _leaving(graph, nodes, inside) for end, nodes in behind.items()}
        if not any(leaving.values()):
            break
        for end, left in leaving.items():
            if left is not None:
                refused[end] = f"something else than tables is made of what {_place(graph.nodes[left])} emits"
                del behind[end]
    made = {end: query for query in _together(behind) for end in query.ends}
    return {node: made[node] if node in made else Query(why_not=refused[node]) for node in sorted({*made, *refused})}


def _leaving(graph: PartitionedGraph, nodes: Iterable[NodeId], inside: Collection[NodeId]) -> NodeId | None:
    """An operator that something else takes items of, which has to get them one by one."""
    for node in nodes:
        if any(edge.target not in inside for edge in graph.flat.outputs(node)):
            return node
    return None


def _together(behind: Mapping[NodeId, Sequence[NodeId]]) -> Iterator[Query]:
    """One query for all that have something in common: a table gives its rows, or none."""
    groups: list[tuple[list[NodeId], dict[NodeId, None]]] = []
    for end, nodes in behind.items():
        ends, found = [end], dict.fromkeys(nodes)
        apart = []
        for others, known in groups:
            if known.keys().isdisjoint(found):
                apart.append((others, known))
            else:
                ends, found = others + ends, known | found
        groups = [*apart, (ends, found)]
    for ends, found in groups:
        yield Query(nodes=tuple(found), ends=tuple(sorted(ends)))


def _behind(graph: PartitionedGraph, end: Node) -> Iterator[NodeId]:
    waiting, seen = [end], set[NodeId]()
    while waiting:
        node = waiting.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        if len(seen) > MOST_OPERATORS:
            raise _No(f"more than {MOST_OPERATORS} operators")
        edges = graph.flat.inputs(node.id)
        if not edges and node.operator.inputs.most != 0:
            raise _No(f"nothing comes to {_place(node)}")
        if node.operator.over_columns is None:
            raise _No(f"{_place(node)} works on items only")
        if any(one is not Persistence.TICK for one in node.persistences):
            raise _No(f"{_place(node)} remembers more than a tick")
        if node.loop is not None or node.call.type_arguments or graph.flat.reads_by(node.id):
            raise _No(f"{_place(node)} stands in a loop, reads a state, or has a type")
        if node is not end:
            for argument, written in zip(node.operator.arguments, node.call.arguments, strict=True):
                reason = why_not(written) if argument.kind is ArgumentKind.FUNCTION else None
                if reason is not None:
                    raise _No(f"the `{argument.name}` of {_place(node)} {reason}")
        yield node.id
        waiting += [graph.nodes[edge.source] for edge in edges]


def _place(node: Node) -> str:
    return f"`{node.word}` in line {node.place.line}"


# --- functions that only compute -----------------------------------------------------------------------------------

_FORMS: Final = (
    *(ast.Name, ast.Tuple, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Load, ast.boolop),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Not, ast.USub, ast.UAdd),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)
_FUNCTIONS: Final = frozenset({"min", "max"})


def why_not(function: expressions.Argument) -> str | None:
    """Why a function may do more than to compute from numbers and texts; None where it does not."""
    if not isinstance(function, expressions.Closure):
        return "is no closure"
    if function.references:
        return "reads a state"
    if not all(map(_is_plain, function.parameters)):
        return "takes its item apart by a class or a rest"
    bound = {name for pattern in function.parameters for name in expressions.bound_names(pattern)}
    return next((reason for node in ast.walk(function.body) if (reason := _why_not(node, bound)) is not None), None)


def _is_plain(pattern: expressions.Pattern) -> bool:
    if isinstance(pattern, expressions.Sequence):
        return all(map(_is_plain, pattern.items))
    return isinstance(pattern, expressions.Binding | expressions.Wildcard)


def _why_not(node: ast.AST, bound: set[str]) -> str | None:
    match node:
        case ast.Constant(value=value) if type(value) in (int, float, str, bool):
            return None
        case ast.Call(func=ast.Name(id=name), args=[_, _], keywords=[]) if name in _FUNCTIONS - bound:
            return None
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in bound and not attribute.startswith("__"):
            return None
        case ast.Subscript(slice=ast.Constant(value=int())):
            return None
        case ast.Call(func=function):
            return f"calls `{ast.unparse(function)}`"
    if isinstance(node, _FORMS):
        return None
    return f"uses `{ast.unparse(node)}`" if isinstance(node, ast.expr) else "uses another operator than `+ - * / // %`"
