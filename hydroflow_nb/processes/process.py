"""A flow as a process: the process makes the flow, runs it until something ends it, and closes all that it opened."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from hydroflow_nb.durable.folder import released
from hydroflow_nb.engine.standard_input import end_of_input
from hydroflow_nb.errors import AssertionFailed
from hydroflow_nb.processes import ends
from hydroflow_nb.processes.alive import SignOfLife
from hydroflow_nb.processes.ends import MaelstromLink, SocketLink
from hydroflow_nb.processes.failures import ExitCode, Misuse, exit_code
from hydroflow_nb.processes.logs import line, logger
from hydroflow_nb.processes.membership import Membership
from hydroflow_nb.processes.notebook import FlowFile
from hydroflow_nb.processes.outputs import write
from hydroflow_nb.processes.parent import Parent
from hydroflow_nb.processes.reporting import tell_of_failure, tell_of_item, tell_of_warnings
from hydroflow_nb.processes.slicing import ProcessPlan
from hydroflow_nb.processes.standard import StandardStream
from hydroflow_nb.processes.stopping import Stopping
from hydroflow_nb.processes.workspace import Workspace
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.running import DEFAULT_BUDGET, KeptFlow, OnFault, RunningFlow
from hydroflow_nb.trace.saving import as_text

# How many seconds messages have to leave a process that was asked to stop; the others are lost.
FLUSHING: Final = 0.5
# How many seconds a task may take to end after it was cancelled.
ENDING: Final = 0.5

# The first lines may come after the tick that finds nothing to do.
UNREAD: Final = "`--until-idle` does not wait for the standard input, which the flow reads: `--exit-on-eof` does"

UNKEPT: Final = (
    "what is `'durable` is lost with the process, as no folder keeps it: `--durable FOLDER --durable-write operators` "
    "keeps {}"
)

UNREACHABLE: Final = (
    "{} of a simulated network, which no other process can reach: open a socket instead, with "
    "`--bind tcp:127.0.0.1:5000`, or with `--set NAME=VALUE` if a name of the notebook decides"
)

PICTURES: Final[Mapping[str, Callable[[Graph], str]]] = {
    ".svg": lambda graph: graph.svg(),
    ".dot": lambda graph: graph.dot(),
    ".mmd": lambda graph: graph.mermaid(),
    ".txt": lambda graph: graph.text(),
}


@dataclass(frozen=True, kw_only=True)
class ProcessTask:
    """What to run, until when, and which files to write. Without a limit it runs until it is asked to stop. Imports
    look in `folder` first, by default in that of the file. A `parent` ends the process with itself.
    """

    plan: ProcessPlan
    file: Path
    folder: Path | None = None
    parent: Parent | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    links: Sequence[SocketLink | MaelstromLink | StandardStream] = ()
    membership: Membership | None = None
    ticks: int | None = None
    seconds: float | None = None
    until_idle: bool = False
    exit_on_eof: bool = False
    on_fault: OnFault = OnFault.STOP
    durable: Path | None = None
    durable_write: Literal["journal", "state", "operators"] = "journal"
    durable_snapshot_every: int | None = None
    alive: Path | None = None
    graph: Path | None = None
    record: Path | None = None
    budget: int = DEFAULT_BUDGET
    without: frozenset[str] = frozenset()


class Process:
    """One run of a task; `run` is called once, in the main thread, outside of an event loop."""

    def __init__(self, task: ProcessTask) -> None:
        self.task = task
        self.workspace = Workspace(task.given, task.membership, task.without)
        self.flow: RunningFlow | None = None
        # The event loop alone would forget it.
        self._serving: asyncio.Future[None] | None = None
        self._alive = SignOfLife(task.alive)

    def run(self) -> ExitCode | int:
        """Run the flow to its end. Returns the exit code; the log says what went wrong."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        killed = partial(line, logging.ERROR, "killed", {"reason": "does not stop", "exit": int(ExitCode.RAISED)})
        with Stopping(loop, killed) as stopping:
            if self.task.parent is not None:
                stopping.when(self.task.parent.wait_for_end, "parent ended")
            why, failure = self._run_until_stopped(loop, stopping)
            stopping.heard()
            failure = self._end(loop, failure)
        code: ExitCode | int = ExitCode.STOPPED
        if failure is not None:
            why, code = "failed", exit_code(failure)
            if isinstance(failure, SystemExit):
                why, code = "exit", _system_exit_code(failure)
                if not isinstance(failure.code, int | None):
                    # Python itself would write this text to the standard error.
                    logger.error("exit", extra={"text": str(failure.code)})
            elif isinstance(failure, BrokenPipeError) and _is_output_closed():
                why, code = "output closed", ExitCode.STOPPED
            else:
                tell_of_failure(failure, self.flow)
        logger.info("stopped", extra={"reason": why, "exit": int(code), **self._statistics()})
        return code

    # --- from the start to the stop ----------------------------------------------------------------------------------

    def _run_until_stopped(
        self, loop: asyncio.AbstractEventLoop, stopping: Stopping
    ) -> tuple[str, BaseException | None]:
        """Run until the work ends or the process is asked to stop. Returns the reason, and the exception or None."""
        work = loop.create_task(self._work(stopping))
        asked = loop.create_task(stopping.asked())
        ended: SystemExit | None = None
        try:
            loop.run_until_complete(asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED))
        except KeyboardInterrupt:
            pass
        except SystemExit as exit_:
            ended = exit_
        _cancel(loop, [work, asked])
        if ended is not None:
            return "exit", ended
        if work.done() and not work.cancelled():
            raised = work.exception()
            if raised is None:
                return work.result(), None
            if not isinstance(raised, KeyboardInterrupt):
                return "failed", raised
        return stopping.reason or "interrupted", None

    async def _work(self, stopping: Stopping) -> str:
        task = self.task
        started: dict[str, Any] = {"flow": task.plan.name, "file": task.file.name, "pid": os.getpid()}
        if not isinstance(task.plan.target, FlowFile):
            started["cells"] = [step.cell.number for step in task.plan.steps]
        logger.info("started", extra=started)
        for text in task.plan.warnings:
            logger.warning("warning", extra={"text": text})
        self.workspace.enter(task.folder or task.file.parent)
        for link in task.links:
            try:
                opened = await link.open()
                if task.durable is not None:
                    ends.await_flow(opened)
                self.workspace.give(opened)
            except ValueError as error:
                raise Misuse(str(error)) from None
            except OSError as error:
                if exit_code(error) is ExitCode.NO_NETWORK:
                    raise
                raise Misuse(str(error)) from None
        for step in task.plan.steps:
            await self.workspace.run(step)
        self.flow = flow = self.workspace.flow(task.plan)
        has_input = self._is_of_maelstrom or any(
            isinstance(link, StandardStream) and link.is_input for link in task.links
        )
        reads = has_input or reads_standard_input(flow)
        if task.exit_on_eof and not reads:
            raise Misuse(
                f"`--exit-on-eof`: the flow `{flow.name}` does not read the standard input",
                "write `source_stdin()` in the flow, or `--stdin NAME` with the name of a channel that it reads",
            )
        if task.until_idle and reads:
            logger.warning("warning", extra={"text": UNREAD})
        tell_of_warnings(flow)
        if task.durable is not None:
            if not isinstance(flow, KeptFlow):
                raise Misuse(
                    f"`--durable`: the flow `{flow.name}` was built by hand, and a folder keeps flows that have a text",
                    "write its text in a `%%hydroflow` cell or a file",
                )
            await released(task.durable)
            flow.durable(task.durable, task.durable_write, snapshot_every=task.durable_snapshot_every)
        elif isinstance(flow, KeptFlow) and flow.durable_operators:
            listed = ", ".join(f"`{place}`" for place in flow.durable_operators)
            logger.warning("warning", extra={"text": UNKEPT.format(listed)})
        if task.record is not None:
            flow.record(task.budget)
        if task.graph is not None:
            write(task.graph, PICTURES[task.graph.suffix](flow.graph))
        used = task.plan.target.flow_names if task.plan.target.flow_name else self.workspace.names.keys()
        simulated = ends.simulated({name: self.workspace.names.get(name) for name in used})
        if simulated:
            listed = ", ".join(f"`{name}`" for name in simulated)
            what = f"{listed} {'is an end' if len(simulated) == 1 else 'are ends'}"
            logger.warning("warning", extra={"text": UNREACHABLE.format(what)})
        ready = {"flow": flow.name, "pid": os.getpid()}
        reached_at = ends.addresses(ends.ends_in(self.workspace.names))
        logger.info("ready", extra=ready | ({"address": reached_at} if reached_at else {}))
        self._alive.begin()
        if task.parent is not None:
            self._serving = asyncio.ensure_future(task.parent.serve(flow, flow.drive().names or self.workspace.names))
        if task.seconds is not None:
            stopping.after(task.seconds, "time")
        return await self._run(flow)

    @property
    def _is_of_maelstrom(self) -> bool:
        """True where Maelstrom runs the flow, which has nothing to do once its input has ended."""
        return any(isinstance(link, MaelstromLink) for link in self.task.links)

    async def _run(self, flow: RunningFlow) -> str:
        """Run the flow until it reaches the first of the task's limits. Returns the name of this limit."""
        task = self.task
        # What it goes on behind is told here, as every other event.
        on_fault = OnFault.STOP if task.on_fault is OnFault.CONTINUE else task.on_fault
        run = partial(flow.run_available_async if task.until_idle else flow.run_async, on_fault=on_fault.value)
        running = asyncio.ensure_future(self._running(flow, run))
        limits = {running: "idle" if task.until_idle else "flow closed"}
        if task.exit_on_eof or self._is_of_maelstrom:
            limits[asyncio.ensure_future(_end_of_input(flow))] = "end of input"
        last_tick = task.ticks

        def look_at_clock() -> None:
            if last_tick is not None and flow.current_tick() >= last_tick:
                limits[running] = "ticks"
                running.cancel()

        # Ticks that nobody is told of are cheaper.
        ends_of_watch = [] if last_tick is None else [flow.subscribe(look_at_clock)]
        flow.set_aside.listen(tell_of_item)
        try:
            await asyncio.wait(limits, return_when=asyncio.FIRST_COMPLETED)
            if running.done() and not running.cancelled():
                running.result()
            why = next(why for limit, why in limits.items() if limit.done())
        finally:
            for unsubscribe in ends_of_watch:
                unsubscribe()
            for limit in limits:
                limit.cancel()
            await asyncio.wait(limits)
        # There is no hurry: the ends wait with their own patience until all that was sent has left. A signal ends this.
        await self._flush()
        return why

    async def _running(self, flow: RunningFlow, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            faults = flow.faults.total
            try:
                await run()
                if flow.stopped_at is None or flow.is_closed:
                    return
                # At a breakpoint, which is logged: nobody is here who would go on.
            except Exception as error:
                # An error that is not a fault of a tick, such as that of a source, would come again immediately.
                goes_on = self.task.on_fault is OnFault.CONTINUE and flow.faults.total > faults
                if not goes_on or flow.is_closed:
                    raise
                tell_of_failure(error, flow)

    # --- the end -----------------------------------------------------------------------------------------------------

    def _end(self, loop: asyncio.AbstractEventLoop, failure: BaseException | None) -> BaseException | None:
        """Close and release everything. Returns the exception that made the process fail, or None."""
        self._alive.end()
        for step in (self._flush, self._close_ends):
            try:
                loop.run_until_complete(asyncio.wait_for(step(), FLUSHING))
            except TimeoutError:
                logger.warning("not all was sent", extra={"waited": FLUSHING})
            except Exception as error:
                failure = failure or error
        if self.flow is not None:
            try:
                self.flow.close()
            except AssertionFailed as missing:
                failure = failure or missing
            if self.task.record is not None:
                try:
                    write(self.task.record, as_text(self.flow.recording, self.task.record))
                except Misuse as error:
                    failure = failure or error
        _cancel(loop, asyncio.all_tasks(loop))
        with suppress(Exception):
            loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), ENDING))
        asyncio.set_event_loop(None)
        # The loop's executor is not shut down: that would wait for threads of `asyncio.to_thread` that still wait.
        loop.close()
        if sys.stdout is not None:
            with suppress(OSError):
                sys.stdout.flush()
        return failure

    async def _flush(self) -> None:
        if self.flow is not None and not self.flow.is_closed:
            outlets = self.flow.drive().engine.program.outlets
            await asyncio.gather(*(outlet.drain() for outlet in outlets))
            for failure in filter(None, (outlet.failed() for outlet in outlets)):
                raise failure

    async def _close_ends(self) -> None:
        ends.close(ends.ends_in(self.workspace.names))

    # --- what it tells -----------------------------------------------------------------------------------------------

    def _statistics(self) -> dict[str, Any]:
        flow = self.flow
        if flow is None:
            return {}
        return {
            "ticks": flow.current_tick(),
            "faults": flow.faults.total,
            **({"set_aside": flow.set_aside.total} if self.task.on_fault is OnFault.SET_ASIDE else {}),
            **ends.counters_of(ends.ends_in(self.workspace.names)),
        }


