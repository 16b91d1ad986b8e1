"""What the error index says of one code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from types import MappingProxyType

from hydroflow_nb.records import dataclass


class Stage(StrEnum):
    """When an error or a warning is found."""

    READING = "when the text of the flow is read"
    BUILDING = "when the flow is built"
    WARNING = "as a warning when the flow is built, which can still run"
    CHECKING = "when `flow.check()` checks the flow, which can still run"
    RUNNING = "when the flow runs, or when the arguments of its sources are evaluated"
    TRANSLATING = "when `flow.to_rust()` translates the flow, which can still run"
    KEEPING = "when a durable flow opens its folder, reads it or writes to it"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One code: its meaning, a flow with the error, and the same flow without it.

    `title` is a sentence without its full stop, `meaning` a paragraph that tells why it is an error. With `by_hand`
    both flows are Python code that builds `flow`, such as with `hydroflow_nb.core`. `files` are the texts of the
    modules that they import, by file name.
    `network` and `shard` are what the flow is checked for, where the code shows in a check.
    """

    code: str
    title: str
    meaning: str
    wrong: str
    right: str
    by_hand: bool = False
    network: str | None = None
    shard: str | None = None
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def stage(self) -> Stage:
        """When it is found; the first digits of the code tell it."""
        if self.code in ("HF509", "HF510"):
            return Stage.WARNING
        match self.code[2:4]:
            case "29":
                return Stage.WARNING
            case two if two[0] == "1":
                return Stage.READING
            case two if two[0] in "25":
                return Stage.BUILDING
            case two if two[0] == "3":
                return Stage.CHECKING
            case two if two[0] == "6":
                return Stage.TRANSLATING
            case two if two[0] == "7":
                return Stage.KEEPING
            case _:
                return Stage.RUNNING
