"""How each operator of a flow runs: which of the user's functions are put in place and which are called, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hydroflow_nb import expressions
from hydroflow_nb.codegen import inline
from hydroflow_nb.engine.html import table
from hydroflow_nb.expressions import written_call
from hydroflow_nb.ir.graph import Node, PartitionedGraph
from hydroflow_nb.operators.record.operator import ArgumentKind
from hydroflow_nb.source import Span


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One operator, or one function argument of it: `how` it runs in a few words; `inlined` is None without a
    Python body.
    """

    operator: str
    argument: str
    span: Span
    inlined: bool | None
    how: str


class Explanation(Sequence[Explained]):
    """What `flow.explain()` gives: a sequence of `Explained`, in the order of the text, that reads as a table."""

    def __init__(self, rows: Sequence[Explained]) -> None:
        self._rows = tuple(rows)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def _repr_html_(self) -> str:
        return table(
            ("place", "operator", "how it runs"), [(row.span.place, _name(row), row.how) for row in self._rows]
        )

    def __repr__(self) -> str:
        cells = [(row.span.place, _name(row), row.how) for row in self._rows]
        widths = [max((len(cell[column]) for cell in cells), default=0) for column in (0, 1)]
        return "\n".join(f"{place:<{widths[0]}}  {name:<{widths[1]}}  {how}" for place, name, how in cells)


def explain(graph: PartitionedGraph) -> Explanation:
    """How each operator of a graph runs, and what of it is in the loop itself."""
    return Explanation([row for node in graph.nodes.values() for row in _rows(node)])


def _rows(node: Node) -> list[Explained]:
    name = node.operator.name
    functions: list[tuple[str, expressions.Argument]] = []
    for argument, written in zip(node.operator.arguments, node.call.arguments, strict=True):
        # The functions of a call such as `Fold(init, f)` are the operator's own, where they are written out.
        within = written_call(written, argument.known)
        if within is not None:
            functions += [(f"{argument.name}: {within.name}", part) for part in within.arguments]
        elif argument.kind is ArgumentKind.FUNCTION or argument.known:
            functions.append((argument.name, written))
    if not functions:
        how = "nothing: items pass" if node.operator.transparent else "no Python body: the engine's own code"
        return [Explained(operator=name, argument="", span=node.span, inlined=None, how=how)]
    return [_row(name, argument, written) for argument, written in functions]


def _row(operator: str, argument: str, written: expressions.Argument) -> Explained:
    if isinstance(written, expressions.Closure):
        reason = inline.why_called(written)
        how = "inlined" if reason is None else f"called: {reason}"
    elif inline.is_direct(written.node):
        reason = "a name"
        how = "called: the notebook may bind the name again, so it is looked up at each call"
    elif written.references:
        reason = "an expression that reads a state"
        how = "called: the function is the value of an expression that reads a state, evaluated at each call"
    else:
        reason = "an expression"
        how = "called: the function is the value of an expression, evaluated when the flow is compiled"
    return Explained(operator=operator, argument=argument, span=written.span, inlined=reason is None, how=how)


def _name(row: Explained) -> str:
    return f"{row.operator}({row.argument})" if row.argument else row.operator
