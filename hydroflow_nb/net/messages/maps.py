"""Long maps in msgpack with keys that are not texts: they are read as lists, so that their keys can be checked before
they are hashed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import msgspec

from hydroflow_nb.net.messages.plain import FLAT
from hydroflow_nb.net.messages.probing import FEW
from hydroflow_nb.net.messages.undecodable import Undecodable
from hydroflow_nb.net.messages.weighing import long_maps_of

LONG: Final = 1 << 10
"""In a shorter message every map has few entries."""

_Leaf = int | float | str | bool | None
# How many levels are read without a check of each token.
_LEVELS: Final = 6
# Matches where a map of more than 255 entries may start.
_HEAD: Final = re.compile(rb"\xdf|\xde[^\x00]")
_MARK: Final = b"\x81" + msgspec.msgpack.encode(FLAT)


def unpacked(data: bytes, unpack: Any) -> Any:
    """The plain form in msgpack, by `unpack` or a faster decoder. Long maps with keys that are not texts become lists
    under the mark FLAT. Raises Undecodable, and what msgspec raises.
    """
    if _HEAD.search(data) is None:
        return unpack(data)
    try:
        return _with_texts_for_keys()(data)
    except (msgspec.ValidationError, RecursionError):
        return unpack(_with_lists(data))


@cache
def _with_texts_for_keys() -> Any:
    """A decoder of texts, numbers, lists and dicts only; the keys of dicts must be texts."""
    kind: Any = _Leaf
    for _ in range(_LEVELS):
        kind = _Leaf | list[kind] | dict[str, kind]
    return msgspec.msgpack.Decoder(kind).decode


def _with_lists(data: bytes) -> bytes:
    """The same msgpack with `{FLAT: [key, value, key, value, ..]}` in the place of each long map."""
    pieces, start = [], 0
    for at in long_maps_of(data):
        end = at + (3 if data[at] == 0xDE else 5)
        count = int.from_bytes(data[at + 1 : end], "big")
        if count > FEW:
            if 2 * count > len(data):
                raise Undecodable("a map in it has fewer entries than it announces")
            pieces += [data[start:at], _MARK, b"\xdd", (2 * count).to_bytes(4, "big")]
            start = end
    return b"".join([*pieces, data[start:]])
