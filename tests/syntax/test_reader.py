from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "wrong",
    [
        "a -> map(",
        "a -> map([1, 2) -> b",
        "a -> map(x])",
        "a -> map('x) -> b",
        "a -> map(f'{x) -> b",
        "(a -> b",
        "a -> fold::<'static(|| 0) -> b",
        "a -> -> map(';', [';']) -> b::<int>(';')",
        "a -> , { b; c; } -> d",
        "[0 a",
        "a -> map(|x| x",
        "a -> map(|(x, y| x)",
    ],
)
def test_reading_goes_on_behind_the_next_semicolon(read, wrong):
    result = read(f"{wrong};\nx -> => y;\nz;")

    assert [found.span.line for found in result.diagnostics] == [1, 2]
    assert [statement.span.text for statement in result.flow.statements] == ["z"]
