"""A message of a simulated network, from the tick that sends it to the one that takes it in."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any, overload

from msgspec import Struct

from hydroflow_nb.engine.html import table
from hydroflow_nb.net.messages.codec import readable
from hydroflow_nb.simulation.model.words import brief, channel_of

LONGEST_SHOWN = 80
# The text of a body of up to this many bytes is kept for equal bodies.
SHORT = 1_000


class Message(Struct, eq=False, kw_only=True):
    """A message in flight.

    `id` names it in decisions: `alice>bob#3` is the third that alice sent to bob, counted from 1, and `alice>bob#3'` a
    duplicate of it. `sender` and `receiver` are names of nodes, `origin` and `address` the addresses that it goes from
    and to, `body` what travels.
    """

    id: str
    sender: str
    receiver: str
    origin: Any
    address: Hashable
    body: bytes
    is_duplicate: bool = False
    # The number of decisions after which it is no longer held. None: it is not held; 0: until it is delivered by name.
    held_until: int | None = None
    # Which message was put in flight before, whatever its channel.
    number: int = 0
    # The messages that come first, as long as they are in flight.
    behind: frozenset[str] = frozenset()
    decode: Callable[[bytes], Any]

    @property
    def text(self) -> str:
        """The payload as JSON text."""
        return _text_of_short(self.body) if len(self.body) <= SHORT else readable(self.body)

    @property
    def channel(self) -> str | None:
        """The channel of a system that it goes over, `clients>said`; None for a message that bears no such name."""
        return channel_of(self.text)

    @property
    def value(self) -> Any:
        """The payload as the receiver's flow gets it; a new object each time. Raises `Undecodable`."""
        return self.decode(self.body)

    @property
    def is_held(self) -> bool:
        """True while a decision holds the message."""
        return self.held_until is not None

    def __repr__(self) -> str:
        flags = f"{', duplicate' * self.is_duplicate}{', held' * self.is_held}"
        return f"<message {self.id}: {brief(self.text, LONGEST_SHOWN)}{flags}>"


class Messages(Sequence[Message]):
    """Messages in the order in which they were sent; a table where a notebook shows them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> Messages: ...
    def __getitem__(self, index: int | slice) -> Message | Messages:
        return Messages(self._messages[index]) if isinstance(index, slice) else self._messages[index]

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._messages)) or "<no messages>"

    def _repr_html_(self) -> str:
        return table(
            ("message", "from", "to", "payload", ""),
            [
                (
                    one.id,
                    one.sender,
                    one.receiver,
                    brief(one.text, LONGEST_SHOWN),
                    f"{'duplicate ' * one.is_duplicate}{'held' * one.is_held}",
                )
                for one in self._messages
            ],
        )


@lru_cache(maxsize=2_000)
def _text_of_short(body: bytes) -> str:
    # Gossip goes to several nodes again and again, and a run that is replayed has the same messages once more.
    return readable(body)
