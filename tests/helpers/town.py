"""Ends of members in one event loop, with calls between them that fail as those of actors do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from hydroflow_nb.deploy.ray.outbound import ActorOutbound
from hydroflow_nb.deploy.ray.parcels import UNBORN, Parcel, Receipt, Unreached


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs in an event loop of its own."""

    @wraps(test)
    def run(**fixtures: Any) -> None:
        asyncio.run(asyncio.wait_for(test(**fixtures), 60))

    return run


class Town:
    """The members and their lives. `fails` of calls are lost before they are carried out, and as many answers."""

    def __init__(self, *members: str, fails: float = 0.0, seed: int = 0) -> None:
        self.members = members
        self.ends: dict[str, ActorOutbound] = {}
        self.lives = dict.fromkeys(members, 0)
        self.fails = fails
        self.carried = 0
        self._random = random.Random(seed)

    def begin(self, member: str) -> ActorOutbound:
        """Begin a life of a member; the one before ends as a process does that is killed."""
        self.end(member)
        self.lives[member] += 1
        self.ends[member] = ActorOutbound(member, self.lives[member], self.members, self)
        return self.ends[member]

    def end(self, member: str) -> None:
        """A member's process is killed."""
        ended = self.ends.pop(member, None)
        if ended is not None:
            ended.close()

    async def bring(self, member: str, parcel: Parcel) -> Receipt:
        """Bring a parcel to a member, or fail."""
        await asyncio.sleep(0)
        if self._random.random() < self.fails or member not in self.ends:
            raise Unreached
        ends = self.ends[member]
        receipt = Receipt(life=UNBORN) if ends.is_closed else ends.arrived(parcel)
        self.carried += 1
        await asyncio.sleep(0)
        if self._random.random() < self.fails:
            raise Unreached
        return receipt


def taken(ends: ActorOutbound) -> list[tuple[bytes, Any]]:
    """Take all that waits at an end, as a tick does; each message with its sender."""
    groups, size = ends.inbound.take()
    ends.inbound.release(size)
    return [(body, sender) for bodies, sender, _ in groups for body in bodies]


async def until(holds: Any) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0)
