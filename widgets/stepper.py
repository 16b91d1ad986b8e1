"""The widget's kernel side: what a front end asks is done here, and what happened is told. No drawing, no HTML.

Traits carry what never changes. Everything else goes as messages, small and in pages: a question `{kind, request, ...}`
is answered by `{kind: "answer", request, ...}` or by one with `error: {message, stopped}`; `{kind: "news", ...}` tells
where the flow stands, with the summaries of the ticks that are new and the record of the newest.

A kernel may hand questions over on a thread of its own, beside the one that runs cells. The flow is touched on the
thread that made the widget only; what is heard on another one is done there too, but for `stop`, which thereby reaches
a kernel that is busy with a tick that never ends.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import anywidget
import traitlets

from hydroflow_nb.engine.interruptible import Interruptible, interrupt
from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.notes import described
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.undisturbed import undisturbed
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.still import display_with_still

if TYPE_CHECKING:
    from hydroflow_nb.running import Input
    from hydroflow_nb.trace.recording import RecordedTick, Recording

PAGE: Final = 200  # rows of a table
SUMMARIES: Final = 200  # ticks that one message summarises
LONGEST: Final = 10_000  # characters of an item that is unfolded
_RECORDS: Final = 12  # full records in one answer
_SHOWN_WAITING: Final = 50  # waiting items of an input that are listed
_AT_ONCE: Final = 100_000  # items that one injection may hold
_SLICE: Final = 0.040  # seconds that a run keeps the event loop to itself
_PAUSE: Final = 0.002  # seconds in which a run lets messages in: it takes the loop several turns to read one
_GRACE: Final = 0.020  # seconds that a stop leaves a tick to end by itself
_PERIOD: Final = 0.050  # seconds between two news: the server drops messages of a kernel that talks more
_LIGHT: Final = 5_000  # steps and items up to which a record is sent unasked; a page that shows a heavier one asks
_LIGHTER: Final = 1_000  # the same while the flow runs on


class Grain(StrEnum):
    """How far one step goes."""

    TICK = "tick"
    STRATUM = "stratum"
    ITERATION = "iteration"
    SUBGRAPH = "subgraph"
    OPERATOR = "operator"


class Refusal(Exception):
    """What a front end asked cannot be done now; the message says why, for a reader of the widget."""


class Stepper(anywidget.AnyWidget):
    """The stepper of a flow: its graph, its ticks, what is on its channels, and a way to put items in.

    `namespace` is where the expressions of the form "Inject" are evaluated; by default the notebook's. The flow is
    recorded from the first step that a front end asks for, or earlier if `flow.recording` was used; merely showing it
    costs it nothing. A flow that runs live, by `flow.start()` or `await flow.run_async()`, is shown as it goes.

    When a newer flow has taken the name of this one, which was closed for that, the widget ends as well: else all flows
    that a cell ever made would stay in memory with what they hold.
    """

    _esm = bundle.script("stepper")
    _css = bundle.stylesheet("stepper")

    graph = traitlets.Dict().tag(sync=True)
    svg = traitlets.Unicode().tag(sync=True)
    revision = traitlets.Int(1, help="of the messages, so that a page of an older version can be told").tag(sync=True)

    def __init__(self, flow: RunningFlow, namespace: MutableMapping[str, Any] | None = None) -> None:
        self._flow = flow
        self._namespace = vars(sys.modules["__main__"]) if namespace is None else namespace
        self._recording: Recording | None = None
        self._running: str | None = None  # "step" or "run", while the engine works for a front end
        self._run_task: asyncio.Task[None] | None = None
        self._stop_asked = False
        self._rests = threading.Event()  # the opposite of running, for another thread to wait on
        self._rests.set()
        self._thread = threading.get_ident()
        self._loop = running_loop()
        self._trouble: str | None = None
        self._listened = False  # nothing is sent before a front end has asked for something
        self._due: asyncio.TimerHandle | None = None
        self._told_at = 0.0
        self._told = _Told()
        self._watched: Mapping[str, Input] = {}
        self._unwatch: list[Callable[[], None]] = []
        self._input_came = False
        super().__init__(graph=flow.graph.to_dict(), svg=flow.graph.svg())
        self._first_layout = self.layout
        self._unsubscribe = flow.subscribe(self._flow_changed)
        self.on_msg(self._hear)

    def close(self) -> None:
        """End the widget; the flow goes on without it."""
        self._unsubscribe()
        for unwatch in self._unwatch:
            unwatch()
        self._stop_asked = True
        if self._due is not None:
            self._due.cancel()
        # A widget of its own that was made for this one alone, and is kept until it is closed as well.
        self._first_layout.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and for places that run no widget the picture and the graph's text."""
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        return {**data, **self._still()}, metadata

    def _ipython_display_(self) -> None:
        """Show the widget; where it does not live, as in a notebook opened again, the picture is shown in its place."""
        bundled = super()._repr_mimebundle_()
        if bundled is None:
            return
        data, metadata = bundled
        display_with_still(self._still(), {name: form for name, form in data.items() if name != "text/plain"}, metadata)

    def _still(self) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self._flow.graph.text()}

    # ---- questions

    def _hear(self, _widget: object, question: Mapping[str, Any], _buffers: object) -> None:
        self._listened = True
        match question["kind"]:
            case "stop":
                # A page that is not answered at once interrupts too, which could break off the end of the tick.
                self.send({"kind": "answer", "request": question["request"]})
                self._stop()
                return
            case "step" | "run" | "start":
                self._stop_asked = False
        if self._loop is None or threading.get_ident() == self._thread:
            self._reply(question)
        else:
            self._loop.call_soon_threadsafe(self._reply, question)

    def _reply(self, question: Mapping[str, Any]) -> None:
        try:
            answer: dict[str, Any] = Interruptible().call(lambda: self._answer(question))
        except Refusal as refusal:
            answer = {"error": {"message": str(refusal), "stopped": False}}
        except KeyboardInterrupt:
            answer = {"error": {"message": "stopped", "stopped": True}}
        except BaseException as error:
            # Raised by the user's closures or expression: shown in the widget, since there is no cell to show it in.
            answer = {"error": {"message": _told_as(error), "stopped": False}}
        self.send({"kind": "answer", "request": question["request"], **answer})

    def _stop(self) -> None:
        self._stop_asked = True
        self._flow.stop()
        if threading.get_ident() == self._thread:
            return
        deadline = time.monotonic() + _GRACE
        while self._flow.is_running and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        # What keeps a flow that runs live may be something else, a cell for instance, that is not to be interrupted.
        busy = self._flow.is_interruptible or not self._rests.wait(_GRACE)
        # Signals are handled in the main thread only.
        if busy and self._thread == threading.main_thread().ident:
            interrupt()

    def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        match question["kind"]:
            case "hello":
                self._told.forget()
                self._tell()
            case "step":
                self._step(Grain(question["grain"]))
            case "run":
                self._run()
            case "start":
                self._start()
            case "record":
                self._recording = self._flow.recording
                self._tell()
            case "send":
                return {"count": self._send_items(question["input"], question["text"], each=question["each"])}
            case "discard":
                self._discard(question["input"], question["index"], question["text"])
            case "records":
                wanted = [one for tick in question["ticks"][:_RECORDS] for one in self._ticks_between(tick, tick)]
                return {"records": [self._record(one.tick) for one in wanted]}
            case "summaries":
                ticks = self._ticks_between(question["from"], question["to"])[: 2 * SUMMARIES]
                return {"summaries": [_summary(tick) for tick in ticks]}
            case "page":
                return {"items": self._required().page(**_place(question), offset=question["offset"], limit=PAGE)}
            case "item":
                return {"text": self._required().text(**_place(question), index=question["index"], limit=LONGEST)}
            case unknown:
                raise Refusal(f"this kernel does not know {unknown!r}: reload the page, or restart the kernel")
        return {}

    def _step(self, grain: Grain) -> None:
        self._prepare()
        try:
            self._begin("step")
            if grain is Grain.TICK:
                self._flow.run_tick()
            else:
                self._run_strata(until_seen=grain is not Grain.STRATUM)
        finally:
            self._rest()

    def _run_strata(self, *, until_seen: bool) -> None:
        """Run a stratum; with `until_seen` as many as it takes until an operator ran or the tick is over."""
        while True:
            tick, before = self._flow.current_tick(), self._newest()
            self._flow.run_stratum()
            after = self._newest()
            seen = after is not None and bool(after.steps) and _extent(after) != _extent(before)
            if not until_seen or seen or self._flow.current_tick() != tick:
                return

    def _run(self) -> None:
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
        # No notebook: nobody could send a stop either, so an interrupt is the way out.
        asyncio.run(self._run_slices())

    async def _run_slices(self) -> None:
        try:
            while Interruptible().call(self._run_slice):
                if time.monotonic() - self._told_at >= _PERIOD:
                    self._tell()
                await asyncio.sleep(_PAUSE)
        except KeyboardInterrupt:
            pass  # the stop button; the engine has noted the tick as aborted
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # out of this task an exit would end the kernel
            self._trouble = _told_as(error)
        finally:
            self._run_task = None
            self._rest()

    def _run_slice(self) -> bool:
        """Run ticks for a slice of time; true where the run goes on after it."""
        deadline = time.monotonic() + _SLICE
        while not self._stop_asked and not self._flow.is_closed:
            self._flow.run_tick()
            if not self._flow.is_scheduled():
                return False
            if time.monotonic() >= deadline:
                return True
        return False

    def _start(self) -> None:
        """Have the flow run live: it goes on by itself, whatever becomes of the widget."""
        self._prepare()
        self._flow.start()
        self._tell()

    def _prepare(self) -> None:
        """See to it that the flow may run for a front end, and is recorded then."""
        if self._flow.is_closed:
            raise Refusal(self._why_closed() or "")
        if self._running or self._flow.is_running:
            raise Refusal("the flow is running: stop it first")
        if self._stop_asked:  # it waited behind a cell, and was stopped while it waited
            raise KeyboardInterrupt
        self._recording = self._flow.recording

    def _begin(self, what: str) -> None:
        self._running = what
        self._rests.clear()
        self._tell()

    def _rest(self) -> None:
        # A stop may come twice, from the widget and from the front end: the second one must not break this off, for a
        # page that is not told that the flow rests would wait for ever.
        with undisturbed():
            self._running = None
            self._rests.set()
            self._tell()
            if self._is_replaced():
                self.close()

    def _send_items(self, name: str, text: str, *, each: bool) -> int:
        target = self._input(name)
        value = eval(compile(text.strip(), "<item>", "eval"), dict(self._namespace))
        if not each:
            target.send(value)
            self._tell()
            return 1
        items = list(islice(value, _AT_ONCE + 1))
        if len(items) > _AT_ONCE:
            raise Refusal(f"more than {_AT_ONCE:,} items: send them from a cell, `flow.inputs[{name!r}].extend(items)`")
        target.extend(items)
        self._tell()
        return len(items)

    def _discard(self, name: str, index: int, text: str) -> None:
        waiting = self._input(name).waiting()
        # The list in the page may be older than the flow: what is taken back must be what was pointed at.
        if index >= len(waiting) or shown(waiting[index]) != text:
            self._tell()
            raise Refusal(f"{text} is not waiting any more")
        self._input(name).discard(index)
        self._tell()

    def _input(self, name: str) -> Input:
        if self._flow.is_closed:
            raise Refusal(self._why_closed() or "")
        return self._flow.inputs[name]

    # ---- news

    def _flow_changed(self) -> None:
        """Called by the flow, perhaps many thousand times a second: tell of it soon, once."""
        if self._running:
            return
        if self._is_replaced():
            self.close()
            return
        if not self._listened or self._due is not None:
            return
        loop = running_loop()
        if loop is not None:
            self._due = loop.call_later(_PERIOD, self._tell)
        elif time.monotonic() - self._told_at >= _PERIOD:
            self._tell()

    def _watch_inputs(self) -> None:
        """Have what comes in told of, also while the flow rests; a flow that was reset has inputs of its own."""
        if self._loop is None or self._watched is self._flow.inputs:
            return
        for unwatch in self._unwatch:
            unwatch()
        self._watched = self._flow.inputs
        self._unwatch = [one.watch(self._hear_input) for one in self._watched.values()]

    def _hear_input(self) -> None:
        """Called by whoever sends something, in a thread of its own perhaps."""
        # A run tells of itself.
        if self._input_came or self._running or self._flow.is_running:
            return
        assert self._loop is not None
        self._input_came = True
        with suppress(RuntimeError):  # the event loop is closed
            self._loop.call_soon_threadsafe(self._tell_of_input)

    def _tell_of_input(self) -> None:
        self._input_came = False
        self._flow_changed()

    def _tell(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self.comm is None or not self._listened:
            return
        self._watch_inputs()
        if self._flow.is_recorded:  # from Python, or from another widget of the flow
            self._recording = self._flow.recording
        self._told_at = time.monotonic()
        self.send({"kind": "news", **self._state(), **self._new_ticks()})

    def _state(self) -> dict[str, Any]:
        closed = self._why_closed()
        return {
            "running": self._running or ("live" if self._flow.is_running else None),
            "recorded": self._flow.is_recorded,
            "closed": closed,
            "scheduled": not closed and self._flow.is_scheduled(),
            "tick": self._flow.current_tick(),
            "waiting": {} if closed else {name: _waiting(one) for name, one in self._flow.inputs.items()},
            "trouble": self._new_trouble(),
        }

    def _new_trouble(self) -> str | None:
        """What went wrong in a run since it was told last, by this widget or in the background."""
        trouble, self._trouble = self._trouble, None
        if self._flow.trouble is not self._told.trouble:
            self._told.trouble = self._flow.trouble
            if self._flow.trouble is not None:
                trouble = _told_as(self._flow.trouble)
        return trouble

    def _new_ticks(self) -> dict[str, Any]:
        ticks = self._ticks()
        if self._recording is not None:
            self._told.notice(self._recording.epoch)
        if self._recording is None or not ticks:
            nothing: dict[str, Any] = {"oldest": None, "newest": None, "dropped": 0, "summaries": [], "records": []}
            return {"epoch": self._told.epoch, **nothing}
        newest = ticks[-1]
        unseen = self._ticks_between(max(self._told.newest, newest.tick - SUMMARIES), newest.tick)
        extent = _extent(newest)
        goes_on = self._running == "run" or self._flow.is_running
        limit = _LIGHTER if goes_on else _LIGHT
        send_record = extent != self._told.record and _weight(newest) <= limit
        self._told.newest = newest.tick
        if send_record:
            self._told.record = extent
        return {
            "epoch": self._told.epoch,
            "oldest": ticks[0].tick,
            "newest": newest.tick,
            "dropped": self._recording.dropped,
            "summaries": [_summary(tick) for tick in unseen],
            "records": [self._record(newest.tick)] if send_record else [],
        }

    def _why_closed(self) -> str | None:
        if not self._flow.is_closed:
            return None
        if self._is_replaced():
            return "this flow was replaced by a newer run of the cell"
        return "this flow is closed: run its cell again to go on"

    def _is_replaced(self) -> bool:
        """True where the flow is closed, another one has its name, and the notebook has it under none."""
        flow, names = self._flow, self._namespace
        return (
            flow.is_closed
            and isinstance(names.get(flow.name), RunningFlow)
            # Under names with an underscore IPython keeps former results.
            and not any(found is flow for name, found in list(names.items()) if not name.startswith("_"))
        )

    # ---- the recording

    def _required(self) -> Recording:
        if self._recording is None:
            raise Refusal("nothing is recorded")
        return self._recording

    def _ticks(self) -> Sequence[RecordedTick]:
        return self._recording.ticks if self._recording is not None else ()

    def _newest(self) -> RecordedTick | None:
        ticks = self._ticks()
        return ticks[-1] if ticks else None

    def _ticks_between(self, first: int, last: int) -> list[RecordedTick]:
        """The recorded ticks from `first` to `last`; those that the budget dropped are missing."""
        ticks = self._ticks()
        if not ticks:
            return []
        oldest = ticks[0].tick  # a recording has no gaps
        return [ticks[at] for at in range(max(0, first - oldest), min(len(ticks), last - oldest + 1))]

    def _record(self, tick: int) -> dict[str, Any]:
        return self._required().tick_dict(tick)


class _Told:
    """What the front ends know, so that a tick's record is sent once; `epoch` is the recording's."""

    def __init__(self) -> None:
        self.epoch = 0
        self.forget()

    def forget(self) -> None:
        """Take it that the front ends know nothing."""
        self.newest = -1
        self.record: tuple[int, int, bool] | None = None
        self.trouble: BaseException | None = None

    def notice(self, epoch: int) -> None:
        """Take it that nothing of another epoch is known: the flow has gone back."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.newest, self.record = -1, None


def _place(question: Mapping[str, Any]) -> dict[str, Any]:
    return {key: question[key] for key in ("tick", "op", "sg", "run", "edge")}


def _extent(tick: RecordedTick | None) -> tuple[int, int, bool] | None:
    return None if tick is None else (tick.tick, len(tick.steps), tick.complete)


def _moved(tick: RecordedTick) -> int:
    return sum(moved.count for step in tick.steps for moved in step.moves.values())


def _weight(tick: RecordedTick) -> int:
    """The steps and items that the record of a tick lists."""
    return sum(1 + sum(min(PAGE, len(moved.items)) for moved in step.moves.values()) for step in tick.steps)


def _summary(tick: RecordedTick) -> dict[str, Any]:
    return {
        "tick": tick.tick,
        "why": tick.why,
        "moved": _moved(tick),
        "steps": len(tick.steps),
        "complete": tick.complete,
        "fault": tick.fault,
    }


def _waiting(one: Input) -> dict[str, Any]:
    items = one.waiting()
    return {"count": len(items), "items": [shown(item) for item in items[:_SHOWN_WAITING]]}


def _told_as(error: BaseException) -> str:
    """The exception as Python writes it, its notes included, without the traceback."""
    try:
        lines = [line for line in traceback.format_exception_only(error) if not line.startswith('  File "<item>"')]
    except Exception:  # some versions of Python trip over attributes that raise
        return described(error)
    return "".join(lines).strip()
