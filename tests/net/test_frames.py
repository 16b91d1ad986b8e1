from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.net.frames import Frames, Oversized, frame, framed

BODIES = [b"", b"a", b"hello", b"", b"x" * 300, b"\x00\x00\x00\x05"]


def test_a_frame_is_its_length_in_four_bytes_and_its_body() -> None:
    assert frame(b"abc") == b"\x00\x00\x00\x03abc"
    assert framed([b"a", b""]) == b"\x00\x00\x00\x01a\x00\x00\x00\x00"


@pytest.mark.parametrize("write", [frame, lambda body: framed([b"a", body])])
def test_a_body_that_no_frame_can_hold_is_refused(write: Callable[[bytes], bytes]) -> None:
    class Long(bytes):
        def __len__(self) -> int:
            return 1 << 32

    with pytest.raises(ValueError, match="4,294,967,296 bytes is too long for a frame"):
        write(Long())


def test_frames_that_come_in_one_piece_give_their_bodies_in_order() -> None:
    frames = Frames()

    assert frames.feed(framed(BODIES)) == BODIES
    assert frames.pending == 0


@pytest.mark.parametrize("at", range(len(framed(BODIES)) + 1))
def test_a_stream_split_at_any_byte_gives_the_same_bodies(at: int) -> None:
    stream, frames = framed(BODIES), Frames()

    assert frames.feed(stream[:at]) + frames.feed(stream[at:]) == BODIES
    assert frames.pending == 0


def test_a_stream_that_comes_byte_by_byte_gives_the_same_bodies() -> None:
    frames = Frames()

    assert [body for byte in framed(BODIES) for body in frames.feed(bytes([byte]))] == BODIES


@given(bodies=st.lists(st.binary(max_size=40)), cuts=st.lists(st.integers(0, 400)))
def test_pieces_of_any_size_give_the_same_bodies(bodies: list[bytes], cuts: list[int]) -> None:
    stream, frames = framed(bodies), Frames()
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})

    pieces = [stream[begin:end] for begin, end in pairwise(edges)]

    assert [body for piece in pieces for body in frames.feed(piece)] == bodies


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_bodies_are_bytes_and_keep_nothing_of_a_buffer_that_is_used_again(kind: type) -> None:
    buffer = bytearray(framed([b"one", b"two"]) + b"\x00\x00\x00\x05thr")
    frames = Frames()

    bodies = frames.feed(kind(buffer))
    buffer[:] = bytes(len(buffer))

    assert bodies == [b"one", b"two"]
    assert {type(body) for body in bodies} == {bytes}
    assert frames.feed(b"ee") == [b"three"]


def test_what_has_come_of_an_unfinished_frame_is_pending() -> None:
    frames = Frames()

    frames.feed(frame(b"whole") + frame(b"cut")[:-1])

    assert frames.pending == 6


def test_a_length_over_the_limit_is_refused_before_its_body_comes() -> None:
    frames = Frames(limit=10)

    with pytest.raises(Oversized) as caught:
        frames.feed(frame(b"fits") + b"\xff\xff\xff\xff")

    assert caught.value.length == 0xFFFFFFFF
    assert caught.value.bodies == [b"fits"]
    assert "4,294,967,295 bytes" in str(caught.value)


def test_a_length_over_the_limit_is_refused_when_its_last_byte_comes() -> None:
    frames = Frames(limit=10)

    assert frames.feed(b"\x00\x00\x00") == []
    with pytest.raises(Oversized):
        frames.feed(b"\x0b")


def test_a_stream_that_was_oversized_once_stays_so() -> None:
    frames = Frames(limit=10)
    with pytest.raises(Oversized):
        frames.feed(b"\x00\x00\x00\x0b")

    with pytest.raises(Oversized):
        frames.feed(frame(b"fits"))


def test_a_body_of_just_the_limit_passes() -> None:
    assert Frames(limit=10).feed(frame(b"x" * 10)) == [b"x" * 10]


def test_a_long_body_in_small_pieces_is_not_copied_at_each_of_them() -> None:
    body, frames = bytes(1 << 20), Frames()
    stream = frame(body)

    bodies = [found for begin in range(0, len(stream), 64) for found in frames.feed(stream[begin : begin + 64])]

    assert bodies == [body]  # 16 thousand copies of a megabyte would take the test's whole time
