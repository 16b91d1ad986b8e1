"""A flow: what a user holds, runs and looks at."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hydroflow_nb.codegen.blame import explained
from hydroflow_nb.codegen.explain import Explanation, explain
from hydroflow_nb.codegen.generate import generate
from hydroflow_nb.codegen.load import forget_lines, load_variant, remember_lines, source_text
from hydroflow_nb.compiler import compile_source, load_compiled
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.engine import Engine, Fault
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import AssertionFailed, HydroflowError
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


class Flow:
    """A compiled flow, made by `hydroflow_nb.compile` or by a `%%hydroflow` cell.

    It runs in ticks: `run_tick`, `run_stratum`, `run_available`, and their async forms. An exception of the user's code
    aborts the tick it happens in and comes out as it is; the flow stays usable. `with flow:` closes it at the end.
    """

    def __init__(self, source: Source, namespace: dict[str, Any], name: str) -> None:
        self.name = name
        self.source = source
        self.is_closed = False
        self._namespace = namespace
        self._listeners: list[Callable[[], None]] = []
        self._recording: Recording | None = None
        self._compiled = compile_source(source, name, namespace)
        self.graph = Graph(self._compiled.graph)
        self._start()

    def _start(self) -> None:
        context = Context()
        try:
            self._loaded = load_compiled(self._compiled, self._namespace, context)
        except Exception as exception:
            raise explained(
                exception, self._compiled.graph, self.source.filename, tick=0, stratum=0
            ) from exception.__cause__
        self._engine = Engine(self._loaded.program, context)
        self.inputs: dict[str, Input] = {}
        self._inboxes: dict[str, Inbox] = {}
        for input_name, inbox in self._named_inboxes():
            self._inboxes[input_name] = inbox
            self.inputs[input_name] = Input(input_name, inbox)
        if self._recording is not None:
            self._install_recorder(self._recording)

    def _named_inboxes(self) -> Iterable[tuple[str, Inbox]]:
        taken: dict[str, int] = {}
        for node in self._compiled.graph.inputs():
            cell = next(
                (cell for name, cell in self._loaded.cells.items() if name.rstrip("_") == f"{node.name}_inbox"), None
            )
            if cell is None or not node.call.arguments:
                continue
            text = " ".join(node.call.arguments[0].span.text.split())
            taken[text] = taken.get(text, 0) + 1
            yield (text if taken[text] == 1 else f"{text} ({taken[text]})"), cell.cell_contents

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

    async def run_available_async(self) -> None:
        """The same, with a chance for other tasks between two ticks."""
        while True:
            again = self.run_tick()
            await asyncio.sleep(0)
            # Meanwhile another task may have sent something, or closed the flow.
            if self.is_closed or not (again or self.is_scheduled()):
                return

    async def run_async(self) -> None:
        """Run for ever: whenever input arrives. Ends when it is cancelled, or when the flow is closed."""
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(arrived.set)

        inboxes = self._engine.program.inboxes
        unlisten = [inbox.listen(wake) for inbox in inboxes] + [self.subscribe(wake)]
        pumps = [loop.create_task(inbox.pump()) for inbox in inboxes if inbox.iterator is not None]
        # A queue that cannot tell is looked at again and again.
        patience = 0.02 if any(inbox.polled for inbox in inboxes) else None
        try:
            while not self.is_closed:
                await self.run_available_async()
                await self._next_arrival(arrived, patience)
        finally:
            for end in unlisten:
                end()
            for pump in pumps:
                pump.cancel()

    async def _next_arrival(self, arrived: asyncio.Event, patience: float | None) -> None:
        """Wait until a tick is due or the flow is closed."""
        while True:
            # Cleared before the look at what waits, so that nothing that comes in between is missed.
            arrived.clear()
            if self.is_closed or self.is_scheduled():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), patience)

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
        self._start()
        if self._recording is not None:
            self._recording.clear()
        self._tell()

    def close(self) -> None:
        """End the flow. Raises `AssertionFailed` where an `assert_eq` still waits for items."""
        if self.is_closed:
            return
        self.is_closed = True
        self._tell()
        missing = self._missing()
        if missing:
            raise AssertionFailed(missing)

    def __enter__(self) -> Flow:
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

    def _missing(self) -> list[Diagnostic]:
        found = []
        for node in self._compiled.graph.nodes.values():
            cell = self._loaded.cells.get(f"{node.name}_expectation")
            items = cell.cell_contents.missing() if cell else []
            if items:
                found.append(
                    error(
                        "HF403",
                        f"`{node.operator.name}` still expects {len(items)} item{'s' if len(items) > 1 else ''}: "
                        f"{shown(items)}",
                        node.span,
                    )
                )
        return found

    def _must_be_open(self) -> None:
        if self.is_closed:
            raise HydroflowError(message=f"the flow `{self.name}` is closed: compile it again, or run its cell again")

    def _raise(self, exception: BaseException) -> None:
        __tracebackhide__ = True
        context = self._engine.context
        fault = self.faults[-1] if self.faults else None
        tick = fault.tick if fault else context._tick
        stratum = fault.stratum if fault else context._stratum
        found = explained(exception, self._compiled.graph, self.source.filename, tick=tick, stratum=stratum)
        if found is exception:
            raise exception
        raise found from found.__cause__

    # --- looking ---------------------------------------------------------------------------------------------------

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """The warnings of the compiler."""
        return self._compiled.diagnostics

    @property
    def generated_source(self) -> str:
        """The Python text of the compiled flow; each operator's part is headed by its place."""
        return source_text(self._compiled.code)

    def explain(self) -> Explanation:
        """How each operator runs: whether its functions are inlined into the loops or called, and why."""
        return explain(self._compiled.graph)

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
        graph = self._compiled.graph
        recorder = Recorder(graph, recording, self._inboxes)
        self._engine.coming_strata = load_variant(
            generate(graph, recorded=True), self._loaded, self._namespace, recorder.names(), self.source.filename
        )
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

        return Stepper(self, namespace=self._namespace)

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else f"at tick {self.current_tick()}"
        return f"<flow {self.name}, {len(self._compiled.graph.nodes)} operators, {state}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return dict(self.graph._repr_mimebundle_(include, exclude))


