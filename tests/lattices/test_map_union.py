"""A map of lattices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.lattices import Conflict, MapUnion, Max, MismatchError, Point, SetUnion, merged

plain_maps = st.dictionaries(st.integers(0, 4), st.sets(st.integers(0, 4), min_size=1))


def as_lattice(plain):
    return MapUnion({key: SetUnion(value) for key, value in plain.items()})


@given(plain_maps, plain_maps)
def test_merge_takes_new_keys_and_merges_the_values_of_common_ones(a, b):
    expected = {key: a.get(key, set()) | b.get(key, set()) for key in a.keys() | b.keys()}

    assert merged(as_lattice(a), as_lattice(b)).deep_reveal() == expected


def test_a_key_whose_value_is_bottom_is_as_good_as_absent():
    assert MapUnion({"a": SetUnion(), "b": Max(1)}) == MapUnion({"b": Max(1)})
    assert MapUnion({"a": SetUnion()}).is_bot()


def test_a_point_is_not_taken_for_bottom():
    assert MapUnion({"a": Point(1)}).deep_reveal() == {"a": 1}


def test_pairs_will_do_and_the_values_of_equal_keys_are_merged():
    held = MapUnion([("a", SetUnion({1})), ("a", SetUnion({2})), ("b", SetUnion())])

    assert held == MapUnion({"a": SetUnion({1, 2})})


def test_neither_the_constructor_nor_merge_shares_a_value():
    first, second = SetUnion({1}), MapUnion({"b": SetUnion({2})})
    held = MapUnion({"a": first})
    held.merge(second)

    held.merge(MapUnion({"a": SetUnion({3}), "b": SetUnion({3})}))

    assert first == SetUnion({1})
    assert second == MapUnion({"b": SetUnion({2})})


def test_it_reads_as_a_dict_that_cannot_be_written():
    held = MapUnion({"a": Max(1)})

    assert held["a"] == Max(1)
    assert (len(held), list(held), "a" in held, list(held.items())) == (1, ["a"], True, [("a", Max(1))])
    with pytest.raises(TypeError):
        held.reveal()["b"] = Max(2)


def test_a_merge_that_fails_inside_names_the_key():
    held = MapUnion({"a": Max(1)})

    with pytest.raises(MismatchError) as raised:
        held.merge(MapUnion({"a": Conflict(1)}))

    assert raised.value.__notes__ == ["at the key 'a'"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"a": 3}, r"a value of a MapUnion is a lattice, and 3 is of class int: write Max\(3\)"),
        ({"a": {3}}, r"write SetUnion\(\{3\}\)"),
        ({"a": SetUnion}, "is of class ABCMeta"),
        (5, r"write MapUnion\(\{key: lattice\}\)"),
        (["a"], "'a' is not a pair"),
        ([([1], Max(1))], "a key of MapUnion must be hashable"),
    ],
)
def test_what_is_no_map_of_lattices_is_told_what_to_write(entries, message):
    with pytest.raises(MismatchError, match=message):
        MapUnion(entries)


def test_a_map_that_shares_its_lattices_is_apart_from_the_other_where_they_were_unshared() -> None:
    one = MapUnion({"a": SetUnion({1}), "b": SetUnion({1})})
    hash(one)
    other = one.sharing()
    other.unshare(["a", "c"])
    other.merge(MapUnion({"a": SetUnion({2}), "c": SetUnion({3})}))

    assert one == MapUnion({"a": SetUnion({1}), "b": SetUnion({1})})
    assert other == MapUnion({"a": SetUnion({1, 2}), "b": SetUnion({1}), "c": SetUnion({3})})
    assert one["b"] is other["b"]
