"""The passes over the graph of a flow. This is the one place that says their order.

The compiler runs all of them, the reference interpreter of the tests all up to the strata, and a flow that is built by
hand those that it needs.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import Any, Final

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.ir.graph import FlatGraph, NodeId
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.optimisations import INCREMENTAL_PERSIST, NEEDLESS_UNIONS, UNSEEN_REPLAYS, Optimisation
from hydroflow_nb.passes.built import BuiltGraph
from hydroflow_nb.passes.check import check
from hydroflow_nb.passes.loops import CODES, check_loops
from hydroflow_nb.passes.partition import partition
from hydroflow_nb.passes.reduce import remove_needless_unions_and_tees
from hydroflow_nb.passes.replays import replays_of
from hydroflow_nb.passes.stratify import stratify
from hydroflow_nb.records import dataclass

# The environment variable that has the graph's laws checked after every pass, unless it is empty or "0".
VERIFY: Final = "HYDROFLOW_NB_VERIFY"


@dataclass(kw_only=True)
class Compilation:
    """A flow on its way through the passes.

    `evaluate` gives the values of generic type arguments. `chosen` are strata that the user has chosen; with `apart`
    each operator is a subgraph. `without` are the names of the optimisations that are left out. `diagnostics` holds
    what is known before the passes, and then what they find as well. The passes fill `strata` and `partitioned`.
    """

    built: BuiltGraph
    evaluate: Callable[[ast.expr], Any] = ast.literal_eval
    chosen: Mapping[NodeId, int] = field(default_factory=dict)
    apart: bool = False
    without: frozenset[str] = frozenset()
    diagnostics: list[Diagnostic] = field(default_factory=list)
    strata: Mapping[NodeId, int] = field(default_factory=dict)
    partitioned: PartitionedGraph | None = None

    @property
    def graph(self) -> FlatGraph:
        """The operators and the edges between them."""
        return self.built.graph

    @property
    def failed(self) -> bool:
        """Whether there is an error among what is known and what was found."""
        return any(diagnostic.is_error for diagnostic in self.diagnostics)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One pass. One that runs `despite_errors` does not change the graph, and finds what else is wrong with it.

    One that is an `optimisation` can be left out.
    """

    name: str
    run: Callable[[Compilation], None]
    despite_errors: bool = False
    optimisation: Optimisation | None = None

    def is_left_out(self, flow: Compilation) -> bool:
        """Whether a flow is compiled without it."""
        return self.optimisation is not None and self.optimisation.name in flow.without


def _check(flow: Compilation) -> None:
    flow.diagnostics += check(flow.graph, flow.built.starved, flow.evaluate, flow.built.unsure)


def _check_loops(flow: Compilation) -> None:
    flow.diagnostics += check_loops(flow.graph, flow.built.starved)


def _reduce(flow: Compilation) -> None:
    remove_needless_unions_and_tees(flow.graph)


def _stratify(flow: Compilation) -> None:
    if flow.built.reassigned or any(one.is_error and one.code in CODES for one in flow.diagnostics):
        # Strata of faulty loops mean nothing. Lost text cannot cut a cycle, unless it assigns a name a second time.
        return
    flow.strata, cycles = stratify(flow.graph, flow.chosen)
    flow.diagnostics += cycles


def _partition(flow: Compilation) -> None:
    flow.partitioned = replace(partition(flow.graph, flow.strata, apart=flow.apart), without=flow.without)


def _replays(flow: Compilation) -> None:
    assert flow.partitioned is not None
    resumes, spares = (one.name not in flow.without for one in (INCREMENTAL_PERSIST, UNSEEN_REPLAYS))
    found = replays_of(flow.partitioned, resumes=resumes, spares=spares)
    flow.partitioned = replace(flow.partitioned, replays=found)


CHECK: Final = Pass(name="check", run=_check, despite_errors=True)
CHECK_LOOPS: Final = Pass(name="check_loops", run=_check_loops, despite_errors=True)
REDUCE: Final = Pass(name="reduce", run=_reduce, optimisation=NEEDLESS_UNIONS)
STRATIFY: Final = Pass(name="stratify", run=_stratify, despite_errors=True)
PARTITION: Final = Pass(name="partition", run=_partition)
REPLAYS: Final = Pass(name="replays", run=_replays)
PASSES: Final = (CHECK, CHECK_LOOPS, REDUCE, STRATIFY, PARTITION, REPLAYS)


def through(last: Pass) -> tuple[Pass, ...]:
    """The passes up to one of them, and that one."""
    return PASSES[: PASSES.index(last) + 1]


def run(flow: Compilation, passes: Iterable[Pass] = PASSES) -> Compilation:
    """Run the passes one after the other; where there are errors, only those that look for more.

    Raises `BrokenGraphError` where the environment asks for it, and a pass leaves a graph that breaks a law.
    """
    verifies = os.environ.get(VERIFY, "0") not in ("", "0")
    for one in passes:
        if (flow.failed and not one.despite_errors) or one.is_left_out(flow):
            continue
        one.run(flow)
        if verifies:
            _verify(flow, one)
    return flow


def _verify(flow: Compilation, after: Pass) -> None:
    # It is imported only where it is asked for, because that takes time.
    from hydroflow_nb.ir.verify import BrokenGraphError, flat_violations, violations

    broken = flat_violations(flow.graph)
    if flow.partitioned is not None:
        broken += violations(flow.partitioned)
    if broken:
        raise BrokenGraphError(f"after the pass `{after.name}`: {'; '.join(broken)}")
