"""Estimates, before a message is decoded, how much memory it will take: one byte of it can become a whole container."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from hydroflow_nb.net.messages.undecodable import Undecodable

MOST_TIMES: Final = 48
"""How many bytes of memory the containers of a message may take for each byte of the message."""
FREE: Final = 1 << 20
"""How many bytes of memory the containers of any message may take."""
LIGHT: Final = FREE // 72
"""The containers of a message of so many bytes take less than `FREE`."""

# How many bytes CPython takes for a container and its place in another one.
_LIST: Final = 64
_DICT: Final = 192
_EMPTY_DICT: Final = 72
# One byte of room stands for so many bytes of memory.
_ROOM_TIMES: Final = 16

_ARRAYS: Final = bytes((*range(0x90, 0xA0), 0xDC, 0xDD))
_MAPS: Final = bytes((*range(0x81, 0x90), 0xDE, 0xDF))
_EMPTY_MAP: Final = b"\x80"


def _runs(*lengths: tuple[bytes, int]) -> re.Pattern[bytes]:
    """A pattern for many tokens in a row: each token is a first byte from a set, and a number of further bytes."""
    alternatives = []
    for first, more in lengths:
        some = b"[" + b"".join(b"\\x%02x" % byte for byte in first) + b"]"
        alternatives.append(some + b".{%d}" % more if more else some + b"++")
    return re.compile(b"(?s:" + b"|".join(alternatives) + b")++")


_ALONE: Final = bytes((*range(0xA1), 0xC0, 0xC2, 0xC3, *range(0xE0, 0x100)))
_WITH_MORE: Final = (
    (b"\xcc\xd0\xa1", 1),
    (b"\xcd\xd1\xa2", 2),
    (b"\xca\xce\xd2\xa4", 4),
    (b"\xcb\xcf\xd3\xa8", 8),
    (b"\xa3", 3),
    *((bytes([0xA0 + length]), length) for length in range(5, 32) if length != 8),
    *((bytes([0xD4 + power]), 1 + (1 << power)) for power in range(5)),
)
_SINGLE: Final = _runs((_ALONE, 0))
_FIXED: Final = _runs(*_WITH_MORE)
_RUN: Final = _runs((_ALONE, 0), *_WITH_MORE, (b"\xdc", 2), (b"\xdd", 4))
# How many bytes the length of a token has, by the first byte of the token.
_LONG: Final = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4}
_EXTENSIONS: Final = (0xC7, 0xC8, 0xC9)
_LONG_MAPS: Final = (0xDE, 0xDF)
_HEADS: Final = {0xDC: 3, 0xDD: 5, 0xDE: 3, 0xDF: 5}

_JSON_TEXT: Final = re.compile(rb'(?s:"(?:[^"\\]++|\\.)*+")')


def room_of(body: bytes) -> int:
    """How many bytes of the room a message occupies: its length, or more if decoding it will take much memory."""
    size = len(body)
    if size <= _LIST or body[0] & 0x0F != 1:
        return size
    return max(size, _most(body) // _ROOM_TIMES)


def room_of_all(bodies: Sequence[bytes]) -> int:
    """How many bytes of the room several messages occupy together."""
    if len(bodies) == 1:
        size = len(bodies[0])
        return size if size <= _LIST else room_of(bodies[0])
    sizes = list(map(len, bodies))
    return sum(sizes) if max(sizes, default=0) <= _LIST else sum(map(room_of, bodies))


def look_at_weight(data: bytes, *, is_json: bool) -> None:
    """Raise Undecodable if the containers in JSON or msgpack would take too much memory. Takes linear time."""
    most = max(FREE, MOST_TIMES * len(data))
    if is_json:
        if _in_json(data) > most and _in_json(_JSON_TEXT.sub(b"", data)) > most:
            raise Undecodable(_TOO_MUCH)
    elif _most(data) > most:
        left = most
        for at, end in containers_of(data):
            left -= _most(data[at:end])
            if left < 0:
                raise Undecodable(_TOO_MUCH)


_TOO_MUCH: Final = (
    f"its lists and objects would take more than {MOST_TIMES} times its length in memory: send fewer and longer lists, "
    "or several messages"
)


def long_maps_of(data: bytes) -> Iterator[int]:
    """The positions in msgpack at which maps of more than 15 entries start."""
    at, size, run = 0, len(data), _RUN.match
    while at < size:
        found = run(data, at)
        if found is not None:
            at = found.end()
        elif data[at] in _LONG_MAPS:
            yield at
            at += _HEADS[data[at]]
        elif data[at] in _LONG:
            at = _behind(data, at)
        else:
            return


def containers_of(data: bytes) -> Iterator[tuple[int, int]]:
    """The pieces of msgpack in which containers start: single tokens, and runs of tokens of one byte each."""
    at, size = 0, len(data)
    single, fixed = _SINGLE.match, _FIXED.match
    while at < size:
        found = single(data, at)
        if found is not None:
            end = found.end()
            yield at, end
            at = end
            continue
        found = fixed(data, at)
        if found is not None:
            at = found.end()
            continue
        head = data[at]
        if head in _HEADS:
            yield at, at + 1
            at += _HEADS[head]
        elif head in _LONG:
            at = _behind(data, at)
        else:
            # It is incomplete, or not msgpack; the decoder reports that.
            return


def _behind(data: bytes, at: int) -> int:
    """The position behind a token that starts with its length."""
    head = data[at]
    start = at + 1 + _LONG[head]
    return start + int.from_bytes(data[at + 1 : start], "big") + (head in _EXTENSIONS)


def _most(data: bytes) -> int:
    """How much memory the containers would take if each byte were a token."""
    size = len(data)
    arrays = size - len(data.translate(None, _ARRAYS))
    maps = size - len(data.translate(None, _MAPS))
    return _LIST * arrays + _DICT * maps + _EMPTY_DICT * data.count(_EMPTY_MAP)


def _in_json(data: bytes) -> int:
    empty = data.count(b"{}")
    return _LIST * data.count(b"[") + _DICT * (data.count(b"{") - empty) + _EMPTY_DICT * empty
