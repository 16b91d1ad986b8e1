"""What a message may cost whoever reads it: time and memory by its length, whatever is in it."""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
import types
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydroflow_nb.net.messages.codec import JSON, MSGPACK, Classes, Codec, Undecodable, decoded, encoded, readable
from hydroflow_nb.net.messages.weighing import FREE, LIGHT, MOST_TIMES, containers_of, look_at_weight, room_of


@dataclass
class Empty:
    pass


@dataclass
class Numbers:
    held: set[int]


class Colour(Enum):
    RED = 1


module = types.ModuleType("of_the_user")
exec("from typing import NamedTuple\nclass Inner(NamedTuple):\n    x: int = 0\n", vars(module))
NAMES = {"Empty": Empty, "Numbers": Numbers, "Colour": Colour, "module": module} | {f"x{n}": n for n in range(300)}
pack = msgspec.msgpack.encode


def packed(value: Any) -> bytes:
    return MSGPACK.head + pack(value)


def array(count: int, parts: bytes) -> bytes:
    return MSGPACK.head + b"\xdd" + count.to_bytes(4, "big") + parts


def map_of(count: int, pairs: bytes) -> bytes:
    return MSGPACK.head + b"\xdf" + count.to_bytes(4, "big") + pairs


def integers(count: int) -> list[int]:
    return [number * 977 for number in range(count)]


def nested(count: int, depth: int) -> Any:
    value: Any = integers(count)
    for _ in range(depth):
        value = {"$tuple": [value]}
    return value


def lattice(name: str, *arguments: Any) -> dict[str, Any]:
    return {"$lattice": name, "of": list(arguments)}


