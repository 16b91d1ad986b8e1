from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

import hydroflow_nb as hf
from hydroflow_nb.durable.values import Decoder, Held, encoded, encoded_in_columns
from hydroflow_nb.engine.equality import EqualSet
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.missing import MISSING
from hydroflow_nb.engine.remaining import Remaining
from hydroflow_nb.engine.sides import DistinctSide, Matched, MultisetSide
from hydroflow_nb.engine.streaming import Matching, Places
from hydroflow_nb.lattices import Max, SetUnion
from hydroflow_nb.net.messages.codec import Undecodable


@dataclass
class Order:
    who: str
    amount: int


class Pair(NamedTuple):
    left: int
    right: int


NAMES = {"Order": Order, "Pair": Pair}


def there_and_back(value: Any) -> Any:
    return Decoder(NAMES).decoded(encoded(value))


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        2**80,
        float("inf"),
        "text",
        b"bytes",
        (1, [2, {3}], {"a": {(4, 5): None}}),
        {1: "one", "two": 2},
        [Order("ann", 3), Pair(1, 2)],
        SetUnion({1, 2}),
        {"total": Max(3)},
        deque([1, (2, 3)]),
        deque([1, 2], maxlen=2),
        Counter("banana"),
        OrderedDict(b=1, a=2),
        defaultdict(list, {"a": [1]}),
        {"inner": defaultdict(int, {"a": deque([Order("bob", 1)])})},
        [Counter("ab")],
    ],
    ids=repr,
)
def test_a_value_comes_back_equal_and_of_its_class(value: Any) -> None:
    found = there_and_back(value)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        7,
        [(key, f"{key}") for key in range(20)],
        [(key, (key, [key])) for key in range(20)],
        [(), *[(key,) for key in range(20)]],
        [()] * 20,
        [Order("ann", key) for key in range(20)],
        {key: {"n": key} for key in range(20)},
        {f"${key}": (key, None) for key in range(20)},
        {(key, "a"): {(key, 1), (key, 2)} for key in range(20)},
        pytest.param({(key, "a") for key in range(20)}, id="a set of tuples"),
        frozenset(range(20)),
        (frozenset(), set(), {}, [], ()),
        OrderedDict((key, [key]) for key in range(20)),
        defaultdict(list, {key: [(key, key)] for key in range(20)}),
        deque([(key, key) for key in range(20)]),
        {True: 1, **dict.fromkeys(range(2, 20), True)},
        {2**80 + key: b"bytes" for key in range(20)},
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_in_columns_comes_back_equal_and_of_its_class(value: Any) -> None:
    found = Decoder(NAMES).decoded(encoded_in_columns(value))

    assert repr(found) == repr(value) if not isinstance(value, set) else found == value
    assert type(found) is type(value)


def test_a_value_that_is_not_plain_is_told_with_its_place_in_columns_too() -> None:
    with pytest.raises(Misfit, match="the value at 3 of "):
        encoded_in_columns({**dict.fromkeys(range(20)), 3: object()})


def test_what_a_container_of_collections_is_made_with_comes_back() -> None:
    assert there_and_back(defaultdict(list))["new"] == []
    assert there_and_back(defaultdict(None, {1: 2})).default_factory is None
    assert there_and_back(deque([1, 2], maxlen=2)).maxlen == 2
    assert list(there_and_back(OrderedDict([("b", 1), ("a", 2)]))) == ["b", "a"]


def test_the_containers_of_the_engine_come_back_in_their_order() -> None:
    distinct, several, unhashable = DistinctSide(), MultisetSide(), EqualSet([[1], 2, {"a": 3}])
    for key, value in [("a", 1), ("a", 2), ("b", [3]), ("b", [4]), ("c", {"d": 5})]:
        distinct.put(key, value)
        several.append(key, value)

    assert list(there_and_back(unhashable)) == [[1], 2, {"a": 3}]
    assert there_and_back(distinct).groups() == distinct.groups()
    assert there_and_back(several).groups() == several.groups()
    assert type(there_and_back(distinct)) is DistinctSide
    assert type(there_and_back(several)) is MultisetSide
    assert there_and_back(MISSING) is MISSING
    for kind in (Matched, Matching, Places, Remaining):
        assert type(there_and_back([kind()])[0]) is kind


def test_a_side_that_came_back_takes_values_in_as_before() -> None:
    side = DistinctSide()
    side.put("a", 1)
    side.put("a", [2])
    found = there_and_back(side)

    assert not found.put("a", [2])
    assert found.put("a", 3)


def test_a_value_that_nests_as_deeply_as_a_message_may_comes_back() -> None:
    value: Any = 1
    for _ in range(118):
        value = [value]

    assert there_and_back(value) == value


@pytest.mark.parametrize(
    "value",
    [object(), [lambda: 1], {"a": open}, {1: deque([object()])}],
    ids=["alone", "in a list", "in a dict", "in a deque"],
)
def test_a_value_that_is_not_plain_is_refused(value: Any) -> None:
    with pytest.raises(Misfit, match="cannot send"):
        encoded(value)


def test_a_factory_that_has_no_name_of_pythons_is_refused() -> None:
    with pytest.raises(Misfit, match="has the factory"):
        encoded(defaultdict(lambda: 1, {"a": 2}))


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: deque[Any] = deque()
    circle.append(circle)

    with pytest.raises(Misfit, match="nests too deeply, or holds itself"):
        encoded(circle)


def test_a_class_that_the_namespace_does_not_have_is_not_looked_for_elsewhere() -> None:
    data = encoded([Order("ann", 3)])

    with pytest.raises(Undecodable, match="has no class 'Order'"):
        Decoder({}).decoded(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04K\x07.",  # a pickle
        encoded(1)[:-1],
        encoded([1, 2, 3])[:-1],
        encoded(Held("socket", 1)),
        encoded(Held("deque", 1)),
        encoded(Held("defaultdict", ["exec", {}])),
        encoded(Held("equal set", 7)),
        encoded(Held("dict", [[1, 2], [3]])),
        encoded(Held("dict", [[1, 1], [3, 4]])),
        encoded(Held("dict", [[[]], [3]])),
        encoded(Held("dict", [[((1 << 61) - 1) * key for key in range(1_000)], [0] * 1_000])),
        encoded(Held("set", [((1 << 61) - 1) * key for key in range(1_000)])),
        encoded(Held("tuples", [[1, 2], [3]])),
    ],
    ids=lambda data: repr(data)[:60],
)
def test_bytes_that_are_no_value_are_undecodable(data: bytes) -> None:
    with pytest.raises(Undecodable):
        Decoder(NAMES).decoded(data)


def test_a_class_of_a_person_that_is_called_held_is_that_class() -> None:
    class Held(NamedTuple):
        kind: str
        of: int

    found = Decoder({"Held": Held}).decoded(encoded([Held("a", 1)]))

    assert found == [("a", 1)]
    assert type(found[0]) is Held


def test_errors_are_exported() -> None:
    assert issubclass(hf.DurabilityError, hf.HydroflowError)
