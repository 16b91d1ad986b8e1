from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest

from hydroflow_nb.engine.files import LineFile, json_of, lines_of
from hydroflow_nb.engine.misfit import Misfit


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"one", ["one"]),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\n\r\ntwo", ["one", "", "two"]),
        ("é\x0cü\u2028ö\n".encode(), ["é\x0cü\u2028ö"]),
        (b"one\rtwo\r\n", ["one", "two"]),
        (b"\xef\xbb\xbfone\ntwo\n", ["one", "two"]),
        (b"\xef\xbb\xbf", []),
        ("one\n\ufefftwo".encode(), ["one", "\ufefftwo"]),
    ],
)
def test_the_lines_of_a_file_come_without_their_ends(tmp_path: Path, data: bytes, lines: list[str]) -> None:
    (tmp_path / "text").write_bytes(data)

    assert lines_of(tmp_path / "text").waiting() == lines
    assert lines_of(str(tmp_path / "text")).waiting() == lines


def test_a_json_file_is_one_value(tmp_path: Path) -> None:
    (tmp_path / "value").write_text('{"é": [1, null]}', encoding="utf-8")

    assert json_of(tmp_path / "value").waiting() == [{"é": [1, None]}]


def test_a_json_file_may_have_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "value").write_bytes(b"\xef\xbb\xbf[1,\r\n2]\r\n")

    assert json_of(tmp_path / "value").waiting() == [[1, 2]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\n\xff\n", "is not in UTF-8: invalid start byte in line 2"),
        (b"a\r\nb\r\xff\n", "is not in UTF-8: invalid start byte in line 3"),
        (b"\xef\xbb\xbf[1,\r\n 2", r"not JSON: .* \(line 2, column"),
        (b"[1,\n 2", r"not JSON: .* \(line 2, column"),
    ],
)
def test_a_file_that_cannot_be_understood_is_an_error_that_tells_where(
    tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "value").write_bytes(data)

    with pytest.raises(Misfit, match=message):
        json_of(tmp_path / "value")


@pytest.mark.parametrize("use", [lines_of, json_of, lambda path: LineFile(path, False)])
@pytest.mark.parametrize(("path", "message"), [("missing/file", "missing/file"), (".", "directory"), (3, "not 3")])
def test_a_file_that_cannot_be_opened_is_an_error_with_its_path(use: Any, path: Any, message: str) -> None:
    with pytest.raises(Misfit, match=message):
        use(path)


def test_lines_can_be_read_after_a_flush(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "out", False)
    file.begin()
    file.write("é")
    file.write_all(["two", ""])

    file.flush()
    found = (tmp_path / "out").read_bytes()
    file.close()

    assert found == "é\ntwo\n\n".encode()


@pytest.mark.parametrize(("append", "text"), [(True, "old\nnew\n"), (False, "new\n")])
def test_what_is_in_the_file_is_kept_only_to_append_to_it(tmp_path: Path, append: bool, text: str) -> None:
    (tmp_path / "out").write_text("old\n")
    file = LineFile(tmp_path / "out", append)
    file.begin()
    file.write("new")
    file.close()

    assert (tmp_path / "out").read_text() == text


def test_whether_to_append_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(Misfit, match="True or False"):
        LineFile(tmp_path / "out", "a")


@pytest.mark.filterwarnings("error")
def test_a_file_that_is_forgotten_is_written_out_and_closed(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "out", False)
    file.begin()
    file.write("one")

    del file
    gc.collect()

    assert (tmp_path / "out").read_text() == "one\n"


@pytest.mark.parametrize("append", [True, False])
def test_a_file_that_is_opened_and_not_begun_stays_as_it_is(tmp_path: Path, append: bool) -> None:
    (tmp_path / "out").write_text("old")

    LineFile(tmp_path / "out", append).close()
    LineFile(tmp_path / "new", append).close()

    assert (tmp_path / "out").read_text() == "old"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"old", b"old\nnew\nmore\n"),
        (b"old\n", b"old\nnew\nmore\n"),
        (b"old\r\n", b"old\r\nnew\nmore\n"),
        (b"old\r", b"old\rnew\nmore\n"),
        (b"", b"new\nmore\n"),
    ],
)
def test_what_is_appended_begins_a_line(tmp_path: Path, before: bytes, after: bytes) -> None:
    (tmp_path / "out").write_bytes(before)
    file = LineFile(tmp_path / "out", True)
    file.begin()
    file.write_all(["new", "more"])
    file.close()

    assert (tmp_path / "out").read_bytes() == after


def test_a_file_to_which_nothing_is_appended_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    file = LineFile(tmp_path / "out", True)
    file.begin()
    file.write_all([])
    file.close()

    assert (tmp_path / "out").read_text() == "old"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("append", [True, False])
def test_lines_are_written_to_a_pipe_too(tmp_path: Path, append: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    file = LineFile(tmp_path / "pipe", append)
    file.begin()
    file.write("new")
    file.close()

    assert os.read(reading, 100) == b"new\n"
    os.close(reading)


def test_two_that_write_to_one_file_write_over_nothing(tmp_path: Path) -> None:
    one, other = LineFile(tmp_path / "out", False), LineFile(tmp_path / "out", False)
    for file in (one, other):
        file.begin()
    for number, file in enumerate((one, other, one)):
        file.write(f"line {number}")
        file.flush()
    one.close()
    other.close()

    assert (tmp_path / "out").read_text() == "line 0\nline 1\nline 2\n"
