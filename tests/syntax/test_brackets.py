"""The brackets that are open, and the lambdas in them."""

from __future__ import annotations

from hydroflow_nb.syntax.brackets import Brackets


def opened(text):
    """A text in parentheses, all of whose brackets stay open."""
    brackets = Brackets(0, ")")
    for offset, sign in enumerate(text, start=1):
        brackets.push(offset, {"(": ")", "[": "]", "{": "}"}[sign])
    return brackets


def test_a_character_closes_the_innermost_bracket_of_its_kind():
    brackets = opened("[([")

    assert [brackets.innermost(closer) for closer in ")]}"] == [2, 3, None]


def test_a_bracket_that_was_closed_is_not_found_any_more():
    brackets = opened("[([")

    brackets.close_down_to(2)

    assert list(brackets) == [(0, ")"), (1, "]")]
    assert [brackets.innermost(closer) for closer in ")]"] == [0, 1]


def test_a_comma_belongs_to_a_lambda_until_its_colon():
    brackets = opened("")

    brackets.begin_lambda()
    before = brackets.is_in_lambda()
    brackets.end_parameters()

    assert before
    assert not brackets.is_in_lambda()


def test_in_a_bracket_within_the_parameters_of_a_lambda_a_comma_is_the_brackets():
    brackets = opened("")
    brackets.begin_lambda()

    brackets.push(1, "]")
    inside = brackets.is_in_lambda()
    brackets.close_innermost()

    assert not inside
    assert brackets.is_in_lambda()


def test_a_lambda_ends_with_its_bracket_whether_its_colon_has_come_or_not():
    brackets = opened("[")
    brackets.begin_lambda()

    brackets.close_innermost()
    brackets.push(2, "]")

    assert not brackets.is_in_lambda()
