"""What sockets are opened with, and what holds where a person says nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hydroflow_nb.net.messages.codec import Codec

# The longest message, in bytes.
DEFAULT_LIMIT: Final = 1 << 20
# How many bytes of messages wait for the flow before a transport is to stop reading.
ROOM: Final = 8 << 20
# How many bytes may wait for one address. When a tick sends more to it, messages are given up.
BACKLOG: Final = 16 << 20
# How many bytes may wait for all addresses together.
TOTAL_BACKLOG: Final = 64 << 20
# How long messages wait for a peer that cannot be reached, in seconds.
PATIENCE: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class SocketOptions:
    """The keywords of `bind_tcp` and its siblings, which say what they mean; all sizes are in bytes."""

    codec: str | Codec = "msgpack"
    limit: int = DEFAULT_LIMIT
    room: int = ROOM
    backlog: int = BACKLOG
    total_backlog: int = TOTAL_BACKLOG
    patience: float = PATIENCE
