"""The lines that an actor writes."""

from __future__ import annotations

import sys

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
