"""What the codecs raise for a message that cannot be read."""

from __future__ import annotations


class Undecodable(ValueError):
    """A message that cannot be read, or is none of the receiver's. `reason` says in a few words why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
