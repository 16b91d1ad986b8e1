from __future__ import annotations

import tracemalloc
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.net.lines import Lines, lined
from hydroflow_nb.net.messages.codec import LINES
from hydroflow_nb.net.turns import SMALL


def cut(pieces: list[bytes], limit: int = 1000) -> tuple[list[bytes], int]:
    """The lines of pieces with the end of the stream behind them, and how many were too long."""
    too_long: list[bytes] = []
    lines = Lines(limit, too_long.append)
    bodies = [body for piece in pieces for body in lines.feed(piece)] + lines.finish()
    assert all(body[:1] == LINES.head for body in bodies)
    return [LINES.unpack(body[1:]) for body in bodies], len(too_long)


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"", []),
        (b"a\n", ["a"]),
        (b"a\r\nb\n", ["a", "b"]),
        (b"\n\r\n", ["", ""]),
        (b"a\rb\n", ["a\rb"]),
        (b"a\r\r\n", ["a\r"]),
        (b"a\nlast", ["a", "last"]),
        ("é€😀\n".encode(), ["é€😀"]),
    ],
)
def test_lines_come_without_their_ends(stream, lines):
    assert cut([stream]) == (lines, 0)


CONVERSATION = b"hi\r\n\n\xc3\xa9!\nbye"


def test_every_split_of_every_byte_gives_the_same_lines():
    size, whole = len(CONVERSATION), cut([CONVERSATION])
    splits = [chosen for count in range(size) for chosen in combinations(range(1, size), count)]

    assert whole == (["hi", "", "é!", "bye"], 0)
    assert len(splits) == 2 ** (size - 1)
    assert all(cut([CONVERSATION[a:b] for a, b in pairwise((0, *chosen, size))]) == whole for chosen in splits)


@given(st.lists(st.binary(max_size=12)), st.integers(0, 8))
def test_pieces_of_any_bytes_give_the_same_bodies_and_counts_as_one_piece(pieces, limit):
    too_long: list[bytes] = []

    def bodies(pieces):
        too_long.clear()
        lines = Lines(limit, too_long.append)
        return [body for piece in pieces for body in lines.feed(piece)] + lines.finish(), len(too_long)

    assert bodies(pieces) == bodies([b"".join(pieces)])


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=("Cs",)))))
def test_lines_that_are_sent_arrive(texts):
    assert cut([lined([LINES.encode(text) for text in texts])]) == (texts, 0)


def test_a_line_over_the_limit_is_thrown_away_and_the_next_one_is_read():
    assert cut([b"a" * 10 + b"\r\n"], limit=10) == (["a" * 10], 0)
    assert cut([b"a" * 11 + b"\nb\n"], limit=10) == (["b"], 1)
    assert cut([b"a" * 6, b"a" * 6, b"a" * 6, b"\nb\n"], limit=10) == (["b"], 1)
    assert cut([b"a" * 11], limit=10) == ([], 1)


def test_a_line_of_a_gigabyte_takes_no_more_memory_than_the_limit_allows():
    too_long: list[int] = []
    lines = Lines(1 << 20, lambda data: too_long.append(len(data)))
    piece = b"x" * (1 << 16)
    tracemalloc.start()
    try:
        for _ in range(1 << 14):
            assert lines.feed(piece) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 << 20
    assert len(too_long) == 1
    assert [body[1:] for body in lines.feed(b"\nhello\n")] == [b"hello"]


def test_a_line_that_is_no_longer_small_waits_for_a_turn_of_its_greatest_length():
    lines = Lines(1 << 20, lambda data: None)

    lines.feed(b"x" * SMALL)
    assert lines.expected == lines.pending == SMALL
    lines.feed(b"x")
    assert lines.expected == 1 << 20
    lines.feed(b"\n")
    assert lines.expected == lines.pending == 0
