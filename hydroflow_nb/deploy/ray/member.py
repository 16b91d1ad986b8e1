"""A member of a system that runs as an actor of a Ray cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import ray

from hydroflow_nb.deploy.background import Background
from hydroflow_nb.deploy.deployed_member import DeployedMember
from hydroflow_nb.deploy.deployed_run import DeployedRun, Watch
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.ray.actor import make_actor
from hydroflow_nb.deploy.ray.cluster import CLUSTER
from hydroflow_nb.deploy.ray.life import ActorLife
from hydroflow_nb.deploy.ray.task import Task
from hydroflow_nb.deploy.restarting import Restarts
from hydroflow_nb.processes.asking import Word
from hydroflow_nb.systems.launching import Placed
from hydroflow_nb.systems.runs import State

# The options of an actor that say what it needs of a node.
_NEEDS: Final = ("num_cpus", "num_gpus", "memory", "resources")


class RayMember(DeployedMember[ActorLife]):
    """A member that runs as an actor.

    `pid` is the number of its process, `node` the name that Ray has for where it is, `log` the last lines that it
    wrote, `log_file` where they are kept. `member["log"]` asks it for the value of a name, and waits for the answer.
    """

    def __init__(
        self,
        placed: Placed,
        task: Task,
        options: Mapping[str, Any],
        log: MemberLog,
        background: Background,
        restarts: Restarts,
        *,
        names: Mapping[str, Any],
        used: Collection[str],
        scratch: Path,
    ) -> None:
        """`options` are those of the actor, such as what it needs of a node."""
        super().__init__(placed, log, background, restarts, names=names, used=used, scratch=scratch)
        self._task = task
        self._options = dict(options)
        self._actor: Any = None
        # The number of the newest life.
        self._lives = 0

    @property
    def pid(self) -> int | None:
        """The number of its process, on its node; None where there is none now."""
        life = self._life
        return None if life is None or life.ended.is_set() else life.pid

    @property
    def node(self) -> str | None:
        """The name that Ray has for the node that it is on; None where it is on none now."""
        life = self._life
        return None if life is None or life.ended.is_set() else life.node

    async def stop(self) -> None:
        """End the member."""
        if self.state is State.STARTING and self._actor is not None:
            # It may wait for its place for ever.
            self.let_go()
        await super().stop()
        self.let_go()

    def let_go(self) -> None:
        """End its actor, which is not started again."""
        if self._actor is not None and ray.is_initialized():
            ray.kill(self._actor, no_restart=True)

    async def _start(self) -> ActorLife:
        if self._actor is None:
            self._own_log.note(f"{self.name} waits for a node with {self._needs()}", is_problem=False)
            self._actor = make_actor(self._task, self._options)
        life = await ActorLife.begin(self._actor, self._lives + 1, self._lives, self._own_log)
        self._lives = life.number
        return life

    def _needs(self) -> str:
        """What it asks a node for. The other options may hold secrets, as the variables of an environment are."""
        return str({name: amount for name, amount in self._options.items() if name in _NEEDS})

    async def _write_recording(self, path: Path) -> None:
        path.write_bytes(await self._ask(Word.RECORD, b""))


class RayWatch(Watch[RayMember]):
    """Watches the actors of a run. With it ends what the run has of the cluster."""

    async def _leave(self) -> None:
        try:
            await asyncio.to_thread(CLUSTER.leave)
        except RuntimeError:
            # At the end of the program there are no more threads.
            CLUSTER.leave()


class RayRun(DeployedRun[RayMember]):
    """The members of a system that run as actors of a Ray cluster, by name. `async with` ends them; so does the end of
    this program, however it ends, and a run that nobody has any more.
    """
