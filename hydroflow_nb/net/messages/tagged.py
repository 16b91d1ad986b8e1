"""Messages that bear the name of their channel: `{"channel": "server>shown", "item": item}` on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final, Literal, NamedTuple, cast
from weakref import WeakSet
from zlib import crc32

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.keys import encoded_key

# The types that `message_of` has made.
_TAGGED: Final = WeakSet[type]()


def message_of(channels: Mapping[str, Any], foreign: Iterable[Any] = ()) -> Any:
    """The type of the messages of some channels: named tuples of `channel` and `item`, shown by what
    they are sent to, `said: "hello"`. `channels` has the type of the
    items of each channel, None for any. A message of another channel, or with an item of another type, is undecodable,
    if it is not of a type in `foreign`, those of the messages that bear no name, where None is any too.
    """
    untyped = tuple(name for name, kind in channels.items() if kind is None)
    kinds = [_of(name, kind) for name, kind in channels.items() if kind is not None]
    if untyped:
        kinds.append(_of(untyped, Any))
    return reduce(or_, [*kinds, *(Any if kind is None else kind for kind in foreign)])


def _of(channel: str | tuple[str, ...], item: Any) -> Any:
    kind = cast(Any, NamedTuple)("Message", [("channel", Literal[channel]), ("item", item)])
    kind.__repr__ = _in_words
    return _noted(kind)


def _in_words(message: Any) -> str:
    return f"{message.channel.partition('>')[2]}: {message.item!r}"


def _noted(kind: Any) -> Any:
    _TAGGED.add(kind)
    return kind


def channel_in(message: Any) -> str | None:
    """The name of the channel that a message bears; None for a message of a program of other make."""
    return message.channel if type(message) in _TAGGED else None


def member_of(members: Sequence[Any], key: Any) -> Any:
    """The member that a key belongs to: by the CRC-32 of its encoding, so that every program chooses the same one.
    Equal keys are encoded alike: 1, 1.0 and True.

    Raises Misfit where there are no members, and for a key that cannot be encoded.
    """
    _must_have_members(members, f"an item with the key {shown(key)}", "start the cluster with at least one member")
    return members[crc32(encoded_key(key)) % len(members)]


def member_by_turn(members: Sequence[Any], turn: int) -> Any:
    """The member whose turn it is, from turn 0 on. Raises Misfit where there are no members."""
    _must_have_members(
        members,
        "an item",
        "start the cluster with at least one member, or let members come at any time: `cluster(open=True)`",
    )
    return members[turn % len(members)]


def _must_have_members(members: Sequence[Any], what: str, hint: str) -> None:
    if not members:
        raise Misfit(f"{what} has no member to go to", hint)
