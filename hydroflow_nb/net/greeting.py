"""Greetings: what who opens a stream says of itself, before its first message and behind its last."""

from __future__ import annotations

from typing import Final

import msgspec

from hydroflow_nb.net.frames import frame
from hydroflow_nb.net.messages.codec import HELLO

_HEAD: Final = bytes([HELLO])
_LONGEST: Final = 1000


class Greeting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where who opens a stream is to be answered, and whether it listens there.

    `port` is for TCP, where the host is never believed but seen; `path` and `token` are for Unix sockets. Said again
    with `leaves`, by either side, it is the last on a connection that is closed on purpose.
    """

    port: int = 0
    path: str = ""
    token: str = ""
    listens: bool = False
    leaves: bool = False

    def frame(self) -> bytes:
        """The greeting as it goes onto a stream."""
        return frame(_HEAD + _ENCODER.encode(self))


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Greeting)


def greeting_of(body: bytes) -> Greeting | None:
    """The greeting in a body, None where it is a message. Raises ValueError for a greeting that cannot be read."""
    if body[:1] != _HEAD:
        return None
    if len(body) > _LONGEST:
        raise ValueError("it is too long")
    try:
        return _DECODER.decode(body[1:])
    except (RecursionError, msgspec.MsgspecError) as exception:
        raise ValueError(str(exception)) from None


def is_farewell(body: bytes) -> bool:
    """True for a greeting that says that its connection is closed on purpose."""
    if body[:1] != _HEAD:
        return False
    try:
        return _DECODER.decode(body[1:]).leaves
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return False
