"""Emits each item to one of several outputs, which a function chooses.

The outputs have names, or the numbers from 0 on. `partition(|item, [a, b]| ...)` names them in the closure's second
pattern and returns one of these names. `partition(|item, n| ...)` gets the number of outputs and returns a number. A
function of the item alone returns a name as a string, or a number. If there is no such output, that is an error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.operators.explaining.families import Choosing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Arity, CallView, Category, Operator, function
from hydroflow_nb.operators.rules.functions import ToldApart
from hydroflow_nb.operators.shared.named_outputs import names_in, unmatched, without_a_port
from hydroflow_nb.source import Span

_EXAMPLE = "partition(|item, [evens, odds]| odds if item % 2 else evens)"
_NO_FUNCTION = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.JoinedStr, ast.Compare)

# --- what is checked ------------------------------------------------------------------------------------------------


def _check(view: CallView) -> Iterator[Diagnostic]:
    yield from without_a_port(view, "x[evens] -> ...")
    if len(view.call.arguments) != 1:
        return
    written = view.call.arguments[0]
    if isinstance(written, expressions.Expression) and isinstance(written.node, _NO_FUNCTION):
        yield error(
            "HF240", "`partition` takes a function that chooses an output", written.span, hint=f"write `{_EXAMPLE}`"
        )
    elif isinstance(written, expressions.Closure) and len(written.parameters) not in (1, 2):
        yield error(
            "HF240",
            f"the closure of `partition` takes an item, and its outputs or their number; this one has "
            f"{len(written.parameters) or 'no'} parameters",
            written.span,
            hint=f"write `{_EXAMPLE}`",
        )
    else:
        yield from _check_ports(view, written)


def _check_ports(view: CallView, written: expressions.Argument) -> Iterator[Diagnostic]:
    labelled = [(port, span) for port, span in view.outputs if port]
    second = _second(written)
    names: dict[str, Span] = {}
    if isinstance(second, expressions.Sequence):
        names, wrong = names_in(view.call, second)
        yield from wrong
        numbered, reason = False, Label(span=second.span, text="its outputs have names")
    elif second is not None:
        numbered, reason = True, Label(span=second.span, text="the number of outputs: they are counted")
    elif labelled:
        port, span = labelled[0]
        numbered = port.isdecimal()
        reason = Label(span=span, text=f"this one is a {'number' if numbered else 'name'}")
    else:
        return
    other_kind = [(port, span) for port, span in labelled if port.isdecimal() != numbered]
    for port, span in other_kind:
        yield error(
            "HF244",
            f"the outputs of `partition` are all numbers or all names, `[{port}]` is a "
            f"{'name' if numbered else 'number'}",
            span,
            labels=[reason],
            hint="number them all from 0: `x[0] -> ...; x[1] -> ...;`"
            if numbered
            else f"name them all, as in `{_EXAMPLE}`",
        )
    if names:
        yield from unmatched(view, names, skipped=[port for port, _ in other_kind])
    elif numbered:
        yield from _gaps([(int(port), span) for port, span in labelled if port.isdecimal()])


def _gaps(numbers: Sequence[tuple[int, Span]]) -> Iterator[Diagnostic]:
    known = {number for number, _ in numbers}
    below = 0
    for number, span in sorted(numbers, key=lambda port: port[0]):
        missing = [f"`[{gap}]`" for gap in range(below, min(number, below + 5)) if gap not in known]
        below = max(below, number + 1)
        if missing:
            yield error(
                "HF245",
                f"the outputs of `partition` are numbered from 0 without gaps; missing before `[{number}]`: "
                f"{', '.join(missing)}",
                span,
                hint=f"number them from 0 to {len(known) - 1}",
            )


def _second(written: expressions.Argument) -> expressions.Pattern | None:
    return written.parameters[1] if isinstance(written, expressions.Closure) and len(written.parameters) == 2 else None


# --- what is emitted ------------------------------------------------------------------------------------------------


def _receive(e: Emission, port: str, item: Item) -> Lines:
    second = _second(e.written(0))
    item.keep()
    values: list[str] = []
    by_name = second is None and not e.outputs[0].isdecimal()
    if isinstance(second, expressions.Sequence):
        position = {name: port for port, name in enumerate(e.outputs)}
        named = [position[name.name] for name in second.items if isinstance(name, expressions.Binding)]
        values = [f"({''.join(f'{port}, ' for port in named)})"]
    elif second is not None:
        values = [str(len(e.outputs))]
    keys: list[int | str] = list(e.outputs) if by_name else list(range(len(e.outputs)))
    if e.is_inlined(0):
        before, body = e.body(0, item, *values)
        chosen = list(_chosen(body))
        if len(set(chosen)) == len(chosen) and set(chosen) <= set(keys):
            return [*before, *_branches(e, body, item, keys)]
    return _dispatch(e, e.call(0, item, *values), item, keys)


def _chosen(body: ast.expr) -> Iterator[object]:
    """The outputs that a body of choices comes down to; None for what is not known before it runs."""
    match body:
        case ast.IfExp(body=yes, orelse=no):
            yield from _chosen(yes)
            yield from _chosen(no)
        case ast.Constant(value=int() | str() as value):
            yield value
        case _:
            yield None


def _branches(e: Emission, body: ast.expr, item: Item, keys: list[int | str]) -> Lines:
    """A body of choices as statements: the code behind an output stands where it is chosen."""
    match body:
        case ast.IfExp(test=test, body=yes, orelse=no):
            return [
                f"if {e.fragment(test)}:",
                *[f"    {line}" for line in _branches(e, yes, item, keys)],
                "else:",
                *[f"    {line}" for line in _branches(e, no, item, keys)],
            ]
        case ast.Constant(value=int() | str() as value):
            return [e.forward(item, keys.index(value))]
    raise AssertionError(body)


def _dispatch(e: Emission, choice: str, item: Item, keys: list[int | str]) -> Lines:
    chosen = e.local("chosen")
    lines = [f"{chosen} = {choice}"]
    if not all(output.isascii() for output in e.outputs):
        # Two spellings of a name are one, as they are where Python reads them.
        lines = [f"{chosen} = {e.runtime('spelled')}({choice})"]
    for index, key in enumerate(keys):
        lines += [f"{'elif' if index else 'if'} {chosen} == {key!r}:", f"    {e.forward(item, index)}"]
    return [*lines, "else:", f"    {e.runtime('misdirected')}({chosen}, {tuple(e.outputs)!r})"]


PARTITION = Operator(
    name="partition",
    category=Category.FAN,
    summary="Each item, to the one output that a function chooses.",
    manual=__doc__,
    example="p = source_iter([1, 2, 3]) -> partition(|n, [evens, odds]| odds if n % 2 else evens); "
    "p[evens] -> assert_eq([2]); p[odds] -> assert_eq([1, 3]);",
    outputs=Arity(least=1, most=None),
    arguments=(
        function(
            "f", None, "gets an item, and the outputs as `[a, b]` or their number `n`; returns an output or its number"
        ),
    ),
    rule=ToldApart(),
    explains=Choosing(),
    facts=Facts(emits=Emits.ITEMS, stateless=True),
    cost="one call per item and at most one comparison per output; keeps nothing",
    check=_check,
    receive=_receive,
)
