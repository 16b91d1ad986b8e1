"""What the codecs raise for a message that cannot be read."""

from __future__ import annotations


class Undecodable(ValueError):
    """A message that cannot be read, or has a type that the receiver does not accept: `reason` says why in short."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
