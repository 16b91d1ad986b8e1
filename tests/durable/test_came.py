from __future__ import annotations

from typing import Any

from hydroflow_nb.durable.came import CameItems, CameMessages, is_other


def test_a_digest_does_not_depend_on_the_order_and_tells_other_items_apart() -> None:
    def digest(*items: Any) -> list[Any] | None:
        came = CameItems()
        for item in items:
            came.take(item)
        return came.digest()

    assert digest(1, (2, "a")) == digest((2, "a"), 1)
    assert digest(1, 2) != digest(1, 3)
    assert digest(1, 1) != digest(1)
    assert digest(object()) == [1, 0], "of an item that cannot be written only the number is known"
    assert digest() is None


def test_a_digest_of_messages_tells_other_messages_and_addresses_apart() -> None:
    def digest(*sent: tuple[Any, list[bytes]]) -> list[Any] | None:
        came = CameMessages("msgpack")
        for address, bodies in sent:
            came.take("an item, which is written as a message")
            came.note(address, bodies)
        return came.digest()

    here, there = ("127.0.0.1", 1), ("127.0.0.1", 2)
    assert digest((here, [b"a", b"b"]), (there, [b"c"])) == digest((there, [b"c"]), (here, [b"b"]), (here, [b"a"]))
    assert digest((here, [b"a"])) != digest((here, [b"b"]))
    assert digest((here, [b"a"])) != digest((there, [b"a"]))
    assert digest((here, [b"a"]), (there, [b"b"])) != digest((here, [b"b"]), (there, [b"a"]))
    assert digest() is None


def test_a_digest_is_that_of_one_tick() -> None:
    came = CameMessages("msgpack")
    came.note("p1", [b"a"])
    came.forget()
    came.note("p1", [b"b"])

    first = came.digest()

    assert first is not None
    assert first[0] == 1
    assert came.digest() is None


def test_digests_that_were_made_in_different_ways_have_the_number_of_items_in_common() -> None:
    assert not is_other([2, 7], [2, 7])
    assert is_other([2, 7], [2, 8])
    assert is_other([2, 7, "json"], [2, 8, "json"])
    assert not is_other([2, 7, "json"], [2, 8, "msgpack"])
    assert not is_other([2, 7], [2, 8, "msgpack"])
    assert is_other([2, 7], [3, 7, "msgpack"])
