"""The actor of a member: what Ray calls in its process. An actor that Ray has started again waits to be begun."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any, Final

import msgspec
import ray

from hydroflow_nb.deploy.program import VERSION
from hydroflow_nb.deploy.ray.host import Host
from hydroflow_nb.deploy.ray.parcels import UNBORN, Parcel, Receipt, Unreached
from hydroflow_nb.deploy.ray.scratch import sweep
from hydroflow_nb.deploy.ray.task import Born, News, Task
from hydroflow_nb.deploy.ray.written import Written
from hydroflow_nb.processes.asking import QUESTIONS, Word, packed
from hydroflow_nb.processes.logs import start_logging

# Calls of this group run beside the event loop, which a tick may hold for long.
SIGNALS: Final = "signals"
# How many calls of an actor are under way at once: one of each member, and those of the program that deploys.
_MOST_CALLS: Final = 10_000
# How many seconds an actor may take for an answer before it is looked up again.
_PATIENCE: Final = 20.0

_PARCELS: Final = msgspec.msgpack.Decoder(Parcel)
_RECEIPTS: Final = msgspec.msgpack.Decoder(Receipt)
_UNBORN: Final = packed(Receipt(life=UNBORN))


class ActorCalls:
    """Brings parcels to the actors of a run, by their names. One that did not answer is looked up again."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._actors: dict[str, Any] = {}

    async def bring(self, member: str, parcel: Parcel) -> Receipt:
        """Bring a parcel to a member. Raises Unreached where it does not answer."""
        try:
            async with asyncio.timeout(_PATIENCE):
                if member not in self._actors:
                    # It waits for Ray's own server, and the flow goes on meanwhile.
                    self._actors[member] = await asyncio.to_thread(ray.get_actor, member, namespace=self._run)
                return _RECEIPTS.decode(await self._actors[member].carry.remote(packed(parcel)))
        except (ray.exceptions.RayError, ValueError, TimeoutError, msgspec.MsgspecError):
            # Ray raises ValueError for an actor that there is not.
            self._actors.pop(member, None)
            raise Unreached from None


class MemberActor:
    """Runs a member, one life in each process."""

    def __init__(self, task: bytes) -> None:
        self._task = msgspec.msgpack.decode(task, type=Task)
        if self._task.version != VERSION:
            raise RuntimeError(
                f"hydroflow-nb {VERSION} is installed on this node, and the program that deploys has "
                f"{self._task.version}: install the same on both"
            )
        self._changed = asyncio.Event()
        self._written = Written(self._tell)
        self._written.capture()
        start_logging("text", "info")
        # A process of this actor, or of another one, may have been killed on this node.
        sweep()
        self._host: Host | None = None
        self._loop = asyncio.get_running_loop()

    async def begin(self, life: int, former: int) -> bytes:
        """Begin the life of this number, unless one has begun already; none where that is the `former` one, which is
        over.
        """
        if self._host is None:
            self._host = Host(self._task, life, ActorCalls(self._task.run), self._tell)
        if self._host.life == former:
            return b""
        return packed(Born(life=self._host.life, pid=os.getpid(), node=str(ray.get_runtime_context().get_node_id())))

    async def news(self, life: int, told: bool) -> bytes:
        """What has happened to a life since the last call, as soon as something has; none where this process does not
        run that life. `told`: it is known that it is ready.
        """
        host = self._host_of(life)
        if host is None:
            return b""
        while not self._written and host.is_ready is told and host.code is None:
            self._changed.clear()
            await self._changed.wait()
        code = None if host.code is None else int(host.code)
        if code is not None:
            self._written.end()
        return packed(News(lines=self._written.take(), is_ready=host.is_ready, code=code))

    async def ask(self, life: int, question: bytes) -> bytes:
        """The answer of a life to a question of the program that deploys; none where this process does not run it."""
        host = self._host_of(life)
        if host is None:
            return b""
        asked = QUESTIONS.decode(question)
        return packed(await (host.recorded(asked) if asked.word is Word.RECORD else host.ask(asked)))

    async def carry(self, parcel: bytes) -> bytes:
        """Take in a parcel of a member."""
        host = self._host
        if host is None or not host.is_ready or host.code is not None:
            return _UNBORN
        return packed(host.outbound.arrived(_PARCELS.decode(parcel)))

    async def end(self) -> None:
        """End the life: its tick, and what was sent."""
        if self._host is not None:
            await self._host.end()

    async def kill(self) -> None:
        """End the process at once."""
        os.kill(os.getpid(), signal.SIGKILL)

    def _host_of(self, life: int) -> Host | None:
        return self._host if self._host is not None and self._host.life == life else None

    def _tell(self) -> None:
        # What is written comes from any thread.
        self._loop.call_soon_threadsafe(self._changed.set)


def make_actor(task: Task, options: dict[str, Any]) -> Any:
    """Make the actor of a member, which has the member's name in the namespace of the run. Ray starts it again whenever
    it ends, and repeats no call: what has to come again is sent again by who has sent it.
    """
    cls = ray.remote(max_restarts=-1, max_task_retries=0, max_concurrency=_MOST_CALLS, concurrency_groups={SIGNALS: 1})(
        MemberActor
    )
    return cls.options(name=task.name, namespace=task.run, **options).remote(packed(task))
