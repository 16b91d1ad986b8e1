"""The greatest and the least of what was merged."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.lattices import Max, Min, MismatchError, SetUnion


@given(st.lists(st.integers(), min_size=1))
def test_max_and_min_are_python_s(values):
    high, low = Max(), Min()

    for value in values:
        high.merge(Max(value))
        low.merge(Min(value))

    assert (high.reveal(), low.reveal()) == (max(values), min(values))


def test_without_a_value_it_is_bottom_and_reveals_none():
    assert Max() == Max(None) == Max.bottom()
    assert Max().is_bot()
    assert Min().reveal() is None
    assert repr(Min()) == "Min()"


def test_the_least_number_is_not_bottom_for_there_are_texts_too():
    assert not Max(float("-inf")).is_bot()
    assert Max() < Max(float("-inf")) < Max(0)


@pytest.mark.parametrize("top", [Max(float("inf")), Min(float("-inf"))])
def test_the_infinity_that_no_number_goes_beyond_is_top(top):
    assert top.is_top()
    assert top.merge(type(top)(10**400)) is False


def test_smaller_values_are_higher_in_the_order_of_min():
    assert Min(5) < Min(3) < Min(Fraction(1, 2))


def test_values_without_a_common_order_are_both_named():
    with pytest.raises(MismatchError, match=r"3 and 'three' cannot be compared, so Max cannot merge them"):
        Max(3).merge(Max("three"))


@pytest.mark.parametrize("compared", [lambda a, b: a.merge(b), lambda a, b: a <= b])
def test_values_of_a_partial_order_that_are_incomparable_are_refused(compared):
    with pytest.raises(MismatchError, match=r"frozenset\(\{1\}\) and frozenset\(\{2\}\) cannot be compared.*SetUnion"):
        compared(Max(frozenset({1})), Max(frozenset({2})))


def test_nan_is_refused():
    with pytest.raises(MismatchError, match=r"so Min\(nan\) does not exist"):
        Min(float("nan"))


def test_another_lattice_is_refused_by_name():
    with pytest.raises(MismatchError, match=r"Max\(1\) and SetUnion\(\{2\}\) belong to different lattices"):
        Max(1).merge(SetUnion({2}))


def test_max_and_min_do_not_merge_and_have_no_common_order():
    with pytest.raises(MismatchError, match="Max merges with Max only, not with Min"):
        Max(1).merge(Min(1))
    with pytest.raises(TypeError, match="<="):
        assert Max(1) <= Min(1)


def test_a_plain_value_is_told_how_to_be_written():
    with pytest.raises(MismatchError, match=r"2 is of class int: write Max\(2\)"):
        Max(1).merge(2)
