from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Any

import pytest

from hydroflow_nb.engine.lending import (
    begun,
    own,
    own_merged,
    own_parts,
    own_top,
    own_top_value,
    own_value,
    own_value_for,
    parts_apart,
    shares,
    unchanged_by,
)
from hydroflow_nb.lattices import MapUnion, Max, Pair, SetUnion

pytestmark = pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="references are not counted here")


def held_by_a_variable(make: Callable[[], Any], own: Callable[[Any], Any], keep: Callable[[Any], Any]) -> bool:
    """Whether what a closure's variable holds stays the same object when it becomes its operator's own."""
    accumulator = make()
    kept = keep(accumulator)
    before = id(accumulator)

    def step() -> None:
        nonlocal accumulator
        accumulator = own(accumulator)

    step()
    del kept
    return id(accumulator) == before


MAKES: list[Callable[[], Any]] = [
    lambda: [1, 2],
    lambda: {"a": 1},
    lambda: {1, 2},
    lambda: deque([1]),
    lambda: Counter("aab"),
    lambda: SetUnion({1}),
    lambda: MapUnion({1: SetUnion({2})}),
    lambda: Pair(SetUnion({1}), MapUnion({1: Max(2)})),
    lambda: {"a": [1], "b": {"c": {2}}},
    lambda: [[1], deque([2])],
]


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("way", [own, own_top])
def test_what_nobody_else_has_is_not_copied(make: Callable[[], Any], way: Callable[[Any], Any]) -> None:
    assert held_by_a_variable(make, way, lambda value: None)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("way", [own, own_top])
def test_what_somebody_has_is_copied(make: Callable[[], Any], way: Callable[[Any], Any]) -> None:
    assert not held_by_a_variable(make, way, lambda value: [value])


def test_what_has_a_part_that_somebody_may_have_is_copied_where_that_may_change() -> None:
    assert not held_by_a_variable(lambda: {"a": [1]}, own, lambda value: value["a"])
    assert held_by_a_variable(lambda: {"a": [1]}, own_top, lambda value: value["a"])


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda: {"a": [[1]]}, lambda value: value["a"][0]),
        (lambda: MapUnion({1: SetUnion({2})}), lambda value: value[1]),
        (lambda: MapUnion({1: SetUnion({2})}), lambda value: value[1].reveal()),
        (lambda: MapUnion({1: SetUnion({2})}), lambda value: iter(value.items())),
        (lambda: Pair(SetUnion({1}), Max(1)), lambda value: value.left.reveal()),
    ],
)
def test_what_has_a_part_deep_inside_that_somebody_has_is_copied(
    make: Callable[[], Any], part: Callable[[Any], Any]
) -> None:
    assert not held_by_a_variable(make, own, part)
    assert held_by_a_variable(make, own, lambda value: None)


def merged_into_a_map(keep: Callable[[Any], Any]) -> tuple[bool, bool, bool]:
    """Whether a map, its value that grows, and one that does not, are the same objects after `own_merged`."""
    accumulator = MapUnion[int, Any]({key: SetUnion({key}) for key in range(20)})
    kept = keep(accumulator)
    before, parts = id(accumulator), {key: id(value) for key, value in accumulator.items()}

    def step() -> None:
        nonlocal accumulator
        accumulator, _, _ = own_merged(accumulator, set(), MapUnion({5: SetUnion({0})}))

    step()
    del kept
    return id(accumulator) == before, id(accumulator[5]) == parts[5], id(accumulator[6]) == parts[6]


def test_of_a_map_that_nobody_has_nothing_is_copied_for_a_merge() -> None:
    assert merged_into_a_map(lambda value: None) == (True, True, True)


@pytest.mark.parametrize("keep", [lambda value: value, lambda value: value.reveal(), lambda value: iter(value)])
def test_of_a_map_that_somebody_has_the_map_and_what_grows_are_copied(keep: Callable[[Any], Any]) -> None:
    assert merged_into_a_map(keep) == (False, False, True)


