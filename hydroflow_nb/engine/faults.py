"""The ticks of a flow that were aborted."""

from __future__ import annotations

from typing import Final

from hydroflow_nb.engine.html import note, table
from hydroflow_nb.records import dataclass

# Without a limit, a flow that goes on after its faults would fill the memory with them.
MOST_FAULTS: Final = 1_000
# The newest that a notebook shows.
_MOST_ROWS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A tick that was aborted: by an exception in the user's code, or by an interrupt.

    `dropped` counts the items that were on their way in that tick and went no further, including the one at fault: they
    waited in inputs, in handoffs and before operators. What operators had taken in is state, and stays.
    """

    tick: int
    stratum: int
    message: str
    dropped: int


class Faults(list[Fault]):
    """The newest aborted ticks, oldest first; `dropped` counts those before them, `total` all."""

    def __init__(self) -> None:
        super().__init__()
        self.dropped = 0

    @property
    def total(self) -> int:
        """How many ticks were aborted."""
        return self.dropped + len(self)

    def note(self, fault: Fault) -> None:
        """Add a fault, and drop the oldest ones where there are too many."""
        self.append(fault)
        excess = len(self) - MOST_FAULTS
        if excess > 0:
            del self[:excess]
            self.dropped += excess

    def _repr_html_(self) -> str:
        if not self:
            return note("no tick was aborted")
        head = ("tick", "stratum", "message", "items dropped")
        rows = [(f"{one.tick:,}", str(one.stratum), one.message, f"{one.dropped:,}") for one in self[-_MOST_ROWS:]]
        earlier = self.total - len(rows)
        return table(head, rows) + (note(f"{earlier:,} earlier ones are not shown") if earlier else "")
