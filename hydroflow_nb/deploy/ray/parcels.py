"""What an actor gives another one with a call, and what it answers."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

# The life of a member that does not run yet.
UNBORN: Final = 0


class Unreached(Exception):
    """An actor did not answer: nobody knows whether it has taken in what it was given."""


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """What a member sends to another with one call: the next piece of a stream of frames.

    `life` is the number of the sender's life, `to` that of the receiver's as far as the sender knows it. `number`
    counts the parcels between these two lives, from 1; 0 says the sender's life and brings nothing. `room` counts how
    often the sender's end was filled and had room again: it is odd while there is no room for what comes. `link` counts
    the links between these two lives, from 1: who cannot read what came begins the next one. It is 0 for a sender that
    knows of none.
    """

    sender: str
    life: int
    to: int
    number: int
    room: int
    frames: bytes = b""
    link: int = 0


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """The answer to a parcel: the receiver's life, and whether it has taken the parcel in, now or before. `room` is
    that of a parcel, and so is `link`.
    """

    life: int
    is_taken: bool = False
    room: int = 0
    link: int = 0


class Calls(Protocol):
    """What brings parcels to other members."""

    async def bring(self, member: str, parcel: Parcel) -> Receipt:
        """Bring a parcel to a member. Raises Unreached where it does not answer; then it is looked up again."""
