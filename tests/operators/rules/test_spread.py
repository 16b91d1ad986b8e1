"""How items are spread over shards."""

from __future__ import annotations

from hydroflow_nb.operators.rules.content import Cause, Place
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread, mixed_spread

BY_KEY = Spread(keys=frozenset({(0,)}))
BY_ITEM = Spread(keys=frozenset({()}))


def test_a_key_is_found_below_where_its_item_is_put() -> None:
    assert BY_KEY.below(1, "pair") == Spread(keys=frozenset({(1, "pair", 0)}))
    assert BY_KEY.below(1).at(1) == BY_KEY


def test_a_key_beside_the_part_that_is_taken_is_lost() -> None:
    assert BY_KEY.at(1) == Spread()


def test_a_part_that_holds_the_key_within_it_keeps_it() -> None:
    assert Spread(keys=frozenset({(0, "key"), (1,)})).at(0) == Spread(keys=frozenset({("key",)}))


def test_items_of_two_edges_are_split_by_what_both_are_split_by() -> None:
    both = Spread(keys=frozenset({(), (0,)}))

    assert mixed_spread(both, BY_KEY) == mixed_spread(BY_KEY, both) == BY_KEY
    assert mixed_spread(BY_ITEM, BY_KEY) == Spread()


def test_items_that_each_shard_has_are_copies_beside_items_that_are_split() -> None:
    assert mixed_spread(EVERYWHERE, EVERYWHERE) == EVERYWHERE
    assert mixed_spread(EVERYWHERE, BY_KEY) == mixed_spread(BY_KEY, EVERYWHERE) == Spread(copied=True)


def test_spreads_are_equal_whatever_caused_them() -> None:
    cause = Cause(code="HF313", place=Place(1), port="", words="takes in the items of one shard")
    caused = Spread(keys=BY_KEY.keys, because=(cause,))

    assert caused == BY_KEY
    assert hash(caused) == hash(BY_KEY)
    assert mixed_spread(caused, BY_KEY).because == (cause,)
