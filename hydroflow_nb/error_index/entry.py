"""What the error index says of one code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """When something shows."""

    READING = "when the flow's text is read"
    BUILDING = "when the flow is built"
    WARNING = "as a warning, when the flow is built; it runs all the same"
    RUNNING = "when the flow runs, or when the arguments of its sources are evaluated"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One code: what it means, a flow that has the fault, and the same flow without it.

    `title` is a sentence without its full stop, `meaning` a paragraph that tells why it is a fault. With `by_hand` both
    flows are Python code that builds `flow` with `hydroflow_nb.core`. `files` holds the modules that they import, by
    name.
    """

    code: str
    title: str
    meaning: str
    wrong: str
    right: str
    by_hand: bool = False
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def stage(self) -> Stage:
        """When it shows: the first digit tells it."""
        match self.code[2:4]:
            case "29":
                return Stage.WARNING
            case two if two[0] == "1":
                return Stage.READING
            case two if two[0] == "2":
                return Stage.BUILDING
            case _:
                return Stage.RUNNING
