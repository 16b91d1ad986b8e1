from __future__ import annotations

from hydroflow_nb.deploy import member_log
from hydroflow_nb.deploy.member_log import MOST_LINES, MemberLog
from hydroflow_nb.deploy.telling import MemberTelling, Telling


def log_at(path):
    """A log of a member."""
    return MemberLog(path, MemberTelling(Telling(everything=False), "p1", path))


def test_lines_that_come_in_pieces_are_whole(tmp_path):
    log = log_at(tmp_path / "p1.log")

    for piece in (b"on", b"e\ntw", b"o\n\xff"):
        log.feed(piece)
    log.note("p1 has ended", is_problem=False)

    assert log.lines == ("one", "two", "\ufffd", "p1 has ended")
    assert (tmp_path / "p1.log").read_bytes() == b"one\ntwo\n\xff\np1 has ended\n"


def test_its_lines_and_its_files_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(member_log, "MOST_BYTES", 10_000)
    log = log_at(tmp_path / "p1.log")

    log.feed(b"x" * 50_000)
    for number in range(3_000):
        log.feed(f"{number}\n".encode())

    assert len(log.lines) == MOST_LINES
    assert log.lines[-1] == "2999"
    assert max(map(len, log.lines)) < 5_000
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["p1.log", "p1.log.1"]
    assert all(file.stat().st_size <= 10_000 for file in files)


def test_a_log_that_is_there_is_gone_on_with(tmp_path):
    log_at(tmp_path / "p1.log").note("before", is_problem=False)
    log_at(tmp_path / "p1.log").note("after", is_problem=False)

    assert (tmp_path / "p1.log").read_text() == "before\nafter\n"


def test_a_disk_that_takes_nothing_loses_no_lines_of_the_view(tmp_path):
    log = log_at(tmp_path / "missing" / "p1.log")

    log.feed(b"one\n")

    assert log.lines == ("one",)
