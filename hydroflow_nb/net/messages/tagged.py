"""Messages that bear the name of their channel: `{"channel": "server>shown", "item": item}` on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Literal, NamedTuple, cast
from zlib import crc32

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.codec import MSGPACK, encoded


def tagged_kind(channels: Mapping[str, Any]) -> Any:
    """The type of the messages of some channels: named tuples of `channel` and `item`. `channels` has the type of the
    items of each channel, None for any. A message of another channel, or with an item of another type, is undecodable.
    """
    untyped = tuple(name for name, kind in channels.items() if kind is None)
    kinds = [_of(name, kind) for name, kind in channels.items() if kind is not None]
    if untyped:
        kinds.append(_of(untyped, Any))
    return reduce(or_, kinds)


def _of(channel: str | tuple[str, ...], item: Any) -> Any:
    return NamedTuple("Message", [("channel", cast(Any, Literal[channel])), ("item", item)])


def channel_in(message: Any) -> str | None:
    """The name of the channel that a message bears; None for a message of a program of other make."""
    if isinstance(message, dict) and message.keys() == {"channel", "item"} and isinstance(message["channel"], str):
        return message["channel"]
    return None


def member_of(members: Sequence[Any], key: Any) -> Any:
    """The member that a key belongs to: by the CRC-32 of its encoding, so that every program chooses the same one.

    Raises Misfit where there are no members, and what encoding the key raises.
    """
    if not members:
        raise Misfit(f"{shown(key)} has no member to go to", "start the cluster with at least one member")
    return members[crc32(encoded(MSGPACK, key)) % len(members)]
