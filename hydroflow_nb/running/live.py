"""A flow in an event loop: ticks that may wait there, and runs that go on, awaited or in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Coroutine
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.contained import contained, released
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.interruptible import pass_on
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.notes import traceback_of
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.later import asyncio
from hydroflow_nb.running.delivery import drained, raise_failures
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.running.on_fault import OnFault
from hydroflow_nb.running.serving import Run, Serving
from hydroflow_nb.running.setting_aside import SettingAside

if TYPE_CHECKING:
    from concurrent.futures import Future

_LOG = logging.getLogger("hydroflow_nb")


class LiveRun:
    """Runs a flow in an event loop: tick by tick, or for ever, once at a time."""

    def __init__(self, flow: Drivable) -> None:
        self._flow = flow
        self._run: Run | None = None
        # Of two threads that run it at once, one begins.
        self._beginning = threading.Lock()
        self.trouble: BaseException | None = None
        # Set while ticks that fail run again without the items at fault.
        self._aside: SettingAside | None = None
        # Runs a tick that waits for nothing.
        self._tick_of = flow.run_tick

    # --- tick by tick ----------------------------------------------------------------------------------------------

    async def run_tick(self) -> bool:
        """See `RunningFlow.run_tick_async`."""
        __tracebackhide__ = True
        flow = self._flow
        flow.must_be_open()
        flow.engine.holds_back = False
        had_work = flow.engine.has_work()
        try:
            await self._tick(flow.engine)
            await drained(flow.engine.program.outlets)
            raise_failures(flow.engine.program.outlets)
        except KeyboardInterrupt as interrupt:
            pass_on(interrupt)
        return flow.stopped() or had_work or flow.engine.is_scheduled()

    async def run_available(self, on_fault: str | None = None) -> None:
        """See `RunningFlow.run_available_async`."""
        __tracebackhide__ = True
        chosen = self._chosen(on_fault)
        if chosen is OnFault.STOP or self._aside is not None:
            await self._run_available()
            return
        self._begin(chosen)
        try:
            while await self._fails(chosen, self._run_available()):
                pass
        finally:
            self._end()

    async def _run_available(self) -> None:
        __tracebackhide__ = True
        flow = self._flow
        while True:
            flow.must_be_open()
            flow.engine.hold_back()
            try:
                await self._tick(flow.engine)
                await asyncio.sleep(0)
                # Meanwhile another task may have sent something, or closed the flow.
                engine = flow.engine
                engine.hold_back()
                raise_failures(engine.program.outlets)
                if engine.has_stopped or not engine.is_scheduled():
                    await _until_drained(engine)
                    raise_failures(engine.program.outlets)
            except KeyboardInterrupt as interrupt:
                pass_on(interrupt)
            if flow.is_closed or flow.stopped() or not flow.engine.is_scheduled():
                return

    async def _tick(self, engine: Engine) -> None:
        __tracebackhide__ = True
        flow = self._flow
        flow.look_at_names()
        if not engine.program.awaited:
            if not engine.turn.is_here():
                await engine.turn.comes()
            if engine.is_kept:
                await self._kept_tick(engine)
            else:
                engine.interruptible.call(partial(self._tick_of, engine))
            return
        if self._aside is not None:
            await self._aside.tick_async(engine)
            return
        try:
            await engine.run_tick_async()
        except BaseException as exception:
            flow.abort(exception)
        flow.changed()

    async def _kept_tick(self, engine: Engine) -> None:
        """Run a tick. While what it takes in is being kept, or what it leaves, the event loop goes on."""
        __tracebackhide__ = True
        try:
            ahead = engine.interruptible.call(engine.begin_ahead)
        except BaseException as exception:
            self._flow.abort(exception)
        else:
            # Whatever comes of it is said by the tick.
            await _done(ahead)
        if engine.is_closed:
            return
        try:
            engine.is_awaited = True
            engine.interruptible.call(partial(self._tick_of, engine))
        finally:
            engine.is_awaited = False
        behind = engine.end_behind()
        if behind is None:
            return
        try:
            await _done(behind)
        finally:
            # Also where the task is cancelled meanwhile.
            try:
                engine.settle_kept()
            except Exception as exception:
                self._flow.abort(exception)

    # --- for ever --------------------------------------------------------------------------------------------------

    async def run(self, on_fault: str | None = None) -> None:
        """See `RunningFlow.run_async`."""
        __tracebackhide__ = True
        await self._run_to_end(self._new_run(on_fault))

    async def run_and_drain(self, on_fault: str | None = None) -> None:
        """The same for an event loop that ends with the run: all that was put out is sent before."""
        __tracebackhide__ = True
        await self.run(on_fault)
        await drained(self._flow.engine.program.outlets)
        raise_failures(self._flow.engine.program.outlets)

    def start(self, on_fault: str | None = None) -> asyncio.Task[None]:
        """See `RunningFlow.start`."""
        self._flow.must_be_open()
        self._chosen(on_fault)
        self._forget_lost_run()
        if self._run is not None and self._run.task is not None:
            # Stopped, but not yet at the end of its tick, it goes on.
            self._run.is_stopped = False
            return self._run.task
        loop = running_loop()
        if loop is None:
            raise RuntimeError("no event loop is running here: use `flow.run()`, or `await flow.run_async()` in one")
        run = self._new_run(on_fault)
        self.trouble = None
        run.task = asyncio.Task(self._run_to_end(run), loop=loop, name=f"flow {self._flow.name}")
        run.task.add_done_callback(lambda task: self._ended(run, task))
        self._flow.changed()
        return run.task

    def stop(self) -> None:
        """See `RunningFlow.stop`."""
        run = self._run
        if run is not None:
            run.stop()

    @property
    def is_under_way(self) -> bool:
        """True while the flow runs on, awaited or in the background."""
        self._forget_lost_run()
        return self._run is not None

    def _forget_lost_run(self) -> None:
        """An event loop that was closed with tasks in it never comes back to them."""
        if self._run is not None and self._run.loop.is_closed():
            self._run = None

    def _new_run(self, on_fault: str | None) -> Run:
        chosen = self._chosen(on_fault)
        self._flow.must_be_open()
        with self._beginning:
            if self.is_under_way:
                raise HydroflowError(
                    message=f"the flow `{self._flow.name}` is running already: `flow.stop()` ends that, and "
                    "`flow.start()` returns the task of a flow that runs in the background"
                )
            self._run = run = Run(chosen)
        return run

    def _ended(self, run: Run, task: asyncio.Task[None]) -> None:
        """The task of a flow in the background is done."""
        # Cancelled before it began.
        if self._run is run:
            self._run = None
        try:
            exception = task.exception()
        except asyncio.CancelledError as cancelled:
            # Code that cancels the task knows of it; code that raises this exception in a tick may not.
            exception = None if task.cancelling() else cancelled
        # An interrupt has ended a tick, and `faults` tells of it.
        if exception is not None:
            self.trouble = exception
            self._log("the flow `%s` has stopped", exception)
        self._flow.changed()

    def _log(self, words: str, exception: BaseException) -> None:
        told = type(exception), exception, _behind_the_engine(traceback_of(exception))
        _LOG.error(words, self._flow.name, exc_info=told)

    def _chosen(self, on_fault: str | None) -> OnFault:
        return OnFault.of(on_fault, is_durable=self._flow.engine.is_kept)

    def _begin(self, on_fault: OnFault) -> None:
        if on_fault is OnFault.SET_ASIDE:
            self._aside = SettingAside(self._flow)
            self._tick_of = self._aside.tick

    def _end(self) -> None:
        aside, self._aside = self._aside, None
        if aside is not None:
            self._tick_of = self._flow.run_tick
            aside.end(self._flow.engine)

    async def _fails(self, on_fault: OnFault, running: Coroutine[Any, Any, None]) -> bool:
        """True where a tick has failed and the flow goes on. Raises what ends the run."""
        __tracebackhide__ = True
        faults = self._flow.engine.faults
        before = faults.total
        try:
            await running
        except Exception as exception:
            # An error that is not a fault of a tick, such as that of a source, would come again immediately.
            if on_fault is not OnFault.CONTINUE or faults.total == before or self._flow.is_closed:
                raise
            self._log("the flow `%s` goes on behind a tick that failed", exception)
            return True
        return False

    async def _run_to_end(self, run: Run) -> None:
        __tracebackhide__ = True
        self._begin(run.on_fault)
        try:
            while not (self._flow.is_closed or run.is_stopped):
                await self._fails(run.on_fault, self._run_engine(self._flow.engine, run))
        except KeyboardInterrupt as interrupt:
            # A run in the background just ends.
            if run.task is None:
                pass_on(interrupt)
        except SystemExit as exit_:
            if run.task is None:
                raise
            # As in a thread. Out of the task it would end the event loop, and a notebook's kernel with it.
            raise RuntimeError("the flow ran in the background, where `sys.exit()` ends only the flow") from exit_
        finally:
            self._end()
            if self._run is run:
                self._run = None
            self._flow.changed()

    async def _run_engine(self, engine: Engine, run: Run) -> None:
        """Run until the run is stopped, or the flow is closed, or reset and so runs another engine."""
        __tracebackhide__ = True
        alarm = run.alarm
        serving = Serving(self._flow, engine, run, partial(self._tick_of, engine))
        # Input wakes the run, and so does a tick that other code runs, a reset, or the end of the flow.
        ends = [engine.program.listen(alarm.ring), self._flow.listen(serving.changed)]
        pumps = {asyncio.ensure_future(contained(inbox.pump(alarm.ring))): inbox for inbox in engine.program.inboxes}
        for pump in pumps:
            pump.add_done_callback(lambda _: alarm.wake())
        is_first, has_run = True, False
        try:
            while True:
                # Cleared before the look at what is due, so that nothing in between is missed.
                alarm.clear()
                serving.raise_failure()
                if engine.is_closed or run.is_stopped:
                    return
                serving.look()
                if pumps:
                    _look_at_pumps(pumps)
                if not (is_first or engine.is_scheduled()):
                    has_run = False
                    await alarm.wait()
                elif has_run:
                    # Other tasks get their turn, also where the next tick is due at once.
                    has_run = False
                    await asyncio.sleep(0)
                else:
                    is_first, has_run = False, True
                    await self._tick_or_stop(engine, run)
                    if self._flow.stopped():
                        run.is_stopped = True
        finally:
            serving.close()
            for end in ends:
                end()
            for pump in pumps:
                pump.cancel()
            engine.holds_back = False

    async def _tick_or_stop(self, engine: Engine, run: Run) -> None:
        """Run a tick; one that waits is left where it is when the run is stopped."""
        __tracebackhide__ = True
        if not engine.program.awaited:
            await self._tick(engine)
            return

        tick = asyncio.ensure_future(contained(self._tick(engine)))
        tick.add_done_callback(lambda _: run.alarm.ring())
        try:
            while not (tick.done() or run.is_stopped):
                await run.alarm.wait()
                run.alarm.clear()
        finally:
            tick.cancel()
        if tick.done():
            released(tick.result())


async def _done(future: Future[Any] | None) -> None:
    """Wait until something is done that another thread does."""
    if future is not None:
        await asyncio.wait([asyncio.wrap_future(future)])


def _look_at_pumps(pumps: dict[asyncio.Task[Any], External]) -> None:
    """Forget those that are done, and raise what they have raised."""
    for pump in [pump for pump in pumps if pump.done()]:
        # What was read before it ended is taken in first.
        if not pumps[pump].waits():
            del pumps[pump]
            released(pump.result())


async def _until_drained(engine: Engine) -> None:
    """Wait until what was put out has left, or until a tick is due, which may have to make room."""
    outlets = engine.program.outlets
    if not outlets:
        return
    alarm = Alarm()
    draining = asyncio.ensure_future(drained(outlets))
    draining.add_done_callback(lambda _: alarm.ring())
    unsubscribe = engine.program.listen(alarm.ring)
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
        unsubscribe()
        draining.cancel()


def _behind_the_engine(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that tells of the user's code; IPython hides the other part by itself."""
    while traceback is not None and "__tracebackhide__" in traceback.tb_frame.f_code.co_varnames:
        traceback = traceback.tb_next
    return traceback
