"""What the engine tells of the ticks that it runs, and whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from hydroflow_nb.engine.faults import Fault

if TYPE_CHECKING:
    # It takes a while to load, and no flow needs it but one that is kept.
    from concurrent.futures import Future


class Observer(Protocol):
    """An observer of ticks and strata. A flow may have one."""

    def tick_begins(self, tick: int, why: str) -> None:
        """Called when the inboxes have taken in their batches."""

    def stratum_ends(self, tick: int, stratum: int) -> None:
        """Called when a stratum has come to its fixpoint."""

    def tick_ends(self, tick: int, fault: Fault | None) -> None:
        """Called when all strata have run, or the tick was aborted."""

    def tick_undone(self, tick: int) -> None:
        """Called instead, when the tick was undone, as if it had not begun."""


class ChangeKeeper(Protocol):
    """What keeps the changes that ticks make, beyond the process. A flow may have one."""

    def end_tick(self) -> None:
        """Called when a tick has ended, also one that was aborted, before what it has sent leaves the flow. Where it
        raises, that does not leave: it waits for the end of the next tick.
        """

    def close(self) -> None:
        """Called when the engine is closed."""


class Keeper(Protocol):
    """What keeps the batches of ticks, and what they leave, beyond the process. A flow may have one."""

    def begin_ahead(self) -> Future[Any] | None:
        """Called when the inboxes have taken in the batches of a tick that an event loop runs as soon as what is
        returned is done, at once for None. Raises what `begin_tick` raises.
        """

    def begin_tick(self) -> None:
        """Called when the inboxes have taken in their batches. Where it raises, the tick does not begin: it is as if
        nothing had been taken in.
        """

    def end_tick(self) -> None:
        """Called when a tick has ended, also one that was aborted."""

    def end_behind(self) -> Future[Any] | None:
        """Called behind a tick that an event loop has run, which waits for what is returned, and then calls `settle`;
        None where nothing is to be waited for.
        """

    def settle(self) -> None:
        """Called when that is done, and where it must be. Raises what `end_tick` raises."""

    def undo_tick(self) -> None:
        """Called instead, when the tick was undone: it begins again, maybe with less."""

    def close(self) -> None:
        """Called when the engine is closed."""
