from __future__ import annotations

import os
import time
from typing import Any

import msgspec
import pytest

from hydroflow_nb.net.messages.codec import MSGPACK, Classes, Undecodable, decoded, encoded

LONG = 1 << 14

WORD = 1 << 64
P1, P2, P5 = 11400714785074694791, 14029467366897019727, 2870177450012600261


def turned(number: int, bits: int) -> int:
    return (number << bits | number >> 64 - bits) % WORD


def alike(count: int) -> list[tuple[int, int]]:
    """Pairs of integers with one hash: Python's hash of tuples has no secret, and can be gone through backwards."""
    pairs, first = list[tuple[int, int]](), 0
    before = turned(0x123456789ABCDEF * pow(P1, -1, WORD) % WORD, 33)
    while len(pairs) < count:
        lane = turned((P5 + first * P2) % WORD, 31) * P1 % WORD
        second = (before - lane) * pow(P2, -1, WORD) % WORD
        second = second if second < WORD // 2 else second - WORD
        if abs(second) < 1 << 60:
            pairs.append((first, second))
        first += 1
    return pairs


def packed_map(pairs: list[tuple[int, int]]) -> bytes:
    return b"\xdf" + len(pairs).to_bytes(4, "big") + b"".join(msgspec.msgpack.encode(pair) + b"\xc0" for pair in pairs)


def reason(packed: bytes) -> str:
    with pytest.raises(Undecodable) as caught:
        decoded(MSGPACK.head + packed, Classes({}))
    return caught.value.reason


@pytest.fixture(scope="module")
def attack() -> bytes:
    """A map that msgspec reads in 20 s or so."""
    pairs = alike(40_000)
    assert len({*map(hash, pairs[:100])}) == 1
    return packed_map(pairs)


@pytest.mark.parametrize("before", [b"", b"\x91", b"\x81\xa1x", b"\x92\xde\x00\x01\xa1k\x01", b"\xdd\x00\x00\x00\x01"])
def test_a_map_whose_keys_are_arrays_with_one_hash_is_refused_at_once(attack: bytes, before: bytes) -> None:
    begin = time.process_time()

    said = reason(before + attack)

    assert "is not a plain value" in said
    assert time.process_time() - begin < 5


def test_neither_depth_nor_what_is_cut_off_takes_long(attack: bytes) -> None:
    begin = time.process_time()

    assert "deep" in reason(b"\x91" * 2_000 + attack)
    assert "cannot be read" in reason(b"\xdf\xff\xff\xff\xff" + b"\xa0" * 100_000)
    assert "announces" in reason(b"\xdd\xff\xff\xff\xff" + b"\xde" * 5_000)

    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    "value",
    [
        {f"key {number}": number for number in range(5_000)},
        {f"key {number}": [number, {"x": number}] for number in range(5_000)},
        {(number, number): number for number in range(5_000)},
        {"a": {number: {number} for number in range(5_000)}, "b": os.urandom(LONG)},
        [0xDE05, *range(20_000)],
        [[0.5 + number for number in range(5_000)], os.urandom(3 * LONG), "Þß" * LONG],
    ],
    ids=["texts", "containers", "pairs", "numbers", "list", "bytes"],
)
def test_what_is_long_and_harmless_arrives_as_it_was(value: Any) -> None:
    body = encoded(MSGPACK, value)

    assert len(body) > LONG
    assert decoded(body, Classes({})) == value


def test_what_is_long_and_nested_as_deep_as_may_be_arrives_too() -> None:
    value: Any = {1: os.urandom(2 * LONG)}
    for _ in range(98):
        value = {(1,): value}

    assert decoded(encoded(MSGPACK, value), Classes({})) == value


def test_a_long_map_of_another_program_may_have_numbers_for_keys() -> None:
    value = dict.fromkeys(range(10000), "x") | {b"x": None, 1.5: True}

    assert decoded(MSGPACK.head + msgspec.msgpack.encode(value), Classes({})) == value
