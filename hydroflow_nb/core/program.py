"""The program of a flow that was built by hand: strata that call its functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import time
from typing import Any, TypeAlias

from hydroflow_nb.core.graph import GraphOfParts
from hydroflow_nb.core.parts import DeclaredInput, DeclaredState, DeclaredSubgraph
from hydroflow_nb.engine.context import Context, UserContext
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.notes import annotate, came_through_a_flow, is_kind, traceback_of
from hydroflow_nb.engine.program import Program, TickBuffer
from hydroflow_nb.engine.sharing import shared
from hydroflow_nb.engine.sources import inbox_of
from hydroflow_nb.ir.graph import EdgeId, NodeId
from hydroflow_nb.ir.partitioned import Component, PartitionedGraph, SubgraphId, components_of
from hydroflow_nb.operators.record.operator import InputDelay, Persistence
from hydroflow_nb.trace.recorder import Recorder

Stratum = Callable[[], None]
Tap = Callable[[Any], None]


class Output:
    """Where a function puts items into a handoff that it writes."""

    __slots__ = ("_buffers", "_taps")

    def __init__(self, buffers: Sequence[list[Any]], taps: Sequence[Tap]) -> None:
        self._buffers = buffers
        self._taps = taps

    def send(self, item: Any) -> None:
        """Put one item in."""
        for buffer in self._buffers:
            buffer.append(item)
        for tap in self._taps:
            tap(item)

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable; if the iterable raises, no item is put in."""
        batch = list(items)
        for buffer in self._buffers:
            buffer.extend(batch)
        for tap in self._taps:
            for item in batch:
                tap(item)


# The taps on each edge: for the items that are put into its handoff (True), and for those that are taken out (False).
_Taps: TypeAlias = "Mapping[tuple[EdgeId, bool], list[Tap]]"


def _taps(graph: PartitionedGraph, recorder: Recorder | None) -> _Taps:
    called = recorder.taps() if recorder else {}
    found: dict[tuple[EdgeId, bool], list[Tap]] = {}
    for wire in graph.wires if recorder else ():
        leaving = wire.target == graph.handoffs[wire.edge.id].element
        found.setdefault((wire.edge.id, leaving), []).append(called[wire.number])
    return found


class _Run:
    """One subgraph: it takes what waits for it, calls its function, and tells the recorder."""

    def __init__(self, loaded: Loaded, node: NodeId, recorder: Recorder | None, taps: _Taps) -> None:
        built = loaded.built
        self.context, self.given = loaded.context, loaded.given
        self.node = built.graph.nodes[node]
        self.subgraph = built.graph.subgraphs[built.graph.subgraph_of[node]]
        self.recorder = recorder
        self.part = part = built.parts[node]
        ins, outs = built.graph.flat.inputs(node), built.graph.flat.outputs(node)

        # For each handoff that is read: the buffers of its writers, with the taps behind them.
        self.reads: list[list[tuple[list[Any], list[Tap]]]] = [
            [
                (loaded.read_end(edge.id), taps.get((edge.id, False), []))
                for edge in ins
                if built.handoffs[edge.id] is handoff
            ]
            for handoff in part.read
        ]
        # Items that have come here while it was running make it run again.
        self.within = [loaded.read_end(edge.id) for edge in ins if not built.graph.handoffs[edge.id].crosses_ticks]
        self.outputs = [
            Output(
                [loaded.write_end(edge.id) for edge in outs if built.handoffs[edge.id] is handoff],
                [tap for edge in outs if built.handoffs[edge.id] is handoff for tap in taps.get((edge.id, True), [])],
            )
            for handoff in part.writes
        ]
        self.inbox = loaded.inboxes.get(part.name) if isinstance(part, DeclaredInput) else None

    def waits(self) -> bool:
        """True where items wait for another run in this tick."""
        return any(self.within)

    def __call__(self, *, first: bool) -> None:
        """Run once."""
        __tracebackhide__ = True
        self.context.is_first_run = first
        if self.inbox is not None:
            self.outputs[0].extend(self.inbox.take())
        elif isinstance(self.part, DeclaredSubgraph):
            self._call(self.part)
        if self.recorder is not None:
            self.recorder.subgraph_ran(SubgraphId(self.subgraph.id))

    def _call(self, part: DeclaredSubgraph) -> None:
        __tracebackhide__ = True
        taken = [[(buffer, buffer.copy()) for buffer, _ in buffers] for buffers in self.reads]
        for buffers in self.reads:
            for buffer, taps in buffers:
                for tap in taps:
                    for item in buffer:
                        tap(item)
                buffer.clear()
        arguments = [[item for _, items in one for item in items] for one in taken]
        try:
            part.function(self.given, *arguments, *self.outputs)
        except BaseException as exception:
            # All that it was called with counts as not done, because no one can tell how far it came.
            for buffer, items in (pair for one in taken for pair in one):
                buffer[:0] = items
            if not is_kind(exception, KeyboardInterrupt):
                span, clock = self.node.span, (self.context.tick, self.context.stratum)
                annotate(
                    exception,
                    f"hydroflow: in the subgraph `{part.name}` at {span.source.label}, line {span.line}, "
                    f"tick {clock[0]}, stratum {clock[1]}",
                    anew=not came_through_a_flow(traceback_of(exception)),
                )
            raise


