"""A message of a simulated network, from the tick that sends it to the one that takes it in."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any, overload

from msgspec import Struct

from hydroflow_nb.engine.html import table
from hydroflow_nb.net.control import Acknowledgement
from hydroflow_nb.net.messages.codec import Undecodable, readable
from hydroflow_nb.simulation.model.links import Frame
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
    # What it is on the connection of two durable nodes.
    frame: Frame | None = None
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
        """The payload as JSON text; of several payloads their list."""
        if self.frame is not None:
            return _text_of(self.frame)
        return _text_of_short(self.body) if len(self.body) <= SHORT else readable(self.body)

    @property
    def channel(self) -> str | None:
        """The channel of a system that it goes over, `clients>said`; None for a message that bears no such name."""
        return channel_of(self.text)

    @property
    def value(self) -> Any:
        """The payload as the receiver's flow gets it; a new object each time. Where a durable node has sent several
        within a tick, their list. Raises `Undecodable`, for an acknowledgement too.
        """
        if self.frame is None:
            return self.decode(self.body)
        values = [self.decode(body) for body in self.frame.bodies]
        if not values:
            raise Undecodable(self.text)
        return values[0] if len(values) == 1 else values

    @property
    def is_stranded(self) -> bool:
        """True where the connection that it goes over has broken: it arrives or not."""
        return self.frame is not None and not self.frame.side.is_open

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


def _text_of(frame: Frame) -> str:
    if isinstance(frame.control, Acknowledgement):
        return f"acknowledges up to {frame.control.number}"
    texts = [readable(body) for body in frame.bodies]
    return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"


@lru_cache(maxsize=2_000)
def _text_of_short(body: bytes) -> str:
    # Gossip goes to several nodes again and again, and a run that is replayed has the same messages once more.
    return readable(body)
