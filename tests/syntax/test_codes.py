"""The codes of syntax errors."""

from __future__ import annotations

import re

from hydroflow_nb.syntax import codes

CODES = {name: value for name, value in vars(codes).items() if name.isupper()}


def test_no_two_errors_have_the_same_code():
    assert len(set(CODES.values())) == len(CODES)


def test_syntax_has_the_codes_of_the_first_hundred_and_some_of_systems():
    assert all(re.fullmatch(r"HF(1\d|50|51)\d", code) for code in CODES.values())
