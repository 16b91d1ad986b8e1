from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from hydroflow_nb.deploy import telling
from hydroflow_nb.deploy.telling import MemberTelling, Telling

LOG = Path("p1.log")
LINES = [
    "time=2026-01-01T00:00:00.000Z level=info event=ready flow=f",
    "a line that the flow prints",
    'time=2026-01-01T00:00:00.000Z level=error event=fault error="ValueError: no such thing"',
    "  Traceback (most recent call last):",
    "    1 // 0",
    "an indented line comes later:",
    "  of no problem",
    "time=2026-01-01T00:00:00.000Z level=warning event=net text=lost",
    "time=2026-01-01T00:00:00.000Z level=warning event=warning text=\x1b[2Jgone",
]


def test_what_goes_wrong_is_logged_with_its_traceback_and_the_rest_is_not(caplog, capsys):
    one = MemberTelling(Telling(everything=False), "p1", LOG)

    one.lines(LINES[:3])
    one.lines(LINES[3:])
    one.note("p1 was ended by signal 9, and starts again at once", is_problem=False)
    one.note("p1 ended with exit code 1", is_problem=True)

    assert [record.getMessage() for record in caplog.records] == [
        *(f"p1: {line}" for line in LINES[2:5]),
        f"p1: {LINES[-1]}".replace("\x1b", "\ufffd"),
        "p1 ended with exit code 1",
    ]
    assert capsys.readouterr() == ("", "")


def test_everything_is_printed_where_it_is_asked_for(caplog, capsys):
    MemberTelling(Telling(everything=True), "p1", LOG).lines(LINES[:4])

    assert capsys.readouterr().out.splitlines() == [f"p1: {line}" for line in LINES[:4]]
    assert not caplog.records


class Broken(io.StringIO):
    """An output that nobody reads any more."""

    tried = 0

    def write(self, text):
        self.tried += 1
        raise BrokenPipeError


def test_an_output_that_is_closed_is_written_to_no_more(monkeypatch):
    closed = io.StringIO()
    closed.close()
    for output in (Broken(), closed):
        monkeypatch.setattr(sys, "stdout", output)
        one = MemberTelling(Telling(everything=True), "p1", LOG)
        one.lines(LINES)
        one.note("p1 ended", is_problem=True)
        assert getattr(output, "tried", 1) == 1


def test_what_an_output_has_no_character_for_is_printed_as_its_number(monkeypatch):
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)

    MemberTelling(Telling(everything=True), "p1", LOG).lines(["caf\u00e9"])

    assert output.buffer.getvalue() == b"p1: caf\\xe9\n"


@pytest.mark.parametrize("everything", [False, True])
def test_a_run_tells_so_many_lines_and_then_where_the_rest_is(monkeypatch, caplog, capsys, everything):
    monkeypatch.setattr(telling, "MOST_LINES", 5)
    run = Telling(everything=everything)
    members = [MemberTelling(run, name, Path(f"{name}.log")) for name in ("p1", "p2")]

    for _ in range(10):
        for member in members:
            member.lines([LINES[2]])
    members[0].note("p1 was given up", is_problem=True)

    told = capsys.readouterr().out.splitlines() if everything else [one.getMessage() for one in caplog.records]
    assert len(told) == 5
    assert told[-1] == "further lines of members are in their logs, such as p1.log"
