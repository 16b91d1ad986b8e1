"""What is seen of what an accumulator is given."""

from __future__ import annotations

import ast
import math

import pytest

from hydroflow_nb.correctness.given import Given
from hydroflow_nb.correctness.written import Names, Written


def given(text: str, **names: object) -> Given:
    node = ast.parse(text, mode="eval").body
    return Given(node, Written(parameters=(), body=node, names=Names({"math": math, **names})))


@pytest.mark.parametrize(
    ("text", "zero", "never_negative", "inexact", "no_bool"),
    [
        ("x", False, False, False, False),
        ("0", True, True, False, True),
        ("False", True, True, False, False),
        ("-1", False, False, False, True),
        ("0.0", False, False, True, True),
        ("len(x)", False, True, False, True),
        ("abs(0.1 * x)", False, True, True, True),
        ("x / 2", False, False, True, True),
        ("x // 2", False, False, False, True),
        ("math.floor(x)", False, False, False, False),
        ("math.sqrt(x)", False, False, True, False),
        ("round(x)", False, False, False, True),
        ("round(x, 1)", False, False, True, True),
        ("sum([x])", False, False, False, True),
        ("max(x, 0.5)", False, False, True, True),
        ("max(x, y)", False, False, False, False),
        ("float(x)", False, False, True, True),
        ("(y := 0.5)", False, False, True, True),
        ("x if x > 0.5 else y", False, False, False, False),
        ("x or 0.5", False, False, True, True),
        ("x > 0.5", False, False, False, False),
        ("not x", False, False, False, False),
        ("x & y", False, False, False, False),
        ("bool(x)", False, False, False, False),
        ("str(x)", False, False, False, True),
        ("[x]", False, False, False, True),
        ("f'{x}'", False, False, False, True),
    ],
)
def test_a_number_is_known_by_how_it_is_written(text, zero, never_negative, inexact, no_bool):
    found = given(text)

    assert (found.is_zero, found.is_never_negative, found.is_inexact, found.is_no_bool) == (
        zero,
        never_negative,
        inexact,
        no_bool,
    )


def test_what_is_called_len_or_float_may_be_something_else():
    assert not given("len(x)", len=lambda x: -1).is_never_negative
    assert not given("float(x)", float=lambda x: 1).is_inexact
