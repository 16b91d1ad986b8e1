"""The greater key wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.lattices import DomPair, LawError, MapUnion, Max, SetUnion, check_lattice, merged


def test_the_value_of_the_greater_key_is_kept_as_it_is():
    latest = DomPair(Max(1), SetUnion({"draft"}))

    assert latest.merge(DomPair(Max(2), SetUnion({"final"}))) is True
    assert latest.merge(DomPair(Max(1), SetUnion({"late"}))) is False
    assert latest == DomPair(Max(2), SetUnion({"final"}))


def test_values_of_equal_keys_are_merged():
    both = DomPair(Max(1), SetUnion({"a"}))

    changed = both.merge(DomPair(Max(1), SetUnion({"b"})))

    assert changed is True
    assert both.deep_reveal() == (1, {"a", "b"})


def test_incomparable_keys_are_merged_and_so_are_their_values():
    both = DomPair(SetUnion("x"), SetUnion({1}))

    changed = both.merge(DomPair(SetUnion("y"), SetUnion({2})))

    assert changed is True
    assert both == DomPair(SetUnion("xy"), SetUnion({1, 2}))


def test_what_was_taken_over_does_not_share_its_lattices():
    mine, theirs = DomPair(Max(1), SetUnion()), DomPair(Max(2), SetUnion({1}))
    mine.merge(theirs)

    mine.merge(DomPair(Max(2), SetUnion({2})))

    assert theirs == DomPair(Max(2), SetUnion({1}))


def test_under_partially_ordered_keys_the_order_of_arrival_can_matter():
    sample = [DomPair(SetUnion(key), SetUnion({key})) for key in ("x", "y", "yz")]

    with pytest.raises(LawError, match="associative") as raised:
        check_lattice(sample)

    assert sorted(map(repr, raised.value.counterexample)) == sorted(map(repr, sample))


versions = st.dictionaries(st.sampled_from("xy"), st.integers(1, 3), max_size=2)


def all_written_up_to(version):
    key = MapUnion({writer: Max(count) for writer, count in version.items()})
    return DomPair(key, SetUnion({(writer, n) for writer, count in version.items() for n in range(count)}))


@given(versions, versions, versions)
def test_it_does_not_matter_where_greater_keys_come_with_greater_values(a, b, c):
    a, b, c = map(all_written_up_to, (a, b, c))

    assert merged(merged(a, b), c) == merged(a, merged(b, c))
