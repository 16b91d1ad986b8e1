"""Work that an interrupt must not stop in its middle."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C while the block runs: a person who presses Stop twice means one stop.

    Only the main thread gets interrupts, and only it can set their handler. A handler that was not installed from
    Python cannot be put back, and is left as it is.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
