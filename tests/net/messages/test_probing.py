from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from hydroflow_nb.net.messages.codec import JSON, MSGPACK, Classes, Codec, Undecodable, decoded
from hydroflow_nb.net.messages.probing import FEW, is_crowded, look_at_keys


def in_each_others_way(count: int) -> list[int]:
    """Integers whose places lie one behind the other in the last table that a dict of them has."""
    bits = 3
    while (1 << bits) * 2 // 3 < count:
        bits += 1
    mask = (1 << bits) - 1
    chain = [1]
    while len(chain) < count * 3 // 4:
        chain.append((5 * chain[-1] + 1) & mask)
    order = {place: number for number, place in enumerate(chain)}
    draw, late = random.Random(1), dict[int, None]()
    while len(late) < count // 4:
        number = perturb = draw.randrange(mask + 1, mask << 12)
        place = number & mask
        while place in order and perturb:
            perturb >>= 5
            place = (place * 5 + perturb + 1) & mask
        if order.get(place, count) < count // 4:
            late[number] = None
    return [*chain, *late]


def of_one_hash(count: int) -> list[int]:
    """Integers that Python cannot tell apart by their hashes."""
    return [((1 << 61) - 1) * number for number in range(1, count + 1)]


draw = random.Random(7)
HARMLESS: dict[str, Callable[[int], Iterable[Any]]] = {
    "dense": range,
    "negative": lambda count: range(-count, 0),
    "shuffled": lambda count: draw.sample(range(10 * count), count),
    "squares": lambda count: (number * number for number in range(count)),
    "multiples of 2**20": lambda count: (number << 20 for number in range(count)),
    "multiples of 2**45": lambda count: (number << 45 for number in range(count)),
    "random": lambda count: (draw.getrandbits(63) for _ in range(count)),
    "times": lambda count: (1_700_000_000_000_000_000 + 1_000_000 * number for number in range(count)),
    "snowflakes": lambda count: (
        (1_700_000_000_000 + number // 3) << 22 | 5 << 12 | number % 3 for number in range(count)
    ),
    "floats": lambda count: (number / 10 for number in range(count)),
    "binary fractions": lambda count: (number / 1024 for number in range(count)),
    "pairs": lambda count: ((number % 50, number // 50) for number in range(count)),
    "texts": lambda count: (f"key {number}" for number in range(count)),
}


@pytest.mark.parametrize("of_set", [False, True], ids=["dict", "set"])
@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("count", [FEW + 1, 5_000, 12_000])
def test_keys_that_nobody_chose_pass(name: str, count: int, of_set: bool) -> None:
    look_at_keys(list(HARMLESS[name](count)), of_set=of_set)


@pytest.mark.parametrize("count", [1_000, 10_800])
def test_keys_that_are_in_each_others_way_are_found(count: int) -> None:
    keys = in_each_others_way(count)

    assert is_crowded(keys)
    assert is_crowded([*keys, *range(1 << 40, (1 << 40) + count)])
    with pytest.raises(Undecodable, match="collide in a hash table"):
        look_at_keys(keys)


@pytest.mark.parametrize("of_set", [False, True], ids=["dict", "set"])
def test_keys_of_one_hash_are_found(of_set: bool) -> None:
    keys = of_one_hash(FEW + 1)

    with pytest.raises(Undecodable, match="have the same hash"):
        look_at_keys(keys, of_set=of_set)


def packed_map(keys: list[int]) -> bytes:
    head = b"\xdf" + len(keys).to_bytes(4, "big")
    return head + b"".join(b"\xce" + key.to_bytes(4, "big") + b"\xc0" for key in keys)


def long_lists(keys: list[int], elements: list[Any]) -> list[Any]:
    half = len(keys) // 2
    return [
        {"$map": [[key, None] for key in keys]},
        {"$map": [[float(key), None] for key in keys]},
        {"$set": elements},
        {"$frozenset": elements},
        {"$lattice": "SetUnion", "of": [elements]},
        {"$lattice": "SetUnionWithTombstones", "of": [[], elements]},
        {"$lattice": "UnionFind", "of": [[keys[:half], keys[half:]]]},
        {"$lattice": "MapUnion", "of": [[{"$tuple": [key, {"$lattice": "Max", "of": [1]}]} for key in keys]]},
        {"$lattice": "DomPair", "of": [{"$lattice": "Max", "of": [1]}, {"$lattice": "SetUnion", "of": [elements]}]},
    ]


@pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=repr)
def test_no_message_brings_such_keys(codec: Codec) -> None:
    numbers = [{"$int": str(number)} for number in of_one_hash(1_000)]
    for value in long_lists(in_each_others_way(5_000), numbers):
        with pytest.raises(Undecodable, match=r"collide in a hash table|have the same hash"):
            decoded(codec.head + codec.pack(value), Classes({}))


@pytest.mark.parametrize("around", [b"", b"\x91", b"\x81\xa1x", b"\x92\xc4\x01\xdf", b"\x81\xd6\xff\x00\x00\x00\x00"])
def test_no_map_of_another_program_brings_them(around: bytes) -> None:
    keys = in_each_others_way(5_000)

    with pytest.raises(Undecodable, match=r"collide in a hash table|is not a plain value"):
        decoded(MSGPACK.head + around + packed_map(keys), Classes({}))
