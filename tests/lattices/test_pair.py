"""Two lattices side by side."""

from __future__ import annotations

import pytest

from hydroflow_nb.lattices import Conflict, Max, MismatchError, Order, Pair, SetUnion


@pytest.mark.parametrize(
    ("left", "right", "changed"), [(2, {"a"}, True), (0, {"b"}, True), (2, {"b"}, True), (1, set(), False)]
)
def test_a_change_of_either_side_is_a_change(left, right, changed):
    pair = Pair(Max(1), SetUnion({"a"}))

    said = pair.merge(Pair(Max(left), SetUnion(right)))

    assert said is changed
    assert pair == Pair(Max(max(left, 1)), SetUnion(right | {"a"}))


def test_pairs_that_differ_in_opposite_ways_are_incomparable():
    assert Pair(Max(1), Max(2)).compare(Pair(Max(2), Max(1))) is Order.INCOMPARABLE


def test_reveal_gives_the_lattices_and_deep_reveal_the_plain_values():
    pair = Pair(Max(1), SetUnion({2}))

    assert pair.reveal() == (pair.left, pair.right) == (Max(1), SetUnion({2}))
    assert pair.deep_reveal() == (1, {2})


def test_there_is_a_bottom_where_both_sides_have_one():
    assert Pair(Max(1), SetUnion({2})).bottom() == Pair(Max(), SetUnion())
    assert Pair(Max(1), Conflict(2)).bottom() is None


def test_the_given_lattices_are_copied():
    given = SetUnion({1})

    Pair(given, Max(0)).merge(Pair(SetUnion({2}), Max(0)))

    assert given == SetUnion({1})


def test_a_plain_side_is_told_how_to_be_written():
    with pytest.raises(MismatchError, match="the right side of a Pair is a lattice, and 2 is of class int"):
        Pair(Max(1), 2)
