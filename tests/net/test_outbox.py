from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.net.frames import Frames, framed
from hydroflow_nb.net.outbox import CHUNK, Outbox, chunks


def bodies_of(data: bytes) -> list[bytes]:
    return Frames(limit=1 << 26).feed(data)


def test_what_waits_leaves_in_its_order_and_small_chunks_leave_together() -> None:
    outbox = Outbox()
    for number in range(5):
        outbox.add((framed([b"%d" % number]), 1))

    data, count = outbox.take()

    assert bodies_of(data) == [b"0", b"1", b"2", b"3", b"4"]
    assert (count, outbox.count, outbox.size, outbox.memory) == (5, 0, 0, 0)


def test_no_more_leaves_at_once_than_a_transport_is_given() -> None:
    outbox = Outbox()
    half = framed([b"x" * (CHUNK // 2)])
    for _ in range(3):
        outbox.add((half, 1))

    taken = [outbox.take() for _ in range(3)]

    assert taken == [(half, 1)] * 3


def test_memory_is_counted_as_it_is_taken_and_given_back() -> None:
    outbox = Outbox()

    taken = sum(outbox.add((framed([b"x" * size]), 1)) for size in (0, 10, 1000))

    assert outbox.memory == taken > outbox.size == 3 * 4 + 1010
    assert outbox.clear() == 3
    assert (outbox.memory, outbox.size, outbox.count) == (0, 0, 0)


@given(st.lists(st.integers(0, 3 * CHUNK // 2), min_size=1, max_size=12))
def test_chunks_hold_all_messages_in_order_and_only_a_long_message_makes_a_long_chunk(sizes: list[int]) -> None:
    bodies = [bytes([number]) + b"x" * size for number, size in enumerate(sizes)]

    made = list(chunks(bodies))

    assert [body for data, _ in made for body in bodies_of(data)] == bodies
    assert [len(bodies_of(data)) for data, _ in made] == [count for _, count in made]
    assert all(count == 1 or len(data) <= CHUNK + 4 * count for data, count in made)
