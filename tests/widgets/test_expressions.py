from __future__ import annotations

import pytest

from hydroflow_nb.widgets.expressions import error_text, evaluate


def test_an_expression_sees_the_names_and_binds_none() -> None:
    names = {"three": 3}

    assert evaluate("  (four := three + 1) * 2 ", names) == 8
    assert names == {"three": 3}


def test_an_error_in_an_expression_is_shown_with_its_text_and_without_a_file() -> None:
    with pytest.raises(SyntaxError) as caught:
        evaluate("1 + ", {})

    shown = error_text(caught.value)
    assert shown.startswith("1 +\n")
    assert shown.endswith("SyntaxError: invalid syntax")


def test_an_exception_is_shown_with_its_notes() -> None:
    error = ValueError("too much")
    error.add_note("in `map`")

    assert error_text(error) == "ValueError: too much\nin `map`"
