"""The inputs of a flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from hydroflow_nb.engine.channel import MOST_ROWS, waiting_as_html
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.html import note, table
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.shown import shown

# The items of each input that a table of all inputs shows.
_FEW: Final = 5


class Fed(Protocol):
    """Where items are sent in."""

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable."""

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first."""


class Input:
    """An input of a flow: a `source_stream`, by the name that its channel has in the text."""

    def __init__(self, name: str, inbox: Inbox, engine: Engine) -> None:
        self.name = name
        self._inbox = inbox
        self._engine = engine

    def waiting(self) -> list[Any]:
        """The items that wait for the next tick, oldest first; after `rewind` also those for the ticks behind it."""
        return self._engine.again.waiting(self._inbox) + self._inbox.waiting()

    def count(self) -> int:
        """How many items wait. Those in a queue of another library count when a tick or `waiting` has looked at it."""
        return len(self._engine.again.waiting(self._inbox)) + len(self._inbox.channel)

    def send(self, item: Any) -> None:
        """Put one item in, as if it had come through the channel."""
        self._inbox.channel.send(item)

    def extend(self, items: Iterable[Any]) -> None:
        """Put in every item of an iterable."""
        self._inbox.channel.extend(items)

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to arrivals: the function is called, in the sender's thread, when items arrive.

        It is not called for items that wait in a queue until a tick takes them.

        Returns a function that unsubscribes it.
        """
        return self._inbox.watch(watcher)

    def discard(self, index: int) -> Any:
        """Take back one waiting item by its position. Raises IndexError."""
        position = range(len(self.waiting()))[index]
        again = len(self._engine.again.waiting(self._inbox))
        if position < again:
            return self._engine.again.discard(self._inbox, position)
        return self._inbox.discard(position - again)

    def __repr__(self) -> str:
        return f"<input {self.name}, {len(self.waiting())} waiting>"

    def _repr_html_(self) -> str:
        waiting = self.waiting()
        return waiting_as_html(self.name, waiting[:MOST_ROWS], len(waiting))


class Inputs(dict[str, Input]):
    """The inputs of a flow by name."""

    def __missing__(self, name: object) -> Input:
        there_are = ", ".join(self) or "none: it takes nothing in from outside"
        raise KeyError(f"the flow has no input {shown(name)}; its inputs are: {there_are}")

    def _repr_html_(self) -> str:
        if not self:
            return note("no inputs: the flow takes nothing in from outside")
        rows = []
        for name, one in self.items():
            waiting = one.waiting()
            few = ", ".join(map(shown, waiting[:_FEW]))
            rows.append((name, f"{len(waiting):,}", f"{few}, …" if len(waiting) > _FEW else few))
        return table(("input", "waiting", "items"), rows)
