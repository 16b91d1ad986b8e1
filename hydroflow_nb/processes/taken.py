"""Which of the items that were sent into a flow a tick has taken in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field

from hydroflow_nb.records import dataclass
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.running.inputs import Input


@dataclass(kw_only=True)
class _Pending:
    """An item that waits: at its input were so many items with it, before the tick `tick` began."""

    input: Input
    count: int
    tick: int
    tell: Callable[[], None] = field(repr=False)

    def is_taken(self, tick: int) -> bool:
        # A tick takes in all that waits, or nothing while too much waits to leave the flow.
        return tick > self.tick and self.input.count() < self.count


class Taken:
    """Tells when ticks have taken items in. It looks at ticks only while items wait."""

    def __init__(self, flow: RunningFlow) -> None:
        self._flow = flow
        self._pending: list[_Pending] = []
        self._unsubscribe: Callable[[], None] | None = None
        self._less = asyncio.Event()

    def tell(self, input: Input, tell: Callable[[], None]) -> None:
        """Call a function when the item has been taken in that was sent into an input just now."""
        self._pending.append(_Pending(input=input, count=input.count(), tick=self._flow.current_tick(), tell=tell))
        if self._unsubscribe is None:
            self._unsubscribe = self._flow.subscribe(self._look)

    async def has_room(self, most: int) -> None:
        """Wait until fewer than so many items wait."""
        while len(self._pending) >= most:
            self._less.clear()
            await self._less.wait()

    def _look(self) -> None:
        tick = self._flow.current_tick()
        # Read once for all: there may be many.
        pending, self._pending = self._pending, []
        for one in pending:
            if one.is_taken(tick):
                one.tell()
            else:
                self._pending.append(one)
        self._less.set()
        if not self._pending and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
