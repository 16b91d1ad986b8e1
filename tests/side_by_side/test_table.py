"""The tables, and their place in a page."""

from __future__ import annotations

import pytest

from side_by_side.runner import Measured
from side_by_side.shape import HAND, OURS, RUST, RustText, Shape
from side_by_side.table import digits, insert, table, time_text


def measured(name, ticks=1, held=0, **more):
    return Measured(Shape(name, {}, {}, RustText(""), ticks=ticks, held=held), {OURS: [2.0], **more})


def test_a_row_says_our_time_and_how_many_times_longer_the_others_took():
    found = [measured("map", hand=[1.0], streamz=[500.0]), measured("ticks", 1_000, 55_008, **{RUST: [1.0]})]

    assert table(found, spread=False).splitlines() == [
        "|  | hydroflow_nb | by hand | Hydroflow (Rust) | streamz |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| map | 2 s | 0.5 |  | 250 |",
        "| ticks, 55,008 held | 2 ms a tick |  | 0.5 |  |",
    ]


def test_quartiles_stand_in_brackets():
    one = Measured(Shape("map", {}, {}, RustText("")), {OURS: [1.0, 1.0, 1.0], HAND: [0.5, 1.0, 2.0]})

    assert "| 1 [0.75-1.5] |" in table([one])


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.00123, "0.0012"), (0.5, "0.5"), (1.0, "1"), (3.14159, "3.14"), (99.94, "99.9"), (1234.5, "1,230"), (0.0, "0")],
)
def test_numbers_have_two_or_three_digits_and_no_exponent(number, text):
    assert digits(number) == text


@pytest.mark.parametrize(("seconds", "text"), [(1.5, "1.5 s"), (0.0123, "12.3 ms"), (4e-6, "4 µs"), (5e-9, "5 ns")])
def test_a_time_has_the_unit_that_fits_it(seconds, text):
    assert time_text(seconds) == text


def test_lines_go_between_the_two_marks_and_replace_what_stood_there(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- held -->\nold\n<!-- /held -->\nafter\n", encoding="utf-8")

    for _ in range(2):
        insert(page, "held", [r"| new \1 |", "last"])

    assert page.read_text("utf-8") == "before\n<!-- held -->\n| new \\1 |\nlast\n<!-- /held -->\nafter\n"


def test_a_page_without_the_marks_is_named(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"page\.md has no lines <!-- held --> and <!-- /held -->"):
        insert(page, "held", [])


def test_the_pages_have_the_marks_that_are_written_to(repository):
    for path, names in (("docs/performance.md", ("batches", "held")), ("README.md", ("side by side",))):
        text = (repository / path).read_text("utf-8")
        for name in names:
            start, end = text.index(f"<!-- {name} -->"), text.index(f"<!-- /{name} -->")
            assert "| hydroflow_nb |" in text[start:end], path
