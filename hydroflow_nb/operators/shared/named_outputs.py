"""The checks of outputs that have names: those of `demux`, `demux_enum` and `partition`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from hydroflow_nb import expressions
from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.operators.record.operator import CallView
from hydroflow_nb.source import Span
from hydroflow_nb.suggestions import Suggestions


def without_a_port(view: CallView, example: str) -> Iterator[Diagnostic]:
    """An error for each output without a port."""
    for port, span in view.outputs:
        if not port:
            yield error(
                "HF241",
                f"an output of `{view.call.name}` needs a port that says which one it is",
                span,
                hint=f"write it behind the name: `{example}`",
            )


def names_in(call: expressions.OperatorCall, pattern: expressions.Sequence) -> tuple[dict[str, Span], list[Diagnostic]]:
    """The outputs that a closure's second pattern names, and what is wrong with it."""
    names: dict[str, Span] = {}
    wrong: list[Diagnostic] = []
    for item in pattern.items:
        if isinstance(item, expressions.Binding):
            names[item.name] = item.span
        else:
            wrong.append(
                error(
                    "HF246",
                    f"`{item.span.text}` names no output of `{call.name}`",
                    item.span,
                    hint="give each output a name of its own, and connect it",
                )
            )
    return names, wrong


def unmatched(view: CallView, names: Mapping[str, Span], skipped: Collection[str] = ()) -> Iterator[Diagnostic]:
    """An error for each port that the closure does not name, and for each name without an output."""
    operator = view.call.name
    connected = {port for port, _ in view.outputs}
    missing = [name for name in names if name not in connected]
    suggestions = Suggestions()
    for port, span in view.outputs:
        if port and port not in names and port not in skipped:
            meant = suggestions.closest(port, missing)
            yield error(
                "HF242",
                f"the closure of `{operator}` names no output `{port}`",
                span,
                labels=[Label(span=view.call.arguments[0].span, text="its outputs are named here")],
                hint=f"did you mean `[{meant}]`?" if meant else f"add `{port}` to the closure's outputs",
                replacement=meant or "",
            )
    if len(missing) > view.starved:
        for name in missing:
            yield error(
                "HF243",
                f"the output `{name}` of `{operator}` is not connected",
                names[name],
                hint=f"let its items go somewhere: `x[{name}] -> for_each(print);`, or drop them: `-> null();`",
            )
