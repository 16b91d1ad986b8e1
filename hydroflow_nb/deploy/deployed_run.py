"""A system that runs as programs of their own, all of them ended with this one."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import time
import weakref
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from hydroflow_nb.deploy.background import Background, Begun
from hydroflow_nb.deploy.deployed_member import DeployedMember
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.systems.runs import RunningSystem

# How many seconds the end of this program waits for members to end; those that have not are ended by the system.
_AT_EXIT: Final = 5.0


M = TypeVar("M", bound=DeployedMember[Any])


class Watch(Generic[M]):
    """Watches the programs of a run, in the background, until it ends; then the folder of the run is removed."""

    def __init__(self, name: str, folder: Path) -> None:
        self.background = Background(f"hydroflow-{name}")
        self.folder = folder
        self.members: dict[str, M] = {}
        self._closing: Begun[None] | None = None
        _WATCHES.add(self)

    async def begin(self, patience: float) -> None:
        """Start all members, and return when all are ready. Raises HydroflowError where one does not get ready, within
        so many seconds.
        """
        begun = [asyncio.create_task(member.begin()) for member in self.members.values()]
        if not begun:
            return
        done, late = await asyncio.wait(begun, timeout=patience, return_when=asyncio.FIRST_EXCEPTION)
        for task in late:
            task.cancel()
        for task in done:
            task.result()
        if late:
            slow = [member for member, task in zip(self.members.values(), begun, strict=True) if task in late]
            told = "".join(f"\n{member.name}:{member.last_lines()}" for member in slow)
            names = ", ".join(member.name for member in slow)
            raise HydroflowError(message=f"{names} did not get ready within {patience:g} s{told}")

    async def end(self) -> None:
        """End all members, together, and remove the folder. Raises what the first one raises that cannot be ended, when
        all else is done.
        """
        try:
            ended = await asyncio.gather(*(member.stop() for member in self.members.values()), return_exceptions=True)
        finally:
            try:
                await self._leave()
            finally:
                with suppress(OSError):
                    shutil.rmtree(self.folder)
        for error in ended:
            if error is not None:
                raise error

    async def _leave(self) -> None:
        """End what all members have in common."""

    def close(self) -> None:
        """End all members without waiting for it; from any thread."""
        with suppress(RuntimeError):
            self._closing = self._closing or self.background.begin(self._end_and_leave())

    async def ended(self) -> None:
        """Wait until what `close` has begun is done."""
        if self._closing is not None:
            await self._closing

    def wait(self, seconds: float) -> None:
        """Wait until what `close` has begun is done."""
        with suppress(Exception):
            if self._closing is not None:
                self._closing.result(seconds)

    async def _end_and_leave(self) -> None:
        try:
            await self.end()
        finally:
            self.background.close()


_WATCHES: Final[weakref.WeakSet[Watch[Any]]] = weakref.WeakSet()


def end_all() -> None:
    """End what still runs when this program ends."""
    watches = tuple(_WATCHES)
    for watch in watches:
        watch.close()
    deadline = time.monotonic() + _AT_EXIT
    for watch in watches:
        watch.wait(max(0.0, deadline - time.monotonic()))


atexit.register(end_all)


class DeployedRun(RunningSystem[M]):
    """The members of a system that run as programs of their own, by name. `async with` ends them; so does the end of
    this program, however it ends, and a run that nobody has any more.
    """

    def __init__(self, name: str, watch: Watch[M]) -> None:
        super().__init__(name, watch.members)
        self._watch = watch
        weakref.finalize(self, watch.close).atexit = False

    def kill(self, member: str, *, restart: bool = True) -> None:
        """End the program of a member at once, by SIGKILL. It starts again soon, unless `restart` is False."""
        self[member].kill(restart=restart)

    def restart(self, member: str) -> Awaitable[None]:
        """Start a member again, as its `restart` does."""
        return self[member].restart()

    def let_go(self) -> None:
        """End all members without waiting for it."""
        self._watch.close()

    async def stop(self) -> None:
        """End all members: each ends its tick, and sends what waits. One that does not is killed."""
        self._watch.close()
        await self._watch.ended()
