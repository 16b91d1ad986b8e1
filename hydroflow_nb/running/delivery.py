"""Sending what a flow has put out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hydroflow_nb.engine.loops import running_loop
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.engine.plain import Ticks
from hydroflow_nb.later import asyncio


def flush(outlets: Iterable[Outlet]) -> None:
    """Send what waits in the outlets, where no event loop does so."""
    waiting = [outlet for outlet in outlets if outlet.awaits_loop()]
    if waiting and running_loop() is None:
        asyncio.run(drained(waiting))


def raise_failures(outlets: Iterable[Outlet]) -> None:
    """Raise what sinks have raised."""
    __tracebackhide__ = True
    for outlet in outlets:
        failure = outlet.failed()
        if failure is not None:
            raise failure


def delivering(plain: Ticks, outlets: Sequence[Outlet]) -> Ticks:
    """A function that runs a plain tick and sends what it put out; of several ticks it runs none."""

    def ticks(once: bool) -> bool | None:
        __tracebackhide__ = True
        has_run = plain(True) if once else None
        if has_run is not None:
            flush(outlets)
            raise_failures(outlets)
        return has_run

    return ticks


async def drained(outlets: Iterable[Outlet]) -> None:
    """Wait until all that was put into the outlets has left."""
    for outlet in outlets:
        await outlet.drain()
