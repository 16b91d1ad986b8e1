"""What ends that acknowledge say to each other between messages: who they are, numbers, and what has arrived.

A control frame begins as a greeting does, and goes on with a msgpack array, where a greeting has a map.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from hydroflow_nb.net.messages.codec import HELLO

HEAD: Final = bytes([HELLO])
# The longest control frame, in bytes: an address may be long.
_LONGEST: Final = 2_000


class Introduction(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """The end acknowledges, and has this identity. Who hears it introduces itself, or says that it is `Plain`."""

    identity: str


class Batch(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The next `count` messages have a number together, in a stream: those of one identity to one address."""

    stream: str
    number: int
    count: int


class Acknowledgement(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """All of a stream up to a number is kept."""

    stream: str
    number: int


class Ready(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """All is acknowledged that came over earlier connections: what follows may come."""


class Plain(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """The end does not acknowledge: messages to it are sent once."""


Control: TypeAlias = Introduction | Batch | Acknowledgement | Ready | Plain

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Control)


def body_of(control: Control) -> bytes:
    """The body of a control frame."""
    return HEAD + _ENCODER.encode(control)


def is_introduction(body: bytes) -> bool:
    """True where a body that begins as a greeting is an introduction."""
    try:
        return isinstance(control_of(body), Introduction)
    except ValueError:
        return False


def control_of(body: bytes) -> Control | None:
    """The control frame in a body that begins as a greeting; None for a greeting. Raises ValueError where it cannot be
    read.
    """
    if len(body) < 2 or body[1] & 0xF0 != 0x90:
        return None
    if len(body) > _LONGEST:
        raise ValueError("it is too long")
    try:
        return _DECODER.decode(body[1:])
    except (RecursionError, msgspec.MsgspecError) as exception:
        raise ValueError(str(exception)) from None
