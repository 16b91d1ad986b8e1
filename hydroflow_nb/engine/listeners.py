"""Listeners: functions that are called when something has happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress


class Listeners(list[Callable[[], None]]):
    """The functions to call. Any thread may add one, remove it, and call all of them."""

    __slots__ = ()

    def add(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Subscribe a function: it is called from now on. Returns a function that unsubscribes it."""
        self.append(listener)

        def unsubscribe() -> None:
            with suppress(ValueError):
                self.remove(listener)

        return unsubscribe

    def tell(self) -> None:
        """Call those that are subscribed now. A listener may subscribe others, and unsubscribe them or itself."""
        for listener in tuple(self):
            listener()


def all_of(calls: Sequence[Callable[[], None]]) -> Callable[[], None]:
    """A function that calls several, such as those that unsubscribe a listener."""

    def call_all() -> None:
        for call in calls:
            call()

    return call_all
