"""What is deleted never comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.lattices import MapUnionWithTombstones, Max, Min, SetUnion, SetUnionWithTombstones, merged

sets = st.sets(st.integers(0, 5))


@given(sets, sets, sets, sets)
def test_merge_unites_both_sets_and_keeps_what_has_no_tombstone(a, a_deleted, b, b_deleted):
    both = merged(SetUnionWithTombstones(a, a_deleted), SetUnionWithTombstones(b, b_deleted))

    assert both.tombstones == a_deleted | b_deleted
    assert both.reveal() == (a | b) - a_deleted - b_deleted


def test_a_merge_that_removes_as_many_elements_as_it_adds_says_that_it_changed_something():
    held = SetUnionWithTombstones({1}, {9})

    changed = held.merge(SetUnionWithTombstones({2}, {1, 9}))

    assert changed is True
    assert held == SetUnionWithTombstones({2}, {1, 9})


def test_a_tombstone_for_what_was_never_there_is_a_change_for_it_keeps_that_out():
    held = SetUnionWithTombstones()

    assert held.merge(SetUnionWithTombstones((), {1})) is True
    assert held.merge(SetUnionWithTombstones({1})) is False
    assert not held.is_bot()


def test_the_repr_shows_tombstones_where_there_are_some():
    assert repr(SetUnionWithTombstones()) == "SetUnionWithTombstones()"
    assert repr(SetUnionWithTombstones({2, 1})) == "SetUnionWithTombstones({1, 2})"
    assert repr(SetUnionWithTombstones((), {2})) == "SetUnionWithTombstones(set(), {2})"
    assert repr(MapUnionWithTombstones({}, {2})) == "MapUnionWithTombstones({}, {2})"


def test_a_key_with_a_tombstone_takes_its_value_along():
    prices = MapUnionWithTombstones({"tea": Min(3), "jam": Min(2)})

    changed = prices.merge(MapUnionWithTombstones({"tea": Min(1)}, {"jam"}))

    assert changed is True
    assert prices.deep_reveal() == {"tea": 1}
    assert prices.tombstones == {"jam"}
    assert prices.merge(MapUnionWithTombstones({"jam": Min(0)})) is False


def test_a_map_takes_new_keys_without_sharing_their_values():
    mine, theirs = MapUnionWithTombstones(), MapUnionWithTombstones({"a": SetUnion({1})})
    mine.merge(theirs)

    mine.merge(MapUnionWithTombstones({"a": SetUnion({2})}))

    assert theirs["a"] == SetUnion({1})
    assert mine["a"] == SetUnion({1, 2})


def test_both_read_as_what_is_not_deleted():
    elements, entries = SetUnionWithTombstones("ab", "b"), MapUnionWithTombstones({"a": Max(1), "b": Max(2)}, "b")

    assert (len(elements), list(elements), "b" in elements) == (1, ["a"], False)
    assert (len(entries), list(entries), "b" in entries) == (1, ["a"], False)
