"""Greetings: the first frame on a stream says who has opened it; the last one says that it is closed on purpose."""

from __future__ import annotations

from typing import Final

import msgspec

from hydroflow_nb.net.frames import frame
from hydroflow_nb.net.messages.codec import HELLO

_HEAD: Final = bytes([HELLO])
# The longest greeting, in bytes.
LONGEST: Final = 1000


class Greeting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The address of the side that opens a stream, for answers, and whether it listens there.

    `port` is for TCP: the host is the one that the receiver sees, never one that a greeting claims. `path` and `token`
    are for Unix sockets. Where members have names, `name` is the one that the side claims, `calls` the one that it has
    dialled, and `nonce` and `proof` serve to prove names (`naming.Handshake`). `identity` is that of an end that
    acknowledges. With `leaves`, from either side, the greeting is a farewell: the last frame on a connection that is
    closed on purpose.
    """

    port: int = 0
    path: str = ""
    token: str = ""
    listens: bool = False
    name: str = ""
    calls: str = ""
    nonce: bytes = b""
    proof: bytes = b""
    leaves: bool = False
    identity: str = ""

    def frame(self) -> bytes:
        """The frame of the greeting."""
        return frame(_HEAD + _ENCODER.encode(self))


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Greeting)


def greeting_of(body: bytes) -> Greeting | None:
    """The greeting in a body; None if the body is a message. Raises ValueError for a greeting that cannot be read."""
    if body[:1] != _HEAD:
        return None
    if len(body) > LONGEST:
        raise ValueError("it is too long")
    try:
        return _DECODER.decode(body[1:])
    except (RecursionError, msgspec.MsgspecError) as exception:
        raise ValueError(str(exception)) from None


def is_farewell(body: bytes) -> bool:
    """True if a body is a farewell: its connection is closed on purpose."""
    if body[:1] != _HEAD:
        return False
    try:
        return _DECODER.decode(body[1:]).leaves
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return False
