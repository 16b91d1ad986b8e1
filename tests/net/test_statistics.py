from __future__ import annotations

import logging

import pytest

from hydroflow_nb.net.statistics import MEANINGS, MOST_BYTES, MOST_REJECTED, Cause, Statistics


def test_a_rejected_message_is_counted_and_kept_with_its_first_bytes() -> None:
    statistics = Statistics()

    statistics.reject(Cause.OVERSIZED, "too long", ("127.0.0.1", 5000), b"x" * 5000)

    assert statistics.oversized == 1
    (kept,) = statistics.rejected
    assert (kept.cause, kept.reason, kept.address) == (Cause.OVERSIZED, "too long", ("127.0.0.1", 5000))
    assert kept.data == b"x" * MOST_BYTES


def test_a_flood_keeps_the_last_ones_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    statistics = Statistics()

    with caplog.at_level(logging.WARNING, "hydroflow_nb.net"):
        for number in range(1000):
            statistics.reject(Cause.UNDECODABLE, f"number {number}", "peer", b"\xff")

    assert statistics.undecodable == 1000
    assert [one.reason for one in statistics.rejected] == [f"number {n}" for n in range(1000 - MOST_REJECTED, 1000)]
    assert len(caplog.records) < 10
    assert "number 0" in caplog.text


def test_a_log_line_stays_one_line_whatever_a_message_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "hydroflow_nb.net"):
        Statistics().reject(Cause.UNDECODABLE, "no class\n\x1b[31mfake", "peer", b"")

    (record,) = caplog.records
    assert record.getMessage().isprintable()


def test_losses_are_logged_once_for_each_address_and_then_again_with_what_was_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    statistics = Statistics()

    for _ in range(100):
        statistics.lose(3, "a", "it is full")
        statistics.lose(1, "b", "it is full")
    monkeypatch.setattr("hydroflow_nb.net.statistics.SILENCE", 0.0)
    statistics.lose(3, "a", "it is full")

    assert statistics.lost == 403
    assert [record.getMessage() for record in caplog.records] == [
        "3 messages to 'a' lost: it is full",
        "1 message to 'b' lost: it is full",
        "3 messages to 'a' lost: it is full (297 more since the last report)",
    ]


def test_every_counter_is_shown_and_means_something() -> None:
    statistics = Statistics()
    for name in MEANINGS:
        setattr(statistics, name, 7)

    assert statistics.to_dict() == dict.fromkeys(MEANINGS, 7)
    assert all(f"7 {name}" in repr(statistics) for name in MEANINGS)
    html = statistics._repr_html_()
    assert all(f"{name}</th>" in html and f">{meaning}</td>" in html for name, meaning in MEANINGS.items())


def test_the_html_shows_what_came_from_outside_as_text_only() -> None:
    statistics = Statistics()
    statistics.reject(Cause.UNDECODABLE, "<script>reason</script>", "<img src=x>", b"<b>bytes</b>")

    html = statistics._repr_html_()

    assert "<script>" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html
