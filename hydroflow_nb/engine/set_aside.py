"""The items that a flow has set aside because its ticks failed with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from hydroflow_nb.engine.html import note, table
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.records import dataclass

# The newest that are kept, where the flow says no other number: a flow that runs for long must not fill the memory.
MOST_SET_ASIDE: Final = 1_000
# The newest that a notebook shows.
_MOST_ROWS: Final = 50


@dataclass(frozen=True, kw_only=True)
class ItemSetAside:
    """An item that was taken out of its batch, because the tick failed with it.

    `item` is what came in, and `input` the name of the input that it came by: `flow.inputs[one.input].send(one.item)`
    puts it in again. `sender` is the address that a message came from, None for any other item. `tick` is the tick that
    ran without it, `error` what was raised, in a line, and `where` tells operator and place.
    """

    tick: int
    input: str
    item: Any
    sender: Any
    error: str
    where: str

    @property
    def words(self) -> str:
        """Which item it is, and why, without the tick."""
        sender = "" if self.sender is None else f" from {shown(self.sender)}"
        where = f" ({self.where})" if self.where else ""
        return f"{shown(self.item)}{sender} by `{self.input}`: {self.error}{where}"

    def __str__(self) -> str:
        return f"tick {self.tick}: {self.words}"


class SetAside(list[ItemSetAside]):
    """The newest items that were set aside, oldest first: at most `most`, which can be set, 1,000 at first.

    `dropped` counts those before them, `total` all.
    """

    def __init__(self, most: int = MOST_SET_ASIDE) -> None:
        super().__init__()
        self.most = most
        self.dropped = 0
        # The tick of the newest item, and how many were set aside in it.
        self._newest = (-1, 0)
        self._listeners: list[Callable[[ItemSetAside], None]] = []

    @property
    def total(self) -> int:
        """How many items were set aside."""
        return self.dropped + len(self)

    def note(self, one: ItemSetAside) -> None:
        """Add an item, and tell the listeners; where there are too many, the oldest ones go."""
        # They come first: what one of them raises leaves the item where it was.
        for listener in tuple(self._listeners):
            listener(one)
        self.append(one)
        tick, count = self._newest
        self._newest = (one.tick, count + 1 if one.tick == tick else 1)
        self._let_go()

    def in_newest(self, tick: int) -> int:
        """How many items were set aside in a tick; 0 for any tick but the one of the newest item."""
        newest, count = self._newest
        return count if newest == tick else 0

    def restore(self, found: Iterable[ItemSetAside], dropped: int) -> None:
        """Hold those of an earlier process, and as many as are kept."""
        self[:] = found
        self.dropped = dropped
        self._let_go()

    def _let_go(self) -> None:
        excess = len(self) - max(self.most, 0)
        if excess > 0:
            del self[:excess]
            self.dropped += excess

    def listen(self, listener: Callable[[ItemSetAside], None]) -> Callable[[], None]:
        """Subscribe: the function is called with each item, before the tick runs without it. Where it raises, the item
        is not set aside, and the run ends with that exception. Returns a function that unsubscribes it.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def _repr_html_(self) -> str:
        if not self:
            return note("no item was set aside")
        head = ("tick", "input", "item", "sender", "error", "where")
        rows = [
            (
                f"{one.tick:,}",
                one.input,
                shown(one.item),
                "" if one.sender is None else shown(one.sender),
                one.error,
                one.where,
            )
            for one in self[-_MOST_ROWS:]
        ]
        earlier = self.total - len(rows)
        return table(head, rows) + (note(f"{earlier:,} earlier ones are not shown") if earlier else "")
