"""A flow that was built by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydroflow_nb.core.graph import build
from hydroflow_nb.core.held import held_states
from hydroflow_nb.core.parts import DeclaredState, Handoff, Part
from hydroflow_nb.core.program import Loaded
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import EdgeId, NodeId
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.state.memory import Memory
from hydroflow_nb.trace.recorder import Recorder

if TYPE_CHECKING:
    from hydroflow_nb.profiling.meter import Meter


class CoreFlow(RunningFlow):
    """A flow made by `Builder.build`: it runs, is recorded, drawn and stepped as one that was compiled.

    An exception of a function comes out as it is, with a note on the subgraph. It aborts the tick: the items that the
    function was called with count as dropped, and states keep what was changed in
    them until then.
    """

    def __init__(
        self, name: str, handoffs: Sequence[Handoff], parts: Sequence[Part], states: Sequence[DeclaredState]
    ) -> None:
        self._built = build(name, handoffs, parts)
        self._states = states
        self._held = held_states(states, self._built.parts)
        super().__init__(name, self._built.graph.flat.source, self._built.graph)

    def _load(self, context: Context) -> Program:
        self._loaded = Loaded(self._built, self._states, context, {one.key: one.index for one in self._held})
        return self._loaded.program

    def _named_inboxes(self) -> Iterable[tuple[str, Inbox]]:
        return self._loaded.inboxes.items()

    def _recorded_strata(self, recorder: Recorder) -> Sequence[Callable[[], None]]:
        return self._loaded.strata(recorder)

    def _memory(self) -> Memory:
        from hydroflow_nb.operators.record.holding import Form, Holding
        from hydroflow_nb.state.memory import Cell, memory_of

        graph = self._built.graph
        cells: dict[NodeId, list[Cell]] = {}
        named: dict[str, tuple[NodeId, Cell]] = {}
        for one in self._held:
            holding = Holding(role="", name=one.name, form=Form.VALUE)
            cell = Cell(holding=holding, variable=one.key if one.lasts else None)
            for node in one.users:
                cells.setdefault(node, []).append(cell)
                named.setdefault(one.name, (node, cell))
        buffers = {edge: handoff.name for edge, handoff in graph.handoffs.items()}
        return memory_of(graph, {}, (), buffers, cells=cells, named=named)

    def _stopping_strata(
        self, recorder: Recorder | None, stops: Mapping[EdgeId, Callable[[Any], None]]
    ) -> Sequence[Callable[[], None]]:
        raise HydroflowError(
            message=f"the flow `{self.name}` is made of functions, between which no item is seen: break on a stratum's "
            "entry, `flow.break_on(stratum=1)`"
        )

    def _timed_strata(
        self, meter: Meter, recorder: Recorder | None, stops: Mapping[EdgeId, Callable[[Any], None]]
    ) -> Sequence[Callable[[], None]]:
        raise HydroflowError(
            message=f"the flow `{self.name}` was built by hand: only the code of a text can be profiled"
        )

    def _unload(self) -> None:
        del self._loaded

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else f"at tick {self.current_tick()}"
        return f"<flow {self.name}, {len(self._built.graph.subgraphs)} subgraphs, {state}>"
