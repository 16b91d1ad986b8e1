"""A member of a system that runs as a process of this machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydroflow_nb.deploy.background import Background
from hydroflow_nb.deploy.child import Child
from hydroflow_nb.deploy.deployed_member import DeployedMember
from hydroflow_nb.deploy.member_log import MemberLog
from hydroflow_nb.deploy.nursery import Nursery
from hydroflow_nb.deploy.restarting import Restarts
from hydroflow_nb.processes.asking import Kept, Word, packed
from hydroflow_nb.running import DEFAULT_BUDGET
from hydroflow_nb.systems.launching import Placed


class ProcessMember(DeployedMember[Child]):
    """A member that runs as a process of this machine.

    `pid` is the number of the process, `address` the one that flows see, `bound` the one of its socket, `log` the last
    lines that it wrote, `log_file` where they are kept.
    `member["log"]` asks it for the value of a name, and waits for the answer.
    """

    def __init__(
        self,
        placed: Placed,
        words: Callable[[], Sequence[str]],
        log: MemberLog,
        background: Background,
        nursery: Callable[[], Nursery],
        restarts: Restarts,
        *,
        names: Mapping[str, Any],
        used: Collection[str],
        scratch: Path,
        move: Callable[[], None],
        bound: Callable[[], Any],
    ) -> None:
        """`words` gives the command line of the next process, `nursery` what forks it; `bound` the address of its
        socket, and `move` chooses another one where that is in use. Of the `names` around the text those of `used` are
        its own. Recordings go through the file `scratch`.
        """
        super().__init__(placed, log, background, restarts, names=names, used=used, scratch=scratch)
        self._words = words
        self._nursery = nursery
        self.address = placed.name
        self._moved = move
        self._bound = bound

    @property
    def pid(self) -> int | None:
        """The number of its process; None where there is none now."""
        child = self._life
        return None if child is None or child.code is not None else child.pid

    @property
    def bound(self) -> Any:
        """The address of its socket now, at which programs of other make reach it: ("127.0.0.1", 40000), or a path. It
        moves where another program has that address when the member starts again.
        """
        return self._bound()

    async def _start(self) -> Child:
        return await Child.start(self._words(), self._own_log, self._nursery())

    async def _write_recording(self, path: Path) -> None:
        await self._ask(Word.RECORD, packed(Kept(path=str(path), budget=DEFAULT_BUDGET)))

    def _move(self) -> None:
        self._moved()
