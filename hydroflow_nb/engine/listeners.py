"""Listeners: functions that are called when something has happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress


class Listeners(list[Callable[[], None]]):
    """The functions to call; any thread may add one, end it, and have all of them called."""

    def add(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called from now on. Returns a function that ends it."""
        self.append(listener)

        def end() -> None:
            with suppress(ValueError):
                self.remove(listener)

        return end

    def tell(self) -> None:
        """Call those that are there now: one may add or end others, and itself."""
        for listener in tuple(self):
            listener()


def all_of(calls: Sequence[Callable[[], None]]) -> Callable[[], None]:
    """A function that calls several, such as those that unsubscribe a listener."""

    def call_all() -> None:
        for call in calls:
            call()

    return call_all
