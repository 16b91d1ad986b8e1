"""A set that only grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.lattices import MismatchError, SetUnion, merged


@given(st.sets(st.integers()), st.sets(st.integers()))
def test_merge_is_the_union(a, b):
    assert merged(SetUnion(a), SetUnion(b)).reveal() == a | b


@pytest.mark.parametrize("elements", [[1, 2, 2], (1, 2), {1, 2}, range(1, 3), SetUnion({1, 2}), iter([2, 1])])
def test_any_iterable_will_do(elements):
    assert SetUnion(elements) == SetUnion({1, 2})


def test_the_given_set_is_copied():
    given = {1}
    held = SetUnion(given)

    held.merge(SetUnion({2}))

    assert given == {1}


def test_merge_works_in_place_in_a_set_that_is_never_rebuilt():
    held = SetUnion(range(1000))
    inside = held.reveal()

    held.merge(SetUnion({-1}))

    assert held.reveal() is inside
    assert len(inside) == 1001


def test_it_reads_as_a_set():
    held = SetUnion("ab")

    assert len(held) == 2
    assert "a" in held
    assert sorted(held) == ["a", "b"]


def test_deep_reveal_gives_a_set_of_one_s_own():
    held = SetUnion({1})
    kept = held.deep_reveal()

    held.merge(SetUnion({2}))

    assert kept == {1}


@pytest.mark.parametrize(("value", "text"), [(SetUnion(), "SetUnion()"), (SetUnion([3, 1, 2]), "SetUnion({1, 2, 3})")])
def test_the_repr_is_in_ascending_order(value, text):
    assert repr(value) == text


def test_an_unhashable_element_is_told_what_to_be_instead():
    with pytest.raises(MismatchError, match=r"an element of SetUnion must be hashable .*'list'.* write a tuple"):
        SetUnion([[1], [2]])


def test_what_is_no_collection_is_told_to_become_one():
    with pytest.raises(MismatchError, match=r"write SetUnion\(\{5\}\)"):
        SetUnion(5)


def test_a_plain_set_is_told_how_to_be_written():
    with pytest.raises(MismatchError, match=r"SetUnion merges with SetUnion only.* write SetUnion\(\{2\}\)"):
        SetUnion({1}).merge({2})


def test_an_error_of_the_user_s_own_iterator_stays_what_it_is():
    def elements():
        yield len(5)

    with pytest.raises(TypeError, match="has no len"):
        SetUnion(elements())
