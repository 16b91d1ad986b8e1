"""What a running system is, wherever its members run: in this kernel, in processes, or on other machines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from enum import StrEnum
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from hydroflow_nb.engine.html import table
from hydroflow_nb.net.statistics import shown_text
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.systems.standing import Standing

if TYPE_CHECKING:
    from hydroflow_nb.trace.recording import Recording
    from hydroflow_nb.widgets.members import MembersWidget


class State(StrEnum):
    """What a member is doing."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "waits to start again"
    FAILED = "failed"
    STOPPED = "stopped"


class RunningMember(ABC):
    """A member of a running system: `member.send(input, item)` puts an item in, `member["log"]` is the value of a name
    of its own.

    `name` is its name, `location` where it runs, `restarts` how many times it was started again.
    """

    name: str
    location: str
    restarts: int = 0

    @property
    @abstractmethod
    def state(self) -> State:
        """What it is doing."""

    @property
    @abstractmethod
    def log(self) -> Sequence[str]:
        """The last lines that it wrote, oldest first."""

    @abstractmethod
    def send(self, input: str, item: Any) -> Awaitable[None]:
        """Put an item into an input, which bears the name of its channel in the text. What is given back may be
        awaited.

        Raises KeyError for an input that there is not, and `HydroflowError` where it takes nothing in any more.
        """

    @abstractmethod
    def __getitem__(self, name: str) -> Any:
        """The value of a name. Raises KeyError for a name that there is not."""

    @abstractmethod
    async def standing(self) -> Standing:
        """How it stands now: its tick, what waits, its counters."""

    @abstractmethod
    async def record(self, path: str | PathLike[str] | None = None) -> Recording:
        """What is recorded of it so far; recording begins with the first call where it was not asked for before. With
        a path it is saved there, as `recording.save` does.
        """

    def __repr__(self) -> str:
        restarts = f", {self.restarts} restarts" if self.restarts else ""
        return f"<member {self.name}, {self.state}{restarts}>"


M = TypeVar("M", bound=RunningMember, covariant=True)


class RunningSystem(ABC, Generic[M]):
    """The members of a system that runs in the background, by name. `async with` ends them."""

    def __init__(self, name: str, members: Mapping[str, M]) -> None:
        self.name = name
        self.members: Mapping[str, M] = dict(members)
        self._widget: MembersWidget | None = None

    def __getitem__(self, name: str) -> M:
        if name not in self.members:
            meant = Suggestions().closest(name, self.members)
            raise KeyError(f"{self.name} has no member {name!r}{f': did you mean {meant!r}?' if meant else ''}")
        return self.members[name]

    def send(self, member: str, input: str, item: Any) -> Awaitable[None]:
        """Put an item into an input of a member, as its `send` does."""
        return self[member].send(input, item)

    async def record(self, member: str, path: str | PathLike[str] | None = None) -> Recording:
        """What is recorded of a member, as its `record` does."""
        return await self[member].record(path)

    @abstractmethod
    async def stop(self) -> None:
        """End all members, when what they sent has left."""

    def let_go(self) -> None:
        """The notebook has no name for it any more: what nobody could reach is ended, without waiting for it."""
        return

    # --- how it is shown ----------------------------------------------------------------------------------------------

    def forms(self) -> dict[str, str]:
        """What a notebook shows of it, by media type: its members as a table, and as text."""
        head = ("member", "location", "state", "restarts", "last line of its log")
        rows = [
            (one.name, one.location, str(one.state), str(one.restarts), shown_text(one.log[-1] if one.log else ""))
            for one in self.members.values()
        ]
        lines = [repr(self), *(f"  {member!r}" for member in self.members.values())]
        return {"text/html": table(head, rows), "text/plain": "\n".join(lines)}

    def widget(self) -> MembersWidget:
        """The widget in which its members are seen; the run as a cell's last line shows it."""
        from hydroflow_nb.widgets.members import MembersWidget

        if self._widget is None or self._widget.comm is None:
            self._widget = MembersWidget(self)
        return self._widget

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.forms()

    def _ipython_display_(self) -> None:
        self.widget()._ipython_display_()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    def __repr__(self) -> str:
        return f"<run of {self.name}: {', '.join(self.members)}>"
