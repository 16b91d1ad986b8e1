from __future__ import annotations

import pytest

from hydroflow_nb.magics._place import Place, read


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", Place.STATEMENT),
        ("\n  ", Place.STATEMENT),
        ("a = ", Place.PIPELINE),
        ("a -> null(); ", Place.STATEMENT),
        ("a -> (", Place.PIPELINE),
        ("a -> ", Place.NODE),
        ("a -> map(lambda x: (x, ';'), '->') -> ", Place.NODE),
        ("a -> fold::<'static>(int, f) -> ", Place.NODE),
        ("a[0] -> ", Place.NODE),
        ("a # a -> comment\n -> ", Place.NODE),
        ("a /* a comment */ -> /* one more */ ", Place.NODE),
        ("a -> map(|x| x // 2) -> ", Place.NODE),
        ("a -> map(f; b -> ", Place.NODE),
        ("a -> map('x); b = c;\n d -> ", Place.NODE),
        ("a -> [", Place.PORT_BEFORE),
        ("[", Place.PORT_BEFORE),
        ("a -> [0]", Place.PORTED),
        ("a[", Place.PORT_AFTER),
        ("(a -> b)[", Place.PORT_AFTER),
        ("a[0]", Place.ELSEWHERE),
        ("a -> fold::", Place.BEFORE_GENERICS),
        ("a -> fold::<", Place.GENERICS),
        ("a -> fold::<'", Place.GENERICS),
        ("a -> join::<'tick, ", Place.GENERICS),
        ("a -> map(", Place.ARGUMENT),
        ("a -> fold::<'static>(lambda: ", Place.ARGUMENT),
        ("a -> fold(int, |x, y| x +", Place.ARGUMENT),
        ("a -> map({'key': [1, ", Place.ARGUMENT),
        ("a -> map('a -> ", Place.ARGUMENT),
        ('a -> map("""a;\nb -> ', Place.ARGUMENT),
        ("a -> map(f) ", Place.ELSEWHERE),
        ("a -> b ", Place.ELSEWHERE),
        ("# a -> ", Place.ELSEWHERE),
        ("a -> // b", Place.ELSEWHERE),
        ("a -> /* b\n", Place.ELSEWHERE),
        ("a ? ", Place.ELSEWHERE),
    ],
)
def test_the_place_of_a_cursor_is_what_may_be_written_there(text, place):
    assert read(text).place is place


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("a -> map(", ""),
        ("a -> map(f(x, 'y'), ", ""),
        ("a -> map(f(x, 'y'), g.", "g."),
        ("a -> map(|x, (y, _)| x.", "|x, (y, _)| x."),
        ("a -> fold::<'static>(lambda: x.", "lambda: x."),
        ("a -> map(\n  lambda x: [x,\n   ", "lambda x: [x,\n   "),
    ],
)
def test_a_begun_argument_is_known_from_its_begin_on(text, argument):
    assert read(text).argument == argument


def test_names_are_known_with_the_operators_at_their_ends():
    reading = read("j = join() -> map(f(a=1)); alias = j -> tee(); plain = j; wrong = -> ; open = filter(")

    assert reading.ends == {
        "j": ["join", "map"],
        "alias": ["", "tee"],
        "plain": [""],
        "wrong": [],
        "open": ["filter"],
    }


def test_a_port_belongs_to_the_name_before_it():
    assert read("a -> tee(); numbers[").name == "numbers"


def test_a_lifetime_whose_quote_is_there_is_told_from_one_that_is_not():
    assert read("a -> fold::<'").quoted
    assert not read("a -> fold::<").quoted
