"""What is known to be the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.lattices import FrozenError, MismatchError, UnionFind, merged

groups = st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=5)


def classes(groups):
    """Groups that share an element become one: slow, and obviously right."""
    found = []
    for group in groups:
        joined = set(group).union(*(other for other in found if other & set(group)))
        found = [other for other in found if not other & joined] + [joined]
    return {frozenset(group) for group in found if len(group) > 1}


@given(groups, groups)
def test_the_classes_are_those_of_a_slow_closure(a, b):
    assert UnionFind(a).reveal() == classes(a)
    assert merged(UnionFind(a), UnionFind(b)).reveal() == classes(a + b)


@given(groups, st.integers(0, 9), st.integers(0, 9))
def test_two_elements_are_the_same_where_a_class_holds_both(a, x, y):
    expected = x == y or any({x, y} <= group for group in classes(a))

    assert UnionFind(a).same(x, y) is expected


@given(groups, groups)
def test_two_are_equal_where_their_classes_are(a, b):
    assert (UnionFind(a) == UnionFind(b)) is (classes(a) == classes(b))


def test_union_says_whether_it_was_news():
    same = UnionFind()

    assert same.union("a", "b") is True
    assert same.union("b", "a") is False
    assert same.find("a") == same.find("b")


def test_a_long_chain_needs_no_recursion():
    chain = UnionFind((n, n + 1) for n in range(10_000))

    assert chain.same(0, 10_000)
    assert len(chain.reveal()) == 1


def test_a_hashed_one_refuses_a_union():
    same = UnionFind([("a", "b")])
    hash(same)

    with pytest.raises(FrozenError):
        same.union("a", "c")


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["ab"], r"'ab' is not a group: write UnionFind\(\[\(a, b\), \.\.\.\]\)"),
        ([1], "1 is not a group"),
        (1, "takes groups of elements"),
        ([([1], [2])], "an element of UnionFind must be hashable"),
    ],
)
def test_what_are_no_groups_is_told_what_to_write(groups, message):
    with pytest.raises(MismatchError, match=message):
        UnionFind(groups)
