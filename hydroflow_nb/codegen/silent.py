"""Ticks that run again without effects outside: the same code over the same state, in which what leaves the flow is
dropped.

They come to the same state where the functions of the flow are pure, and their names are bound to what they were bound
to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hydroflow_nb.engine.steady import Steady
from hydroflow_nb.ir.graph import FlatGraph, NodeId
from hydroflow_nb.operators.record.operator import ArgumentKind
from hydroflow_nb.purity import ImpureError, Relied, relied_on_by


def leaving(graph: FlatGraph) -> frozenset[NodeId]:
    """The operators at which items leave a flow."""
    return frozenset(
        node.id for node in graph.nodes.values() if not (node.operator.facts.pure or graph.outputs(node.id))
    )


def relied_on(graph: FlatGraph) -> Relied | None:
    """What the functions of a flow rely on to give the same again, but for those by which items leave; None where the
    text tells that they may not, or that an operator has effects.
    """
    relied = Relied()
    silent = leaving(graph)
    for node in graph.nodes.values():
        if node.id in silent:
            continue
        if not node.operator.facts.pure:
            return None
        for argument, written in zip(node.operator.arguments, node.call.arguments, strict=False):
            if argument.kind is ArgumentKind.VALUE and not argument.known:
                continue
            if argument.kind is not ArgumentKind.FUNCTION:
                # Functions stand in it, or it is evaluated in each tick.
                return None
            try:
                relied.add(relied_on_by(written, accumulates=argument.parameters == 2))
            except ImpureError:
                return None
    return relied


class SilentTicks:
    """Ticks of a flow that can run again. `load` gives the strata for that."""

    def __init__(
        self, relied: Relied, namespace: Mapping[str, Any], load: Callable[[], Sequence[Callable[[], None]]]
    ) -> None:
        self._relied = relied
        self._namespace = namespace
        self._steady = Steady(namespace, relied)
        self._load = load
        self._strata: Sequence[Callable[[], None]] | None = None

    def holds(self) -> bool:
        """Whether the ticks since the last time that it was not so give the same again."""
        if not self._steady.holds(self._namespace):
            self._steady = Steady(self._namespace, self._relied)
            return False
        return not self._steady.impure

    def strata(self) -> Sequence[Callable[[], None]]:
        """The strata, over the state that the flow has."""
        if self._strata is None:
            self._strata = self._load()
        return self._strata
