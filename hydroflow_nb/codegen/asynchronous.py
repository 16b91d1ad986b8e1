"""Finds async functions whose results are not awaited, and names given as functions that cannot be called.

A call of an async function does nothing by itself. The check runs before the flow does, so that it costs a tick
nothing. It looks at the names that are an operator's function, and at those whose calls give the result of its body.
The names are found once for a text; what they are bound to is checked for each flow of that text.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any

from hydroflow_nb import expressions
from hydroflow_nb.codegen.names import UNBOUND, value_of
from hydroflow_nb.diagnostics import Diagnostic, error, warning
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.expressions import written_call
from hydroflow_nb.ir.graph import Node, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.operator import Argument, ArgumentKind
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span


@dataclass(frozen=True, kw_only=True)
class Callee:
    """A function that an operator calls, as the text names it: `path` is a name, followed by names of attributes."""

    node: Node
    argument: Argument
    span: Span
    path: tuple[str, ...]
    is_awaited: bool


@dataclass(frozen=True, kw_only=True)
class NamedFunction:
    """A function that an operator gets by its name: `path` is that name, followed by names of attributes.

    `caller` is the name of the operator, or of the call in its argument that takes the function: `Fold(init, f)`.
    """

    caller: str
    argument: Argument
    span: Span
    path: tuple[str, ...]


def callees(graph: PartitionedGraph) -> tuple[Callee, ...]:
    """The functions whose results operators use."""
    awaited = _awaited(graph)
    return tuple(
        Callee(
            node=node,
            argument=record,
            span=written.span,
            path=path,
            is_awaited=record.takes_async and node.id in awaited,
        )
        for node in graph.nodes.values()
        for record, written in zip(node.operator.arguments, node.call.arguments, strict=False)
        if record.kind is ArgumentKind.FUNCTION
        for path in _paths(written)
    )


def unawaited(found: tuple[Callee, ...], namespace: Mapping[str, Any]) -> list[Diagnostic]:
    """An error for each function that is async now and not awaited; a warning where its results become items."""
    return [
        _diagnostic(callee) for callee in found if not callee.is_awaited and _is_async(value_of(callee.path, namespace))
    ]


def named_functions(graph: PartitionedGraph) -> tuple[NamedFunction, ...]:
    """The functions that operators get by their names."""
    return tuple(
        NamedFunction(caller=caller, argument=record, span=function.span, path=path)
        for node in graph.nodes.values()
        for record, written in zip(node.operator.arguments, node.call.arguments, strict=False)
        for caller, function in _functions(node, record, written)
        if isinstance(function, expressions.Expression) and (path := expressions.path_of(function.node)) is not None
    )


def _functions(
    node: Node, record: Argument, written: expressions.Argument
) -> Iterator[tuple[str, expressions.Argument]]:
    """The functions of an argument, each after the name of its caller."""
    if record.kind is ArgumentKind.FUNCTION and record.parameters is not None:
        yield node.operator.name, written
    elif (call := written_call(written, record.known)) is not None:
        for function in call.arguments:
            yield call.name, function


def uncallable(found: tuple[NamedFunction, ...], namespace: Mapping[str, Any]) -> list[Diagnostic]:
    """An error for each function whose name is now bound to a value that cannot be called."""
    return [
        error(
            "HF225",
            f"`{one.caller}` calls `{one.span.text}`, which is {shown(value)}",
            one.span,
            hint=f"`{one.argument.name}`: {one.argument.meaning}",
        )
        for one in found
        if not _may_be_called(value := value_of(one.path, namespace))
    ]


def _may_be_called(value: Any) -> bool:
    """True also where it is not known: for an unbound name, for None (bound later), and for a computed attribute."""
    return value is UNBOUND or value is None or callable(value) or hasattr(type(value), "__get__")


def _diagnostic(callee: Callee) -> Diagnostic:
    name, operator = ".".join(callee.path), callee.node.operator.name
    kin = callee.node.operator.awaiting_kin
    if callee.argument.takes_async:
        return warning(
            "HF291",
            f"`{name}` is async: what `{operator}` emits has to be awaited, but no operator after it does so",
            callee.span,
            hint=f"`{operator}({name}) -> resolve_futures()` awaits it and emits what it returns",
        )
    hint = (
        f"write `map({name}) -> resolve_futures()` before `{operator}`, and give `{operator}` a function that is not "
        "async"
    )
    if kin:
        hint = f"write `{kin}({name})`, which awaits it item by item"
    return error(
        "HF219", f"`{operator}` calls `{name}`, which is async, but does not await its result", callee.span, hint=hint
    )


def _paths(written: expressions.Argument) -> Iterator[tuple[str, ...]]:
    """The path of a function given by name; for a closure, those of the calls whose results its body may return."""
    if isinstance(written, expressions.Closure):
        own = {name for pattern in written.parameters for name in expressions.bound_names(pattern)}
        body = written.body
    elif isinstance(written.node, ast.Lambda):
        arguments = written.node.args
        own = {one.arg for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]}
        body = written.node.body
    else:
        path = expressions.path_of(written.node)
        # `partial(f, 1)` makes a function that calls its first argument.
        if path is None and isinstance(written.node, ast.Call) and written.node.args:
            path = (
                expressions.path_of(written.node.args[0])
                if expressions.path_of(written.node.func) in _PARTIAL
                else None
            )
        if path is not None:
            yield path
        return
    for call in _called(body):
        path = expressions.path_of(call.func)
        if path is not None and path[0] not in own:
            yield path


_PARTIAL = (("partial",), ("functools", "partial"))
# Functions and methods written in C are never async: `print`, `seen.append`, `sorted`.
_IN_C = frozenset({BuiltinFunctionType, MethodDescriptorType})


def _called(body: ast.expr) -> Iterator[ast.Call]:
    match body:
        case ast.Call():
            yield body
        case ast.IfExp(body=yes, orelse=no):
            yield from _called(yes)
            yield from _called(no)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _called(value)


def _is_async(function: Any) -> bool:
    if type(function) in _IN_C:
        return False
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return True
    if inspect.isroutine(function) or isinstance(function, type):
        return False
    call = inspect.getattr_static(type(function), "__call__", None)
    return inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)


def _awaited(graph: PartitionedGraph) -> set[NodeId]:
    """The operators that await by themselves, and all operators upstream of them."""
    stack = [
        node.id for node in graph.nodes.values() if node.operator.awaits is not None or node.operator.takes_awaitables
    ]
    found = set(stack)
    while stack:
        for edge in graph.flat.inputs(stack.pop()):
            if edge.source not in found:
                found.add(edge.source)
                stack.append(edge.source)
    return found
