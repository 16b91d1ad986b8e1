"""The standard streams of a process in the place of channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hydroflow_nb.engine.standard_input import lines_of_standard_input


class StandardOutput:
    """What is sent to it is printed, one item a line."""

    def send(self, item: Any) -> None:
        """Print an item."""
        print(item)


@dataclass(frozen=True, kw_only=True)
class StandardStream:
    """A name of the flow that stands for the standard input or output, as channels do for a notebook's cells."""

    name: str
    is_input: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The name, as for ends of networks."""
        return (self.name,)

    async def open(self) -> Mapping[str, Any]:
        """The name with its channel of lines, or with what prints. Raises ValueError where there is no such stream."""
        return {self.name: lines_of_standard_input() if self.is_input else StandardOutput()}


def read_stream(text: str, *, is_input: bool) -> StandardStream:
    """What `--stdin` or `--stdout` is given: a name. Raises ValueError."""
    if not text.isidentifier():
        raise ValueError(f"`{text}` is not a name: write the name of the channel in the flow's text")
    return StandardStream(name=text, is_input=is_input)
