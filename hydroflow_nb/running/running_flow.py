"""The flow that users hold, whatever it was made from: it runs by hand and live, goes back, is recorded and shown."""

from __future__ import annotations

import asyncio
import operator
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.snapshots import Snapshots
from hydroflow_nb.ir.graph import PartitionedGraph
from hydroflow_nb.running import rewinding
from hydroflow_nb.running.copies import Copies
from hydroflow_nb.running.live import LiveRun
from hydroflow_nb.running.progress import Standing, is_wanted, progress_of
from hydroflow_nb.running.ticked_flow import TickedFlow
from hydroflow_nb.source import Source

if TYPE_CHECKING:
    from hydroflow_nb.ir.graph import EdgeId
    from hydroflow_nb.profiling.meter import Meter
    from hydroflow_nb.profiling.profile import Profile
    from hydroflow_nb.running.branches import Branches
    from hydroflow_nb.running.breakpoints import Breakpoint, Breakpoints
    from hydroflow_nb.running.measuring import Measuring
    from hydroflow_nb.running.states import RunningStates
    from hydroflow_nb.running.watches import Watch, Watches
    from hydroflow_nb.state.memory import Memory
    from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator
    from hydroflow_nb.trace.channel import RecordedChannel
    from hydroflow_nb.trace.recorder import Recorder
    from hydroflow_nb.trace.recording import Recording
    from hydroflow_nb.why.absence import Absence
    from hydroflow_nb.why.derivation import Derivation
    from hydroflow_nb.widgets import Stepper

DEFAULT_BUDGET: Final = 100_000

# Of two threads that run a flow in event loops at once, one makes what both use.
_MAKING = threading.Lock()


