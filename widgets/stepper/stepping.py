"""Steps and runs of a flow for a front end, and their stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from hydroflow_nb.engine.interruptible import Interruptible
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.undisturbed import undisturbed
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.news import News
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks, extent
from hydroflow_nb.widgets.stepper.work import Work

_SLICE: Final = 0.040  # seconds that a run keeps the event loop to itself
_PAUSE: Final = 0.002  # seconds in which a run lets messages in: it takes the loop several turns to read one
_GRACE: Final = 0.020  # seconds that a stop leaves a tick to end by itself
_AGAIN: Final = 0.05  # seconds after which an interrupt that did nothing is sent again
_TRIES: Final = 200


class Grain(StrEnum):
    """How far one step goes."""

    TICK = "tick"
    STRATUM = "stratum"
    ITERATION = "iteration"
    SUBGRAPH = "subgraph"
    OPERATOR = "operator"


class Stepping:
    """Makes a flow do steps and runs. The flow is recorded from the first one on; `rested` is called after each."""

    def __init__(
        self,
        bound: BoundFlow,
        work: Work,
        recorded: RecordedTicks,
        news: News,
        home: HomeThread,
        rested: Callable[[], object],
    ) -> None:
        self._bound = bound
        self._flow = bound.flow
        self._work = work
        self._recorded = recorded
        self._news = news
        self._home = home
        self._rested = rested
        self._run_task: asyncio.Task[None] | None = None  # an event loop keeps no task alive
        self._is_stopped = False

    @property
    def answers(self) -> Answers:
        """What answers the questions that make the flow run. `stop` is not among them: it is heard on any thread."""
        return {"step": self._step, "run": self._run, "start": self._start, "record": self._record}

    # --- stopping -----------------------------------------------------------------------------------------------------

    def expect(self, kind: str) -> None:
        """Note that a question was heard, on any thread: a stop that is heard later holds for it as well."""
        if kind in ("step", "run", "start"):
            self._is_stopped = False

    def end(self) -> None:
        """End a run of a front end after its tick."""
        self._is_stopped = True

    def stop(self) -> None:
        """End what runs, from any thread: between two ticks, or else by an interrupt from another thread."""
        self.end()
        self._flow.stop()
        if self._home.is_current():
            return
        deadline = time.monotonic() + _GRACE
        while self._flow.is_running and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        # A flow that runs live may wait for something else, such as a cell, which must not be interrupted.
        if self._flow.is_interruptible or not self._work.wait_for_rest(_GRACE):
            self._home.interrupt()
            # Python drops an interrupt that comes while it collects garbage, in a weak reference's callback. A tick
            # that goes on making items may collect most of the time, so that one interrupt in many ends it.
            for _ in range(_TRIES):
                if self._work.wait_for_rest(_AGAIN):
                    return
                self._home.interrupt()

    # --- a step -------------------------------------------------------------------------------------------------------

    def _step(self, question: Mapping[str, Any]) -> None:
        grain = Grain(question["grain"])
        self._prepare()
        try:
            self._begin("step")
            if grain is Grain.TICK:
                self._tick()
            else:
                self._part_of_a_tick(until_seen=grain is not Grain.STRATUM)
        finally:
            self._rest()

    def _tick(self) -> None:
        self._flow.run_tick()

    def _goes_on(self) -> bool:
        """Whether a run goes on after a tick."""
        return self._flow.stopped_at is None and self._flow.is_scheduled()

    def _part_of_a_tick(self, *, until_seen: bool) -> None:
        """Run a stratum; with `until_seen` as many as it takes until an operator ran or the tick is over."""
        while True:
            tick, before = self._flow.current_tick(), extent(self._recorded.newest())
            self._flow.run_stratum()
            after = self._recorded.newest()
            seen = after is not None and bool(after.steps) and extent(after) != before
            if not until_seen or seen or self._flow.current_tick() != tick:
                return

    # --- a run --------------------------------------------------------------------------------------------------------

    def _run(self, _: Mapping[str, Any]) -> None:
        self._prepare()
        try:
            self._begin("run")
            loop = running_loop()
            if loop is not None:
                self._run_task = loop.create_task(self._run_slices())
                return
        except BaseException:
            self._rest()
            raise
        # No notebook: no one could send a stop either, so an interrupt is the way out.
        asyncio.run(self._run_slices())

    async def _run_slices(self) -> None:
        try:
            while Interruptible().call(self._run_slice):
                self._news.tell_at_times()
                await asyncio.sleep(_PAUSE)
        except KeyboardInterrupt:
            pass  # the stop button; the engine has noted the tick as aborted
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # out of this task an exit would end the kernel
            self._news.note_trouble(error)
        finally:
            self._run_task = None
            self._rest()

    def _run_slice(self) -> bool:
        """Run ticks for a slice of time; true where the run goes on after it."""
        deadline = time.monotonic() + _SLICE
        while not self._is_stopped and not self._flow.is_closed:
            self._tick()
            if not self._goes_on():
                return False
            if time.monotonic() >= deadline:
                return True
        return False

    def _start(self, _: Mapping[str, Any]) -> None:
        """Run the flow live: it goes on by itself, even when the widget ends."""
        self._prepare()
        self._flow.start()
        self._news.tell()

    # --- before and after ---------------------------------------------------------------------------------------------

    def _record(self, _: Mapping[str, Any]) -> None:
        """Record the flow from now on; it may be recorded already."""
        self._recorded.begin()
        self._news.tell()

    def _prepare(self) -> None:
        """Require that the flow may run for a front end, and record it from now on."""
        self._bound.require_open()
        if self._work.doing or self._flow.is_running:
            raise Refusal("the flow is running: stop it first")
        if self._is_stopped:  # the question waited behind a cell, and was stopped while it waited
            raise KeyboardInterrupt
        self._recorded.begin()

    def _begin(self, what: str) -> None:
        self._work.begin(what)
        self._news.tell()

    def _rest(self) -> None:
        # A stop may come twice, from the widget and from the front end. The second one must not interrupt this: a page
        # that is not told that the flow rests would wait for ever.
        with undisturbed():
            self._work.end()
            self._news.tell()
            self._rested()