class Loaded:
    """A program at tick 0 with its buffers, states and inboxes."""

    def __init__(
        self,
        built: GraphOfParts,
        states: Sequence[DeclaredState],
        context: Context,
        named_states: Mapping[str, int],
    ) -> None:
        self.built = built
        self.context = context
        self.given = UserContext(context)
        self.states = states
        context.tick_start = time()
        for state in states:
            self.given.add_state(state.make())
        self.inboxes: dict[str, Inbox] = {
            part.name: inbox_of(part.source) for part in built.parts.values() if isinstance(part, DeclaredInput)
        }
        self.inboxes.update(shared(self.inboxes))
        crossing = {edge: one for edge, one in built.graph.handoffs.items() if one.crosses_ticks}
        self._buffers: Mapping[EdgeId, list[Any]] = {e: [] for e in built.graph.handoffs if e not in crossing}
        self._between: Mapping[EdgeId, TickBuffer] = {
            edge: TickBuffer(now=[], next=[], lazy=one.delay is InputDelay.LAZY, name=one.name)
            for edge, one in crossing.items()
        }
        self.program = Program(
            strata=self.strata(None),
            handoffs=list(self._buffers.values()),
            tick_buffers=tuple(self._between.values()),
            inboxes=tuple(self.inboxes.values()),
            states=context.states,
            named_states=named_states,
        )

    def read_end(self, edge: EdgeId) -> list[Any]:
        """The buffer that an edge's reader empties."""
        return self._between[edge].now if edge in self._between else self._buffers[edge]

    def write_end(self, edge: EdgeId) -> list[Any]:
        """The buffer that an edge's writer fills."""
        return self._between[edge].next if edge in self._between else self._buffers[edge]

    def strata(self, recorder: Recorder | None) -> list[Stratum]:
        """The strata over these states and buffers; they tell the recorder what happens, if there is one."""
        per_tick = [state for state in self.states if state.persistence is Persistence.TICK]

        def begin() -> None:
            self.context.tick_start = time()
            for state in per_tick:
                self.given.set_state(state.handle, state.make())

        taps = _taps(self.built.graph, recorder)
        found: list[Stratum] = []
        for number, stratum in enumerate(self.built.graph.strata):
            runs = [self._component(component, recorder, taps) for component in components_of([stratum])]
            found.append(_in_order([begin, *runs] if number == 0 else runs))
        return found

    def _component(self, component: Component, recorder: Recorder | None, taps: _Taps) -> Stratum:
        subgraphs = self.built.graph.subgraphs
        runs = [_Run(self, subgraphs[one].nodes[0], recorder, taps) for one in component.subgraphs]

        def fixpoint() -> None:
            __tracebackhide__ = True
            for run in runs:
                run(first=True)
            while component.cyclic and any(run.waits() for run in runs):
                for run in runs:
                    if run.waits():
                        run(first=False)

        return fixpoint


def _in_order(steps: Sequence[Stratum]) -> Stratum:
    def stratum() -> None:
        __tracebackhide__ = True
        for step in steps:
            step()

    return stratum
