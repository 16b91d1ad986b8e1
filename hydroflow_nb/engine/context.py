"""Where a running flow is, and what `context` is inside of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any

from hydroflow_nb.records import dataclass

if TYPE_CHECKING:
    from hydroflow_nb.engine.stopping import Breaks


class Context:
    """The clock of a running flow, and the states that its closures share: the engine and generated code write it.

    `tick` and `stratum` are those that run, or run next. `tick_start` is the instant at which the tick began, in
    seconds since the epoch by `clock`; only flows that ask for it keep it. `is_first_run` is False while a subgraph
    runs again in a tick. `states` holds the values by the index of their handle; those at `unclaimed` were kept by an
    earlier process, and are for the handles that this one makes, in their order. `breaks` are the breakpoints of the
    flow, if any.
    """

    __slots__ = ("breaks", "clock", "is_first_run", "states", "stratum", "tick", "tick_start", "unclaimed")

    def __init__(self) -> None:
        self.tick = 0
        self.stratum = 0
        self.tick_start = 0.0
        self.clock: Callable[[], float] = time
        self.is_first_run = True
        self.states: list[Any] = []
        self.unclaimed: list[int] = []
        self.breaks: Breaks | None = None


@dataclass(frozen=True)
class StateHandle:
    """What `context.add_state` returns and `context.state_ref` takes."""

    index: int


class States:
    """The values of a flow's states by handle: `context.state[total] += 1`."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def __getitem__(self, handle: StateHandle) -> Any:
        return self._values[handle.index]

    def __setitem__(self, handle: StateHandle, value: Any) -> None:
        self._values[handle.index] = value


class UserContext:
    """The clock of a running flow, to read, and state that its closures share."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def current_tick(self) -> int:
        """The number of the tick, from 0."""
        return self._context.tick

    def current_tick_start(self) -> datetime:
        """The instant at which the tick began, in UTC: `datetime.now(UTC)` minus it is how long the tick has run.

        Before the first tick it is the instant at which the flow was compiled. In a simulated network it is one of the
        network's clock.
        """
        return datetime.fromtimestamp(self._context.tick_start, UTC)

    def current_stratum(self) -> int:
        """The number of the stratum in this engine's own numbering; programs should not depend on it."""
        return self._context.stratum

    def is_first_run_this_tick(self) -> bool:
        """True in the first run of the caller's subgraph in a tick; cycles cause later runs."""
        return self._context.is_first_run

    @property
    def state(self) -> States:
        """The states by handle, to read and to write."""
        return States(self._context.states)

    def add_state(self, value: Any) -> StateHandle:
        """Keep a value for the life of the flow. Returns its handle: in a flow that goes on from a folder, that of the
        value that was kept in its place, where there is one.
        """
        if self._context.unclaimed:
            return StateHandle(self._context.unclaimed.pop(0))
        self._context.states.append(value)
        return StateHandle(len(self._context.states) - 1)

    def state_ref(self, handle: StateHandle) -> Any:
        """The value of a handle."""
        return self._context.states[handle.index]

    def set_state(self, handle: StateHandle, value: Any) -> None:
        """Replace the value of a handle."""
        self._context.states[handle.index] = value
