"""How a member of a running system stands: its tick, what waits, and what it has sent."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hydroflow_nb.net.statistics import Statistics
from hydroflow_nb.running import RunningFlow


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a member stands: the tick that it is at, how many ticks have failed and items were set aside, how many items
    wait at each input, the counters of its sockets that are not zero, and how many ticks are recorded, None where
    nothing is.
    """

    tick: int
    faults: int = 0
    set_aside: int = 0
    waiting: dict[str, int] = {}
    counters: dict[str, int] = {}
    recorded: int | None = None

    @property
    def messages(self) -> int:
        """How many messages came in and went out."""
        return self.counters.get("received", 0) + self.counters.get("sent", 0)


def standing_of(flow: RunningFlow, statistics: Iterable[Statistics]) -> Standing:
    """How a flow stands, and its sockets."""
    counters: dict[str, int] = {}
    for one in {id(found): found for found in statistics}.values():
        for name, value in one.to_dict().items():
            if value:
                counters[name] = counters.get(name, 0) + value
    return Standing(
        tick=flow.current_tick(),
        faults=flow.faults.total,
        set_aside=flow.set_aside.total,
        waiting={name: one.count() for name, one in flow.inputs.items()},
        counters=counters,
        recorded=len(flow.recording.ticks) if flow.is_recorded else None,
    )
