"""The way out for items that leave a flow later than the tick that gave them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any


class Outlet(ABC):
    """A way out of a flow: it takes items within a tick, never waits there, and hands them on when it can.

    While an outlet is congested the flow takes nothing in from outside, so that what waits in it stays bounded.
    """

    # The operator and where it stands, in the words of messages; empty where that is unknown.
    place = ""

    @abstractmethod
    def put(self, item: Any) -> None:
        """Take one item, in a tick. Raises Misfit for an item that this outlet cannot send."""

    def end_tick(self) -> None:
        """Hand on what the tick gave; called when it has ended, also by a fault."""
        return

    def mark(self) -> Any:
        """What waits here when a tick begins, for `go_back`."""
        return None

    def go_back(self, mark: Any) -> None:
        """Forget what was put in since a mark and has not left: the tick that gave it is undone."""
        return

    def is_congested(self) -> bool:
        """True while more waits here than should."""
        return False

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to changes: the function is called when the outlet is congested no more, or has failed.

        Returns a function that unsubscribes it.
        """
        return lambda: None

    def awaits_loop(self) -> bool:
        """True while items wait here that an event loop could send, and no event loop does so."""
        return False

    async def drain(self) -> None:
        """Wait until all items have left. Raises what went wrong, unless `failed` tells it."""
        return

    def failed(self) -> BaseException | None:
        """What went wrong since the last call, for those who run the flow to raise."""
        return None

    def close(self) -> None:
        """Release what it holds, when the flow is closed or reset."""
        return