# By a number, which is about that of the items in a message.
SHAPES: dict[str, Callable[[int], bytes]] = {
    "empty lists": lambda n: array(n, b"\x90" * n),
    "empty objects": lambda n: array(n, b"\x80" * n),
    "empty lists and numbers": lambda n: array(2 * n, b"\x90\x01" * n),
    "pairs": lambda n: array(n, b"\x92\x01\x02" * n),
    "small objects": lambda n: array(n, b"\x81\xa1a\x01" * n),
    "small objects with numbers for keys": lambda n: array(n, b"\x81\x01\x01" * n),
    "letters": lambda n: array(n, b"\xa1a" * n),
    "letters of another alphabet": lambda n: array(n, "\xa3\u8a9e".encode("utf-8")[2:].rjust(4, b"\xa3") * n),
    "small binaries": lambda n: array(n, b"\xc4\x01a" * n),
    "extensions": lambda n: array(n, b"\xd4\x05a" * n),
    "times": lambda n: array(n, b"\xd6\xff\x00\x00\x00\x01" * n),
    "integers": lambda n: packed(integers(n)),
    "floats": lambda n: packed([number / 7 for number in range(n)]),
    "one text": lambda n: packed("ß" * n),
    "one binary of heads": lambda n: packed(b"\x90\xdf" * n),
    "an object with many names": lambda n: packed({f"name {number:300}": number for number in range(n)}),
    "an object with containers": lambda n: packed({f"name {number}": [number, {"x": b"y"}] for number in range(n)}),
    "numbers for keys": lambda n: map_of(n, b"".join(b"\xce" + k.to_bytes(4, "big") + b"\xc0" for k in integers(n))),
    "one key again and again": lambda n: map_of(n, b"\x01\xc0" * n),
    "nan for keys": lambda n: map_of(n, (b"\xcb\x7f\xf8" + b"\x00" * 6 + b"\xc0") * n),
    "a $map": lambda n: packed({"$map": [[number, None] for number in integers(n)]}),
    "a $map of tuples": lambda n: packed({"$map": [[{"$tuple": [number, -number]}, 1] for number in range(n)]}),
    "a $set": lambda n: packed({"$set": integers(n)}),
    "sets of sets": lambda n: packed({"$set": [{"$frozenset": [number, -2, -1]} for number in range(n)]}),
    "many small sets": lambda n: packed([{"$set": [1]}] * n),
    "deep tuples": lambda n: packed([nested(10, 90)] * (n // 100)),
    "deep lists": lambda n: MSGPACK.head + b"\x91" * n,
    "half of an array": lambda n: array(0xFFFFFFFF, b"\xa3abc" * n),
    "half of a map": lambda n: map_of(0xFFFFFFFF, b"\x01" * n),
    "heads of maps": lambda n: MSGPACK.head + b"\xdf\x00\x00\x00\x01" * n,
    "instances": lambda n: packed([{"$class": "Empty"}] * n),
    "instances of a module's class": lambda n: packed([{"$class": "Inner", "x": 1}] * n),
    "names of fields that are none": lambda n: packed(
        {"$class": "Empty"} | {f"f{number:0300}": 1 for number in range(n)}
    ),
    "members": lambda n: packed([{"$enum": "Colour.RED"}] * n),
    "tags that name nothing": lambda n: packed([{"$class": "a." * 90}] * n),
    "a SetUnion": lambda n: packed(lattice("SetUnion", integers(n))),
    "a UnionFind": lambda n: packed(lattice("UnionFind", [[number, number + 1] for number in range(n)])),
    "a MapUnion": lambda n: packed(
        lattice("MapUnion", {"$map": [[number, lattice("Max", number)] for number in range(n)]})
    ),
    "a VecUnion": lambda n: packed(lattice("VecUnion", [lattice("Max", number) for number in range(n)])),
    "lattices in lattices": lambda n: packed(lattice("Point", integers(n))),
    "digits": lambda n: packed({"$int": "9" * n}),
    "digits in base 16": lambda n: packed({"$int": "0x" + "f" * n}),
    "digits of a Decimal": lambda n: packed({"$decimal": "9" * n}),
    "big integers": lambda n: packed([{"$int": "9" * 600}] * (n // 100)),
    "empty lists in JSON": lambda n: JSON.head + b"[" + b"[]," * n + b"[]]",
    "objects in JSON": lambda n: JSON.head + b"[" + b'{"a":1},' * n + b"1]",
    "brackets in a text": lambda n: JSON.head + b'"' + b"[{" * n + b'"',
    "escapes in JSON": lambda n: JSON.head + b'"' + rb"\"\u00e4" * n + b'"',
    "an open text in JSON": lambda n: JSON.head + b'["' + b"[{" * n,
    "quotes in JSON": lambda n: JSON.head + b'"' * n,
    "deep lists in JSON": lambda n: JSON.head + b"[" * n,
    "digits in JSON": lambda n: JSON.head + b"9" * n,
    "a fraction in JSON": lambda n: JSON.head + b"0." + b"123" * n,
    "a $set in JSON": lambda n: JSON.head + json.dumps({"$set": integers(n)}).encode(),
    "base 64": lambda n: JSON.head + b'{"$bytes":"' + b"YWJj" * n + b'"}',
    "a list where a set is asked for": lambda n: JSON.head + json.dumps({"held": integers(n)}).encode(),
}
KINDS = {"a list where a set is asked for": Numbers}
# Of a message that counts, in seconds, and of one whose reading ends early, in bytes.
LEAST, LONGEST = 0.004, 1 << 19
# Linear work takes four times as long for four times the message, quadratic work sixteen times. One doubling alone may
# cross a border of the allocator, behind which all memory costs more.
MOST = 2.6**2


def seconds(body: bytes, kind: Any, readings: int = 3) -> float:
    """The processor time that reading takes, as the least of some readings."""
    best = float("inf")
    # The collector looks at all that the process has, now and then, which is no cost of this message.
    gc.disable()
    try:
        for _ in range(readings):
            classes = Classes(NAMES, kind)
            begin = time.process_time()
            with suppress(Undecodable):
                decoded(body, classes)
            best = min(best, time.process_time() - begin)
    finally:
        gc.enable()
    return best


@pytest.mark.parametrize("name", SHAPES)
def test_four_times_the_message_takes_no_more_than_two_doublings_may(name: str) -> None:
    shape, kind, count = SHAPES[name], KINDS.get(name), 2_000
    while len(shape(count)) < LONGEST and seconds(shape(count), kind, readings=1) < LEAST:
        count *= 2

    once, larger, ratios = shape(count), shape(4 * count), list[float]()
    while len(ratios) < 20:
        # Both in turn, as other programs take some of the machine.
        ratios.append(seconds(larger, kind) / max(seconds(once, kind), LEAST / 2))
        if ratios[-1] <= MOST:
            return
    pytest.fail(f"at best {min(ratios):.2f} times as long for four times {len(once):,} bytes")


@pytest.mark.parametrize("name", SHAPES)
def test_a_message_takes_a_multiple_of_its_length_in_memory(name: str) -> None:
    count = 2_000
    body = SHAPES[name](count * -(-100_000 // len(SHAPES[name](count))))

    tracemalloc.start()
    with suppress(Undecodable):
        decoded(body, Classes(NAMES, KINDS.get(name)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2 * FREE + 2 * MOST_TIMES * len(body), f"{peak / len(body):.0f} times its length"


def test_what_is_made_of_many_empty_containers_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(Undecodable, match="send fewer and longer lists"):
        decoded(SHAPES["empty lists"](1 << 20), Classes({}))


@pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=repr)
@pytest.mark.parametrize(
    "value",
    [
        [[number, number + 1] for number in range(30_000)],
        [(number % 7, number % 5) for number in range(30_000)],
        [{"x": number} for number in range(10_000)],
        [{number} for number in range(10_000)],
        [[] for _ in range(10_000)],
        ["日本語" * 3, b"\x90" * 9, "[{"] * 10_000,
        "\u3042" * 100_000,
    ],
    ids=["pairs", "tuples", "objects", "sets", "empty", "texts", "text"],
)
def test_what_programs_send_is_never_too_heavy(value: Any, codec: Codec) -> None:
    assert decoded(encoded(codec, value), Classes({})) == value


@given(
    st.recursive(
        st.integers() | st.binary(max_size=300) | st.text(),
        lambda held: st.lists(held) | st.dictionaries(st.text(), held),
    )
)
@settings(max_examples=200)
def test_every_container_is_found_where_it_begins(value: Any) -> None:
    def containers(part: Any) -> int:
        parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else None
        return 0 if parts is None else 1 + sum(map(containers, parts))

    try:
        data = pack(value)
    except OverflowError:
        return
    heads = range(0x80, 0xA0)
    found = sum(
        sum(byte in heads or byte in (0xDC, 0xDD, 0xDE, 0xDF) for byte in data[at:end])
        for at, end in containers_of(data)
    )
    assert found == containers(value)


def test_a_message_that_will_take_much_takes_more_of_the_room() -> None:
    plain, empty = packed("x" * LIGHT), SHAPES["empty lists"](LIGHT)

    assert room_of(plain) == len(plain)
    assert room_of(empty) > 3 * len(empty)
    assert room_of(b"") == 0


def test_light_messages_are_not_weighed() -> None:
    look_at_weight(b"\x90" * LIGHT, is_json=False)


BODIES = [shape(300) for shape in SHAPES.values()]


@given(st.sampled_from(BODIES), st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=6)), max_size=4))
@settings(max_examples=500, deadline=None)
def test_whatever_is_changed_in_a_message_it_is_read_or_refused(body: bytes, changes: list[tuple[int, bytes]]) -> None:
    for place, new in changes:
        at = place % (len(body) or 1)
        body = body[:at] + new + body[at + len(new) % 3 :]

    with suppress(Undecodable):
        decoded(body, Classes(NAMES))
    assert readable(body, 200)


@pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=repr)
@pytest.mark.parametrize(
    "raw",
    [
        {"$int": "0x" + "f" * 3_600},
        {"$int": "-0x" + "f" * 3_600},
        {"$decimal": "1E+4300"},
        {"$decimal": "1E-999999999999"},
        {"$decimal": "9" * 4_301},
        {"$decimal": "NaN" + "9" * 10_000},
    ],
    ids=lambda raw: str(raw)[:20],
)
def test_a_number_that_python_would_not_print_is_refused(codec: Codec, raw: Any) -> None:
    with pytest.raises(Undecodable, match=r"4,300 digits|is no"):
        decoded(codec.head + codec.pack(raw), Classes({}))


def test_every_number_that_comes_in_prints() -> None:
    for value in (10**4300 - 1, -(10**4300) + 1):
        assert len(str(decoded(encoded(MSGPACK, value), Classes({})))) >= 4300
    assert sys.get_int_max_str_digits() >= 4300
