"""Items that come in while a flow rests: the front ends are told of them as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.home_thread import HomeThread
from hydroflow_nb.widgets.stepper.work import Work

if TYPE_CHECKING:
    from hydroflow_nb.running import Input


class Arrivals:
    """Calls `changed` on the thread of the widget when items have arrived at the inputs of a flow that rests.

    Several arrivals may lead to one call. Without an event loop it is never called: no thread could take the call over
    from the sender.
    """

    def __init__(self, flow: RunningFlow, home: HomeThread, work: Work, changed: Callable[[], None]) -> None:
        self._flow = flow
        self._home = home
        self._work = work
        self._changed = changed
        self._inputs: Mapping[str, Input] = {}
        self._unsubscribe: list[Callable[[], None]] = []
        self._is_called = False

    def follow(self) -> None:
        """Subscribe to the inputs that the flow has now: it has others after a reset."""
        if self._home.loop is None or self._inputs is self._flow.inputs:
            return
        self.close()
        self._inputs = self._flow.inputs
        self._unsubscribe = [one.watch(self._arrived) for one in self._inputs.values()]

    def close(self) -> None:
        """Unsubscribe from the inputs."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []

    def _arrived(self) -> None:
        """Called on the sender's thread."""
        # A run tells of itself.
        if self._is_called or self._work.doing or self._flow.is_running:
            return
        assert self._home.loop is not None
        self._is_called = True
        with suppress(RuntimeError):  # the event loop is closed
            self._home.loop.call_soon_threadsafe(self._call)

    def _call(self) -> None:
        self._is_called = False
        self._changed()
