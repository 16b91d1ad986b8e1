"""The event loop that runs here, if one does."""

from __future__ import annotations

from hydroflow_nb.later import asyncio


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread, None where none does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
