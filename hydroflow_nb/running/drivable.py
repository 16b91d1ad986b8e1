"""A flow as those see it who drive it from outside: event loops, simulated networks, processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Protocol

from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.inbox import Inbox


class Drivable(Protocol):
    """What `flow.drive()` returns. Whoever runs the engine by it tells of that by `do`, `abort` and `changed`."""

    @property
    def name(self) -> str:
        """The flow's name."""

    @property
    def engine(self) -> Engine:
        """What runs the flow's program; after a reset another one."""

    @property
    def inboxes(self) -> Mapping[str, Inbox]:
        """Where items come in, by the names of the inputs."""

    @property
    def names(self) -> MutableMapping[str, Any] | None:
        """Where the flow's Python names are looked up; None for one that has none."""

    @property
    def is_closed(self) -> bool:
        """True where the flow was closed."""

    def must_be_open(self) -> None:
        """Raise HydroflowError where the flow is closed."""

    def look_at_names(self) -> None:
        """Raise what keeps the flow from running with what its names are bound to now."""

    def do(self, run: Callable[[], None]) -> None:
        """Have the engine run, explain what comes out of it, and tell of it."""

    def abort(self, exception: BaseException) -> None:
        """Tell of a run that did not come to its end, and raise what kept it from that, explained."""

    def changed(self) -> None:
        """Tell those who subscribed that the flow has run, was started or stopped."""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have a function called whenever the flow has changed. Returns a function that ends it."""
