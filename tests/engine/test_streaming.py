from __future__ import annotations

import contextlib
import random
from typing import Any

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.streaming import Matching, Places, all_groups


def grown(chance: random.Random, kept: list[Any], other: dict[Any, Any]) -> int:
    """Put some pairs and keys in; how many pairs."""
    count = chance.randrange(3)
    kept.extend((chance.randrange(6), chance.random()) for _ in range(count))
    for _ in range(chance.randrange(2)):
        other.setdefault(chance.randrange(6), []).append(chance.random())
    return count


def test_pairs_are_found_by_their_keys_in_the_order_in_which_they_came() -> None:
    kept = [(1, "a"), (2, "b"), (1, "c"), (3, "d"), (1, "e")]

    assert Places().of(kept, {3, 1, 9}) == [0, 2, 3, 4]


def test_what_is_known_to_match_is_what_a_look_at_all_gives_however_both_sides_grow() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        kept, other, places, matching = list[Any](), dict[Any, Any](), Places(), Matching()
        for _ in range(8):
            grown(chance, kept, other)
            # A snapshot goes on as what it is a copy of.
            if chance.random() < 0.3:
                places, matching = Copier().held(places), Copier().held(matching)

            assert matching.of(kept, places, other) == [pair for pair in kept if pair[0] in other]


def test_all_that_can_match_a_few_keys_is_found() -> None:
    for seed in range(100):
        chance = random.Random(seed)
        kept, other, places = list[Any](), dict[Any, Any](), Places()
        for _ in range(12):
            count = grown(chance, kept, {})
            other = {chance.randrange(6): []} if chance.random() < 0.5 else {}

            found = places.may_match(kept, other)
            touched = places.touched(kept, count, other)

            assert [pair for pair in found if pair[0] in other] == [pair for pair in kept if pair[0] in other]
            old = len(kept) - count
            assert touched == [pair for place, pair in enumerate(kept) if place >= old or pair[0] in other]


def test_news_are_the_matches_that_were_not_there_before() -> None:
    for seed in range(100):
        chance = random.Random(seed)
        kept, build, places = list[Any](), dict[Any, Any](), Places()
        before = list[Any]()
        for _ in range(8):
            arrived: dict[Any, Any] = {}
            count = grown(chance, kept, arrived)
            for key, values in arrived.items():
                build.setdefault(key, []).extend(values)

            found = [(key, value, one) for key, value, ones in places.news(kept, count, build, arrived) for one in ones]

            every = [(key, value, one) for key, value, ones in all_groups(kept, build) for one in ones]
            assert found == [match for match in every if match not in before]
            before = every


def test_an_interrupt_has_the_places_counted_anew() -> None:
    class Interrupted(list[Any]):
        def __getitem__(self, place: Any) -> Any:
            if place == 3:
                raise KeyboardInterrupt
            return super().__getitem__(place)

    kept, places = [(number % 2, number) for number in range(5)], Places()
    with contextlib.suppress(KeyboardInterrupt):
        places.of(Interrupted(kept), [0])

    assert places.of(kept, [0]) == [0, 2, 4]
