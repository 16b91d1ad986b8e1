"""What lasts beside a program, of that which its ticks take in and give: the numbers of messages, for example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Lasting(Protocol):
    """Something outside of a program that is kept with it. All data are numbers, texts, bytes, lists and dicts."""

    def entry(self) -> Any:
        """What it has given the tick that begins, as data; None for nothing."""

    def enter(self, entry: Any) -> None:
        """It has given this to a tick, in an earlier process."""

    def listen(self, changed: Callable[[Any], None]) -> None:
        """Have a function called with what it has given, as data, where that belongs to no tick and is kept at once."""

    def kept(self) -> None:
        """What the last `entry` told of is kept: it may be acknowledged."""

    def held(self) -> Any:
        """All that lasts of it, as data."""

    def hold(self, held: Any) -> None:
        """Go on from such data."""

    def repeat(self) -> None:
        """The ticks that come were run by an earlier process."""

    def begin(self, *, holds: bool) -> None:
        """The ticks that come are new. While it `holds`, what they give leaves when it is released."""

    def close(self) -> None:
        """The flow is closed: another one may be kept in its place."""

    def release(self) -> None:
        """What the ticks have given so far may leave."""
