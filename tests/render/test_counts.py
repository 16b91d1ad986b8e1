from __future__ import annotations

import pytest

from hydroflow_nb.render.counts import compact, count_text, counted


def test_what_was_carried_over_stands_in_brackets_behind_what_was_sent() -> None:
    shown = [count_text(3, 0), count_text(0, 0), count_text(1, 55_008), count_text(0, 3)]

    assert shown == ["3", "0", "1 (55k)", "(3)"]


def test_a_count_is_said_with_its_word_and_in_groups_of_three_digits() -> None:
    assert [counted(count, "item") for count in (0, 1, 12_345)] == ["0 items", "1 item", "12,345 items"]


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1950, "1.9k"),
        (9950, "10k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (12_345_678, "12M"),
    ],
)
def test_a_large_count_keeps_two_or_three_digits(count: int, shown: str) -> None:
    assert compact(count) == shown
