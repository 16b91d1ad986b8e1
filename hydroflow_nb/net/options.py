"""The options that sockets are opened with, and their defaults."""

from __future__ import annotations

from typing import Final

from hydroflow_nb.net.messages.codec import Codec
from hydroflow_nb.records import dataclass

# The longest message, in bytes.
DEFAULT_LIMIT: Final = 1 << 20
# How many bytes of messages may wait for the flow. Beyond that a transport stops reading.
ROOM: Final = 8 << 20
# How many bytes may wait for one address. What a tick sends beyond that is lost.
BACKLOG: Final = 16 << 20
# How many bytes may wait for all addresses together.
TOTAL_BACKLOG: Final = 64 << 20
# How long messages wait for a peer that cannot be reached, in seconds.
PATIENCE: Final = 60.0
# For how many addresses, as they were written, the normal form is remembered.
MOST_KNOWN: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class SocketOptions:
    """The keywords of `bind_tcp` and the like; their docstrings say what each means. All sizes are in bytes."""

    codec: str | Codec = "msgpack"
    limit: int = DEFAULT_LIMIT
    room: int = ROOM
    backlog: int = BACKLOG
    total_backlog: int = TOTAL_BACKLOG
    patience: float = PATIENCE