@pytest.mark.parametrize("keep", [lambda value: value[5], lambda value: value[5].reveal()])
def test_of_a_map_a_value_of_which_somebody_has_that_value_is_copied(keep: Callable[[Any], Any]) -> None:
    assert merged_into_a_map(keep) == (True, False, True)


def test_a_map_that_was_hashed_is_copied_for_a_merge() -> None:
    assert merged_into_a_map(hash)[0] is False


def test_the_set_in_a_lattice_that_somebody_has_is_copied_with_it() -> None:
    assert not held_by_a_variable(lambda: SetUnion({1}), own, lambda value: value.reveal())


def test_a_lattice_that_was_hashed_is_copied() -> None:
    assert not held_by_a_variable(lambda: SetUnion({1}), own, hash)


@pytest.mark.parametrize("way", [own_value, own_top_value, lambda value: own_value_for(value, list.append)])
def test_what_a_dict_and_a_variable_hold_is_theirs_alone_or_copied(way: Callable[[Any], Any]) -> None:
    groups = {"key": [1]}
    accumulator = groups.get("key")
    kept = [accumulator]

    found = way(accumulator)

    assert found == [1]
    assert found is not kept[0]


def test_an_item_that_becomes_an_accumulator_is_a_copy_to_any_depth() -> None:
    item = [[1]]

    found = begun(item)
    found[0].append(2)

    assert item == [[1]]


def test_only_what_can_change_may_hold_a_part_of_an_accumulator() -> None:
    state = [[1], [2]]

    assert [shares((state, out)) for out in (1, "a", (1, ("a",)), frozenset({1}))] == [False] * 4
    assert [shares((state, out)) for out in (state, state[0], (1, state[0]), [state])] == [True] * 4


def test_a_new_container_of_constants_holds_no_part_of_an_accumulator() -> None:
    state = [[1]]

    assert not shares((state, [1, 2]))
    assert not shares((state, {"a": (1, 2)}))
    assert not shares((state, [[1]]))
    assert shares((state, [state[0]]))
    assert shares((state, [[state]]))


def test_a_merge_that_says_nothing_new_is_told_beforehand() -> None:
    value = SetUnion({1, 2})

    assert [unchanged_by(value, SetUnion(items)) for items in ({1}, {1, 2}, {3})] == [True, True, False]
    assert not unchanged_by(value, Max(1))
    assert not unchanged_by(Max(1), Max("a"))


def owned_in_parts(
    keep: Callable[[dict[int, Any]], Any],
    fresh: set[Any],
    keys: Any,
    make: Callable[[], Any] = list,
    apart: bool = True,
) -> tuple[dict[int, Any], dict[int, Any], bool, list[int]]:
    """A dict of a hundred parts before and after it became its operator's own in parts, with what else was said."""
    accumulator = {key: make() for key in range(100)}
    kept = keep(accumulator)
    before = {key: id(part) for key, part in accumulator.items()}
    top = id(accumulator)
    lent, touched = False, list[int]()

    def step() -> None:
        nonlocal accumulator, lent, touched
        accumulator, lent, touched = own_parts(accumulator, fresh, apart, keys)

    step()
    del kept
    changed = [key for key, part in accumulator.items() if id(part) != before[key]]
    return accumulator, {-1: id(accumulator) != top, 0: changed}, lent, list(touched)


def test_of_a_dict_that_somebody_has_the_dict_and_the_wanted_parts_are_copied() -> None:
    _, copied, lent, touched = owned_in_parts(lambda value: [value], set(), (3, 5, 200))

    assert (copied, lent, touched) == ({-1: True, 0: [3, 5]}, True, [3, 5, 200])


