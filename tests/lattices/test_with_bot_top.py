"""A bottom or a top for lattices that have none."""

from __future__ import annotations

import pytest

from hydroflow_nb.lattices import Conflict, MismatchError, Point, SetUnion, WithBot, WithTop


def test_the_added_bottom_takes_any_value():
    chosen = WithBot()

    assert chosen.merge(WithBot(Conflict("red"))) is True
    assert chosen.merge(WithBot()) is False
    assert chosen.deep_reveal() == "red"


def test_the_added_top_wins_over_all():
    cart = WithTop(SetUnion({"tea"}))

    assert cart.merge(WithTop.top()) is True
    assert cart.merge(WithTop(SetUnion({"jam"}))) is False
    assert cart == WithTop(None)


def test_an_old_bottom_is_the_added_one_and_an_old_top_likewise():
    assert WithBot(SetUnion()) == WithBot()
    assert WithTop(Conflict.top()) == WithTop.top()


def test_a_value_that_reaches_the_old_top_reaches_the_added_one():
    value = WithTop(Conflict(1))

    value.merge(WithTop(Conflict(2)))

    assert value.is_top()
    assert value.reveal() is None


def test_what_the_bottom_took_is_not_shared():
    mine, theirs = WithBot(), WithBot(SetUnion({1}))
    mine.merge(theirs)

    mine.merge(WithBot(SetUnion({2})))

    assert theirs == WithBot(SetUnion({1}))


def test_both_nest_and_pass_on_what_they_know():
    value = WithTop(WithBot(Point(1)))

    assert value.bottom() == WithTop(WithBot())
    assert WithTop(Conflict(1)).bottom() is None
    assert WithBot(WithTop(Conflict.top())).is_top()


def test_a_plain_value_is_told_how_to_be_written():
    with pytest.raises(MismatchError, match="what a WithBot holds is a lattice"):
        WithBot(3)
