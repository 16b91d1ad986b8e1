"""How each operator of a flow runs: which of the user's functions are put in place and which are called, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hydroflow_nb import expressions
from hydroflow_nb.codegen import inline
from hydroflow_nb.codegen.columns import Query, queries
from hydroflow_nb.codegen.lent import how_lent
from hydroflow_nb.codegen.topology import Topology
from hydroflow_nb.engine.html import table
from hydroflow_nb.engine.steady import Steady
from hydroflow_nb.expressions import written_call
from hydroflow_nb.ir.graph import Node, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.record.operator import ArgumentKind
from hydroflow_nb.optimisations import INLINING, OPTIMISATIONS
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span

if TYPE_CHECKING:
    from hydroflow_nb.engine.columns.query import ColumnQuery


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One operator, one function argument of it, or the value that it keeps and hands on: `how` it runs in a few words;
    `inlined` is None without a Python body.
    """

    operator: str
    argument: str
    span: Span
    inlined: bool | None
    how: str


@dataclass(frozen=True, kw_only=True)
class ExplainedOptimisation:
    """One optimisation: its name, what it `does`, and whether the flow was compiled with it (`on`)."""

    name: str
    does: str
    on: bool

    def __str__(self) -> str:
        return self.does if self.on else f"left out: it {self.does}"


class Explanation(Sequence[Explained]):
    """What `flow.explain()` gives: a sequence of `Explained`, in the order of the text, that reads as a table.

    `optimisations` are those that there are, with whether the flow was compiled with them.
    """

    def __init__(self, rows: Sequence[Explained], optimisations: Sequence[ExplainedOptimisation] = ()) -> None:
        self._rows = tuple(rows)
        self.optimisations = tuple(optimisations)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def _repr_html_(self) -> str:
        rows = table(
            ("place", "operator", "how it runs"), [(row.span.place, _name(row), row.how) for row in self._rows]
        )
        return rows + table(("optimisation", "what it does"), [(one.name, str(one)) for one in self.optimisations])

    def __repr__(self) -> str:
        cells = [(row.span.place, _name(row), row.how) for row in self._rows]
        lines = [(one.name, str(one)) for one in self.optimisations]
        return "\n".join([*_in_columns(cells), "", *_in_columns(lines)])


def _in_columns(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    return [
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False)), line[-1]])
        for line in lines
    ]


def explain(
    graph: PartitionedGraph, namespace: Mapping[str, Any], asked: Mapping[NodeId, ColumnQuery] = MappingProxyType({})
) -> Explanation:
    """How each operator of a graph runs, what of it is in the loop itself, whether it replays, and which optimisations
    there are. `asked` are the queries over columns of a flow that has run.
    """
    optimisations = [
        ExplainedOptimisation(name=one.name, does=one.does, on=one.name not in graph.without) for one in OPTIMISATIONS
    ]
    inlines = INLINING.name not in graph.without
    replays = _replays(graph, namespace)
    topology = Topology(graph, watched=False, gathers=True)
    over_columns = queries(graph)
    rows = []
    for node in graph.nodes.values():
        if node.made is None:
            first, *others = _rows(node, inlines)
            if node.id in replays:
                first = replace(first, how=f"{first.how}; {replays[node.id]}")
            rows += [first, *others, *_lent(node, topology), *_columns(node, over_columns, asked)]
    # Of what was made for a `~>` is told what is called for each item, once.
    made = [node for node in graph.nodes.values() if node.made is not None]
    called = [(node, row.how) for node in made for row in _rows(node, inlines) if row.inlined is False]
    rows += dict.fromkeys(
        Explained(operator=node.word, argument="", span=node.place, inlined=False, how=how) for node, how in called
    )
    return Explanation(rows, optimisations)


def _replays(graph: PartitionedGraph, namespace: Mapping[str, Any]) -> dict[NodeId, str]:
    """Of each operator that replays or goes on how it does, by what its functions' names are bound to now."""
    impure = [Steady(namespace, relied).impure for relied in graph.replays.regions]
    told = dict(graph.replays.told)
    for node in graph.replays.nodes.values():
        assert node.goes_on is not None
        if impure[node.goes_on.region]:
            told[node.id] += (
                f"; now that cannot be, and all is done again in every tick: a function {impure[node.goes_on.region]}"
            )
    return told


def _columns(node: Node, over_columns: Mapping[NodeId, Query], asked: Mapping[NodeId, ColumnQuery]) -> list[Explained]:
    """Whether a query over columns can answer what an operator makes tables of, or has done so, and why not."""
    query = over_columns.get(node.id)
    if query is None:
        return []
    how = (
        f"item by item: {query.why_not}"
        if query.why_not is not None
        else f"one query over columns for {len(query.nodes)} operators, where the values allow it"
    )
    one = asked.get(query.ends[0]) if query.ends else None
    if one is not None and one.tick is not None:
        how += f"; in tick {one.tick} " + (
            f"they did not, and the rows were gone through: {one.refusal}" if one.refusal else "they did"
        )
    return [Explained(operator=node.operator.name, argument="", span=node.span, inlined=None, how=how)]


def _rows(node: Node, inlines: bool) -> list[Explained]:
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
    return [_row(name, argument, written, inlines) for argument, written in functions]


def _lent(node: Node, topology: Topology) -> list[Explained]:
    how = how_lent(node, topology)
    if how is None:
        return []
    return [Explained(operator=node.operator.name, argument="", span=node.span, inlined=None, how=how)]


def _row(operator: str, argument: str, written: expressions.Argument, inlines: bool) -> Explained:
    if isinstance(written, expressions.Closure):
        reason = inline.why_called(written) if inlines else "the flow is compiled without `inlining`"
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