def test_of_a_dict_that_nobody_has_only_wanted_parts_that_somebody_has_are_copied() -> None:
    _, copied, lent, _ = owned_in_parts(lambda value: (value[3], value[4]), set(), (3, 5))

    assert (copied, lent) == ({-1: False, 0: [3]}, True)


def test_parts_that_are_the_operators_own_are_not_looked_at_again() -> None:
    _, copied, lent, touched = owned_in_parts(lambda value: [value], {3}, (3,))

    assert (copied, lent, touched) == ({-1: False, 0: []}, True, [])


@pytest.mark.parametrize(
    ("keys", "make", "apart"),
    [
        (None, list, True),
        ((3,), list, False),
        (([],), list, True),
        ((3,), lambda: SetUnion({1}), True),
        (tuple(range(13)), list, True),
    ],
)
def test_where_parts_are_not_known_or_most_of_them_change_everything_is_copied(
    keys: Any, make: Callable[[], Any], apart: bool
) -> None:
    _, copied, lent, touched = owned_in_parts(lambda value: [value], set(), keys, make, apart)

    assert (copied, lent, touched) == ({-1: True, 0: list(range(100))}, False, [])


def test_parts_are_apart_where_no_two_of_them_are_one_object_and_new_ones_are_new() -> None:
    one = [1]

    assert parts_apart({})
    assert parts_apart({1: [], 2: []})
    assert parts_apart({1: 0, 2: 0, 3: None, 4: None})
    assert parts_apart(defaultdict(list, {1: []}))
    assert not parts_apart({1: one, 2: one})
    assert not parts_apart(defaultdict(lambda: one))
    assert parts_apart([[], [], 0, 0])
    assert not parts_apart([one, one])
    assert not parts_apart(([], []))


def grown_in_parts(accumulator: Any, fresh: set[Any], keys: Any) -> tuple[Any, bool, list[Any]]:
    """An accumulator that somebody keeps as it became its operator's own in parts."""
    kept = [accumulator]
    found, lent, touched = own_parts(accumulator, fresh, True, keys)
    assert kept[0] is accumulator
    return found, lent, list(touched)


def test_of_a_list_and_of_a_few_large_parts_only_the_wanted_ones_are_copied() -> None:
    for large in ([list(range(500)) for _ in range(7)], {key: set(range(500)) for key in range(7)}):
        found, lent, touched = grown_in_parts(large, set(), (3,))

        assert (found is not large, lent, touched) == (True, True, [3])
        assert [key for key in range(7) if found[key] is not large[key]] == [3]


def test_when_all_parts_have_become_the_operators_own_nothing_is_lent_any_more() -> None:
    for large in ([list(range(500)) for _ in range(3)], {key: set(range(500)) for key in range(3)}):
        assert grown_in_parts(large, {0, 1}, (2,))[1] is False
        assert grown_in_parts(large, {0, 7}, (2,))[1] is True


@pytest.mark.parametrize("key", [-1, 7, True, "a"])
def test_of_a_list_a_key_that_is_not_a_plain_place_has_everything_copied(key: Any) -> None:
    large = [list(range(500)) for _ in range(7)]

    found, lent, touched = grown_in_parts(large, set(), (key,))

    assert (lent, touched) == (False, [])
    assert all(one is not other for one, other in zip(found, large, strict=True))


def test_where_references_are_not_counted_everything_that_can_change_is_copied() -> None:
    code = """
import sys
del sys.getrefcount
sys.implementation.name = "other"
from hydroflow_nb.engine.lending import own, own_top, own_top_value, own_value, shares
assert all(way(value) is not value for way in (own, own_top, own_top_value, own_value) for value in ([1], {1: 2}))
from hydroflow_nb.engine.lending import own_parts
parts = {key: [key] for key in range(100)}
found, lent, touched = own_parts(parts, set(), True, (3,))
assert found is not parts and found[3] is not parts[3] and found[4] is parts[4] and lent and touched == [3]
assert own(5) == 5 and shares(([], [1])) and not shares(([], 1))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
