"""A flow for code that drives it from outside: event loops, simulated networks, processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Protocol

from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.set_aside import SetAside
from hydroflow_nb.engine.undoing import ITEMS_AN_ENTRY, Undoing
from hydroflow_nb.source import Span


class Drivable(Protocol):
    """What `flow.drive()` returns. Code that runs the engine itself reports this by `abort` and `changed`."""

    @property
    def name(self) -> str:
        """The flow's name."""

    @property
    def engine(self) -> Engine:
        """What runs the flow's program; a reset replaces it."""

    @property
    def inboxes(self) -> Mapping[str, Inbox]:
        """Where items come in, by the names of the inputs."""

    @property
    def names(self) -> MutableMapping[str, Any] | None:
        """Where the flow's Python names are looked up; None for a flow without such names."""

    @property
    def is_closed(self) -> bool:
        """True where the flow was closed."""

    def must_be_open(self) -> None:
        """Raise HydroflowError where the flow is closed."""

    def look_at_names(self) -> None:
        """Raise the error that keeps the flow from running with the present values of its names."""

    def run_tick(self, engine: Engine) -> None:
        """Run one tick of an engine of the flow, explain what it raises, and tell the subscribers."""

    def abort(self, exception: BaseException) -> None:
        """Tell the subscribers of a run that was aborted, and raise its exception, explained."""

    @property
    def set_aside(self) -> SetAside:
        """The items that were set aside."""

    def undoing(self, *, items_an_entry: int = ITEMS_AN_ENTRY) -> Undoing:
        """What undoes ticks of the engine, for `engine.undoing`."""

    def explained(self, exception: BaseException, *, tick: int, stratum: int) -> BaseException:
        """The exception to raise for one that came out of a tick."""

    def failed_alone(self, exception: BaseException) -> bool:
        """Whether the operator that raised it was at work on what had come of one item, and of nothing beside it."""

    def raised_at(self, exception: BaseException) -> Span:
        """The operator in the text that raised it, or all of the text if that is not known."""

    def changed(self) -> None:
        """Tell those who subscribed that the flow has run, was started or stopped."""

    def stopped(self) -> bool:
        """True where the run has stopped at a breakpoint, which is said."""

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to what may make a tick due that no input does: a tick that other code ran, a reset, the end.

        Unlike `flow.subscribe` it leaves ticks plain. Returns a function that unsubscribes it.
        """
