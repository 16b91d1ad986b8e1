"""All agree, or there is a conflict for ever."""

from __future__ import annotations

from hydroflow_nb.lattices import Conflict, Order


def test_unequal_values_are_a_conflict_from_then_on():
    choice = Conflict("red")

    assert choice.merge(Conflict("red")) is False
    assert choice.merge(Conflict("blue")) is True
    assert choice.merge(Conflict("red")) is False
    assert choice == Conflict(None) == Conflict.top()
    assert choice.reveal() is None


def test_different_values_are_incomparable_and_below_the_conflict():
    assert Conflict(1).compare(Conflict(2)) is Order.INCOMPARABLE
    assert Conflict(1) < Conflict.top()


def test_values_need_no_hash_and_nan_agrees_with_itself():
    nan = float("nan")

    assert Conflict([1]).merge(Conflict([1])) is False
    assert Conflict(nan).merge(Conflict(nan)) is False
