"""What makes ticks due from outside of a flow: its inputs, and what it waits for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any


class External(ABC):
    """A source that items come from at any time: the engine asks it before a tick and between ticks.

    What comes from outside of the flow pauses while an outlet is congested; what the flow itself waits for does not.
    """

    pauses = True
    # Whether `end_tick` is called: most have nothing to do there.
    hears_of_ends = False
    # The operator and where it stands, in the words of messages; empty where that is unknown.
    place = ""

    @abstractmethod
    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""

    @abstractmethod
    def waits(self) -> bool:
        """True where items wait for the next tick."""

    @property
    def queues(self) -> tuple[deque[Any], ...] | None:
        """The queues in which its items wait for the next tick, always the same; None where more has to be asked."""
        return None

    @abstractmethod
    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called, in any thread, when items arrive.

        Returns a function that unsubscribes it.
        """

    def end_tick(self) -> None:
        """Called when a tick has ended, also one that was aborted."""
        return

    def drop(self) -> int:
        """Forget the items that an aborted tick took in and did not work on; returns how many they were."""
        return 0

    def resume(self) -> None:
        """Begin as behind the first tick, which an earlier process has run."""
        return

    def mark(self) -> Any:
        """Its state now, for `go_back`; items that wait are not part of it."""
        return None

    def go_back(self, mark: Any) -> None:
        """Restore the state at a mark, as far as that can be done."""
        return

    async def pump(self, wake: Callable[[], None]) -> None:
        """Do what is to be done in the event loop while the flow runs there; `wake` asks for a look at what waits."""
        return

    def close(self) -> None:
        """Release what it holds, when the flow is closed or reset."""
        return
