"""What items leave a flow by when they leave it later than the tick that gave them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any


class Outlet(ABC):
    """A way out of a flow: it takes items within a tick, never waits there, and hands them on when it can.

    While an outlet is congested the flow takes nothing in from outside, so that what waits in it stays bounded.
    """

    # The operator and where it stands, as a person is told of it; empty where nobody knows.
    place = ""

    @abstractmethod
    def put(self, item: Any) -> None:
        """Take one item, in a tick. Raises Misfit for one that cannot leave by here."""

    def end_tick(self) -> None:
        """Hand on what the tick gave; called when it ended, after a fault as well."""
        return

    def is_congested(self) -> bool:
        """True while more waits here than should."""
        return False

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when the outlet is congested no more, or failed. Returns a function that ends it."""
        return lambda: None

    def awaits_loop(self) -> bool:
        """True while something waits here that any event loop could hand on, and none is at it."""
        return False

    async def drain(self) -> None:
        """Wait until all that was put in has left. Raises what kept it from that, where `failed` does not tell it."""
        return

    def failed(self) -> BaseException | None:
        """What went wrong since the last call, for those who run the flow to raise."""
        return None

    def close(self) -> None:
        """Let go of what the flow holds, at its end or before it starts anew."""
        return