def compile(source: str | Source, namespace: dict[str, Any] | None = None, name: str = "flow") -> Flow:
    """Compile a flow's text; every error that is found is reported at once.

    `namespace` is where the text's Python names are looked up, live: a notebook's or module's `globals()`, which is the
    default (that of the caller, and its local names as they are now). Nothing is put into it. Raises
    `SurfaceSyntaxError` for a text that is no flow, `GraphError` for a flow that cannot be built, and what evaluating
    an argument raises.
    """
    if namespace is None:
        caller = sys._getframe(1)
        namespace = caller.f_globals
        if caller.f_locals is not caller.f_globals:
            namespace = {**caller.f_globals, **caller.f_locals}
    if isinstance(source, str):
        source = Source(text=source, label=name, filename=f"<hydroflow {name}>")
        lines = remember_lines(source.text, source.filename)
        flow = Flow(source, namespace, name)
        # Not when it is closed: a traceback that came out of it may be read later, and keeps it alive until then.
        weakref.finalize(flow, forget_lines, source.filename, lines)
        return flow
    return Flow(source, namespace, name)


def compile_file(path: str | Path, namespace: dict[str, Any] | None = None, name: str | None = None) -> Flow:
    """Compile the text of a `.hf` file. Raises what `compile` raises, and OSError where the file cannot be read."""
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    source = Source(text=text, label=path.name, filename=str(path))
    if namespace is None:
        namespace = sys._getframe(1).f_globals
    return compile(source, namespace, name or path.stem)
