"""A flow whose runs are recorded, stopped, watched and measured."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.snapshots import Snapshots
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.running.progress import Standing
from hydroflow_nb.running.ticked_flow import TickedFlow
from hydroflow_nb.source import Source

if TYPE_CHECKING:
    from hydroflow_nb.ir.graph import EdgeId, NodeId
    from hydroflow_nb.profiling.meter import Meter
    from hydroflow_nb.profiling.profile import Profile
    from hydroflow_nb.running.breakpoint import Breakpoint
    from hydroflow_nb.running.breakpoints import Breakpoints
    from hydroflow_nb.running.measuring import Measuring
    from hydroflow_nb.running.states import Again, RunningStates
    from hydroflow_nb.running.watches import Watch, Watches
    from hydroflow_nb.state.memory import Memory
    from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator
    from hydroflow_nb.trace.recorder import Recorder
    from hydroflow_nb.trace.recording import Recording

DEFAULT_BUDGET: Final = 100_000


class WatchedFlow(TickedFlow):
    """A flow of which a person sees what its runs do. Each way of looking has a variant of the code of its own, and
    costs nothing where it is not asked for.
    """

    def __init__(self, name: str, source: Source, graph: PartitionedGraph) -> None:
        self._recording: Recording | None = None
        self._recorder: Recorder | None = None
        self._breakpoints: Breakpoints | None = None
        self._watches: Watches | None = None
        self._measuring: Measuring | None = None
        # What else is called with the items of edges.
        self._listening: Mapping[EdgeId, Callable[[Any], None]] = {}
        super().__init__(name, source, graph)

    # --- the variants of the code ------------------------------------------------------------------------------------

    def _load_engine(self) -> None:
        super()._load_engine()
        if self._breakpoints is not None:
            self._breakpoints.install()
        if self._recording is not None:
            self._install_recorder(self._recording)
        elif self._breakpoints is not None or self._measuring is not None:
            self._install_code()

    @abstractmethod
    def _recorded_strata(self, recorder: Recorder) -> Sequence[Callable[[], None]]:
        """The strata over the same state that tell a recorder what they do."""

    @abstractmethod
    def _stopping_strata(
        self, recorder: Recorder | None, stops: Mapping[EdgeId, Callable[[Any], None]]
    ) -> Sequence[Callable[[], None]]:
        """The strata over the same state that tell breakpoints, by edge, of every item; and the recorder, if any."""

    def _silent_strata(
        self, stops: Mapping[EdgeId, Callable[[Any], None]], silent: Container[NodeId]
    ) -> Sequence[Callable[[], None]]:
        """The same without effects: some operators drop what comes to them."""
        raise NotImplementedError("a flow that was built by hand runs as it is")

    @abstractmethod
    def _timed_strata(
        self, meter: Meter, recorder: Recorder | None, stops: Mapping[EdgeId, Callable[[Any], None]]
    ) -> Sequence[Callable[[], None]]:
        """The strata over the same state that tell a meter where the time goes; and the recorder and breakpoints."""

    def _install_code(self) -> None:
        """Have the engine run the variant of the code that recording and breakpoints need, from the next tick on."""
        stops = self._stops()
        self._engine.observer = self._recorder
        if self._measuring is not None and self._measuring.is_on:
            meter = self._measuring.meter
            # These are made now: not every flow can be measured, or stopped at an edge.
            timed = self._timed_strata(meter, self._recorder, stops)
            self._engine.coming_strata = lambda: timed
            meter.within, self._engine.observer = self._recorder, meter
        elif stops:
            stopping = self._stopping_strata(self._recorder, stops)
            self._engine.coming_strata = lambda: stopping
        elif self._recorder is not None:
            self._engine.coming_strata = partial(self._recorded_strata, self._recorder)
        else:
            strata = self._engine.program.strata
            self._engine.coming_strata = lambda: strata
        self._engine.watch()

    def _stops(self) -> Mapping[EdgeId, Callable[[Any], None]]:
        """What is called with each item that goes over an edge."""
        stops = dict(self._listening)
        for edge, stop in ({} if self._breakpoints is None else self._breakpoints.on_edges).items():
            listening = stops.get(edge)
            stops[edge] = stop if listening is None else _both(listening, stop)
        return stops

    def _listen(self, told: Mapping[EdgeId, Callable[[Any], None]], silent: Collection[NodeId]) -> None:
        """Have functions called with what goes over edges, from the next tick on; some operators drop what comes."""
        self._listening = told
        if silent:
            strata = self._silent_strata(told, silent)
            self._engine.coming_strata = lambda: strata
        else:
            self._install_code()

    # --- the recording -----------------------------------------------------------------------------------------------

    @property
    def recording(self) -> Recording:
        """What is recorded of the run; switches recording on, from the next tick on, where it is off."""
        return self._recording or self.record()

    def record(
        self,
        budget: int = DEFAULT_BUDGET,
        *,
        copies: bool = False,
        filter: Mapping[str, Callable[[Any], object]] | None = None,
    ) -> Recording:
        """Switch recording on, from the next tick on. The newest ticks are kept while they hold at most `budget` items.

        Of an item that can change its text is kept; with `copies` a deep copy, so that items of two runs can be
        compared. The second variant of the code is compiled when the next tick begins; a flow that is never recorded
        pays nothing for it. At most 2,000 ticks are kept.

        Of each run on an edge the first and the last items are kept that there is room for. `filter` chooses others, by
        edge: `{"hop -> reached": lambda item: item == 7}`, as `flow.recording.filter` does.

        More: "What a recording keeps" in `docs/pictures.md`.
        """
        if self._recording is None:
            from hydroflow_nb.trace.recording import Recording
            from hydroflow_nb.trace.ticks import copied, kept

            self._recording = Recording(
                budget=budget,
                graph=self.graph,
                keeps=copied if copies else kept,
            )
            if not self.is_closed:
                self._install_recorder(self._recording)
        self._recording.budget = budget
        for place, predicate in (filter or {}).items():
            self._recording.filter(place, predicate)
        return self._recording

    @property
    def is_recorded(self) -> bool:
        """True where recording is on."""
        return self._recording is not None

    def _install_recorder(self, recording: Recording) -> None:
        from hydroflow_nb.trace.recorder import Recorder

        self._recorder = Recorder(self.graph.partitioned, recording, self._inboxes, self._set_aside)
        recording.when_filtered = self._filtered
        recording.states = self.states()
        self._install_code()
        self._engine.snapshots = Snapshots(self._engine.program, self._engine.context)
        self._note_ticks()

    def _filtered(self, place: str) -> None:
        from hydroflow_nb.ir.place import wires_of

        wires_of(self.graph.partitioned, place)
        self._install_code()

    def _note_ticks(self) -> None:
        """Be told that the ticks that come are recorded."""
        return

    # --- breakpoints and watches -------------------------------------------------------------------------------------

    def break_on(
        self,
        place: str | None = None,
        predicate: Callable[[Any], object] | str | None = None,
        *,
        nth: int | None = None,
        grows: int | None = None,
        stratum: int | None = None,
        state: Callable[[Any], object] | str | None = None,
    ) -> Breakpoint:
        """Stop runs where something happens: on an edge, in a state, or when a stratum is about to run.

        `flow.break_on("hop -> reached")` is hit by any item on the edge; `lambda item: item[0] == 3`, or the text
        `"item[0] == 3"`, by those for which it holds; `nth=5` by the fifth of these, `grows=10` by a tick in which 10
        items more went over the edge than in the tick before. `flow.break_on("total", state=lambda s: s.size > 100)`,
        or the text `state="state.size > 100"`, is hit where that becomes true of what `flow.state("total")` gives, when
        the operator's stratum has run.
        `flow.break_on(stratum=2)` is hit before stratum 2 runs, in each tick.

        A run (`run_tick`, `run_available`, live runs and the stepper's) that hits it stops before the tick's next
        stratum, or at the end of its tick, and `flow.stopped_at` tells why; the next run goes on from there. What a
        predicate raises stops the run as well, and is told. Within a tick, a breakpoint on another edge counts from the
        next tick on. Returns the breakpoint, which `.remove()` ends; `flow.breakpoints` lists all. Raises
        HydroflowError for a place or a stratum that is not there, and ValueError and TypeError for other arguments.

        More: "Breakpoints" in `docs/understanding.md`.
        """
        return self.breakpoints.add(place, predicate, nth=nth, grows=grows, stratum=stratum, state=state)

    @property
    def breakpoints(self) -> Breakpoints:
        """The breakpoints that `break_on` has set, in their order; `flow.breakpoints.clear()` removes all."""
        if self._breakpoints is None:
            from hydroflow_nb.running.breakpoints import Breakpoints

            self._breakpoints = Breakpoints(self, self.graph.partitioned, self._install_code, self.states)
        return self._breakpoints

    def _stopped(self) -> bool:
        stop = self.stopped_at
        if stop is not None and self._recording is not None:
            self._recording.note_stop(stop.ran, str(stop))
        return super()._stopped()

    def watch(self, expression: str, on: str | None = None) -> Watch:
        """Note the value of an expression at the end of each recorded tick, also of those that are recorded already.

        `flow.watch("len(items)", on="hop -> reached")`: `items` is the list of what went over the place in the tick.
        Without `on` there are `tick`, its number, `edges["A -> B"]`, the items of an edge, and `state["total"]`, what
        `flow.state` gives as its value; and the names of the notebook. The watch prints as bars and shows as a line;
        its `.values` are by tick. What the expression raises is noted and stops nothing. `.remove()` ends it;
        `flow.watches` lists all. Switches recording on. Raises SyntaxError, TypeError for what is no expression, and
        HydroflowError for a place that is not there.

        More: "Watches" in `docs/understanding.md`.
        """
        return self.watches.add(expression, on)

    @property
    def watches(self) -> Watches:
        """The watches of the flow, in their order; `flow.watches.clear()` removes all."""
        if self._watches is None:
            from hydroflow_nb.ir.place import Places
            from hydroflow_nb.running.watches import Watches

            self._watches = Watches(self, Places(self.graph.partitioned), self.states)
        return self._watches

    # --- state and time ----------------------------------------------------------------------------------------------

    def state(self, place: str, tick: int | None = None) -> OperatorState | StatesByOperator:
        """What an operator that remembers holds, now or at the end of a tick, as data.

        `place` is a name of the text, an operator's name or element id (`"op-3"`), or an edge on which items wait for a
        later tick (`"A -> B"`). Where several operators of a name remember, a dict gives the state of each by element
        id. A state prints as text and shows as HTML, what the tick has changed first; `.value` is a copy of the data,
        `.parts` what is held by name, such as the sides of a join (`state["0"]`), `.size` how much, `.changes` what
        the tick has added, taken away and changed, where the flow is recorded.

        The states of earlier ticks are those of the snapshots of a recorded run (`kept_ticks`, each for the tick before
        it). Where a tick has none, those since the last snapshot run again in a copy of the flow, quietly, and are
        compared with what was recorded. Raises HydroflowError for a place that there is not or that remembers nothing,
        for a tick whose state is not kept, while a tick is under way in another thread, and where the flow is closed.

        More: "State" in `docs/understanding.md`.
        """
        self._must_be_open()
        return self.states().state(place, tick)

    def states(self) -> RunningStates:
        """The states of all operators, for front ends and recordings."""
        from hydroflow_nb.running.states import RunningStates

        return RunningStates(self._memory(), self._engine, self.name, self._held_again())

    def _held_again(self) -> Again | None:
        """What runs ticks of the flow again to see what it held; None where it has no copies."""
        return None

    @abstractmethod
    def _memory(self) -> Memory:
        """What the flow's operators hold, and where."""

    def profile(self) -> Profile:
        """Measure where the time goes, from the next tick on, and give the profile, which is live.

        `flow.profile()` begins to measure, shows what was measured when it is asked for again, and prints as a table:
        for each operator the items that came and left, its time, how much it holds, how often its subgraph ran.
        `.between(3, 8)` is the same of some ticks, `.to_pandas()` a DataFrame, `.save("run.trace.json")` a trace for
        https://ui.perfetto.dev. `.stop()` ends the measuring, as does the end of `with flow.profile() as profile:`.

        What is measured runs in a variant of the code of its own, which is slower: compare operators, not runs. A flow
        that is not profiled pays nothing. Raises HydroflowError where the flow is closed, or was built by hand.

        More: "Where the time goes" in `docs/understanding.md`.
        """
        self._must_be_open()
        if self._measuring is None:
            from hydroflow_nb.running.measuring import Measuring

            def sizes() -> Mapping[str, int]:
                return self._memory().sizes(self._engine.program.held())

            self._measuring = Measuring(self.graph.partitioned, self.name, sizes, self._install_code)
        return self._measuring.begin()

    @property
    def is_profiled(self) -> bool:
        """True while ticks are measured for `flow.profile()`."""
        return self._measuring is not None and self._measuring.is_on

    def _standing(self) -> Standing:
        taken = None if self._recording is None else self._recording.taken
        return replace(super()._standing(), taken=taken)


def _both(one: Callable[[Any], None], other: Callable[[Any], None]) -> Callable[[Any], None]:
    def told(item: Any) -> None:
        one(item)
        other(item)

    return told
