"""A system that runs as processes of this machine, all of them ended with this program."""

from __future__ import annotations

from pathlib import Path

from hydroflow_nb.deploy.deployed_run import DeployedRun, Watch
from hydroflow_nb.deploy.nursery import Nursery
from hydroflow_nb.deploy.process_member import ProcessMember


class ProcessWatch(Watch[ProcessMember]):
    """Watches the processes of a run, and what forks them."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder)
        self._nursery: Nursery | None = None

    def nursery(self) -> Nursery:
        """What forks the processes of the members; another one where the former has ended."""
        if self._nursery is None or self._nursery.is_gone:
            self._nursery = Nursery.start(self.folder)
        return self._nursery

    async def _leave(self) -> None:
        if self._nursery is not None:
            await self._nursery.close()


class ProcessRun(DeployedRun[ProcessMember]):
    """The members of a system that run as processes of this machine, by name. `async with` ends them; so does the end
    of this program, however it ends, and a run that nobody has any more.
    """
