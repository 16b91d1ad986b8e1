"""An engine in an event loop: what makes a tick due rings, and a tick that need not wait runs at once."""

from __future__ import annotations

import contextvars
from collections.abc import Callable

from hydroflow_nb.engine.alarm import Alarm
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.plain import can_be_plain
from hydroflow_nb.engine.turn import FREE
from hydroflow_nb.later import asyncio
from hydroflow_nb.running.delivery import raise_failures
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.running.on_fault import OnFault


class Run:
    """One run of a flow in an event loop that is under way, or asked for."""

    def __init__(self, on_fault: OnFault) -> None:
        self.on_fault = on_fault
        self.alarm = Alarm()
        self.loop = asyncio.get_running_loop()
        self.is_stopped = False
        self.task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """End the run between two ticks; from any thread."""
        self.is_stopped = True
        self.alarm.wake()


class Serving:
    """Runs ticks of an engine for a task that waits for an alarm, while they need nothing of it.

    They run in the task's context, where the event loop has brought something in, so that a message costs one turn of
    the loop. What such a tick raises is for the task: `raise_failure` raises it there.
    """

    def __init__(self, flow: Drivable, engine: Engine, run: Run, work: Callable[[], None]) -> None:
        self._flow = flow
        self._engine = engine
        self._run = run
        self._outlets = engine.program.outlets
        self._may_fail = [one for one in self._outlets if type(one).failed is not Outlet.failed]
        # What is due in a plain tick is seen without a question to each inbox.
        inboxes = engine.program.inboxes if can_be_plain(engine.program) else ()
        self._queues = [queue for inbox in inboxes for queue in inbox.queues or ()]
        self._context = contextvars.copy_context()
        self._work = work
        self._failure: BaseException | None = None
        engine.interruptible.stays = True
        # A tick that is kept waits for the disk.
        if not (engine.program.awaited or engine.is_kept):
            run.alarm.answer = self._answer

    def close(self) -> None:
        """Run no more ticks."""
        self._run.alarm.answer = None
        self._engine.interruptible.leave()

    def changed(self) -> None:
        """Called when other code ran a tick, and when the flow was reset or closed; from any thread."""
        if self._is_over():
            self._run.alarm.wake()
        else:
            self._run.alarm.ring()

    def tick(self) -> None:
        """Run a tick that waits for nothing."""
        __tracebackhide__ = True
        self._flow.look_at_names()
        self._engine.interruptible.call(self._work)

    def raise_failure(self) -> None:
        """Raise what a tick has raised that ran at once."""
        __tracebackhide__ = True
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def look(self) -> None:
        """Raise what sinks have raised, and look whether there is room for what comes out."""
        __tracebackhide__ = True
        if self._may_fail:
            raise_failures(self._may_fail)
        if self._outlets:
            self._engine.hold_back()

    def _answer(self) -> bool:
        """Run the tick that is due, if one is. True where there is nothing to do behind it."""
        __tracebackhide__ = True
        engine = self._engine
        if self._run.is_stopped:
            return False
        if engine.turn.state != FREE and (engine.is_closed or engine.breaks is not None or not engine.turn.is_here()):
            return False
        try:
            if self._outlets:
                self.look()
            if not self._is_due():
                return True
            self._context.run(self.tick)
            if engine.holds_back:
                engine.hold_back()
        except BaseException as exception:  # the task raises it
            self._failure = exception
            return False
        return not (self._is_over() or self._is_due())

    def _is_due(self) -> bool:
        if self._engine.turn.state != FREE:
            return self._engine.is_scheduled()
        for queue in self._queues:  # noqa: SIM110 - a loop costs a third of `any` with a generator
            if queue:
                return True
        return False

    def _is_over(self) -> bool:
        return self._run.is_stopped or self._engine.is_closed
