"""The standard streams of a process, used in the place of channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.engine.standard_input import lines_of_standard_input
from hydroflow_nb.records import dataclass


class StandardOutput:
    """Prints the items that are sent to it, one on each line."""

    def send(self, item: Any) -> None:
        """Print an item."""
        print(item)


@dataclass(frozen=True, kw_only=True)
class StandardStream:
    """A name in the flow that stands for the standard input or output; in the notebook it stands for a channel."""

    name: str
    is_input: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The name, as a tuple like that of a `SocketLink`."""
        return (self.name,)

    async def open(self) -> Mapping[str, Any]:
        """The name with a channel of lines, or with a printer. Raises ValueError if the process has no such stream."""
        return {self.name: lines_of_standard_input() if self.is_input else StandardOutput()}


def read_stream(text: str, *, is_input: bool) -> StandardStream:
    """The value of `--stdin` or `--stdout`, which is a name. Raises ValueError."""
    if not text.isidentifier():
        raise ValueError(f"`{text}` is not a name: write the name of the channel in the flow's text")
    return StandardStream(name=text, is_input=is_input)
