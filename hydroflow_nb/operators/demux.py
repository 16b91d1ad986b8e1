"""Gives each item to the outputs that a closure chooses: to none, to one, or to several.

The closure's second pattern names the outputs, `demux(|item, (evens, odds)| ...)`; each has its name as its port.
`evens.give(x)` gives an item to an output, any number of times for each item; what is given can be any value. Each
output keeps the order in which it is given items. If the closure does nothing but choose and give, it is inlined: its
choices become `if`s and nothing is held. If it does more with its outputs, such as handing them to a function, the
items that it gives are held until the end of the run.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.operators.explaining.families import Making
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.operator import Arity, CallView, Category, Operator, function
from hydroflow_nb.operators.rules.functions import Gives, Mapped
from hydroflow_nb.operators.shared.named_outputs import names_in, unmatched, without_a_port
from hydroflow_nb.records import dataclass

_EXAMPLE = "demux(|item, (evens, odds)| odds.give(item) if item % 2 else evens.give(item))"


def _check(view: CallView) -> Iterator[Diagnostic]:
    yield from without_a_port(view, "x[evens] -> ...")
    if len(view.call.arguments) != 1:
        return
    written = view.call.arguments[0]
    if not isinstance(written, expressions.Closure):
        yield error(
            "HF240",
            "`demux` takes a closure, which names its outputs; those of a function are not known",
            written.span,
            hint=f"write `{_EXAMPLE}`",
        )
    elif len(written.parameters) != 2 or not isinstance(written.parameters[1], expressions.Sequence):
        yield error(
            "HF240",
            "the closure of `demux` takes an item and, in brackets, the names of its outputs",
            written.span,
            hint=f"write `{_EXAMPLE}`",
        )
    else:
        names, wrong = names_in(view.call, written.parameters[1])
        yield from wrong
        yield from unmatched(view, names)


def _names(e: Emission) -> list[str]:
    """The outputs in the order in which the closure names them."""
    written = e.written(0)
    assert isinstance(written, expressions.Closure)
    pattern = written.parameters[1]
    assert isinstance(pattern, expressions.Sequence)
    return [item.name for item in pattern.items if isinstance(item, expressions.Binding)]


@dataclass(frozen=True, kw_only=True)
class _Gift:
    """`output.give(item)`."""

    output: str
    item: ast.expr


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """`yes if test else no`."""

    test: ast.expr
    yes: _Steps
    no: _Steps


_Steps: TypeAlias = "list[_Gift | _Choice]"


def _steps(body: ast.expr, outputs: Collection[str]) -> _Steps | None:
    """What a closure's body does, step by step; None where it does more with its outputs than choose and give, or gives
    to one of them at several places.
    """
    steps = _read(body, outputs)
    given = list(_given(steps or []))
    return steps if len(set(given)) == len(given) else None


def _read(body: ast.expr, outputs: Collection[str]) -> _Steps | None:
    match body:
        case ast.Call(func=ast.Attribute(value=output, attr="give"), args=[item], keywords=[]) if not isinstance(
            item, ast.Starred
        ) and not _uses(item, outputs):
            return _gift(output, item, outputs)
        case ast.IfExp(test=test, body=yes, orelse=no):
            return _choice(test, _read(yes, outputs), _read(no, outputs), outputs)
        case ast.BoolOp(op=ast.And(), values=[test, last]):
            return _choice(test, _read(last, outputs), [], outputs)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            every = [steps for part in parts if (steps := _read(part, outputs)) is not None]
            return [step for steps in every for step in steps] if len(every) == len(parts) else None
        case ast.Constant():
            return []
    return None


def _gift(output: ast.expr, item: ast.expr, outputs: Collection[str]) -> _Steps | None:
    match output:
        case ast.Name(id=name) if name in outputs:
            return [_Gift(output=name, item=item)]
        case ast.IfExp(test=test, body=yes, orelse=no):
            return _choice(test, _gift(yes, item, outputs), _gift(no, item, outputs), outputs)
    return None


def _choice(test: ast.expr, yes: _Steps | None, no: _Steps | None, outputs: Collection[str]) -> _Steps | None:
    if yes is None or no is None or _uses(test, outputs):
        return None
    return [_Choice(test=test, yes=yes, no=no)]


def _given(steps: _Steps) -> Iterator[str]:
    for step in steps:
        match step:
            case _Gift(output=output):
                yield output
            case _Choice(yes=yes, no=no):
                yield from _given(yes)
                yield from _given(no)


def _uses(node: ast.expr, outputs: Collection[str]) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id in outputs for inner in ast.walk(node))


def _is_put_in_place(e: Emission) -> bool:
    written = e.written(0)
    return isinstance(written, expressions.Closure) and e.is_inlined(0) and _steps(written.body, _names(e)) is not None


def _given_to(e: Emission, name: str) -> str:
    """The output of a name as the closure is called with it."""
    return e.scratch(f"to_{name}", f"{e.runtime('Output')}()")


def _receive(e: Emission, port: str, item: Item) -> Lines:
    in_place = _is_put_in_place(e)
    variables = {name: e.local(f"to_{name}") if in_place else _given_to(e, name) for name in _names(e)}
    outputs = f"({''.join(f'{variable}, ' for variable in variables.values())})"
    if not in_place:
        return [e.call(0, item, outputs)]
    item.keep()
    before, body = e.body(0, item, outputs)
    position = {name: port for port, name in enumerate(e.outputs)}
    ports = {variable: position[name] for name, variable in variables.items()}
    return [*before, *_lines(e, _steps(body, ports) or [], ports)]


def _lines(e: Emission, steps: _Steps, ports: Mapping[str, int]) -> Lines:
    lines: Lines = []
    for step in steps:
        match step:
            case _Gift(output=output, item=item):
                lines.append(e.emit(e.fragment(item), ports[output]))
            case _Choice(test=test, yes=yes, no=no):
                lines += [f"if {e.fragment(test)}:", *_indented(_lines(e, yes, ports))]
                lines += ["else:", *_indented(_lines(e, no, ports))] if no else []
    return lines


def _indented(lines: Lines) -> Lines:
    return [f"    {line}" for line in lines or ["pass"]]


def _produce(e: Emission) -> Lines:
    if _is_put_in_place(e):
        return []
    lines: Lines = []
    position = {name: port for port, name in enumerate(e.outputs)}
    for name in _names(e):
        lines += e.emit_each(f"{_given_to(e, name)}.items", position[name], stable=True)
    return lines


DEMUX = Operator(
    name="demux",
    category=Category.FAN,
    summary="What a closure gives to each of its named outputs.",
    manual=__doc__,
    example="d = source_iter([1, 2, 3]) -> demux(|n, (evens, odds)| odds.give(n) if n % 2 else evens.give(n)); "
    "d[evens] -> assert_eq([2]); d[odds] -> assert_eq([1, 3]);",
    outputs=Arity(least=0, most=None),
    arguments=(function("f", None, "gets an item and the outputs, as `|item, (a, b)| ...`, and calls `a.give(x)`"),),
    rule=Mapped(gives=Gives.PARTS),
    explains=Making(gives="gifts"),
    cost="one call per item and O(1) for each item given; keeps nothing, or what was given until the end of the run "
    "if the closure is not inlined",
    check=_check,
    receive=_receive,
    produce=_produce,
)
