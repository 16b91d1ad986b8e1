"""What all flows have in common, whatever they were made from: they run in ticks, take inputs and can be recorded."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.engine import Engine, Fault
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program
from hydroflow_nb.errors import AssertionFailed, HydroflowError
from hydroflow_nb.ir.graph import PartitionedGraph
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.source import Source
from hydroflow_nb.trace.recorder import Recorder
from hydroflow_nb.trace.recording import Recording

if TYPE_CHECKING:
    from hydroflow_nb.widgets import Stepper

DEFAULT_BUDGET = 100_000


class Input:
    """An input of a flow: a `source_stream`, by the name that its channel has in the text."""

    def __init__(self, name: str, inbox: Inbox) -> None:
        self.name = name
        self._inbox = inbox

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""
        return self._inbox.waiting()

    def send(self, item: Any) -> None:
        """Put one item in, as if it had come through the channel."""
        self._inbox.channel.send(item)

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable."""
        self._inbox.channel.extend(items)

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        self._inbox.waiting()
        return self._inbox.channel.discard(index)

    def __repr__(self) -> str:
        return f"<input {self.name}, {len(self.waiting())} waiting>"


class RunningFlow(ABC):
    """A flow that runs in ticks: `run_tick`, `run_stratum`, `run_available`, and their async forms.

    An exception of the user's code aborts the tick it happens in and comes out as it is; the flow stays usable.
    `with flow:` closes it at the end. Subclasses say what it runs.
    """

    def __init__(self, name: str, source: Source, graph: PartitionedGraph) -> None:
        self.name = name
        self.source = source
        self.graph = Graph(graph)
        self.is_closed = False
        self._listeners: list[Callable[[], None]] = []
        self._recording: Recording | None = None
        self._start()

    def _start(self) -> None:
        context = Context()
        self._engine = Engine(self._load(context), context)
        self._inboxes = dict(self._named_inboxes())
        self.inputs = {name: Input(name, inbox) for name, inbox in self._inboxes.items()}
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

    def _missing(self) -> list[Diagnostic]:
        """What is still expected when the flow is closed."""
        return []

    @property
    def _names(self) -> MutableMapping[str, Any] | None:
        """Where a person's expressions are evaluated; None: in the notebook."""
        return None

    # --- running ---------------------------------------------------------------------------------------------------

    def run_tick(self) -> bool:
        """Run one tick, even when there is no input, or what is left of one that `run_stratum` began.

        Returns True where another tick is due. Raises what the user's code raises, with a note on operator and item.
        """
        __tracebackhide__ = True
        self._must_be_open()
        try:
            self._engine.run_tick()
        except BaseException as exception:
            self._tell()
            self._raise(exception)
        if self._listeners:
            self._tell()
        return self._engine.is_scheduled()

    def run_stratum(self) -> bool:
        """Run one stratum, beginning a tick where none is under way. Returns True: work was done."""
        __tracebackhide__ = True
        self._must_be_open()
        try:
            self._engine.run_stratum()
        except BaseException as exception:
            self._tell()
            self._raise(exception)
        if self._listeners:
            self._tell()
        return True

    def run_available(self) -> None:
        """Run at least one tick, and further ones while input waits or deferred items exist."""
        __tracebackhide__ = True
        while self.run_tick():
            pass

    async def run_tick_async(self) -> bool:
        """The same as `run_tick` for inside of an event loop: a tick may wait there for what an operator awaits.

        Cancelled while it waits, it leaves the tick where it is: the next run goes on with it.
        """
        __tracebackhide__ = True
        engine = self._engine
        if not engine.program.awaited:
            return self.run_tick()
        self._must_be_open()
        try:
            await engine.run_tick_async()
        except BaseException as exception:
            self._tell()
            self._raise(exception)
        if self._listeners:
            self._tell()
        return self._engine.is_scheduled()

    async def run_available_async(self) -> None:
        """The same as `run_available`, with a chance for other tasks between two ticks."""
        while True:
            again = await self.run_tick_async()
            await asyncio.sleep(0)
            # Meanwhile another task may have sent something, or closed the flow.
            if self.is_closed or not (again or self.is_scheduled()):
                return

    async def run_async(self) -> None:
        """Run for ever: whenever input arrives. Ends when it is cancelled, or when the flow is closed.

        Raises what the user's code raises, and what an async iterator that is read raises.
        """
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(arrived.set)

        unsubscribe = self.subscribe(wake)
        try:
            while not self.is_closed:
                await self._run_engine(self._engine, arrived, wake)
        finally:
            unsubscribe()

    async def _run_engine(self, engine: Engine, arrived: asyncio.Event, wake: Callable[[], None]) -> None:
        """Run until the flow is closed, or reset and so runs another engine."""
        inboxes = engine.program.inboxes
        unlisten = [inbox.listen(wake) for inbox in inboxes]
        pumps = [asyncio.ensure_future(inbox.pump(wake)) for inbox in inboxes]
        for pump in pumps:
            pump.add_done_callback(lambda _: arrived.set())
        try:
            while not engine.is_closed:
                await self.run_available_async()
                await self._next_arrival(engine, arrived, pumps)
        finally:
            for end in unlisten:
                end()
            for pump in pumps:
                pump.cancel()

    async def _next_arrival(
        self, engine: Engine, arrived: asyncio.Event, pumps: Sequence[asyncio.Future[None]]
    ) -> None:
        """Wait until a tick is due, or the flow is closed or reset. Raises what a pump has raised."""
        while True:
            # Cleared before the look at what waits, so that nothing that comes in between is missed.
            arrived.clear()
            if engine.is_closed or self.is_scheduled():
                return
            for pump in pumps:
                if pump.done():
                    pump.result()
            await arrived.wait()

    def run(self) -> None:
        """Run for ever, outside of an event loop. Raises RuntimeError inside of one: there `await run_async()`."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self.run_async())
            return
        raise RuntimeError("an event loop is running here, as in every notebook: use `await flow.run_async()`")

    def is_scheduled(self) -> bool:
        """True where another tick is due: input waits, something was deferred, or `spin` asks for it."""
        return self._engine.is_scheduled()

    def current_tick(self) -> int:
        """The number of ticks that have ended; that of the one under way, if there is one."""
        return self._engine.context._tick

    def current_stratum(self) -> int:
        """The stratum that runs next, 0 between two ticks."""
        return self._engine.stratum

    @property
    def faults(self) -> list[Fault]:
        """The ticks that user code or an interrupt aborted, oldest first."""
        return self._engine.faults

    def reset(self) -> None:
        """Go back to tick 0: state and handoffs are empty, the arguments of sources are evaluated anew."""
        self._must_be_open()
        self._engine.close()
        self._start()
        if self._recording is not None:
            self._recording.clear()
        self._tell()

    def close(self) -> None:
        """End the flow. Raises `AssertionFailed` where an `assert_eq` still waits for items."""
        if self.is_closed:
            return
        self.is_closed = True
        self._engine.close()
        self._tell()
        missing = self._missing()
        if missing:
            raise AssertionFailed(missing)

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
        tick = fault.tick if fault else context._tick
        stratum = fault.stratum if fault else context._stratum
        found = self._explained(exception, tick=tick, stratum=stratum)
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

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have a function called whenever the flow has run, was reset or closed. Returns a function that ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def stepper(self) -> Stepper:
        """The widget that steps the flow and shows its channels."""
        from hydroflow_nb.widgets import Stepper

        return Stepper(self, namespace=self._names)

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else f"at tick {self.current_tick()}"
        return f"<flow {self.name}, {len(self.graph.partitioned.nodes)} operators, {state}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return dict(self.graph._repr_mimebundle_(include, exclude))
