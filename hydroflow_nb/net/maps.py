"""Maps in msgpack whose keys somebody has chosen to be alike: found before they are read, which would take minutes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hydroflow_nb.net.undecodable import Undecodable

LONG: Final = 1 << 14
"""In so many bytes there is no room for a map that takes long to read."""

# An array is a key that Python hashes without a secret. A map of as many keys, all of one hash, is still read at once.
_MOST_ARRAYS: Final = 1_000
# A message may nest 100 deep, and its plain form has up to three containers for each level.
_DEEPEST: Final = 310

_Leaf = int | float | str | bool | None
_parts = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_flat = msgspec.msgpack.Decoder(list[_Leaf] | dict[_Leaf, _Leaf]).decode
# By the first byte.
_ARRAYS: Final = frozenset((*range(0x90, 0xA0), 0xDC, 0xDD))
_CONTAINERS: Final = _ARRAYS | {*range(0x80, 0x90), 0xDE, 0xDF}


def look_for_alike_keys(data: bytes) -> None:
    """Raise Undecodable for msgpack with a map that has arrays for its keys, more than a few.

    None such is of any use: arrays are no keys. Raises what msgspec raises for what is no msgpack.
    """
    if b"\xde" not in data and b"\xdf" not in data:
        # There is no map of more than 15 entries.
        return
    level: list[Any] = [data]
    for _ in range(_DEEPEST):
        level = [part for container in level for part in _long_parts(bytes(container))]
        if not level:
            return
    raise Undecodable("it nests too deeply")


def _long_parts(data: bytes) -> list[Any]:
    """What a container holds directly that is long itself."""
    head = data[0]
    if head not in _CONTAINERS:
        return []
    try:
        # The cheapest way to see that it holds no containers, as long ones mostly do not.
        _flat(data)
        return []
    except msgspec.ValidationError:
        pass
    if head in _ARRAYS:
        return _long(_parts(data))
    begin = {0xDE: 3, 0xDF: 5}.get(head, 1)
    count = int.from_bytes(data[1:begin], "big") if begin > 1 else head & 0x0F
    # An array of the keys and the values in turn. Of more than an array can have most are missing.
    parts = _parts(b"\xdd" + min(2 * count, 0xFFFFFFFF).to_bytes(4, "big") + data[begin:])
    if count > _MOST_ARRAYS and sum([memoryview(key)[0] in _ARRAYS for key in parts[::2]]) > _MOST_ARRAYS:
        raise Undecodable("an object has keys that are no plain values")
    return _long(parts)


def _long(parts: list[Any]) -> list[Any]:
    return [part for part in parts if len(memoryview(part)) > LONG]