class RunningFlow(TickedFlow):
    """A flow that runs in ticks: `run_tick`, `run_stratum`, `run_available`, and their async forms; `start` and `stop`.

    An exception of the user's code aborts the tick it happens in and comes out as it is; the flow stays usable.
    `with flow:` closes it at the end. Subclasses say what it runs.

    One tick runs at a time: what another thread asks of the flow meanwhile, to run, to go back, to start anew or to
    close, waits for its turn; after 5 s it raises RuntimeError.
    """

    def __init__(self, name: str, source: Source, graph: PartitionedGraph) -> None:
        self._recording: Recording | None = None
        self._recorder: Recorder | None = None
        self._breakpoints: Breakpoints | None = None
        self._branches: Branches | None = None
        self._watches: Watches | None = None
        self._measuring: Measuring | None = None
        self._live: LiveRun | None = None
        self.copies = Copies()
        super().__init__(name, source, graph)

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

    @abstractmethod
    def _timed_strata(
        self, meter: Meter, recorder: Recorder | None, stops: Mapping[EdgeId, Callable[[Any], None]]
    ) -> Sequence[Callable[[], None]]:
        """The strata over the same state that tell a meter where the time goes; and the recorder and breakpoints."""

    def _install_code(self) -> None:
        """Have the engine run the variant of the code that recording and breakpoints need, from the next tick on."""
        stops = {} if self._breakpoints is None else self._breakpoints.on_edges
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

    # --- running, in an event loop ---------------------------------------------------------------------------------

    async def run_tick_async(self) -> bool:
        """The same as `run_tick` for inside of an event loop: a tick may wait there for what an operator awaits.

        Cancelled while it waits, it leaves the tick where it is: the next run goes on with it. Returns when what the
        flow has put out has left.
        """
        __tracebackhide__ = True
        return await self._in_loop().run_tick()

    async def run_available_async(self, *, progress: bool | None = None) -> None:
        """The same as `run_available`, with a chance for other tasks between two ticks.

        Returns when what the flow has put out has left. While too much waits to leave, it takes nothing in.
        """
        __tracebackhide__ = True
        if is_wanted(progress):
            with progress_of(self._standing):
                await self._in_loop().run_available()
        else:
            await self._in_loop().run_available()

    async def run_async(self) -> None:
        """Run for ever: whenever input arrives. Ends when it is cancelled or stopped, or when the flow is closed.

        While too much waits to leave the flow, it takes nothing in from outside. Raises what the user's code raises,
        what an async iterator that is read raises, and what an async sink raises. Raises HydroflowError where
        `run_async` is under way already.
        """
        __tracebackhide__ = True
        await self._in_loop().run()

    def start(self) -> asyncio.Task[None]:
        """Run the flow in the background, by `run_async` in the event loop that runs here, and return the task.

        A flow that was started already goes on in its task, which is returned. An exception that ends the task is
        raised where the task is awaited, kept as `flow.trouble` and logged by `hydroflow_nb`. Raises RuntimeError where
        no event loop runs, HydroflowError where the flow is closed or its `run_async` is awaited.
        """
        return self._in_loop().start()

    def stop(self) -> None:
        """End the `run_async` that is under way, if any, between two ticks; from any thread.

        A tick that waits for what an operator awaits is left where it is; the next run goes on with it.
        """
        if self._live is not None:
            self._live.stop()

    def run(self, *, progress: bool = False) -> None:
        """Run for ever, outside of an event loop. Raises RuntimeError inside of one: there `await run_async()`.

        With `progress` a line on the error stream tells how far it is.
        """
        if running_loop() is not None:
            raise RuntimeError("an event loop is running here, as in every notebook: use `await flow.run_async()`")
        with progress_of(self._standing) if progress else nullcontext():
            asyncio.run(self._in_loop().run_and_drain())

    def _standing(self) -> Standing:
        taken = None if self._recording is None else self._recording.taken
        return replace(super()._standing(), taken=taken)

    @property
    def is_running(self) -> bool:
        """True while `run_async` is under way, awaited or in the background."""
        return self._live is not None and self._live.is_under_way

    @property
    def is_interruptible(self) -> bool:
        """True while a tick of `run_async` is at work, which an interrupt of the process ends."""
        return self._engine.interruptible.is_entered

    @property
    def trouble(self) -> BaseException | None:
        """What ended the flow's run in the background; None where nothing did, or it has begun again since."""
        return None if self._live is None else self._live.trouble

    def _in_loop(self) -> LiveRun:
        # Made when it is asked for: it holds the flow, and one that never runs so is let go of without the collector.
        with _MAKING:
            if self._live is None:
                self._live = LiveRun(self.drive())
        return self._live

    # --- going back --------------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        super()._reset()
        if self._recording is not None:
            self._recording.clear()
        if self._branches is not None:
            self._branches.clear()
        self._forget_trouble()

    def _forget_trouble(self) -> None:
        if self._live is not None:
            self._live.trouble = None

    @property
    def kept_ticks(self) -> list[int]:
        """The ticks that `rewind` can go back to, oldest first; none where the flow is not recorded."""
        return rewinding.kept_ticks(self._engine)

    def rewind(self, tick: int, branch: str | None = None) -> None:
        """Go back to just before a tick began, so that running on runs it again: with recording on, to `kept_ticks`.

        A branch of the run begins there: what is recorded from that tick on stays with the branch that the flow leaves,
        `main` at first, and `flow.switch("main")` goes back to its end. `branch` is a name for the new one, which is
        called `main.1` and so on without; `flow.branches` shows them.

        State, what was deferred, counts and `faults` are as they were, and the recording ends before the tick. What
        that tick and later ones took in waits again, in front of what waits anyway: each tick takes in what it took in
        before, so that running on repeats the same ticks, with functions that were mended meanwhile. Change what waits
        by `flow.inputs`.

        What left the flow is not undone: what `for_each`, sinks and files were given, what functions did or keep for
        themselves, clocks. Items are not copied: one that was changed in place stays changed. Accumulators are, and
        what cannot be, such as an open file, stays as it is; the logger `hydroflow_nb` warns of it. An awaitable that
        was begun goes on, and what is done by now is handed on at once; an item that is a coroutine can be awaited only
        once. A generator that raised an exception gives nothing more.

        Before each tick of a recorded run a snapshot is made, as long as that takes no more than a tenth of the time;
        the newest 1,000 are kept, and fewer where they hold more than a million entries. Raises HydroflowError for a
        tick without a snapshot, and where the flow is not recorded, is run by `run_async`, is within a stratum or
        closed.
        """
        self._must_be_open()
        self._engine.turn.alone(partial(self._rewind, operator.index(tick), branch))
        self._tell()

    def _rewind(self, tick: int, branch: str | None) -> None:
        rewinding.rewind(self._engine, self.branches, tick, branch, self.name, is_running=self.is_running)
        self._forget_trouble()

    def switch(self, branch: str) -> None:
        """Go to the end of another branch of the run, by its name, as the flow was when it left that branch.

        State, what was deferred, `faults`, the recording and what waits are those of the branch; what waits now stays
        with the branch that is left. A branch that was left within a tick is gone back to where that tick begins.
        Raises HydroflowError for a name that there is not, where no state of the branch is kept any more, and where
        `rewind` would.
        """
        self._must_be_open()
        self._engine.turn.alone(partial(self._switch, branch))
        self._tell()

    def _switch(self, branch: str) -> None:
        rewinding.switch(self._engine, self.branches, branch, self.name, is_running=self.is_running)
        self._forget_trouble()

    def delete_branch(self, branch: str) -> None:
        """Forget a branch of the run, as `flow.branches[name].delete()` does."""
        self.branches.delete(branch)
        self._tell()

    @property
    def branches(self) -> Branches:
        """The branches of the run by name, a mapping that prints as a tree: `flow.branches["main"].recording`.

        Each has `name`, `parent`, `begins`, `ticks`, `changed`, `sent_before`, `recording`, `diff(other)`, `delete()`.
        """
        if self._branches is None:
            from hydroflow_nb.running.branches import Branches

            self._branches = Branches(self, self.graph.partitioned)
        return self._branches

    def values_of_names(self) -> dict[str, Any]:
        """The values of the names that the flow's text uses, as they are now."""
        return {}

    def _note_ticks(self) -> None:
        """Have the values of names noted when a recorded tick begins, so that a branch tells what has changed."""
        if self._engine.snapshots is not None:
            self._engine.snapshots.on_tick = self.branches.note_tick

    def _stopped(self) -> bool:
        stop = self.stopped_at
        if stop is not None and self._recording is not None:
            self._recording.note_stop(stop.ran, str(stop))
        return super()._stopped()

    # --- breakpoints -------------------------------------------------------------------------------------------------

    def break_on(
        self,
        place: str | None = None,
        predicate: Callable[[Any], object] | str | None = None,
        *,
        nth: int | None = None,
        grows: int | None = None,
        stratum: int | None = None,
        state: Callable[[Any], object] | None = None,
    ) -> Breakpoint:
        """Stop runs where something happens: on an edge, in a state, or when a stratum is about to run.

        `flow.break_on("hop -> reached")` is hit by any item on the edge; `lambda item: item[0] == 3`, or the text
        `"item[0] == 3"`, by those for which it holds; `nth=5` by the fifth of these, `grows=10` by a tick in which 10
        items more went over the edge than in the tick before. `flow.break_on("total", state=lambda s: s.size > 100)` is
        hit where that becomes true of what `flow.state("total")` gives, when the operator's stratum has run.
        `flow.break_on(stratum=2)` is hit before stratum 2 runs, in each tick.

        A run (`run_tick`, `run_available`, live runs and the stepper's) that hits it stops before the tick's next
        stratum, or at the end of its tick, and `flow.stopped_at` tells why; the next run goes on from there. What a
        predicate raises stops the run as well, and is told. Within a tick, a breakpoint on another edge counts from the
        next tick on. Returns the breakpoint, which `.remove()` ends; `flow.breakpoints` lists all. Raises
        HydroflowError for a place or a stratum that is not there, and ValueError and TypeError for other arguments.
        """
        return self.breakpoints.add(place, predicate, nth=nth, grows=grows, stratum=stratum, state=state)

    @property
    def breakpoints(self) -> Breakpoints:
        """The breakpoints that `break_on` has set, in their order; `flow.breakpoints.clear()` removes all."""
        if self._breakpoints is None:
            from hydroflow_nb.running.breakpoints import Breakpoints

            self._breakpoints = Breakpoints(self, self.graph.partitioned, self._install_code, self.states)
        return self._breakpoints

    # --- watches -----------------------------------------------------------------------------------------------------

    def watch(self, expression: str, on: str | None = None) -> Watch:
        """Note the value of an expression at the end of each recorded tick, also of those that are recorded already.

        `flow.watch("len(items)", on="hop -> reached")`: `items` is the list of what went over the place in the tick.
        Without `on` there are `tick`, its number, `edges["A -> B"]`, the items of an edge, and `state["total"]`, what
        `flow.state` gives as its value; and the names of the notebook. The watch prints as bars and shows as a line;
        its `.values` are by tick. What the expression raises is noted and stops nothing. `.remove()` ends it;
        `flow.watches` lists all. Switches recording on. Raises SyntaxError, TypeError for what is no expression, and
        HydroflowError for a place that is not there.
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

    # --- looking ---------------------------------------------------------------------------------------------------

    def state(self, place: str, tick: int | None = None) -> OperatorState | StatesByOperator:
        """What an operator that remembers holds, now or at the end of a tick, as data.

        `place` is a name of the text, an operator's name or element id (`"op-3"`), or an edge on which items wait for a
        later tick (`"A -> B"`). Where several operators of a name remember, a dict gives the state of each by element
        id. A state prints as text and shows as HTML, what the tick has changed first; `.value` is a copy of the data,
        `.parts` what is held by name, such as the sides of a join (`state["0"]`), `.size` how much, `.changes` what
        the tick has added, taken away and changed, where the flow is recorded.

        The states of earlier ticks are those of the snapshots of a recorded run (`kept_ticks`, each for the tick before
        it). Raises HydroflowError for a place that there is not or that remembers nothing, for a tick whose state is
        not kept, while a tick is under way in another thread, and where the flow is closed.
        """
        self._must_be_open()
        return self.states().state(place, tick)

    def states(self) -> RunningStates:
        """The states of all operators, for front ends and recordings."""
        from hydroflow_nb.running.states import RunningStates

        return RunningStates(self._memory(), self._engine, self.name)

    def profile(self) -> Profile:
        """Measure where the time goes, from the next tick on, and give the profile, which is live.

        `flow.profile()` begins to measure, shows what was measured when it is asked for again, and prints as a table:
        for each operator the items that came and left, its time, how much it holds, how often its subgraph ran.
        `.between(3, 8)` is the same of some ticks, `.to_pandas()` a DataFrame, `.save("run.trace.json")` a trace for
        https://ui.perfetto.dev. `.stop()` ends the measuring, as does the end of `with flow.profile() as profile:`.

        What is measured runs in a variant of the code of its own, which is slower: compare operators, not runs. A flow
        that is not profiled pays nothing. Raises HydroflowError where the flow is closed, or was built by hand.
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

    @abstractmethod
    def _memory(self) -> Memory:
        """What the flow's operators hold, and where."""

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

    def _filtered(self, place: str) -> None:
        from hydroflow_nb.ir.place import wires_of

        wires_of(self.graph.partitioned, place)
        self._install_code()

    @property
    def is_recorded(self) -> bool:
        """True where recording is on."""
        return self._recording is not None

    def _install_recorder(self, recording: Recording) -> None:
        from hydroflow_nb.trace.recorder import Recorder

        self._recorder = Recorder(self.graph.partitioned, recording, self._inboxes)
        recording.when_filtered = self._filtered
        recording.states = self.states()
        self._install_code()
        self._engine.snapshots = Snapshots(self._engine.program, self._engine.context)
        self._note_ticks()

    def why(self, item: Any, at: str | None = None, tick: int | None = None) -> Derivation:
        """Why an item is there: the tree of the items that made it, back to inputs and literals.

        `at` is a place: an edge as the text names it, such as `"hop -> reached"`, a name of the text, or an element id
        of an operator or wire; without it any edge is meant. `tick` is the tick in which the item went by; without it
        the newest is meant. What is found are the items that are equal to `item`, as Python says it.

        The result prints as text and shows as a tree that folds. `.root` and `.causes` are its parts, `.inputs` the
        items of inputs that it cites, by input and tick, `.absent` what had to be absent, `.doubts` where it is not
        certain. On the cited inputs alone the flow gives the item again, where nothing had to be absent.

        It is found from the recording when it is asked for: functions of the flow are called again with recorded items,
        and should have no effects. Raises HydroflowError where the flow is not recorded, for a place that does not
        exist, and for an item that did not go by.
        """
        from hydroflow_nb.why.asking import why

        return why(self.graph.partitioned, self._recording, self._names or {}, item, at, tick)

    def channel(self, place: str, tick: int | None = None) -> RecordedChannel:
        """What the recording keeps of an edge, such as `"hop -> reached"`: in all of its ticks, or in one of them.

        It is a sequence of items, shows as a table, and is a data frame by `.to_pandas()`, `.to_polars()` and
        `.to_arrow()`; `.ticks` has the tick of each item, `.count` the exact number. Raises HydroflowError where the
        flow is not recorded and for a place that is not one edge, KeyError for a tick that is not recorded.
        """
        from hydroflow_nb.trace.channel import recorded_channel

        return recorded_channel(self.graph.partitioned, self._recording, place, tick)

    def why_recorded(self, edge: str, tick: int, step: int, index: int) -> Derivation:
        """The same for an item by its place in the recording: the element id of an edge, the tick, the number of the
        step in the tick and that of the item in the step. Raises KeyError for an item that is not kept, and
        HydroflowError where the flow is not recorded.
        """
        from hydroflow_nb.why.asking import why_at

        return why_at(self.graph.partitioned, self._recording, self._names or {}, edge, tick, step, index)

    def why_not(self, item: Any, at: str | None = None, tick: int | None = None) -> Absence:
        """Why an item is not there: the first place that dropped or blocked what would have become it.

        `at` and `tick` are as in `why`; without a place the ends of the flow are meant, without a tick all that are
        recorded. The result prints as text; `.first` is what stopped it, with its kind (`.stop`: "filtered", "no
        partner", "subtracted", "seen before", "deferred", "never came", ...), `place`, `tick`, `words` and `facts`, and
        `.obstacles` are all that were found.

        Functions of the flow are called again with recorded items, to see what would have become the item. Raises
        HydroflowError where the flow is not recorded, and for an item that did go by.
        """
        from hydroflow_nb.why.asking import why_not

        waiting = {name: one.waiting for name, one in self.inputs.items()}
        return why_not(self.graph.partitioned, self._recording, self._names or {}, item, at, tick, waiting)

    def stepper(self) -> Stepper:
        """The widget that steps the flow and shows its channels."""
        from hydroflow_nb.widgets import Stepper

        return Stepper(self, namespace=self._names)

    def getdoc(self) -> str:
        """What `flow?` tells in IPython: where the flow stands, its inputs, its text, and what can be done with it."""
        from hydroflow_nb.running.telling import about

        return about(self)

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else f"at tick {self.current_tick()}"
        return f"<flow {self.name}, {len(self.graph.partitioned.nodes)} operators, {state}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = dict(self.graph._repr_mimebundle_(include, exclude))
        if self._recording is not None:
            bundle["image/svg+xml"] = self._recording.svg()
        return bundle
