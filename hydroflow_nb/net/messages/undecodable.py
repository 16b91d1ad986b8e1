"""The exception that codecs raise for a message that cannot be read."""

from __future__ import annotations


class Undecodable(ValueError):
    """A message cannot be read, or the receiver does not accept its type: `reason` says why in short."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
