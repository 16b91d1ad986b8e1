"""What is read and cannot be used yet."""

from __future__ import annotations

import pytest

from hydroflow_nb.source import Source
from hydroflow_nb.syntax.unavailable import Feature, unavailable


@pytest.mark.parametrize("feature", Feature)
def test_each_part_of_the_language_says_that_it_is_missing_and_what_to_write_instead(feature):
    found = unavailable(feature, Source(text="x").span(0, 1))

    assert "is not available yet" in found.message
    assert found.hint
    assert found.is_error


@pytest.mark.parametrize(
    ("marked", "code"),
    [
        ("⟦loop⟧ { a -> b; };", "HF190"),
        ("⟦loop⟧ turns { a -> map(|x| {';', x}); }", "HF190"),
    ],
)
def test_it_is_one_error_at_its_place(only_error, marked, code):
    found_code, message, _ = only_error(marked)

    assert found_code == code
    assert "not available yet" in message


def test_loop_may_be_a_name(read):
    result = read("loop -> a; loop = b;")

    assert not result.diagnostics


def test_what_follows_a_loop_is_read(read):
    result = read("loop { a -> -> b; } a -> -> b;")

    assert [found.code for found in result.diagnostics] == ["HF190", "HF101"]
