"""The flow that users hold, whatever it was made from: it runs by hand and live, goes back, is recorded and shown."""

from __future__ import annotations

import operator
import threading
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.later import asyncio
from hydroflow_nb.running import rewinding
from hydroflow_nb.running.asked_flow import AskedFlow
from hydroflow_nb.running.copies import Copies
from hydroflow_nb.running.live import LiveRun
from hydroflow_nb.running.progress import is_wanted, progress_of
from hydroflow_nb.source import Source

if TYPE_CHECKING:
    from hydroflow_nb.running.branches import Branches
    from hydroflow_nb.widgets import Stepper

# Of two threads that run a flow in event loops at once, one makes what both use.
_MAKING = threading.Lock()


class RunningFlow(AskedFlow):
    """A flow that runs in ticks: `run_tick`, `run_stratum`, `run_available`, and their async forms; `start` and `stop`.

    An exception of the user's code aborts the tick it happens in and comes out as it is; the flow stays usable.
    `with flow:` closes it at the end. Subclasses say what it runs.

    One tick runs at a time: what another thread asks of the flow meanwhile, to run, to go back, to start anew or to
    close, waits for its turn; after 5 s it raises RuntimeError.
    """

    def __init__(self, name: str, source: Source, graph: PartitionedGraph) -> None:
        self._branches: Branches | None = None
        self._live: LiveRun | None = None
        self.copies = Copies()
        super().__init__(name, source, graph)

    # --- running, in an event loop ---------------------------------------------------------------------------------

    async def run_tick_async(self) -> bool:
        """The same as `run_tick` for inside of an event loop: a tick may wait there for what an operator awaits.

        Cancelled while it waits, it leaves the tick where it is: the next run goes on with it. Returns when what the
        flow has put out has left.
        """
        __tracebackhide__ = True
        return await self._in_loop().run_tick()

    async def run_available_async(self, *, progress: bool | None = None, on_fault: str | None = None) -> None:
        """The same as `run_available`, with a chance for other tasks between two ticks.

        Returns when what the flow has put out has left. While too much waits to leave, it takes nothing in. `on_fault`
        is that of `run_async`.
        """
        __tracebackhide__ = True
        if is_wanted(progress):
            with progress_of(self._standing):
                await self._in_loop().run_available(on_fault)
        else:
            await self._in_loop().run_available(on_fault)

    async def run_async(self, *, on_fault: str | None = None) -> None:
        """Run for ever: whenever input arrives. Ends when it is cancelled or stopped, or when the flow is closed.

        While too much waits to leave the flow, it takes nothing in from outside. Raises what the user's code raises,
        what an async iterator that is read raises, and what an async sink raises. Raises HydroflowError where
        `run_async` is under way already.

        `on_fault` says what happens when a tick fails. With "stop" the run ends with the exception; with "continue" the
        log tells of it, the rest of the tick is lost, and the next tick runs. With "set-aside" the tick is undone, the
        item at fault goes to `flow.set_aside`, and the rest of the batch runs again: nothing is lost but that item. A
        durable flow sets aside where nothing is said, any other stops.
        Raises ValueError for another word.

        More: "Running for ever" and "Items that fail" in `docs/networks.md`.
        """
        __tracebackhide__ = True
        await self._in_loop().run(on_fault)

    def start(self, *, on_fault: str | None = None) -> asyncio.Task[None]:
        """Run the flow in the background, by `run_async` in the event loop that runs here, and return the task.

        `on_fault` is that of `run_async`.

        A flow that was started already goes on in its task, which is returned. An exception that ends the task is
        raised where the task is awaited, kept as `flow.trouble` and logged by `hydroflow_nb`. Raises RuntimeError where
        no event loop runs, HydroflowError where the flow is closed or its `run_async` is awaited.
        """
        return self._in_loop().start(on_fault)

    def stop(self) -> None:
        """End the `run_async` that is under way, if any, between two ticks; from any thread.

        A tick that waits for what an operator awaits is left where it is; the next run goes on with it.
        """
        if self._live is not None:
            self._live.stop()

    def run(self, *, progress: bool = False, on_fault: str | None = None) -> None:
        """Run for ever, outside of an event loop. Raises RuntimeError inside of one: there `await run_async()`.

        `on_fault` is that of `run_async`. With `progress` a line on the error stream tells how far it is.
        """
        if running_loop() is not None:
            raise RuntimeError("an event loop is running here, as in every notebook: use `await flow.run_async()`")
        with progress_of(self._standing) if progress else nullcontext():
            asyncio.run(self._in_loop().run_and_drain(on_fault))

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
        the newest 1,000 are kept, and of older ones every 50th; fewer where they hold more than a million entries.
        Raises HydroflowError for a tick without a snapshot, and where the flow is not recorded, is run by `run_async`,
        is within a stratum or closed.

        More: "Branches" in `docs/understanding.md`.
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

        More: "Branches" in `docs/understanding.md`.
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
            self.recording.changed_on = self.branches.changed

    # --- looking ---------------------------------------------------------------------------------------------------

    def stepper(self) -> Stepper:
        """The widget that steps the flow and shows its channels.

        More: "The stepper" in `docs/understanding.md`.
        """
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
        from hydroflow_nb.running.telling import forms

        shown = self.graph._repr_mimebundle_(include, exclude)
        picture = shown["image/svg+xml"] if self._recording is None else self._recording.svg()
        return forms(self, picture, shown["text/plain"])
