from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import pytest

from hydroflow_nb.engine.copying import Copier, Repeatable, repeatable
from hydroflow_nb.engine.runtime import MISSING
from hydroflow_nb.lattices import MapUnion, Max, SetUnion


class Box:
    def __init__(self, content: Any) -> None:
        self.content = content


def grown(value: Any) -> None:
    """Change a value, and what is in it, in place."""
    match value:
        case dict():
            for one in value.values():
                grown(one)
            value["new"] = 9
        case list() | deque():
            for one in value:
                grown(one)
            value.append(9)
        case set():
            value.add(9)
        case bytearray():
            value.extend(b"9")
        case tuple():
            for one in value:
                grown(one)
        case Box():
            grown(value.content)
        case MapUnion():
            value.merge(MapUnion({"new": Max(1)}))
        case SetUnion():
            value.merge(SetUnion({9}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: [1, [2, {3: [4]}]],
        lambda: {1: {2: [3]}, 4: (5, [6])},
        lambda: deque([1, [2]], maxlen=3),
        lambda: defaultdict(list, {1: [2]}),
        lambda: OrderedDict({1: [2]}),
        lambda: Counter("hello"),
        lambda: {1, 2},
        lambda: bytearray(b"12"),
        lambda: ([1], 2),
        lambda: [SetUnion({1}), MapUnion({1: Max(2)})],
    ],
)
def test_the_copy_of_an_accumulator_does_not_change_with_it(make: Any) -> None:
    original, copier = make(), Copier()

    made = copier.accumulated(original)
    grown(original)

    assert type(made) is type(make())
    assert made == make()
    assert original != make()
    assert not copier.uncopied


def test_objects_are_copied_deeply() -> None:
    original = {"box": Box([1])}

    made = Copier().accumulated(original)
    grown(original)

    assert made["box"].content == [1]


def test_copies_have_in_common_what_the_originals_have() -> None:
    shared = [1, [2]]
    cycle: list[Any] = [shared, {"again": shared}, Box(shared)]
    cycle.append(cycle)
    copier = Copier()

    made, other = copier.accumulated(cycle), copier.accumulated((shared,))

    assert made[0] is made[1]["again"] is made[2].content is other[0]
    assert made[0] is not shared
    assert made[3] is made


def test_what_can_be_looked_up_and_what_marks_a_beginning_are_the_same() -> None:
    key = Box(1)

    made = Copier().accumulated([{key: [1]}, {key}, MISSING, (1, "a")])

    assert next(iter(made[0])) is key
    assert made[1] == {key}
    assert made[2] is MISSING


def test_what_cannot_be_copied_is_shared_and_named() -> None:
    lock, copier = threading.Lock(), Copier()
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    made = copier.accumulated([lock, [1]])

    assert made[0] is lock
    assert copier.uncopied == {type(lock)}
    assert copier.accumulated(deep) is deep
    while deep:  # one by one, not by a recursion of the interpreter's
        deep = deep[0]


@pytest.mark.parametrize("make", [lambda item: [item], lambda item: {1: [item]}, lambda item: {1: {item: None}}])
def test_containers_of_items_are_copied_and_items_shared(make: Any) -> None:
    item = Box(1)
    held = make(item)

    made = Copier().held(held)
    grown(held)

    assert made == make(item)
    assert held != made


def test_the_size_counts_entries() -> None:
    copier = Copier()

    copier.held({1: [2, 3], 4: [5]})
    held = copier.size
    copier.accumulated([1, [2, 3]])

    assert (held, copier.size - held) == (5, 4)


def test_an_iterator_begins_again_with_what_it_gave() -> None:
    use, again = repeatable(x for x in range(5))
    first = [next(use), next(use)]

    second = again()
    begun = [next(second)]
    third = again()

    assert (first, begun, list(third)) == ([0, 1], [0], [0, 1, 2, 3, 4])


def test_an_iterator_of_a_container_begins_again_by_itself() -> None:
    use, again = repeatable(iter([1, 2]))

    assert list(use) == list(again()) == list(again()) == [1, 2]


def test_an_iterator_that_gave_too_much_is_lost_and_goes_on() -> None:
    use = Repeatable(iter(range(5)), most=2)

    given = [next(use), next(use)]
    before = use.is_lost

    assert (given, before) == ([0, 1], False)
    assert list(use) == [2, 3, 4]
    assert use.is_lost
