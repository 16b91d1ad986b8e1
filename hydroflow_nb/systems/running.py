"""A system that runs over sockets of this process: a flow in the background for each member."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.net.directory import Directory
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.net.transports import TRANSPORTS, AddressForm
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.systems.runs import RunningMember, RunningSystem, State
from hydroflow_nb.systems.standing import Standing, standing_of

if TYPE_CHECKING:
    from hydroflow_nb.trace.recording import Recording


class _Done:
    """What is done already: to await it takes no time."""

    def __await__(self) -> Generator[Any, None, None]:
        yield from ()


class Member(RunningMember):
    """A member of a system that runs in this kernel: `flow` is its flow, `address` the one that the flow sees, `bound`
    the one of its socket, `member["log"]` the value of a name of its own.
    """

    def __init__(self, name: str, location: str, flow: Flow, ends: Ends, names: Mapping[str, Any]) -> None:
        self.name = name
        self.location = location
        self.flow = flow
        self.address = ends.address
        self.bound = ends.inbound.bound
        self._ends = ends
        self._names = names

    @property
    def state(self) -> State:
        """What it is doing."""
        if self.flow.is_closed:
            return State.STOPPED
        return State.RUNNING if self.flow.is_running else State.FAILED if self.flow.trouble else State.STARTING

    @property
    def log(self) -> Sequence[str]:
        """What went wrong in its ticks, oldest first."""
        return [fault.message for fault in self.flow.faults]

    def send(self, input: str, item: Any) -> Awaitable[None]:
        """Put an item into an input, which bears the name of its channel in the text.

        Raises KeyError for an input that there is not, and `HydroflowError` where the run has ended.
        """
        if self.flow.is_closed:
            raise HydroflowError(message=f"{self.name} takes nothing in any more: the run has ended")
        self.flow.inputs[input].send(item)
        return _Done()

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            meant = Suggestions().closest(name, self._names)
            raise KeyError(f"{self.name} has no name {name!r}{f': did you mean {meant!r}?' if meant else ''}")
        return self._names[name]

    async def standing(self) -> Standing:
        """How it stands now: its tick, what waits, its counters."""
        return standing_of(self.flow, [self._ends.outbound.statistics, self._ends.inbound.statistics])

    async def record(self, path: str | PathLike[str] | None = None) -> Recording:
        """What is recorded of it so far, as `flow.recording`; with a path it is saved there."""
        if path is not None:
            self.flow.recording.save(path)
        return self.flow.recording

    async def drain(self) -> None:
        """Wait until what was sent has left."""
        await self._ends.outbound.drain()

    async def close(self) -> None:
        """Close the flow and the sockets."""
        async with self._ends:
            self.flow.close()

    def __repr__(self) -> str:
        stands = "closed" if self.flow.is_closed else f"tick {self.flow.current_tick()}"
        stopped = f", stopped by {faults[-1].message}" if (faults := self.flow.faults) else ""
        return f"<member {self.name} at {self.address!r}, {stands}{stopped}>"


class SystemRun(RunningSystem[Member]):
    """The members of a system that runs in the background of this kernel, by name. `async with` ends them."""

    def __init__(self, name: str, members: Mapping[str, Member], end: Callable[[], Awaitable[None]]) -> None:
        super().__init__(name, members)
        self._end = end

    async def stop(self) -> None:
        """End all flows, and close their sockets when what was sent has left."""
        members = self.members.values()
        for member in members:
            member.flow.stop()
        # What goes to a member that is closed would wait for it to come back.
        await asyncio.gather(*(member.drain() for member in members))
        await asyncio.gather(*(member.close() for member in members))
        await self._end()


class Sockets:
    """Opens a socket for each member: a free port of this machine, or a path in a new folder. Flows see the names of
    members. They say their names to each other, so nobody else is let in, unless there are to be strangers, who have
    the addresses that are seen.
    """

    def __init__(self, transport: str, *, has_strangers: bool) -> None:
        if transport not in TRANSPORTS:
            raise HydroflowError(
                message=f"there is no transport {transport!r}: write one of {', '.join(map(repr, TRANSPORTS))}"
            )
        self._transport = TRANSPORTS[transport]
        by_path = self._transport.addresses is AddressForm.PATH
        self._opened: list[Ends] = []
        self._found: dict[str, Any] = {}
        self._directory = Directory(self._found)
        self._has_strangers = has_strangers
        self._folder = tempfile.TemporaryDirectory(prefix="hydroflow-") if by_path else None

    async def open(self, name: str, at: str | None = None) -> Ends:
        """The ends of a new socket, at the address `at` where one is given."""
        # A member's name may be too long for a path, or lead out of the folder.
        free: Any = 0 if self._folder is None else str(Path(self._folder.name) / str(len(self._opened) + 1))
        where = free if at is None else at
        given = {"name": name, "directory": self._directory, "strangers": self._has_strangers}
        ends = await self._transport.bind(where, **given)
        self._found[name] = ends.inbound.bound
        self._opened.append(ends)
        return ends

    async def close(self) -> None:
        """Close the sockets, and remove what they leave behind."""
        for ends in self._opened:
            async with ends:
                pass
        if self._folder is not None:
            self._folder.cleanup()
