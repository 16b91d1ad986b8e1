"""Bimorphisms distribute over merge in each argument."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydroflow_nb.lattices import (
    Bimorphism,
    CartesianProductBimorphism,
    KeyedBimorphism,
    LawError,
    MapUnion,
    Max,
    Morphism,
    Pair,
    PairBimorphism,
    SetUnion,
    bimorphism,
    merged,
    morphism,
)

sets = st.builds(SetUnion, st.sets(st.integers(0, 4), max_size=4))
maxes = st.builds(Max, st.none() | st.integers(0, 4))
maps = st.builds(MapUnion, st.dictionaries(st.integers(0, 2), sets))
nested = st.builds(MapUnion, st.dictionaries(st.integers(0, 1), maps))

BIMORPHISMS = {
    "product": (CartesianProductBimorphism(), sets, sets),
    "pair": (PairBimorphism(), sets, maxes),
    "keyed product": (KeyedBimorphism(CartesianProductBimorphism()), maps, maps),
    "keyed pair": (KeyedBimorphism(PairBimorphism()), maps, maps),
    "keyed twice": (KeyedBimorphism(KeyedBimorphism(CartesianProductBimorphism())), nested, nested),
    "common elements": (bimorphism(lambda left, right: SetUnion(left.reveal() & right.reveal())), sets, sets),
}


@pytest.mark.parametrize(("function", "lefts", "rights"), BIMORPHISMS.values(), ids=BIMORPHISMS.keys())
@given(data=st.data())
def test_a_bimorphism_distributes_over_merge_in_each_argument(function, lefts, rights, data):
    a, b = data.draw(st.tuples(lefts, lefts))
    c, d = data.draw(st.tuples(rights, rights))

    assert function(merged(a, b), c) == merged(function(a, c), function(b, c))
    assert function(a, merged(c, d)) == merged(function(a, c), function(a, d))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=12))
def test_piece_by_piece_gives_what_all_at_once_gives(arrivals):
    product = CartesianProductBimorphism()
    left, right, out = SetUnion(), SetUnion(), SetUnion()

    for on_the_left, element in arrivals:
        item = SetUnion({element})
        out.merge(product(item, right) if on_the_left else product(left, item))
        (left if on_the_left else right).merge(item)

    assert out == product(left, right)


def test_keys_that_one_side_lacks_give_nothing():
    join = KeyedBimorphism(CartesianProductBimorphism())

    joined = join(MapUnion({7: SetUnion({1}), 8: SetUnion({2})}), MapUnion({7: SetUnion("a"), 9: SetUnion("b")}))

    assert joined.deep_reveal() == {7: {(1, "a")}}


def test_a_pair_keeps_neither_of_its_arguments():
    left = SetUnion({1})

    PairBimorphism()(left, Max(1)).merge(Pair(SetUnion({2}), Max(1)))

    assert left == SetUnion({1})


def test_a_wrapped_function_is_called_as_it_is_and_bears_its_name():
    @bimorphism
    def common(left, right):
        """What both hold."""
        return SetUnion(left.reveal() & right.reveal())

    assert common(SetUnion({1, 2}), SetUnion({2})) == SetUnion({2})
    assert isinstance(common, Bimorphism)
    assert (common.__name__, common.__doc__, repr(common)) == ("common", "What both hold.", "Bimorphism(common)")
    assert repr(KeyedBimorphism(common)) == "KeyedBimorphism(Bimorphism(common))"


def test_a_wrapped_function_can_be_checked():
    @morphism
    def doubled(elements):
        return SetUnion(2 * element for element in elements)

    @morphism
    def size(elements):
        return SetUnion({len(elements)})

    items = [SetUnion({1}), SetUnion({2})]

    assert isinstance(doubled, Morphism)
    assert doubled.check(items).cases == 4
    with pytest.raises(LawError, match="size breaks"):
        size.check(items)
    assert bimorphism(CartesianProductBimorphism()).check(items, items).cases == 16
