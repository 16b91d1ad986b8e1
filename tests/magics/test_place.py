from __future__ import annotations

import pytest

from hydroflow_nb.magics._place import CursorPlace, read


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", CursorPlace.STATEMENT),
        ("\n  ", CursorPlace.STATEMENT),
        ("a = ", CursorPlace.PIPELINE),
        ("a -> null(); ", CursorPlace.STATEMENT),
        ("a -> (", CursorPlace.PIPELINE),
        ("a -> ", CursorPlace.NODE),
        ("a -> map(lambda x: (x, ';'), '->') -> ", CursorPlace.NODE),
        ("a -> fold::<'static>(int, f) -> ", CursorPlace.NODE),
        ("a[0] -> ", CursorPlace.NODE),
        ("a # a -> comment\n -> ", CursorPlace.NODE),
        ("a /* a comment */ -> /* one more */ ", CursorPlace.NODE),
        ("a -> map(|x| x // 2) -> ", CursorPlace.NODE),
        ("a -> map(f; b -> ", CursorPlace.NODE),
        ("a -> map('x); b = c;\n d -> ", CursorPlace.NODE),
        ("a ~> ", CursorPlace.NODE),
        ("@", CursorPlace.LOCATION),
        ("a ~> @", CursorPlace.LOCATION),
        ("@a ", CursorPlace.STATEMENT),
        ("@a { ", CursorPlace.STATEMENT),
        ("a ~> @b ", CursorPlace.NODE),
        ("a ~> @b.", CursorPlace.ROUTE),
        ("a ~> @b.all ", CursorPlace.NODE),
        ("a ~> @b.by(|x| ", CursorPlace.ARGUMENT),
        ("a ~> @b.by(|x| x) ", CursorPlace.NODE),
        ("a -> map(|x| x @ ", CursorPlace.ARGUMENT),
        ("a -> [", CursorPlace.PORT_BEFORE),
        ("[", CursorPlace.PORT_BEFORE),
        ("a -> [0]", CursorPlace.PORTED),
        ("a[", CursorPlace.PORT_AFTER),
        ("(a -> b)[", CursorPlace.PORT_AFTER),
        ("a[0]", CursorPlace.ELSEWHERE),
        ("a -> fold::", CursorPlace.BEFORE_GENERICS),
        ("a -> fold::<", CursorPlace.GENERICS),
        ("a -> fold::<'", CursorPlace.GENERICS),
        ("a -> join::<'tick, ", CursorPlace.GENERICS),
        ("a -> map(", CursorPlace.ARGUMENT),
        ("a -> fold::<'static>(lambda: ", CursorPlace.ARGUMENT),
        ("a -> fold(int, |x, y| x +", CursorPlace.ARGUMENT),
        ("a -> map({'key': [1, ", CursorPlace.ARGUMENT),
        ("a -> map('a -> ", CursorPlace.ARGUMENT),
        ('a -> map("""a;\nb -> ', CursorPlace.ARGUMENT),
        ("a -> map(f) ", CursorPlace.ELSEWHERE),
        ("a -> b ", CursorPlace.ELSEWHERE),
        ("# a -> ", CursorPlace.ELSEWHERE),
        ("a -> // b", CursorPlace.ELSEWHERE),
        ("a -> /* b\n", CursorPlace.ELSEWHERE),
        ("a ? ", CursorPlace.ELSEWHERE),
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
