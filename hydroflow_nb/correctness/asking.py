"""A check, and a search for two runs that differ, as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hydroflow_nb.correctness.check import Checked
from hydroflow_nb.correctness.fixes import Mender
from hydroflow_nb.correctness.levels import CLASSES
from hydroflow_nb.correctness.report import Report
from hydroflow_nb.correctness.surroundings import Surroundings
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.source import Source


def check(flow_or_network: object, *surroundings: Any, **more: Any) -> Report:
    """Whether a flow, or all flows of a network, give the same in every run, before anything runs: `flow.check(...)` or
    `net.check()`, with the same arguments. Raises TypeError for anything else, and for a flow that was built by hand.

    More: "The same in every run" in `docs/correctness.md`.
    """
    report: Report = _method(flow_or_network, "check", "checked")(*surroundings, **more)
    return report


def find(flow_or_network: object, output: str, *surroundings: Any, **more: Any) -> Any:
    """Two runs of a flow, or of a network, in which an output differs: `flow.find(...)` or `net.find(...)`, with the
    same arguments. Gives a `Witness`, or None where no run was found that differs. Raises TypeError for anything else,
    and for a flow that was built by hand.

    More: "Two runs that differ" in `docs/correctness.md`.
    """
    return _method(flow_or_network, "find", "searched")(output, *surroundings, **more)


def _method(flow_or_network: object, name: str, done: str) -> Callable[..., Any]:
    # A text can be searched as well, but not checked.
    if callable(getattr(flow_or_network, "check", None)):
        found: Callable[..., Any] = getattr(flow_or_network, name)
        return found
    kind = type(flow_or_network).__name__
    raise TypeError(f"a flow of `hf.compile` or an `hf.Network` can be {done}, not an object of type {kind}")


def report_on(
    graph: PartitionedGraph,
    names: Mapping[str, Any],
    surroundings: Surroundings,
    compiled: Callable[[Source], PartitionedGraph],
    *,
    examples: Mapping[str, Iterable[Any]] | None = None,
    seen: Callable[[NodeId], Iterable[Any]] | None = None,
) -> Report:
    """The check of a graph with the names that its arguments use. `compiled` gives the graph of an edited text,
    `examples` are items of inputs by name, and `seen` gives those that a recording holds of an operator. Raises
    GuaranteeError (HF320) for a law that is declared and does not hold for the examples.
    """
    checked = Checked(graph=graph.flat, names=names, examples=examples, seen=seen)
    if examples is not None:
        # A declared law that does not hold is told of now, and not with the first level that is looked at.
        for differences in CLASSES.values():
            checked.typing(differences)
    return Mender(checked=checked, differences=surroundings.differences, graph=graph, compiled=compiled).report
