"""A flow that runs in ticks: by hand, one after the other."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Self

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.faults import Faults
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.notes import is_kind
from hydroflow_nb.engine.plain import MANY, Around, AroundPush, Plain, can_be_plain, none_yet
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.set_aside import SetAside
from hydroflow_nb.engine.stopping import Stop
from hydroflow_nb.engine.undoing import ITEMS_AN_ENTRY, Silent, Undoing
from hydroflow_nb.errors import AssertionFailed, HydroflowError
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.running.delivery import delivering, flush, raise_failures
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.running.inputs import Input, Inputs
from hydroflow_nb.running.progress import Standing, is_wanted, progress_of
from hydroflow_nb.running.saying import say
from hydroflow_nb.source import Source, Span

_LOG = logging.getLogger("hydroflow_nb")


class TickedFlow(ABC):
    """A flow that runs in ticks, by hand. Subclasses say what it runs."""

    def __init__(self, name: str, source: Source, graph: PartitionedGraph) -> None:
        self.name = name
        self.source = source
        self.graph = Graph(graph)
        self.is_closed = False
        self._listeners = Listeners()
        # Told of what may make a tick due that no input does; of a plain tick they need not be told.
        self._runs = Listeners()
        self._load_engine()

    def _load_engine(self) -> None:
        context = Context()
        self._engine = Engine(self._load(context), context)
        self._set_aside = SetAside()
        self._can_be_plain = can_be_plain(self._engine.program)
        self._inboxes = dict(self._named_inboxes())
        self.inputs = Inputs((name, Input(name, inbox, self._engine)) for name, inbox in self._inboxes.items())

    # --- what a subclass says ----------------------------------------------------------------------------------------

    @abstractmethod
    def _load(self, context: Context) -> Program:
        """The program at tick 0."""

    @abstractmethod
    def _named_inboxes(self) -> Iterable[tuple[str, Inbox]]:
        """The inboxes of the program that was loaded last, by the names of the inputs."""

    def _explained(self, exception: BaseException, *, tick: int, stratum: int) -> BaseException:
        """The exception to raise for one that came out of a run."""
        return exception

    def _look_at_names(self) -> None:
        """Raise the error that keeps the flow from running with the present values of its names."""
        return

    def _plain(self, around: Around) -> Plain | None:
        """The function that runs plain ticks with what the engine gives it; None where there is none."""
        return None

    def _plain_push(self, around: AroundPush) -> Plain | None:
        """The function that runs a plain tick with one item; None where there is none."""
        return None

    def _failed_alone(self, exception: BaseException) -> bool:
        """Whether the operator that raised it was at work on what had come of one item alone; False if not known."""
        return False

    def _raised_at(self, exception: BaseException) -> Span:
        """The operator in the text that raised it, or all of the text if that is not known."""
        return self.source.span(0, 0)

    def _silent(self) -> Silent | None:
        """Its ticks, where they can run again without effects outside."""
        return None

    def _missing(self) -> list[Diagnostic]:
        """What is still expected when the flow is closed."""
        return []

    @abstractmethod
    def _unload(self) -> None:
        """Release the program that was loaded last, and its state."""

    @property
    def _names(self) -> MutableMapping[str, Any] | None:
        """Where a person's expressions are evaluated; None: in the notebook."""
        return None

    # --- running, by hand ------------------------------------------------------------------------------------------

    def run_tick(self) -> bool:
        """Run one tick, even when there is no input, or what is left of one that `run_stratum` began.

        Returns True where there was work or is more: something asked for this tick, or asks for another. The first tick
        is work, and so are input, deferred items and `spin`. `while flow.run_tick(): ...` runs until nothing is left to
        do. At a breakpoint it stops within the tick, before the next stratum, and returns True. Raises what the user's
        code raises, with a note on operator and item.
        """
        __tracebackhide__ = True
        try:
            plain = self._engine.plain
            had_work = plain(True)
        except BaseException as exception:
            self._abort(exception)
        return self._run_tick() if had_work is None else had_work

    def _run_tick(self) -> bool:
        """Run a tick that may have more to look at than a plain one."""
        __tracebackhide__ = True
        if self.is_closed:
            self._must_be_open()
        engine = self._engine
        engine.holds_back = False
        had_work = engine.has_work()
        # The same as `_do`, without a call, which a small tick would feel.
        try:
            engine.run_tick()
        except BaseException as exception:
            self._abort(exception)
        if self._listeners or self._runs:
            self._tell()
        if engine.program.outlets:
            self._deliver()
        if engine.breaks is not None and self._stopped():
            return True
        self._settle()
        return had_work or self._engine.is_scheduled()

    def _settle(self) -> None:
        """Have the coming ticks be plain ones, where nobody looks on, and the flow has run for a while."""
        engine = self._engine
        is_worth_it = engine.context.tick >= MANY and self._can_be_plain
        if is_worth_it and engine.settle(self._listeners) and engine.plain is none_yet:
            plain = self._plain(engine.around_plain(Around))
            if plain is None:
                self._can_be_plain = False
            else:
                engine.plain_alone = engine.run_plainly(plain)
                outlets = engine.program.outlets
                engine.plain = delivering(engine.plain_alone, outlets) if outlets else engine.plain_alone

    def pusher(self, name: str) -> Callable[[Any], bool]:
        """A function that sends an item to an input, by the input's name, and runs a tick: for code that is called with
        one item after the other.

        It does what `flow.inputs[name].send(item)` and `flow.run_tick()` do, and returns what that returns; where
        nothing else waits and nobody looks on, at the cost of a function of the flow's functions. Ask for it anew when
        the flow was reset. Raises KeyError for a name that no input has.
        """
        engine, entry = self._engine, self.inputs[name]

        def otherwise(item: Any) -> bool:
            entry.send(item)
            return self.run_tick()

        around = engine.around_plain(AroundPush)
        around.otherwise, around.failed = otherwise, self._abort
        plain = self._plain_push(around) if self._can_be_plain else None
        return otherwise if plain is None else engine.run_plainly(plain)

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
        if engine.breaks is not None and self._stopped():
            return True
        return had_work or self._engine.is_scheduled()

    def run_available(self, *, progress: bool | None = None) -> None:
        """Run at least one tick, and further ones while input waits or deferred items exist.

        At a breakpoint it stops before the tick's next stratum: `flow.stopped_at` tells where, and running goes on.

        After half a second a line tells how far it is, with `progress=True`; by default in a notebook.
        """
        __tracebackhide__ = True
        if progress is None:
            try:
                plain = self._engine.plain
                has_run = plain(False)
            except BaseException as exception:
                self._abort(exception)
            if has_run is not None:
                return
        if is_wanted(progress):
            with progress_of(self._standing):
                self._run_available()
        else:
            self._run_available()

    def _run_available(self) -> None:
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
            if self._listeners or self._runs:
                self._tell()
            engine = self._engine
            is_over = engine.has_stopped or not engine.is_scheduled()
            outlets = engine.program.outlets
            if outlets and (is_over or any(outlet.is_congested() for outlet in outlets)):
                self._deliver()
                # What a sink has sent may be input again.
                is_over = self.is_closed or self._engine.has_stopped or not self._engine.is_scheduled()
            if is_over:
                if engine.breaks is not None:
                    self._stopped()
                self._settle()
                return

    def _do(self, run: Callable[[], None]) -> None:
        """Run the engine, and tell the subscribers."""
        __tracebackhide__ = True
        try:
            run()
        except BaseException as exception:
            self._abort(exception)
        if self._listeners or self._runs:
            self._tell()

    def _run_one(self, engine: Engine) -> None:
        """Run one tick of an engine, a plain one where it can be, for code that drives the flow."""
        __tracebackhide__ = True
        try:
            plain = engine.plain_alone
            if plain(True):
                return
        except BaseException as exception:
            self._abort(exception)
        self._do(engine.run_tick)
        self._settle()

    def _abort(self, exception: BaseException) -> None:
        """Tell the subscribers of a run that was aborted, and raise its exception."""
        __tracebackhide__ = True
        # After an interrupt nothing is waited for.
        if is_kind(exception, Exception):
            try:
                flush(self._engine.program.outlets)
            except Exception:  # the first of two is the one to raise
                _LOG.exception("the output of the flow `%s` could not be sent", self.name)
        self._tell()
        self._raise(exception)

    def _deliver(self) -> None:
        """Send what the flow put out, where no event loop does so; raise what sinks have raised."""
        __tracebackhide__ = True
        outlets = self._engine.program.outlets
        flush(outlets)
        raise_failures(outlets)

    def _stopped(self) -> bool:
        """True where the run has stopped at a breakpoint, which is said."""
        breaks = self._engine.breaks
        if breaks is None or breaks.stopped is None:
            return False
        say(self.name, breaks.stopped)
        return True

    def drive(self) -> Drivable:
        """The flow for code that drives it from outside: a simulated network, a process, an event loop."""
        return _Driven(self)

    def _standing(self) -> Standing:
        waiting = sum(one.count() for one in self.inputs.values())
        return Standing(tick=self.current_tick(), taken=None, waiting=waiting)

    # --- where it is -----------------------------------------------------------------------------------------------

    def is_scheduled(self) -> bool:
        """True where another tick is due: input waits, something was deferred, or `spin` asks for it."""
        return self._engine.is_scheduled()

    def current_tick(self) -> int:
        """The number of ticks that have ended; that of the one under way, if there is one."""
        return self._engine.context.tick

    def current_stratum(self) -> int:
        """The stratum that runs next, 0 between two ticks."""
        return self._engine.context.stratum

    @property
    def stopped_at(self) -> Stop | None:
        """Where the last run has stopped at a breakpoint, with what hit it; None where it came to its end.

        The next run goes on from there. The attributes are `tick`, `stratum`, that runs next, and `hits`.
        """
        breaks = self._engine.breaks
        return None if breaks is None else breaks.stopped

    @property
    def faults(self) -> Faults:
        """The ticks that user code or an interrupt aborted, oldest first: a list of the newest 1,000.

        `flow.faults.dropped` counts those before them, `flow.faults.total` all of them.
        """
        return self._engine.faults

    @property
    def set_aside(self) -> SetAside:
        """The items that were set aside because ticks failed with them, oldest first: a list of the newest 1,000, or of
        as many as `flow.set_aside.most` says.

        Each has `item`, `input`, `sender`, `tick`, `error` and `where`; `flow.set_aside.total` counts all of them.
        `flow.start(on_fault="set-aside")` sets items aside, and so do `run_async`, `run_available_async` and `run`.

        More: "Items that fail" in `docs/networks.md`.
        """
        return self._set_aside

    # --- its start and its end ---------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Go back to tick 0: state and handoffs are empty, the arguments of sources are evaluated anew."""
        self._must_be_open()
        self._engine.turn.alone(self._reset)
        self._tell()

    def _reset(self) -> None:
        self._engine.close()
        self._load_engine()

    def close(self) -> None:
        """End the flow. Raises `AssertionFailed` where an `assert_eq` still waits for items."""
        if self.is_closed:
            return
        missing = self._engine.turn.alone(self._close)
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
            # The exception that ended the block matters; missing items are then expected.
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
        found = self._explained_safely(exception, tick=tick, stratum=stratum)
        if found is exception:
            raise exception
        raise found from found.__cause__

    def _explained_safely(self, exception: BaseException, *, tick: int, stratum: int) -> BaseException:
        try:
            return self._explained(exception, tick=tick, stratum=stratum)
        except Exception:  # the look for the item may call functions of the user's classes, such as `__hash__`
            _LOG.debug("an exception could not be explained", exc_info=True)
            return exception

    # --- who is told --------------------------------------------------------------------------------------------------

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the flow: the function is called when it ran, was started, stopped, rewound, reset or closed.

        Returns a function that unsubscribes it. What the function raises is logged by `hydroflow_nb`.
        """
        unsubscribe = self._listeners.add(callback)
        self._engine.watch()
        return unsubscribe

    def _tell(self) -> None:
        for listener in (*self._listeners, *self._runs):
            try:
                listener()
            except Exception:  # a subscriber must not disturb the run
                _LOG.exception("a listener of the flow `%s` failed", self.name)


class _Driven:
    """A flow for code that drives it."""

    def __init__(self, flow: TickedFlow) -> None:
        self._flow = flow
        self.must_be_open = flow._must_be_open
        self.look_at_names = flow._look_at_names
        self.run_tick = flow._run_one
        self.abort = flow._abort
        self.explained = flow._explained_safely
        self.failed_alone = flow._failed_alone
        self.raised_at = flow._raised_at
        self.changed = flow._tell
        self.stopped = flow._stopped
        self.listen = flow._runs.add

    @property
    def name(self) -> str:
        return self._flow.name

    @property
    def engine(self) -> Engine:
        return self._flow._engine

    @property
    def inboxes(self) -> Mapping[str, Inbox]:
        return self._flow._inboxes

    @property
    def set_aside(self) -> SetAside:
        return self._flow._set_aside

    def undoing(self, *, items_an_entry: int = ITEMS_AN_ENTRY) -> Undoing:
        engine = self._flow._engine
        return Undoing(engine.program, engine.context, self._flow._silent(), items_an_entry=items_an_entry)

    @property
    def names(self) -> MutableMapping[str, Any] | None:
        return self._flow._names

    @property
    def is_closed(self) -> bool:
        return self._flow.is_closed
