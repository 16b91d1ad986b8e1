"""What all flows have in common, whatever they were made from: they run in ticks, take inputs and can be recorded."""

from __future__ import annotations

import asyncio
import logging
import operator
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.contained import contained, released
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.engine import Engine, Faults
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.interruptible import pass_on
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.notes import is_kind, traceback_of
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.snapshots import Snapshots
from hydroflow_nb.errors import AssertionFailed, HydroflowError
from hydroflow_nb.ir.graph import PartitionedGraph
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.source import Source
from hydroflow_nb.trace.recorder import Recorder
from hydroflow_nb.trace.recording import Recording

if TYPE_CHECKING:
    from hydroflow_nb.widgets import Stepper

DEFAULT_BUDGET = 100_000

_LOG = logging.getLogger("hydroflow_nb")


class Input:
    """An input of a flow: a `source_stream`, by the name that its channel has in the text."""

    def __init__(self, name: str, inbox: Inbox, engine: Engine) -> None:
        self.name = name
        self._inbox = inbox
        self._engine = engine

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first; after `rewind` also those for the ticks behind it."""
        again = [item for batch in self._engine.again for item in batch.get(self._inbox, ())]
        return again + self._inbox.waiting()

    def send(self, item: Any) -> None:
        """Put one item in, as if it had come through the channel."""
        self._inbox.channel.send(item)

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable."""
        self._inbox.channel.extend(items)

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have a function called, from the sender's thread, when items arrive. Returns a function that ends it.

        A queue that the input reads from tells nothing of what waits in it.
        """
        return self._inbox.watch(watcher)

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        position = range(len(self.waiting()))[index]
        for batch in self._engine.again:
            items = batch.get(self._inbox, [])
            if position < len(items):
                item = items.pop(position)
                self._engine.forget_empty_batches()
                return item
            position -= len(items)
        return self._inbox.discard(position)

    def __repr__(self) -> str:
        return f"<input {self.name}, {len(self.waiting())} waiting>"


class _Run:
    """One `run_async` that is under way, or that `start` has asked for."""

    def __init__(self) -> None:
        self.alarm = Alarm()
        self.loop = asyncio.get_running_loop()
        self.is_stopped = False
        self.task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        self.is_stopped = True
        self.alarm.ring()


class RunningFlow(ABC):
    """A flow that runs in ticks: `run_tick`, `run_stratum`, `run_available`, and their async forms; `start` and `stop`.

    An exception of the user's code aborts the tick it happens in and comes out as it is; the flow stays usable.
    `with flow:` closes it at the end. Subclasses say what it runs.

    One tick runs at a time: what another thread asks of the flow meanwhile, to run, to go back, to start anew or to
    close, waits for its turn; after 5 s it raises RuntimeError.
    """

    def __init__(self, name: str, source: Source, graph: PartitionedGraph) -> None:
        self.name = name
        self.source = source
        self.graph = Graph(graph)
        self.is_closed = False
        self._listeners = Listeners()
        self._recording: Recording | None = None
        self._run: _Run | None = None
        # Of two threads that have it run at once, one begins.
        self._beginning = threading.Lock()
        self._trouble: BaseException | None = None
        self._load_engine()

    def _load_engine(self) -> None:
        context = Context()
        self._engine = Engine(self._load(context), context)
        self._inboxes = dict(self._named_inboxes())
        self.inputs = {name: Input(name, inbox, self._engine) for name, inbox in self._inboxes.items()}
        if self._recording is not None:
            self._install_recorder(self._recording)

    # --- what a subclass says ----------------------------------------------------------------------------------------

    @abstractmethod
    def _load(self, context: Context) -> Program:
        """The program at tick 0."""

    @abstractmethod
    def _named_inboxes(self) -> Iterable[tuple[str, Inbox]]:
        """The inboxes of the program that was loaded last, by the names of the inputs."""

    @abstractmethod
    def _recorded_strata(self, recorder: Recorder) -> Sequence[Callable[[], None]]:
        """The strata over the same state that tell a recorder what they do."""

    def _explained(self, exception: BaseException, *, tick: int, stratum: int) -> BaseException:
        """The exception to raise for one that came out of a run."""
        return exception

    def _look_at_names(self) -> None:
        """Raise what keeps the flow from running with what its names are bound to now."""
        return

    def _missing(self) -> list[Diagnostic]:
        """What is still expected when the flow is closed."""
        return []

    @abstractmethod
    def _unload(self) -> None:
        """Let go of the program that was loaded last, and of its state."""

    @property
    def _names(self) -> MutableMapping[str, Any] | None:
        """Where a person's expressions are evaluated; None: in the notebook."""
        return None

    # --- running, by hand ------------------------------------------------------------------------------------------

    def run_tick(self) -> bool:
        """Run one tick, even when there is no input, or what is left of one that `run_stratum` began.

        Returns True where there was work or is more: something asked for this tick, or asks for another. The first tick
        is work, and so are input, deferred items and `spin`. `while flow.run_tick(): ...` runs until nothing is left to
        do. Raises what the user's code raises, with a note on operator and item.
        """
        __tracebackhide__ = True
        if self.is_closed:
            self._must_be_open()
        engine = self._engine
        engine.holds_back = False
        had_work = engine.has_work()
        # As `_do` would, without a call: a tick may have so little to do that one is felt.
        try:
            engine.run_tick()
        except BaseException as exception:
            self._abort(exception)
        if self._listeners or self._run is not None:
            self._tell()
        if engine.program.outlets:
            self._deliver()
        return had_work or self._engine.is_scheduled()

    def run_stratum(self) -> bool:
        """Run one stratum, beginning a tick where none is under way; behind the last one the tick ends.

        Returns what `run_tick` would for its tick: True where there was work or is more, False in a tick that nothing
        has asked for, as long as nothing asks for another.
        """
        __tracebackhide__ = True
        self._must_be_open()
        self._look_at_names()
        engine = self._engine
        engine.holds_back = False
        had_work = engine.has_work()
        self._do(engine.run_stratum)
        self._deliver()
        return had_work or self._engine.is_scheduled()

    def run_available(self) -> None:
        """Run at least one tick, and further ones while input waits or deferred items exist."""
        __tracebackhide__ = True
        self._look_at_names()
        while True:
            if self.is_closed:
                self._must_be_open()
            engine = self._engine
            engine.holds_back = False
            # As in `run_tick`.
            try:
                engine.run_tick()
            except BaseException as exception:
                self._abort(exception)
            if self._listeners or self._run is not None:
                self._tell()
            engine = self._engine
            is_over = not engine.is_scheduled()
            outlets = engine.program.outlets
            if outlets and (is_over or any(outlet.is_congested() for outlet in outlets)):
                self._deliver()
                # What a sink has sent may be input again.
                is_over = self.is_closed or not self._engine.is_scheduled()
            if is_over:
                return

    def _do(self, run: Callable[[], None]) -> None:
        """Have the engine run, and tell of it."""
        __tracebackhide__ = True
        try:
            run()
        except BaseException as exception:
            self._abort(exception)
        if self._listeners or self._run is not None:
            self._tell()

    def _abort(self, exception: BaseException) -> None:
        """Tell of a run that did not come to its end, and raise what kept it from that."""
        __tracebackhide__ = True
        # An interrupt waits for nothing.
        if is_kind(exception, Exception):
            try:
                self._flush()
            except Exception:  # the first of two is the one to raise
                _LOG.exception("what the flow `%s` had put out could not be sent", self.name)
        self._tell()
        self._raise(exception)

    def _deliver(self) -> None:
        """Have sent what the flow put out, where no event loop does so; raise what sinks have raised."""
        __tracebackhide__ = True
        self._flush()
        self._raise_failures()

    def _flush(self) -> None:
        waiting = [outlet for outlet in self._engine.program.outlets if outlet.awaits_loop()]
        if waiting and running_loop() is None:
            asyncio.run(_drained(waiting))

    def _raise_failures(self) -> None:
        __tracebackhide__ = True
        for outlet in self._engine.program.outlets:
            failure = outlet.failed()
            if failure is not None:
                raise failure

    # --- running, in an event loop ---------------------------------------------------------------------------------

    async def run_tick_async(self) -> bool:
        """The same as `run_tick` for inside of an event loop: a tick may wait there for what an operator awaits.

        Cancelled while it waits, it leaves the tick where it is: the next run goes on with it. Returns when what the
        flow has put out has left.
        """
        __tracebackhide__ = True
        self._must_be_open()
        self._engine.holds_back = False
        had_work = self._engine.has_work()
        try:
            await self._tick_async(self._engine)
            await _drained(self._engine.program.outlets)
            self._raise_failures()
        except KeyboardInterrupt as interrupt:
            pass_on(interrupt)
        return had_work or self._engine.is_scheduled()

    async def _tick_async(self, engine: Engine) -> None:
        __tracebackhide__ = True
        self._look_at_names()
        if not engine.program.awaited:
            await engine.turn_comes()
            engine.interruptible.call(partial(self._do, engine.run_tick))
            return
        try:
            await engine.run_tick_async()
        except BaseException as exception:
            self._abort(exception)
        if self._listeners or self._run is not None:
            self._tell()

    async def run_available_async(self) -> None:
        """The same as `run_available`, with a chance for other tasks between two ticks.

        Returns when what the flow has put out has left. While too much waits to leave, it takes nothing in.
        """
        __tracebackhide__ = True
        while True:
            self._must_be_open()
            self._engine.hold_back()
            try:
                await self._tick_async(self._engine)
                await asyncio.sleep(0)
                # Meanwhile another task may have sent something, or closed the flow.
                engine = self._engine
                engine.hold_back()
                self._raise_failures()
                if not engine.is_scheduled():
                    await self._until_drained(engine)
                    self._raise_failures()
            except KeyboardInterrupt as interrupt:
                pass_on(interrupt)
            if self.is_closed or not self._engine.is_scheduled():
                return

    async def _until_drained(self, engine: Engine) -> None:
        """Wait until what was put out has left; no longer than until a tick is due, which may have to make room."""
        outlets = engine.program.outlets
        if not outlets:
            return
        alarm = Alarm()
        draining = asyncio.ensure_future(_drained(outlets))
        draining.add_done_callback(lambda _: alarm.ring())
        unlisten = engine.listen(alarm.ring)
        try:
            while not draining.done():
                engine.hold_back()
                if engine.is_closed or engine.is_scheduled():
                    return
                await alarm.wait()
                alarm.clear()
            engine.hold_back()
            draining.result()
        finally:
            unlisten()
            draining.cancel()

    async def run_async(self) -> None:
        """Run for ever: whenever input arrives. Ends when it is cancelled or stopped, or when the flow is closed.

        While too much waits to leave the flow, it takes nothing in from outside. Raises what the user's code raises,
        what an async iterator that is read raises, and what an async sink raises. Raises HydroflowError where the flow
        is run so already.
        """
        __tracebackhide__ = True
        await self._run_to_end(self._new_run())

    def start(self) -> asyncio.Task[None]:
        """Run the flow in the background, by `run_async` in the event loop that runs here, and return the task.

        A flow that was started already goes on in its task, which is returned. What ends the task is raised to who
        awaits it, kept as `flow.trouble` and told by the logger `hydroflow_nb`. Raises RuntimeError where no event loop
        runs, HydroflowError where the flow is closed or somebody awaits `run_async`.
        """
        self._must_be_open()
        self._forget_lost_run()
        if self._run is not None and self._run.task is not None:
            # Stopped, but not yet at the end of its tick, it goes on.
            self._run.is_stopped = False
            return self._run.task
        loop = running_loop()
        if loop is None:
            raise RuntimeError("no event loop is running here: use `flow.run()`, or `await flow.run_async()` in one")
        run = self._new_run()
        self._trouble = None
        run.task = asyncio.Task(self._run_to_end(run), loop=loop, name=f"flow {self.name}")
        run.task.add_done_callback(lambda task: self._ended(run, task))
        self._tell()
        return run.task

    def stop(self) -> None:
        """Have the `run_async` that is under way return, between two ticks; from any thread. None may be under way.

        A tick that waits for what an operator awaits is left where it is; the next run goes on with it.
        """
        run = self._run
        if run is not None:
            run.stop()

    @property
    def is_running(self) -> bool:
        """True while `run_async` is under way, awaited by somebody or in the background."""
        self._forget_lost_run()
        return self._run is not None

    @property
    def is_interruptible(self) -> bool:
        """True while a tick of `run_async` is at work, which an interrupt of the process ends."""
        return self._engine.interruptible.is_entered

    @property
    def trouble(self) -> BaseException | None:
        """What ended the flow's run in the background; None where nothing did, or it has begun again since."""
        return self._trouble

    def _forget_lost_run(self) -> None:
        """An event loop that was closed with tasks in it never comes back to them."""
        if self._run is not None and self._run.loop.is_closed():
            self._run = None

    def _new_run(self) -> _Run:
        self._must_be_open()
        with self._beginning:
            if self.is_running:
                raise HydroflowError(
                    message=f"the flow `{self.name}` is running already: `flow.stop()` ends that, and `flow.start()` "
                    "returns the task of a flow that runs in the background"
                )
            self._run = run = _Run()
        return run

    def _ended(self, run: _Run, task: asyncio.Task[None]) -> None:
        """The task of a flow in the background is done."""
        # Cancelled before it began.
        if self._run is run:
            self._run = None
        try:
            exception = task.exception()
        except asyncio.CancelledError as cancelled:
            # Who cancels the task knows of it; who raises such an exception in a tick may not.
            exception = None if task.cancelling() else cancelled
        # An interrupt has ended a tick, and `faults` tells of it.
        if exception is not None:
            self._trouble = exception
            told = type(exception), exception, _behind_the_engine(traceback_of(exception))
            _LOG.error("the flow `%s` has stopped", self.name, exc_info=told)
        self._tell()

    async def _run_to_end(self, run: _Run) -> None:
        __tracebackhide__ = True
        try:
            while not (self.is_closed or run.is_stopped):
                await self._run_engine(self._engine, run)
        except KeyboardInterrupt as interrupt:
            # A run in the background just ends.
            if run.task is None:
                pass_on(interrupt)
        except SystemExit as exit_:
            if run.task is None:
                raise
            # As in a thread. Out of the task it would end the event loop, and a notebook's kernel with it.
            raise RuntimeError("the flow ran in the background, where `sys.exit()` ends nothing else") from exit_
        finally:
            if self._run is run:
                self._run = None
            self._tell()

    async def _run_engine(self, engine: Engine, run: _Run) -> None:
        """Run until the run is stopped, or the flow is closed, or reset and so runs another engine."""
        __tracebackhide__ = True
        alarm = run.alarm
        unlisten = engine.listen(alarm.ring)
        pumps = {asyncio.ensure_future(contained(inbox.pump(alarm.ring))): inbox for inbox in engine.program.inboxes}
        ended: list[asyncio.Task[Any]] = []
        for pump in pumps:
            pump.add_done_callback(ended.append)
            pump.add_done_callback(lambda _: alarm.ring())
        is_first = True
        try:
            while True:
                # Cleared before the look at what is due, so that nothing that comes in between is missed.
                alarm.clear()
                if engine.is_closed or run.is_stopped:
                    return
                self._raise_failures()
                for pump in tuple(ended):
                    # What was read before it ended is taken in first.
                    if not pumps[pump].waits():
                        ended.remove(pump)
                        released(pump.result())
                engine.hold_back()
                if is_first or engine.is_scheduled():
                    is_first = False
                    await self._tick_or_stop(engine, run)
                    # Other tasks get their turn, also where the next tick is due at once.
                    await asyncio.sleep(0)
                else:
                    await alarm.wait()
        finally:
            unlisten()
            for pump in pumps:
                pump.cancel()
            engine.holds_back = False

    async def _tick_or_stop(self, engine: Engine, run: _Run) -> None:
        """Run a tick; one that waits is left where it is when the run is stopped."""
        __tracebackhide__ = True
        if not engine.program.awaited:
            await self._tick_async(engine)
            return

        tick = asyncio.ensure_future(contained(self._tick_async(engine)))
        tick.add_done_callback(lambda _: run.alarm.ring())
        try:
            while not (tick.done() or run.is_stopped):
                await run.alarm.wait()
                run.alarm.clear()
        finally:
            tick.cancel()
        if tick.done():
            released(tick.result())

    def run(self) -> None:
        """Run for ever, outside of an event loop. Raises RuntimeError inside of one: there `await run_async()`."""
        if running_loop() is not None:
            raise RuntimeError("an event loop is running here, as in every notebook: use `await flow.run_async()`")
        asyncio.run(self._run_and_drain())

    async def _run_and_drain(self) -> None:
        """The event loop ends with the run, so what is on its way out leaves before."""
        await self.run_async()
        await _drained(self._engine.program.outlets)
        self._raise_failures()

    def is_scheduled(self) -> bool:
        """True where another tick is due: input waits, something was deferred, or `spin` asks for it."""
        return self._engine.is_scheduled()

    def current_tick(self) -> int:
        """The number of ticks that have ended; that of the one under way, if there is one."""
        return self._engine.context.tick

    def current_stratum(self) -> int:
        """The stratum that runs next, 0 between two ticks."""
        return self._engine.stratum

    @property
    def faults(self) -> Faults:
        """The ticks that user code or an interrupt aborted, oldest first: a list of the newest 1,000.

        `flow.faults.dropped` counts those before them, `flow.faults.total` all of them.
        """
        return self._engine.faults

    def reset(self) -> None:
        """Go back to tick 0: state and handoffs are empty, the arguments of sources are evaluated anew."""
        self._must_be_open()
        self._engine.alone(self._reset)
        self._tell()

    def _reset(self) -> None:
        self._engine.close()
        self._load_engine()
        if self._recording is not None:
            self._recording.clear()
        self._trouble = None

    @property
    def kept_ticks(self) -> list[int]:
        """The ticks that `rewind` can go back to, oldest first; none where the flow is not recorded."""
        snapshots = self._engine.snapshots
        return [] if snapshots is None else snapshots.ticks

    def rewind(self, tick: int) -> None:
        """Go back to just before a tick began, so that running on runs it again: with recording on, to `kept_ticks`.

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
        the newest 100 are kept, and fewer where they hold more than a million entries. Raises HydroflowError for a tick
        that has none, where the flow is not recorded, is run by `run_async`, is within a stratum, or is closed.
        """
        self._must_be_open()
        self._engine.alone(partial(self._rewind, operator.index(tick)))
        self._tell()

    def _rewind(self, tick: int) -> None:
        engine = self._engine
        problem = self._why_not_rewound(tick)
        if problem is not None:
            raise HydroflowError(message=problem)
        if engine.is_within_tick or tick != self.current_tick():
            uncopied = engine.rewind(tick)
            if self._recording is not None:
                self._recording.rewind(tick)
            if uncopied:
                names = ", ".join(sorted(kind.__qualname__ for kind in uncopied))
                _LOG.warning(
                    "the flow `%s` has gone back, but not its state that cannot be copied: %s", self.name, names
                )
        self._tick_was_due = True
        self._trouble = None

    def _why_not_rewound(self, tick: int) -> str | None:
        name, engine = self.name, self._engine
        if self._recording is None:
            return (
                f"the flow `{name}` is not recorded: `flow.record()` before its ticks, or `flow.reset()` to begin anew"
            )
        if self.is_running:
            return f"the flow `{name}` is running: `flow.stop()` ends that, then it can go back"
        if engine.is_elsewhere():
            return f"the flow `{name}` is within a tick in another thread: it can go back when the tick is over"
        if engine.is_at_work():
            return f"the flow `{name}` cannot go back while a tick calls a function: do it when the tick is over"
        current, kept = self.current_tick(), self.kept_ticks
        if tick in kept or (tick == current and not engine.is_within_tick):
            return None
        if tick > current:
            return f"tick {tick} of the flow `{name}` has not begun, it is at tick {current}"
        if not kept:
            return f"tick {tick} of the flow `{name}` is not kept, and no other one: `flow.reset()` begins anew"
        return f"tick {tick} of the flow `{name}` is not kept: it can go back to tick {_ranges(kept)}"

    def close(self) -> None:
        """End the flow. Raises `AssertionFailed` where an `assert_eq` still waits for items."""
        if self.is_closed:
            return
        missing = self._engine.alone(self._close)
        self._tell()
        if missing:
            raise AssertionFailed(missing)

    def _close(self) -> list[Diagnostic]:
        self.is_closed = True
        missing = self._missing()
        self._engine.close()
        self._unload()
        return missing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.close()
        except AssertionFailed:
            # What ended the block is the news; that items are missing then is no surprise.
            if exception is None:
                raise

    def _must_be_open(self) -> None:
        if self.is_closed:
            raise HydroflowError(message=f"the flow `{self.name}` is closed: compile it again, or run its cell again")

    def _raise(self, exception: BaseException) -> None:
        __tracebackhide__ = True
        context = self._engine.context
        fault = self.faults[-1] if self.faults else None
        tick = fault.tick if fault else context.tick
        stratum = fault.stratum if fault else context.stratum
        try:
            found = self._explained(exception, tick=tick, stratum=stratum)
        except Exception:  # the look for the item may call functions of the user's classes, such as `__hash__`
            _LOG.debug("an exception could not be explained", exc_info=True)
            found = exception
        if found is exception:
            raise exception
        raise found from found.__cause__

    # --- looking ---------------------------------------------------------------------------------------------------

    @property
    def recording(self) -> Recording:
        """What is recorded of the run; switches recording on, from the next tick on, where it is off."""
        return self._recording or self.record()

    def record(self, budget: int = DEFAULT_BUDGET) -> Recording:
        """Switch recording on, from the next tick on. The newest ticks are kept while they hold at most `budget` items.

        The second variant of the code is compiled now; a flow that is never recorded pays nothing for it.
        """
        if self._recording is None:
            self._recording = Recording(
                budget=budget, describe=lambda: {"graph": self.graph.to_dict(), "svg": self.graph.svg()}
            )
            if not self.is_closed:
                self._install_recorder(self._recording)
        self._recording.budget = budget
        return self._recording

    @property
    def is_recorded(self) -> bool:
        """True where recording is on."""
        return self._recording is not None

    def _install_recorder(self, recording: Recording) -> None:
        recorder = Recorder(self.graph.partitioned, recording, self._inboxes)
        self._engine.coming_strata = self._recorded_strata(recorder)
        self._engine.observer = recorder
        self._engine.snapshots = Snapshots(self._engine.program, self._engine.context)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have a function called whenever the flow has run, was started, stopped, rewound, reset or closed.

        Returns a function that ends it. What the function raises is told by the logger `hydroflow_nb`.
        """
        return self._listeners.add(callback)

    def _tell(self) -> None:
        if self._run is not None:
            self._run.alarm.ring()
        for listener in tuple(self._listeners):
            try:
                listener()
            except Exception:  # one who looks on has no part in the run
                _LOG.exception("a listener of the flow `%s` failed", self.name)

    def stepper(self) -> Stepper:
        """The widget that steps the flow and shows its channels."""
        from hydroflow_nb.widgets import Stepper

        return Stepper(self, namespace=self._names)

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else f"at tick {self.current_tick()}"
        return f"<flow {self.name}, {len(self.graph.partitioned.nodes)} operators, {state}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return dict(self.graph._repr_mimebundle_(include, exclude))


def _ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers in words: `3, 5 to 9 or 12`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[1]}" for run in runs]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _behind_the_engine(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that tells of the user's code; IPython leaves the other one out by itself."""
    while traceback is not None and "__tracebackhide__" in traceback.tb_frame.f_code.co_varnames:
        traceback = traceback.tb_next
    return traceback


async def _drained(outlets: Iterable[Outlet]) -> None:
    """Wait until all that was put into the outlets has left."""
    for outlet in outlets:
        await outlet.drain()
