"""What an actor is told when it is made: all that it needs to run a member, wherever it is."""

from __future__ import annotations

import msgspec


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A member that is to run.

    - `version`: that of the package in the program that deploys.
    - `run`: the namespace of the run's actors, which bear the names of members.
    - `name`, `location`: the member's name, and where it runs.
    - `texts`: files by their paths; `text` is the path of the system's, `names` of that which binds its names.
    - `places`: what the name of each location stands for: the member of a process, those of a cluster.
    - `members`: the names of all members that run.
    - `folder`, `write`: where the member is kept, None for nowhere, and what is written there, as of `flow.durable`.
    - `on_fault`, `record`: as of `flow.run_async`, and how many items are recorded from the start, None for nothing.
    """

    version: str
    run: str
    name: str
    location: str
    texts: dict[str, str]
    text: str
    names: str
    places: dict[str, str | list[str]]
    members: list[str]
    folder: str | None = None
    write: str = "journal"
    on_fault: str | None = None
    record: int | None = None

    @property
    def is_acknowledged(self) -> bool:
        """True where its messages come again until they are acknowledged."""
        return self.folder is not None and self.write != "operators"


class Born(msgspec.Struct, frozen=True, array_like=True):
    """What an actor says when it begins a life: the number of this life, of its process, and the node that it is on."""

    life: int
    pid: int
    node: str


class News(msgspec.Struct, frozen=True, array_like=True):
    """What has become of a life: the lines that it has written, whether its flow is ready, and its exit code when it
    has ended.
    """

    lines: list[bytes]
    is_ready: bool = False
    code: int | None = None
