"""What makes ticks due from outside of a flow: its inputs, and what it waits for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any


class External(ABC):
    """Something that items come from whenever they do: the engine asks it before a tick and between ticks.

    What comes from outside of the flow pauses while an outlet is congested; what the flow itself waits for does not.
    """

    pauses = True
    # Whether `end_tick` is called: most have nothing to do there.
    hears_of_ends = False
    # The operator and where it stands, as a person is told of it; empty where nobody knows.
    place = ""

    @abstractmethod
    def ingest(self) -> None:
        """Take in all that waits; called when a tick begins."""

    @abstractmethod
    def waits(self) -> bool:
        """True where items wait for the next tick."""

    @abstractmethod
    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called when items arrive, from any thread. Returns a function that ends it."""

    def end_tick(self) -> None:
        """Told when a tick has ended, also one that was aborted."""
        return

    def drop(self) -> int:
        """Forget what an aborted tick had taken in and not worked on; returns how many items that were."""
        return 0

    def mark(self) -> Any:
        """How it is now, for `go_back`; what has come in is not part of it."""
        return None

    def go_back(self, mark: Any) -> None:
        """Be as it was at a mark, as far as that can be."""
        return

    async def pump(self, wake: Callable[[], None]) -> None:
        """What has to go on in the event loop while the flow runs there; `wake` asks for a look at what waits."""
        return

    def close(self) -> None:
        """Let go of what the flow holds, at its end or before it starts anew."""
        return
