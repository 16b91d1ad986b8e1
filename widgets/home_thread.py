"""The thread and the event loop of a widget: the flow that it shows is touched there only."""

from __future__ import annotations

import threading
from collections.abc import Callable

from hydroflow_nb.engine.interruptible import interrupt
from hydroflow_nb.engine.loops import running_loop


class HomeThread:
    """The thread on which it is made, with its event loop; `loop` is None where none runs there."""

    def __init__(self) -> None:
        self._ident = threading.get_ident()
        self.loop = running_loop()

    def is_current(self) -> bool:
        """True when it is asked on this thread."""
        return threading.get_ident() == self._ident

    def call(self, function: Callable[[], None]) -> None:
        """Call a function on this thread: at once if it is the current one, else in the next turn of the event loop.

        Without an event loop no thread can take the call over: the function is called at once.
        """
        if self.loop is None or self.is_current():
            function()
        else:
            self.loop.call_soon_threadsafe(function)

    def interrupt(self) -> None:
        """Interrupt what this thread does, from another one. Only the main thread can be interrupted."""
        if self._ident == threading.main_thread().ident:
            interrupt()
