"""Every lattice of the package keeps every law, on values that hypothesis makes up."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydroflow_nb import lattices
from hydroflow_nb.lattices import (
    Conflict,
    DomPair,
    GeneralizedHashTrie,
    MapUnion,
    MapUnionWithTombstones,
    Max,
    Min,
    Order,
    Pair,
    Point,
    SetUnion,
    SetUnionWithTombstones,
    UnionFind,
    VecUnion,
    WithBot,
    WithTop,
    compare,
    merged,
    naive_compare,
)

# Few values, so that equal, comparable and clashing ones are common.
elements = st.integers(0, 3)
sets = st.sets(elements, max_size=3)
numbers = st.none() | st.integers(-2, 2) | st.sampled_from([float("inf"), float("-inf")])

max_ = st.builds(Max, numbers)
min_ = st.builds(Min, numbers)
set_union = st.builds(SetUnion, sets)
conflict = st.builds(Conflict, st.none() | elements)
map_union = st.builds(MapUnion, st.dictionaries(elements, set_union, max_size=3))

LATTICES = {
    "Max": max_,
    "Max of texts": st.builds(Max, st.none() | st.text("ab", max_size=2)),
    "Min": min_,
    "SetUnion": set_union,
    "MapUnion of SetUnion": map_union,
    "MapUnion of MapUnion": st.builds(MapUnion, st.dictionaries(elements, map_union, max_size=2)),
    "MapUnion of Conflict": st.builds(MapUnion, st.dictionaries(elements, conflict, max_size=2)),
    "SetUnionWithTombstones": st.builds(SetUnionWithTombstones, sets, sets),
    "MapUnionWithTombstones": st.builds(
        MapUnionWithTombstones, st.dictionaries(elements, set_union, max_size=3), st.sets(elements, max_size=2)
    ),
    "VecUnion of SetUnion": st.builds(VecUnion, st.lists(set_union, max_size=3)),
    "VecUnion of Conflict": st.builds(VecUnion, st.lists(conflict, max_size=3)),
    "Pair of Max and SetUnion": st.builds(Pair, max_, set_union),
    "Pair of Conflict and Min": st.builds(Pair, conflict, min_),
    "DomPair of Max and SetUnion": st.builds(DomPair, max_, set_union),
    "DomPair of Max and Conflict": st.builds(DomPair, max_, conflict),
    "Conflict": conflict,
    "Point": st.builds(Point, st.just(7)),
    "WithBot of Conflict": st.builds(WithBot, st.none() | conflict),
    "WithBot of SetUnion": st.builds(WithBot, st.none() | set_union),
    "WithTop of SetUnion": st.builds(WithTop, st.none() | set_union),
    "WithTop of Conflict": st.builds(WithTop, st.none() | conflict),
    "WithTop of WithBot of Point": st.builds(WithTop, st.none() | st.builds(WithBot, st.none() | st.just(Point(7)))),
    "GeneralizedHashTrie": st.builds(
        GeneralizedHashTrie, st.just(2), st.lists(st.tuples(elements, elements, elements), max_size=4)
    ),
    "GeneralizedHashTrie without values": st.builds(
        GeneralizedHashTrie, st.just(1), st.lists(st.tuples(elements), max_size=3)
    ),
    "GeneralizedHashTrie without keys": st.builds(
        GeneralizedHashTrie, st.just(0), st.lists(st.tuples(elements, elements), max_size=3)
    ),
    "UnionFind": st.builds(UnionFind, st.lists(st.lists(st.integers(0, 5), max_size=3), max_size=3)),
}

# Many lattices times many laws: a third of the usual number of examples for each.
some = settings(max_examples=max(settings().max_examples // 3, 1))
every_lattice = pytest.mark.parametrize("values", LATTICES.values(), ids=LATTICES.keys())


@every_lattice
@some
@given(data=st.data())
def test_merge_is_associative(values, data):
    a, b, c = data.draw(st.tuples(values, values, values))

    assert merged(merged(a, b), c) == merged(a, merged(b, c))


@every_lattice
@some
@given(data=st.data())
def test_merge_is_commutative(values, data):
    a, b = data.draw(st.tuples(values, values))

    assert merged(a, b) == merged(b, a)


@every_lattice
@some
@given(data=st.data())
def test_merge_is_idempotent_and_says_that_nothing_changed(values, data):
    a = data.draw(values)
    before = a.copy()

    said = a.merge(a)

    assert said is False
    assert a == before


@every_lattice
@some
@given(data=st.data())
def test_merge_is_monotone_in_both_arguments(values, data):
    a, b, c = data.draw(st.tuples(values, values, values))
    greater = merged(a, b)

    assert merged(a, c) <= merged(greater, c)
    assert merged(c, a) <= merged(c, greater)


@every_lattice
@some
@given(data=st.data())
def test_merge_says_true_exactly_where_the_value_changed(values, data):
    a, b = data.draw(st.tuples(values, values))
    after = a.copy()

    said = after.merge(b)

    assert said is (after != a)
    assert said is (repr_of_plain(after) != repr_of_plain(a))


def repr_of_plain(value):
    """All of a value as text, which owes nothing to its `==`."""
    return repr(pickle.loads(pickle.dumps(value)))


@every_lattice
@some
@given(data=st.data())
def test_merge_leaves_its_argument_alone_then_and_later(values, data):
    a, b, c = data.draw(st.tuples(values, values, values))
    before = b.copy()

    a.merge(b)
    a.merge(c)

    assert b == before


@every_lattice
@some
@given(data=st.data())
def test_a_value_is_at_most_another_exactly_where_merging_it_changes_nothing(values, data):
    a, b = data.draw(st.tuples(values, values))

    assert (a <= b) is (merged(b, a) == b)
    assert (a >= b) is (b <= a)
    assert (a < b) is (a <= b and a != b)
    assert (a > b) is (b < a)
    assert (a == b) is (a <= b and b <= a)


@every_lattice
@some
@given(data=st.data())
def test_the_order_is_that_of_two_merges(values, data):
    a, b = data.draw(st.tuples(values, values))

    assert compare(a, b) is naive_compare(a, b)
    assert a.compare(b) is compare(a, b)
    assert (compare(a, b) is Order.EQUAL) is (a == b)


@every_lattice
@some
@given(data=st.data())
def test_the_order_is_transitive(values, data):
    a, b, c = data.draw(st.tuples(values, values, values))

    assert a <= c or not (a <= b and b <= c)


@every_lattice
@some
@given(data=st.data())
def test_bottom_changes_nothing_and_the_top_is_changed_by_nothing(values, data):
    a, b = data.draw(st.tuples(values, values))
    bottom = a.bottom()

    assert bottom is None or (bottom.is_bot() and bottom <= a and merged(a, bottom) == a)
    assert a.is_bot() is (bottom is not None and a == bottom)
    assert not a.is_bot() or merged(b, a) == b
    assert not a.is_top() or merged(a, b) == a


@every_lattice
@some
@given(data=st.data())
def test_atoms_are_not_bottom_and_merge_to_the_value(values, data):
    a = data.draw(values)

    atoms = a.atomize()

    assert not any(atom.is_bot() for atom in atoms)
    assert bool(atoms) is not a.is_bot()
    if atoms:
        first, *rest = (atom.copy() for atom in atoms)
        for atom in rest:
            first.merge(atom)
        assert first == a


@every_lattice
@some
@given(data=st.data())
def test_a_copy_is_equal_and_independent(values, data):
    a, b = data.draw(st.tuples(values, values))
    before = repr(a)

    for duplicate in (a.copy(), copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert duplicate == a
        duplicate.merge(b)

    assert repr(a) == before


@every_lattice
@some
@given(data=st.data())
def test_the_repr_evaluates_to_an_equal_value(values, data):
    a = data.draw(values)

    assert eval(repr(a), vars(lattices) | {"inf": float("inf")}) == a


@every_lattice
@some
@given(data=st.data())
def test_equal_values_have_equal_hashes_and_a_hashed_value_does_not_change(values, data):
    a, b = data.draw(st.tuples(values, values))
    both, also_both = merged(a, b), merged(b, a)

    assert hash(both) == hash(also_both)
    assert len({both, also_both}) == 1
    with pytest.raises(lattices.FrozenError):
        both.merge(a)
    assert both.copy().merge(a) is False


@every_lattice
@some
@given(data=st.data())
def test_deep_reveal_holds_no_lattice(values, data):
    a = data.draw(values)

    assert not contains_lattice(a.deep_reveal())


def contains_lattice(plain):
    if isinstance(plain, dict):
        return any(map(contains_lattice, plain.values()))
    if isinstance(plain, (list, tuple, set, frozenset)):
        return any(map(contains_lattice, plain))
    return isinstance(plain, lattices.Lattice)


@every_lattice
@some
@given(data=st.data())
def test_every_value_offers_all_protocols(values, data):
    value = data.draw(values)

    for protocol in (
        lattices.Merge,
        lattices.LatticeOrd,
        lattices.IsBot,
        lattices.IsTop,
        lattices.Atomize,
        lattices.DeepReveal,
    ):
        assert isinstance(value, protocol)
