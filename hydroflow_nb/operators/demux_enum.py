"""Emits each item to the output that has the name of the item's kind: `demux_enum::<Shape>()`.

The kinds are the subclasses of a base class, as far as they are known when the flow is compiled, with the subclasses of
these; or the members of a `Union` of classes; or the members of an `enum.Enum`. Each kind has an output of its name,
and all outputs have to be connected; an abstract class needs none. Items are emitted as they are; a pattern behind an
output takes their fields: `shapes[Rect] -> map(|(w, h)| w * h)`. An item of a subclass that was defined later goes to
the output of its nearest base. An item of no kind is an error.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterator, Mapping
from enum import EnumMeta
from types import UnionType
from typing import Any, Union, get_args, get_origin

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.operators.explaining.families import Choosing
from hydroflow_nb.operators.record.emission import Emission, Item, Lines
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import Arity, CallView, Category, Operator
from hydroflow_nb.operators.rules.functions import ToldApart
from hydroflow_nb.operators.shared.named_outputs import without_a_port
from hydroflow_nb.suggestions import Suggestions

_HINT = "give it a base class, a union of classes such as `A | B`, or an `enum.Enum`: `demux_enum::<Shape>()`"


def _kinds(kind: Any) -> dict[str, bool] | None:
    """The kinds of items by name, and whether there has to be an output for each; None for what has no kinds."""
    kind = getattr(kind, "__value__", kind)  # what a `type` statement names
    if get_origin(kind) in (Union, UnionType):
        classes = get_args(kind)
        return {found.__name__: True for found in classes} if all(map(inspect.isclass, classes)) else None
    if isinstance(kind, EnumMeta):
        members: Mapping[str, Any] = kind.__members__
        return {name: True for name, member in members.items() if member.name == name}
    if not inspect.isclass(kind):
        return None
    return _subclasses(kind) or {kind.__name__: False}


def _subclasses(base: type) -> dict[str, bool]:
    """The subclasses by name, and whether they have items of their own."""
    found: dict[str, bool] = {}
    # Anyone can derive from a builtin class, so its subclasses are not a closed set.
    waiting: list[type] = [] if base.__module__ == "builtins" else type.__subclasses__(base)
    while waiting:
        kind = waiting.pop(0)
        found[kind.__name__] = not inspect.isabstract(kind)
        waiting += type.__subclasses__(kind)
    return found


def _check(view: CallView) -> Iterator[Diagnostic]:
    yield from without_a_port(view, "x[Circle] -> ...")
    if len(view.call.type_arguments) != 1:
        return
    written = view.call.type_arguments[0]
    connected = {port for port, _ in view.outputs}
    try:
        kinds = _kinds(view.evaluate(written.node))
        if kinds and any(needed and name not in connected for name, needed in kinds.items()):
            # A class that was replaced by a new definition, or deleted, is listed until its memory is freed.
            gc.collect()
            kinds = _kinds(view.evaluate(written.node))
    except Exception as exception:
        message = f"`{written.span.text}` cannot be evaluated: {type(exception).__name__}: {exception}"
        yield error("HF247", f"the kinds of `demux_enum` are not known: {message}", written.span, hint=_HINT)
        return
    if kinds is None:
        yield error("HF247", f"`demux_enum` knows no kinds of `{written.span.text}`", written.span, hint=_HINT)
        return
    free = [name for name in kinds if name not in connected]
    known = ", ".join(f"`[{name}]`" for name in kinds)
    suggestions = Suggestions()
    for port, span in view.outputs:
        if port and port not in kinds:
            meant = suggestions.closest(port, free)
            yield error(
                "HF248",
                f"`{written.span.text}` has nothing that is called `{port}`",
                span,
                hint=f"did you mean `[{meant}]`?" if meant else f"its outputs are {known}" if known else "",
                replacement=meant or "",
            )
    missing = [name for name, needed in kinds.items() if needed and name not in connected]
    if len(missing) > view.starved:
        for name in missing:
            yield error(
                "HF249",
                f"`demux_enum` has no output for `{name}`",
                view.call.name_span,
                hint=f"let its items go somewhere: `x[{name}] -> for_each(print);`, or drop them: `-> null();`",
            )


def _receive(e: Emission, port: str, item: Item) -> Lines:
    routes = e.fixed("routes", f"{e.runtime('Routes')}({e.type_argument(0)}, {tuple(e.outputs)!r})")
    chosen, name = e.local("chosen"), item.name
    lines = [
        f"{chosen} = {routes}.get({name}.__class__)",
        f"if {chosen} is None:",
        f"    {chosen} = {routes}.find({name})",
    ]
    for index in range(len(e.outputs)):
        lines += [f"{'elif' if index else 'if'} {chosen} == {index}:", f"    {e.forward(item, index)}"]
    return lines


DEMUX_ENUM = Operator(
    name="demux_enum",
    category=Category.FAN,
    summary="Each item, to the output of its class or enum member.",
    manual=__doc__,
    example='d = source_iter([1, "a", 2]) -> demux_enum::<int | str>(); '
    'd[int] -> assert_eq([1, 2]); d[str] -> assert_eq(["a"]);',
    outputs=Arity(least=0, most=None),
    least_type_arguments=1,
    most_type_arguments=1,
    rule=ToldApart(has_function=False),
    explains=Choosing(),
    facts=Facts(emits=Emits.ITEMS, stateless=True),
    cost="one look-up per item and at most one comparison per output; keeps the output of each class that came",
    check=_check,
    receive=_receive,
)
