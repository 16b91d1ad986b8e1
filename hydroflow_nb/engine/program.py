"""A program: what the engine runs, generated from a graph or written by hand."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import field
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

from hydroflow_nb.engine.external import External
from hydroflow_nb.engine.files import LineFile
from hydroflow_nb.engine.listeners import all_of
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.runtime import Expectation
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class TickBuffer:
    """A handoff between ticks: what a tick puts into `next` is in `now` in the tick after. `name` is its name
    in the code.

    A lazy one does not make that tick due. One `within_tick` hands on from an iteration of a loop to the next one: the
    generated code does that, and where a tick is aborted, what it holds is dropped.
    """

    now: list[Any]
    next: list[Any]
    lazy: bool
    within_tick: bool = False
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """A handoff whose items have to be waited for: in an event loop `settle` does so before its stratum runs, and
    leaves the results in the list.
    """

    handoff: list[Any]
    settle: Callable[[list[Any]], Coroutine[Any, Any, None]]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable of generated code that keeps its value from tick to tick, with its name there.

    `accumulates`: its values are accumulators, which may change in place. Else it holds items, and only their
    containers change. `durable`: it survives a restart.
    """

    cell: CellType
    accumulates: bool
    name: str = ""
    durable: bool = False


@dataclass(frozen=True, kw_only=True)
class Program:
    """The strata as functions that each run to their fixpoint, and what the engine does between them.

    `strata` may be replaced between two ticks by another variant over the same state. `handoffs` are the buffers that
    are empty at the end of a tick; another variant may add its own. `awaited` is what each stratum waits for in an
    event loop. `variables` are what generated code keeps between ticks, beside the context.
    """

    strata: Sequence[Callable[[], None]]
    handoffs: list[list[Any]] = field(default_factory=list)
    tick_buffers: Sequence[TickBuffer] = ()
    inboxes: Sequence[External] = ()
    outlets: Sequence[Outlet] = ()
    files: Sequence[LineFile] = ()
    awaited: Mapping[int, Sequence[Awaited]] = field(default_factory=dict)
    expectations: Sequence[Expectation] = ()
    variables: list[Variable] = field(default_factory=list)
    always_scheduled: bool = False
    # The states of the context, and the places there of those that have a name.
    states: list[Any] = field(default_factory=list)
    named_states: Mapping[str, int] = field(default_factory=dict)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to what happens at its inboxes and outlets: the function is called, from any thread, when something
        came in from outside, may leave again, or could not leave. Returns a function that unsubscribes it.
        """
        calls = [inbox.listen(listener) for inbox in self.inboxes]
        return all_of([*calls, *(outlet.listen(listener) for outlet in self.outlets)])

    def held(self) -> dict[str, Any]:
        """What lasts from tick to tick, by the names in the code: the values themselves, and no copies."""
        return {
            **{one.name: one.cell.cell_contents for one in self.variables},
            **{buffer.name: buffer.now for buffer in self.tick_buffers},
            **{name: self.states[place] for name, place in self.named_states.items()},
        }

    def lasting(self) -> Iterator[Any]:
        """All that later ticks depend on, beside what waits for them and the states of the context: the values
        themselves, and no copies. That is what a snapshot copies, and what arguments of the user's hold for themselves,
        such as a function that counts its calls.
        """
        for one in self.variables:
            yield one.cell.cell_contents
        for buffer in self.tick_buffers:
            yield buffer.now
        for expectation in self.expectations:
            yield expectation.count
        for inbox in self.inboxes:
            yield inbox.mark()
        states = {id(one.cell) for one in self.variables}
        for stratum in self.strata:
            for cell in getattr(stratum, "__closure__", None) or ():
                if id(cell) not in states and _is_of_the_user(value := cell.cell_contents):
                    yield value

    @property
    def reads_context(self) -> bool:
        """True where an argument names `context`, and so may ask for the number of the tick."""
        codes = [getattr(stratum, "__code__", None) for stratum in self.strata]
        return any("context" in code.co_freevars for code in codes if code is not None)

    def close(self) -> None:
        """Release everything outside of it."""
        for inbox in self.inboxes:
            inbox.close()
        for outlet in self.outlets:
            outlet.close()
        for file in self.files:
            file.close()


def _is_of_the_user(value: Any) -> bool:
    """True for what an argument of a flow's text has made and that may change: functions and objects, none of them a
    part of the engine or known by its name. Plain values in other variables are those of the tick.
    """
    if isinstance(value, (type, ModuleType)):
        return False
    if isinstance(value, BuiltinFunctionType):
        return not isinstance(value.__self__, ModuleType)
    if isinstance(value, FunctionType) and not (value.__closure__ or value.__defaults__ or value.__kwdefaults__):
        return False
    # An instance tells the module of its class, and a method that of its function; a plain value has none.
    module = getattr(value, "__module__", None)
    return module is not None and str(module).partition(".")[0] != __name__.partition(".")[0]
