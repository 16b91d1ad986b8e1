"""Finds the parts of a flow that may be answered by a query over columns, as far as the text tells.

Such a part is a tree: from operators without inputs (`source_frame`) to one without outputs (`dest_frame`), over
operators whose record says how they work over columns. Whether the data lets the query stand for the rows is found when
it is asked (`engine.columns`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from hydroflow_nb import expressions
from hydroflow_nb.ir.graph import Node, NodeId, PartitionedGraph
from hydroflow_nb.operators.record.operator import ArgumentKind, Persistence
from hydroflow_nb.optimisations import COLUMNS
from hydroflow_nb.records import dataclass

# A query is one expression: a longer one may be nested too deeply for Python.
MOST_OPERATORS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Query:
    """What leads to an operator that makes tables: the operators, its own included, or why it works item by item."""

    nodes: tuple[NodeId, ...] = ()
    why_not: str | None = None


class _No(Exception):
    """Why a part works item by item."""


def queries(graph: PartitionedGraph) -> dict[NodeId, Query]:
    """Of each operator that makes tables whether a query can give what comes to it."""
    found: dict[NodeId, Query] = {}
    left_out = COLUMNS.name in graph.without
    for node in graph.nodes.values():
        if node.operator.over_columns is not None and not node.operator.outputs.most:
            try:
                if left_out:
                    raise _No(f"the flow is compiled without `{COLUMNS.name}`")
                found[node.id] = Query(nodes=tuple(_behind(graph, node)))
            except _No as no:
                found[node.id] = Query(why_not=str(no))
    return found


def _behind(graph: PartitionedGraph, end: Node) -> Iterator[NodeId]:
    waiting, count = [end], 0
    while waiting:
        node, count = waiting.pop(), count + 1
        if count > MOST_OPERATORS:
            raise _No(f"more than {MOST_OPERATORS} operators")
        edges = graph.flat.inputs(node.id)
        if not edges and node.operator.inputs.most:
            raise _No(f"nothing comes to {_place(node)}")
        if node.operator.over_columns is None:
            raise _No(f"{_place(node)} works on items only")
        if any(one is not Persistence.TICK for one in node.persistences):
            raise _No(f"{_place(node)} remembers more than a tick")
        if node.loop is not None or node.call.type_arguments or graph.flat.reads_by(node.id):
            raise _No(f"{_place(node)} stands in a loop, reads a state, or has a type")
        if len(graph.flat.outputs(node.id)) + (node is end) != 1:
            raise _No(f"not only one operator takes what {_place(node)} emits")
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
