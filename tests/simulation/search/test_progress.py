"""The line that tells how far a search has come."""

from __future__ import annotations

import pytest

from hydroflow_nb.simulation.search import progress
from hydroflow_nb.simulation.search.progress import Progress, SoFar


@pytest.fixture
def at(monkeypatch):
    """Sets the time, in seconds."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def set_to(seconds: float) -> None:
        now[0] = seconds

    return set_to


def test_what_is_done_soon_is_not_told(at, capsys):
    with Progress(True) as line:
        at(0.9)
        line.tell(lambda: "busy")

    assert capsys.readouterr().err == ""


def test_it_is_told_at_most_four_times_a_second_on_one_line_and_is_gone_at_the_end(at, capsys, monkeypatch):
    # A shell that another test has made leaves it behind.
    monkeypatch.delattr("builtins.__IPYTHON__", raising=False)

    with Progress(True) as line:
        for millisecond in range(2_000):
            at(millisecond / 1_000)
            line.tell(lambda at=millisecond: f"{at}")

    written = capsys.readouterr().err
    assert [part.strip() for part in written.split("\r") if part.strip()] == ["1000", "1250", "1500", "1750"]
    assert "\n" not in written
    assert written.endswith("\r    \r")


def test_no_progress_is_shown_where_no_person_watches(at, capsys, monkeypatch):
    # A shell that another test has made leaves it behind.
    monkeypatch.delattr("builtins.__IPYTHON__", raising=False)

    with Progress() as line:
        at(10)
        line.tell(lambda: "busy")

    assert capsys.readouterr().err == ""


def test_a_notebook_is_told_by_its_output_and_not_in_the_red_of_errors(at, capsys, monkeypatch):
    monkeypatch.setattr("builtins.__IPYTHON__", True, raising=False)

    with Progress() as line:
        at(10)
        line.tell(lambda: "busy")

    written = capsys.readouterr()
    assert ("busy" in written.out, written.err) == (True, "")


def test_a_function_is_told_how_far_the_search_has_come_and_nothing_is_written(at, capsys):
    told = []

    with Progress(told.append) as line:
        for second in (0.1, 0.2, 0.4):
            at(second)
            line.tell(lambda tried=second: tried)

    assert told == [0.1, 0.4]
    assert capsys.readouterr().err == ""


def test_how_far_it_has_come_is_said_with_rate_and_what_is_left():
    so_far = SoFar(tried=829, runs=1_000, estimate=10**46, decisions=9_000, seconds=8.29, left=1.7)

    assert str(so_far) == "829 of about 10^46 schedules tried, 100 a second, at most 2 s left, 9,000 decisions"
    assert so_far.rate == pytest.approx(100)
