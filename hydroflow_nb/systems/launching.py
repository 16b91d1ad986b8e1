"""What a launcher is told of a system that it is to run, wherever it runs it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.locations import DeclaredLocation, LocationKind
from hydroflow_nb.net.directory import checked_name
from hydroflow_nb.passes.channels import Channel
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source
from hydroflow_nb.systems.groups import Groups
from hydroflow_nb.systems.runs import RunningMember, RunningSystem

Made_co = TypeVar("Made_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A member that is to run: its name, its location, the names of its own, the inputs of its flow, whether it is kept
    in a folder, and whether it talks to programs of other make as well.
    """

    name: str
    location: str
    own: Mapping[str, Any]
    inputs: Collection[str]
    is_kept: bool
    meets_strangers: bool


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A system that is to be deployed.

    - `name`, `source`: what the system is called, and its text.
    - `names`: what Python's names stand for, in the cells around the text; `used` are those that the text uses.
    - `locations`: the declared locations by name; `groups`: the members of each, with the names of their own.
    - `inputs`: by location, the names of the inputs of the flow there; nothing runs at a location that is not in it.
    - `strangers`: the locations that talk to programs of other make, those of an external location.
    - `on_fault`: what a member does when a tick fails, None for what `flow.run_async` does then.
    - `durable`: the folder in which each member has one of its own, under its name; None where nothing is kept.
    - `durable_write`: what is written there, as of `flow.durable`; `kept`: the locations whose members are kept.
    - `logs`: the folder for the members' logs; None for one that ends with the run.
    - `show_logs`: whether all that members write is shown as they go on, or only what is wrong.
    - `record`: how many items the recording of each member holds; None where nothing is recorded from the start.
    - `stdin`, `stdout`: by location, the channel that gets the lines of the standard input, and that which is printed.
    """

    name: str
    source: Source
    names: Mapping[str, Any]
    used: Collection[str]
    locations: Mapping[str, DeclaredLocation]
    groups: Groups
    inputs: Mapping[str, Collection[str]]
    strangers: Collection[str] = ()
    on_fault: str | None = None
    durable: Path | None = None
    durable_write: str = "journal"
    kept: Collection[str] = ()
    logs: Path | None = None
    show_logs: bool = False
    record: int | None = None
    stdin: Mapping[str, str] = field(default_factory=dict)
    stdout: Mapping[str, str] = field(default_factory=dict)

    def members(self) -> Iterator[Placed]:
        """The members that are to run, in the order of their locations."""
        for location, members in self.groups.items():
            if location in self.inputs:
                for member, own in members.items():
                    yield Placed(
                        name=member,
                        location=location,
                        own=own,
                        inputs=self.inputs[location],
                        is_kept=location in self.kept,
                        meets_strangers=location in self.strangers,
                    )


def meeting_strangers(channels: Iterable[Channel]) -> Collection[str]:
    """The locations at both ends of the channels over which programs of other make talk to members."""
    return {end for channel in channels if not channel.tagged for end in (channel.source, channel.target)}


def must_have_no_strangers(deployment: Deployment, why: str) -> None:
    """Raise HydroflowError where members talk to programs of other make; `why` says what keeps those out."""
    if deployment.strangers:
        external = next(name for name, one in deployment.locations.items() if one.kind is LocationKind.EXTERNAL)
        raise HydroflowError(
            message=f"`{external}` is external, and {why}: deploy the members as processes, or with `Systemd`"
        )


def must_know_each_other(deployment: Deployment) -> None:
    """Raise HydroflowError for members that cannot know each other by names."""
    for members in deployment.groups.values():
        for member in members:
            try:
                checked_name(member)
            except ValueError as error:
                raise HydroflowError(message=str(error)) from None


def kept_locations(system: str, flows: Mapping[str, Flow], write: str) -> list[str]:
    """The locations whose members can be kept so. Raises HydroflowError where there is none."""
    if write != "operators":
        return list(flows)
    found = [location for location, flow in flows.items() if flow.durable_operators]
    if not found:
        raise HydroflowError(
            message=f"no operator of `{system}` is `'durable`, so a folder would keep nothing: write `'durable` in "
            "place of `'static` where something is to be kept, or leave out `durable_write`"
        )
    return found


class Launcher(Protocol):
    """Runs the members of a system: `await system.deploy(on=launcher)`."""

    async def launch(self, deployment: Deployment) -> RunningSystem[RunningMember]:
        """Start all members, and return when they are ready. Raises HydroflowError where one cannot run."""


class Writer(Protocol[Made_co]):
    """Makes the files with which another tool runs the members of a system: `system.manifests(writer)`."""

    def files(self, deployment: Deployment) -> Made_co:
        """The files. Raises HydroflowError for what cannot be carried to another machine."""