def reads_standard_input(flow: RunningFlow) -> bool:
    """True if an operator of the flow reads the standard input."""
    return any(node.operator.reads_standard_input for node in flow.graph.partitioned.nodes.values())


async def _end_of_input(flow: RunningFlow) -> None:
    """Wait until the standard input has ended and the flow has nothing left to do."""
    await end_of_input()
    ticked = asyncio.Event()
    unsubscribe = flow.subscribe(ticked.set)
    try:
        while flow.is_scheduled():
            ticked.clear()
            await ticked.wait()
    finally:
        unsubscribe()


def _cancel(loop: asyncio.AbstractEventLoop, tasks: Sequence[asyncio.Task[Any]] | set[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait a short time until they have ended."""
    waiting = {task for task in tasks if not task.done()}
    for task in waiting:
        task.cancel()
    while waiting:
        try:
            loop.run_until_complete(asyncio.wait(waiting, timeout=ENDING))
            return
        except (KeyboardInterrupt, SystemExit):
            # One of the tasks has raised this, and has ended so.
            waiting = {task for task in waiting if not task.done()}


def _system_exit_code(exit_: SystemExit) -> int:
    match exit_.code:
        case None:
            return 0
        case int(code):
            return code
    return 1


def _is_output_closed() -> bool:
    """True if the standard output has no reader any longer."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    with suppress(OSError, ValueError):
        poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
