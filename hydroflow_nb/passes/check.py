"""What an operator's record demands of its calls and edges: generics, arguments, arity, ports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Set
from difflib import get_close_matches
from typing import Any

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Diagnostic, Label, error, warning
from hydroflow_nb.ir.graph import Edge, FlatGraph, Node, NodeId, PortLabel
from hydroflow_nb.operators.record.operator import ArgumentKind, Arity, CallView, Persistence
from hydroflow_nb.passes.built import PortSide
from hydroflow_nb.suggestions import either
from hydroflow_nb.syntax import codes


def check(
    graph: FlatGraph,
    starved: Mapping[tuple[NodeId, PortSide], int],
    evaluate: Callable[[ast.expr], Any] = ast.literal_eval,
    unsure: Set[NodeId] = frozenset(),
) -> Iterator[Diagnostic]:
    """Everything that is wrong with the calls and edges of a flat graph, in the order of the text.

    `starved` counts arrows that lead nowhere because of an error that was reported already; `evaluate` gives the values
    of generic type arguments. A call that is `unsure` may have more edges than are known: no missing edge of it is
    reported.
    """
    for node in graph.nodes.values():
        yield from _generics(node)
        yield from _arguments(node)
        operator = node.operator
        ins, outs = graph.inputs(node.id), graph.outputs(node.id)
        sides: tuple[tuple[PortSide, list[Edge], Arity, tuple[str, ...]], ...] = (
            ("input", ins, operator.inputs, operator.input_ports),
            ("output", outs, operator.outputs, operator.output_ports),
        )
        for side, edges, arity, fixed in sides:
            missing = starved.get((node.id, side), 0)
            if fixed:
                yield from _fixed_ports(node, side, edges, fixed, sys.maxsize if node.id in unsure else missing)
            elif node.id not in unsure or (arity.most is not None and len(edges) + missing > arity.most):
                yield from _arity(node, side, len(edges) + missing, arity)
            yield from _conflicts(side, edges)
        if operator.check is not None:
            yield from operator.check(
                CallView(
                    call=node.call,
                    inputs=[(edge.target_port.text, edge.target_port.span) for edge in ins],
                    outputs=[(edge.source_port.text, edge.source_port.span) for edge in outs],
                    starved=sys.maxsize if node.id in unsure else starved.get((node.id, "output"), 0),
                    evaluate=evaluate,
                )
            )
        is_starved = node.id in unsure or (node.id, "input") in starved or (node.id, "output") in starved
        if not (ins or outs or is_starved) and _may_stand_alone(node):
            yield error(
                "HF214",
                f"`{node.operator.name}` stands alone: nothing flows in and nothing flows out",
                node.span,
                hint=f"connect it: `source_iter([1]) -> {node.operator.name}();`",
            )


# Lifetimes that Hydroflow had for loops in other releases: for one iteration, and for one execution.
_LIFETIMES_OF_LOOPS = frozenset({"none", "loop"})


def _may_stand_alone(node: Node) -> bool:
    return node.operator.inputs.least == 0 and node.operator.outputs.least == 0


def _generics(node: Node) -> Iterator[Diagnostic]:
    operator, call = node.operator, node.call
    known = {persistence.value for persistence in Persistence}
    takes = either(f"`'{persistence}`" for persistence in operator.lifetimes) if operator.lifetimes else ""
    for lifetime in call.lifetimes:
        if lifetime.name not in known:
            yield error(
                "HF207",
                f"unknown lifetime `'{lifetime.name}` for `{operator.name}`",
                lifetime.span,
                hint=(
                    "in loops too, a state lasts for an iteration or for ever; "
                    if lifetime.name in _LIFETIMES_OF_LOOPS
                    else ""
                )
                + (f"`{operator.name}` takes {takes}" if takes else f"write `{operator.signature}`"),
                replacement="".join(f"'{one}" for one in get_close_matches(lifetime.name, operator.lifetimes, n=1)),
            )
        elif operator.persistences and lifetime.name not in operator.lifetimes:
            yield error(
                "HF217",
                f"`{operator.name}` cannot be `'{lifetime.name}`: its persistence is {takes}",
                lifetime.span,
                hint=f"write `{operator.signature}`",
            )
    count = len(call.lifetimes)
    if count > operator.most_persistences:
        most = operator.most_persistences
        takes = f"at most {most} persistence{'s' if most > 1 else ''}" if most else "no persistence"
        yield error(
            "HF208",
            f"`{operator.name}` takes {takes} such as `'static`, this one has {count}",
            call.lifetimes[most].span,
            hint=f"write `{operator.name}::<'static>(...)`" if most else f"write `{operator.name}(...)`",
        )
    types = list(call.type_arguments)
    for written in call.type_arguments:
        if written.span.text in known and operator.most_persistences:
            types.remove(written)
            yield error(
                codes.WRONG_GENERICS,
                f"`{written.span.text}` is a type here: a lifetime begins with a quote",
                written.span,
                hint=f"write `'{written.span.text}`",
            )
    count = len(types)
    least, most = operator.least_type_arguments, operator.most_type_arguments
    if not least <= count <= most:
        place = types[most].span if count > most else call.name_span
        yield error(
            "HF209",
            f"`{operator.name}` takes {_types(least, most)}, this one has {count}",
            place,
            hint="name the type between `::<` and `>`"
            if count < least
            else f"leave out the types beyond that: `{operator.name}::<...>(...)`"
            if most
            else f"leave the type out: `{operator.signature}`",
        )
    for written in types[:most]:
        if operator.known_types and written.name not in operator.known_types:
            names = " or ".join(f"`{name}`" for name in operator.known_types)
            meant = get_close_matches(written.name, operator.known_types, n=1) or operator.known_types[:1]
            yield error(
                "HF218",
                f"`{operator.name}` takes the type {names}, not `{written.span.text}`",
                written.span,
                hint=f"write `{operator.name}::<{meant[0]}>(...)`, or leave the type out",
                replacement=meant[0],
            )


def _arguments(node: Node) -> Iterator[Diagnostic]:
    operator, call = node.operator, node.call
    expected, given = len(operator.arguments), len(call.arguments)
    if expected != given:
        yield error(
            "HF210",
            f"`{operator.name}` takes {_counted(expected, 'argument')}, this one has {given}",
            call.span if given <= expected else call.arguments[expected].span,
            hint=f"write `{operator.signature}`"
            + "".join(f"\n`{argument.name}`: {argument.meaning}" for argument in operator.arguments),
        )
        return
    for argument, written in zip(operator.arguments, call.arguments, strict=True):
        is_early = argument.kind is ArgumentKind.VALUE or (argument.begins and node.is_static(0))
        if is_early and written.references:
            reference = written.references[0]
            yield error(
                "HF222",
                f"`${reference.name}` cannot be read here: `{operator.name}` takes its value before the first tick",
                reference.span,
                hint="`$name` can stand in functions of items, such as that of `map` or `filter`",
            )
        if not isinstance(written, expressions.Closure):
            is_function = argument.kind is ArgumentKind.FUNCTION and argument.parameters is not None
            if is_function and expressions.is_value(written.node):
                text = written.span.text
                closure = f"`|| {text}`" if argument.parameters == 0 else "a closure, such as `|x| x`,"
                yield error(
                    "HF225",
                    f"`{operator.name}` takes a function here, not a value",
                    written.span,
                    hint=f"write {closure} or the name of a function; `{argument.name}`: {argument.meaning}",
                )
            continue
        if argument.kind is not ArgumentKind.FUNCTION:
            yield error(
                "HF215",
                f"`{operator.name}` takes a value here, not a closure",
                written.span,
                hint=f"`{argument.name}`: {argument.meaning}",
            )
        elif argument.parameters is not None and len(written.parameters) != argument.parameters:
            yield error(
                "HF211",
                f"`{operator.name}` calls `{argument.name}` with {_counted(argument.parameters, 'parameter')}, "
                f"this closure has {len(written.parameters)}",
                written.span,
                hint=f"`{argument.name}`: {argument.meaning}"
                + (
                    "\nan item that is a pair is taken apart with parentheses: `|(a, b)| ...`"
                    if argument.parameters == 1 and len(written.parameters) > 1
                    else ""
                ),
            )


def _arity(node: Node, side: PortSide, count: int, arity: Arity) -> Iterator[Diagnostic]:
    operator = node.operator
    if not arity.allows(count):
        yield error(
            "HF212",
            f"`{operator.name}` takes {arity} {_plural(side, arity)}, this one has {count}",
            node.span,
            hint=_arity_hint(node, side, count, arity),
        )
    elif count < arity.usual and node.made is None:
        yield warning(
            "HF290",
            f"`{operator.name}` usually has at least {arity.usual} {side}s, this one has {count}",
            node.span,
            hint=f"`{operator.name}` does nothing here and may be left out" if count == 1 else "",
        )


def _arity_hint(node: Node, side: PortSide, count: int, arity: Arity) -> str:
    name = node.operator.name
    if arity.most == 0:
        return f"`{name}` {'begins' if side == 'input' else 'ends'} a pipeline: take the arrow away"
    if count < arity.least:
        return (
            f"let something flow in: `source_iter([1]) -> {name}...`"
            if side == "input"
            else f"let its items go somewhere: `{name}... -> for_each(print);`, or drop them: `-> null();`"
        )
    return (
        f"bring several inputs together with `union()` before `{name}`"
        if side == "input"
        else f"send the items to several places with `tee()` behind `{name}`"
    )


def _fixed_ports(
    node: Node, side: PortSide, edges: list[Edge], ports: tuple[str, ...], starved: int
) -> Iterator[Diagnostic]:
    name = node.operator.name
    labels = [_port(edge, side) for edge in edges]
    written = " and ".join(f"`[{port}]`" for port in ports)
    example = (
        "; ".join(f"{chr(97 + i)} -> [{port}]x" for i, port in enumerate(ports))
        if side == "input"
        else "; ".join(f"x[{port}] -> {chr(97 + i)}" for i, port in enumerate(ports))
    )
    hint = f"name the ports: `x = {node.operator.signature}; {example};`"
    for label in labels:
        if label.text not in ports:
            what = f"no {side} port `[{label.text}]`" if label.text else f"no {side} without a port"
            yield error("HF213", f"`{name}` has {what}; its {side}s are {written}", label.span, hint=hint)
    missing = [port for port in ports if port not in {label.text for label in labels}]
    if len(missing) > starved:
        yield error(
            "HF212",
            f"`{name}` takes {side}s {written}; missing: {', '.join(f'`[{port}]`' for port in missing)}",
            node.span,
            hint=hint,
        )


def _conflicts(side: PortSide, edges: list[Edge]) -> Iterator[Diagnostic]:
    seen: dict[str, PortLabel] = {}
    for edge in edges:
        label = _port(edge, side)
        if not label.text:
            continue
        if label.text in seen:
            yield error(
                "HF216",
                f"the {side} port `[{label.text}]` is connected twice",
                label.span,
                labels=[Label(span=seen[label.text].span, text="already connected here")],
                hint="give each connection a port of its own"
                + (", or bring the inputs together with `union()` first" if side == "input" else ""),
            )
        else:
            seen[label.text] = label


def _port(edge: Edge, side: PortSide) -> PortLabel:
    """The port of a node at which an edge ends that is one of its inputs or outputs."""
    return edge.target_port if side == "input" else edge.source_port


def _counted(count: int, noun: str) -> str:
    return f"exactly {count} {noun}{'' if count == 1 else 's'}" if count else f"no {noun}s"


def _types(least: int, most: int) -> str:
    if least == most:
        return _counted(most, "generic type argument")
    return f"{Arity(least=least, most=most)} generic type argument{'' if most == 1 else 's'}"


def _plural(side: PortSide, arity: Arity) -> str:
    return side if arity.least == arity.most == 1 else f"{side}s"
