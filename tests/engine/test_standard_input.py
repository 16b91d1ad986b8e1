from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator
from typing import TextIO

import pytest

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.standard_input import StandardInput


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """The end of a pipe that the standard input reads from."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "w", buffering=1) as end:
        monkeypatch.setattr(sys, "stdin", stream)
        yield end


def waits(inbox: StandardInput, lines: int = 1) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(inbox.waiting()) < lines:
        time.sleep(0.005)
    return inbox.waits()


def test_lines_are_taken_in_as_they_come(pipe: TextIO) -> None:
    inbox = StandardInput()
    inbox.ingest()
    before = inbox.take()

    pipe.write("one\n\n")
    pipe.close()
    assert waits(inbox, 2)
    inbox.ingest()

    assert (before, inbox.take()) == ([], ["one", ""])


def test_nothing_is_read_before_the_first_tick(pipe: TextIO) -> None:
    inbox = StandardInput()
    pipe.write("one\n")
    pipe.close()

    assert sys.stdin.readline() == "one\n"
    assert not inbox.waits()


def test_a_line_that_one_has_not_taken_is_for_the_next(pipe: TextIO) -> None:
    first = StandardInput()
    first.ingest()
    pipe.write("one\n")
    pipe.close()
    assert waits(first)
    first.close()

    second = StandardInput()
    second.ingest()

    assert second.take() == ["one"]


def test_a_text_in_memory_is_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo"))
    inbox = StandardInput()

    inbox.ingest()

    assert inbox.take() == ["one", "two"]


def test_without_a_standard_input_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(Misfit, match="no standard input"):
        StandardInput()


def test_bytes_that_are_no_text_come_as_they_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\xff\nb\n"), encoding="utf-8", errors="strict"))

    inbox = StandardInput()
    inbox.ingest()

    assert inbox.take() == [r"a\xff", "b"]


def test_what_cannot_be_read_ends_the_input(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(io.StringIO):
        def readline(self, size: int | None = -1) -> str:
            raise OSError("gone")

    monkeypatch.setattr(sys, "stdin", Broken())

    inbox = StandardInput()
    inbox.ingest()

    assert inbox.take() == []
    assert "the standard input cannot be read to its end: gone" in caplog.text


def test_whatever_ends_a_line_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    # As Python opens its standard input, which takes `\n` alone for the end of a line.
    with os.fdopen(reading, encoding="utf-8", newline="\n") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        inbox = StandardInput()
        inbox.ingest()
        with os.fdopen(writing, "wb") as end:
            end.write(b"\xef\xbb\xbfone\r\n\r\ntwo\rthree\n\xef\xbb\xbf\n")
        deadline = time.monotonic() + 60
        while len(inbox.waiting()) < 5 and time.monotonic() < deadline:
            time.sleep(0.005)

        assert inbox.waiting() == ["one", "", "two", "three", "\ufeff"]


def test_a_lone_carriage_return_ends_a_line_that_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8", newline="\n") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        inbox = StandardInput()
        inbox.ingest()
        with os.fdopen(writing, "wb", buffering=0) as end:
            end.write(b"one\rtwo")

            assert waits(inbox)
            assert inbox.waiting() == ["one"]


def test_a_text_in_memory_has_lines_by_the_same_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\ufeffone\r\ntwo\rthree", newline=""))
    inbox = StandardInput()
    inbox.ingest()

    assert inbox.take() == ["one", "two", "three"]
