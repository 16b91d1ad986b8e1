"""The lines that an actor writes."""

from __future__ import annotations

import sys
import threading

from hydroflow_nb.deploy.ray.written import Written


def test_whole_lines_wait_to_be_told_and_the_stream_gets_all(capsys, monkeypatch):
    told = []
    written = Written(lambda: told.append(True))
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    written.capture()
    print("one")
    print("tw", end="")
    assert written.take() == [b"one"]
    assert not written
    print("o", file=sys.stderr)
    assert written.take() == [b"two"]
    assert len(told) == 2
    assert capsys.readouterr().out == "one\ntw"


def test_of_very_many_lines_the_last_ones_are_told():
    written = Written(lambda: None)
    written.add("".join(f"{number}\n" for number in range(5_000)))
    lines = written.take()
    assert len(lines) == 2_000
    assert lines[-1] == b"4999"


def when_called(name, act):
    """Have a function act once in the middle of another one: when that calls a method of this name."""

    def look(frame, event, called):
        if event == "c_call" and called.__name__ == name:
            sys.setprofile(None)
            act()

    sys.setprofile(look)


def test_lines_that_are_written_while_others_are_taken_wait_for_the_next_time():
    written = Written(lambda: None)
    written.add("one\ntwo\n")
    when_called("encode", lambda: written.add("three\n"))
    try:
        assert written.take() == [b"one", b"two"]
    finally:
        sys.setprofile(None)
    assert written.take() == [b"three"]


def test_threads_that_write_at_once_lose_nothing():
    written = Written(lambda: None)
    written.add("begun ")
    other = threading.Thread(target=written.add, args=["other\n"])

    def write():
        other.start()
        # It has to wait for the one that writes now.
        other.join(0.05)

    when_called("split", write)
    try:
        written.add("one\n")
    finally:
        sys.setprofile(None)
    other.join()
    assert b"".join(written.take()) == b"begun oneother"


def test_a_line_that_does_not_end_is_told_in_pieces():
    written = Written(lambda: None)
    for _ in range(4):
        written.add("." * 3_000)
    assert written.take() == [b"." * 4096] * 2
    written.add("x" * 10_000 + "\n")
    assert [len(line) for line in written.take()] == [4096, 4096, 4096, 12_000 + 10_000 - 5 * 4096]


def test_what_stands_behind_the_last_line_end_is_told_at_the_end():
    written = Written(lambda: None)
    written.add("one\ntwo")
    assert written.take() == [b"one"]
    written.end()
    written.end()
    assert written.take() == [b"two"]
