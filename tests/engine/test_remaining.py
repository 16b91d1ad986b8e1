from __future__ import annotations

import random
from typing import Any

import pytest

from hydroflow_nb.engine.copying import Copier
from hydroflow_nb.engine.remaining import Remaining, left, parted


@pytest.mark.parametrize("keyed", [False, True])
def test_what_remains_is_what_a_look_at_all_gives_however_both_grow(keyed: bool) -> None:
    for seed in range(200):
        chance = random.Random(seed)
        items, taken, remaining = list[Any](), set[int](), Remaining()
        for _ in range(8):
            numbers = [chance.randrange(6) for _ in range(chance.randrange(3))]
            items += [(number, []) if keyed else number for number in numbers]
            taken |= {chance.randrange(6) for _ in range(chance.randrange(2))}
            # A snapshot goes on as what it is a copy of.
            if chance.random() < 0.3:
                remaining = Copier().held(remaining)

            found = remaining.of(items, taken, keyed=keyed)

            assert found == [item for item in items if (item[0] if keyed else item) not in taken]


def test_a_look_where_nothing_is_new_asks_of_no_item_whether_it_is_in_the_set() -> None:
    asked = []

    class Item(int):
        def __hash__(self) -> int:
            asked.append(self)
            return int(self)

    items, taken, remaining = [Item(1), Item(2)], {2}, Remaining()
    remaining.of(items, taken, keyed=False)
    asked.clear()

    assert remaining.of(items, taken, keyed=False) == [1]
    assert not asked


def test_items_are_parted_in_their_order() -> None:
    assert parted([3, 1, 2, 3], {3}, keyed=False) == ([3, 3], [1, 2])
    assert parted([(3, "a"), (1, "b"), (3, "c")], {3}, keyed=True) == ([(3, "a"), (3, "c")], [(1, "b")])
    assert left([(1, [])], {1}, keyed=True) == []
