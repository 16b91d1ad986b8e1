"""Runs of a flow in which a test chooses what comes in, how time passes, and when what the flow awaits is done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.outlet import Outlet
from hydroflow_nb.operators.record.facts import Emits
from hydroflow_nb.simulation.model.clock import Clock, VirtualTimer

# The seconds that pass before a tick.
STEPS = (0, 0, 0.5, 1, 3)
# An awaitable takes fewer turns of the event loop than this.
MOST_TURNS = 5
# The input whose items are the lines of the standard input.
STDIN = "stdin"


class Arriving(Channel):
    """An input, for a flow that reads a channel and for one that reads the inbound end of a network."""

    def inbox(self, kind: Any, namespace: Mapping[str, Any]) -> Inbox:
        """The inbox of a flow."""
        return Inbox(self)


class Leaving(Outlet):
    """The outbound end of a network that loses everything."""

    def put(self, item: Any) -> None:
        """Lose a message."""

    def outlet(self) -> Outlet:
        """The outlet of a flow."""
        return self


async def later(item: Any) -> Any:
    """The item, at once: a run has its own."""
    return item


@dataclass(kw_only=True)
class World:
    """The surroundings of one run. `is_apart`: what is read of files is not what another run reads."""

    random: Random
    is_apart: bool = False
    clock: Clock = field(default_factory=Clock)
    _runner: asyncio.Runner | None = None

    def names(self) -> dict[str, Any]:
        """What the flow finds in its notebook."""
        return {"later": self._later, "outbound": Leaving()}

    def surroundings(self, inputs: Mapping[str, Channel]) -> dict[str, Any]:
        """What the engine gives to operators instead of what is the machine's."""
        # However long its period is, a timer fires once a second.
        found: dict[str, Any] = {"Timer": lambda _: VirtualTimer(1, self.clock)}
        if STDIN in inputs:
            found["StandardInput"] = lambda: Inbox(inputs[STDIN])
        if self.is_apart:
            found["lines_of"] = lambda _: Inbox(hf.channel(str(self.random.randrange(7)) for _ in range(3)))
            found["json_of"] = lambda _: Inbox(hf.channel([[self.random.randrange(7)]]))
        return found

    async def _later(self, item: Any) -> Any:
        for _ in range(self.random.randrange(MOST_TURNS)):
            await asyncio.sleep(0)
        return item

    def tick(self, flow: hf.Flow, seconds: float | None = None) -> None:
        """Run a tick, after some time."""
        self.clock.now += self.random.choice(STEPS) if seconds is None else seconds
        if not waits(flow):
            flow.run_tick()
            return
        self._runner = self._runner or asyncio.Runner()
        self._runner.run(self._turns(flow, self.random.randrange(MOST_TURNS)))

    async def _turns(self, flow: hf.Flow, turns: int) -> None:
        await flow.run_tick_async()
        for _ in range(turns):
            await asyncio.sleep(0)

    def is_at_rest(self, flow: hf.Flow) -> bool:
        """Whether no tick is due, and nothing is awaited."""
        if self._runner is not None and not flow.is_scheduled():
            self._runner.run(_some_turns())
        return not flow.is_scheduled()

    def close(self) -> None:
        """End the event loop."""
        if self._runner is not None:
            self._runner.close()


async def _some_turns() -> None:
    for _ in range(MOST_TURNS + 3):
        await asyncio.sleep(0)


def waits(flow: hf.Flow) -> bool:
    """Whether a flow awaits something."""
    return any(node.operator.facts.emits is Emits.AWAITED for node in flow.graph.partitioned.nodes.values())
