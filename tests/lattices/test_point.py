"""A value that meets its like only."""

from __future__ import annotations

import pytest

from hydroflow_nb.lattices import ConflictError, Order, Point


def test_equal_points_merge_and_nothing_changes():
    assert Point([1]).merge(Point([1])) is False


def test_unequal_points_are_both_named():
    with pytest.raises(ConflictError, match=r"Point\(1\) and Point\(2\) differ.*Conflict"):
        Point(1).merge(Point(2))


def test_unequal_points_are_incomparable():
    assert Point(1).compare(Point(2)) is Order.INCOMPARABLE


def test_no_point_is_bottom_or_top():
    assert not Point(1).is_bot()
    assert not Point(1).is_top()
