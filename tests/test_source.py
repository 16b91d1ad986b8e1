"""Offsets, lines and columns of a text, as people and as Python's `ast` count them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.source import Source, text_of

TEXTS = st.text(alphabet="ab\n\r\té→𝄞\ud800", max_size=30)


def test_lines_end_where_python_ends_them():
    source = Source(text="a\nb\r\nc\rd\x0be\u2028f")

    lines = [source.line_text(line) for line in range(1, source.line_count + 1)]

    assert lines == ["a", "b", "c", "d\x0be\u2028f"]


def test_an_empty_text_has_one_line():
    assert Source(text="").line_count == 1


def test_lines_are_counted_from_the_number_of_the_first_one():
    source = Source(text="a\nbc", first_line=2)

    assert source.line_column(3) == (3, 2)
    assert source.line_text(3) == "bc"


def test_columns_count_characters_and_byte_columns_bytes():
    source = Source(text="x\né→b")

    assert source.line_column(4) == (2, 3)
    assert source.byte_column(4) == 5
    assert source.offset(2, 5) == 4


@given(TEXTS, st.integers(1, 1000))
def test_a_place_in_bytes_leads_back_to_its_offset(text, first_line):
    source = Source(text=text, first_line=first_line)

    for offset in range(len(text) + 1):
        line, _ = source.line_column(offset)
        assert source.offset(line, source.byte_column(offset)) == offset


def test_a_byte_column_behind_an_ascii_text_is_the_end_of_the_text():
    assert Source(text="abc").offset(1, 99) == 3


def test_a_span_knows_its_text_place_and_length():
    span = Source(text="one\ntwo three", label="In[3]").span(8, 13)

    assert (span.text, span.line, span.column, span.length) == ("three", 2, 5, 5)
    assert span.place == "In[3]:2:5"
    assert repr(span) == "Span(In[3]:2:5 'three')"


def test_two_spans_join_to_one():
    source = Source(text="a -> b")

    assert source.span(0, 1).to(source.span(5, 6)).text == "a -> b"


def test_sources_of_equal_text_are_different_sources():
    assert Source(text="a") != Source(text="a")


def test_spans_are_equal_only_within_one_source():
    source, other = Source(text="a"), Source(text="a")

    assert source.span(0, 1) == source.span(0, 1)
    assert source.span(0, 1) != other.span(0, 1)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb\rc\n", "a\nb\nc\n"),
        (b"a\n\r\nb", "a\n\nb"),
        ("\u2028\x0c\ufeff".encode(), "\u2028\x0c\ufeff"),
        (b"", ""),
    ],
)
def test_the_text_of_a_file_is_the_same_whatever_editor_wrote_it(tmp_path: Path, data: bytes, text: str) -> None:
    (tmp_path / "text").write_bytes(data)

    assert text_of(tmp_path / "text") == text
