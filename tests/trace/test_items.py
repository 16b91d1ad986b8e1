from __future__ import annotations

import json
import math
import threading
from collections import namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydroflow_nb.trace.items import item_from_json, item_to_json
from hydroflow_nb.trace.ticks import Text

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=[]), max_size=8)
    | st.binary(max_size=8)
    | st.complex_numbers(allow_nan=False, max_magnitude=1e9)
    | st.builds(Text, st.text(max_size=8))
)
HASHABLE = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3))
VALUES = st.recursive(
    HASHABLE | st.sets(HASHABLE, max_size=3) | st.binary(max_size=4).map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=3)
    ),
    max_leaves=12,
)


def there_and_back(item: Any) -> Any:
    return item_from_json(json.loads(json.dumps(item_to_json(item), allow_nan=False)))


def typed(item: Any) -> Any:
    """The item with the classes of all its parts: `True == 1`, and `Text("x") == "x"`."""
    if isinstance(item, dict):
        return dict, [(typed(key), typed(value)) for key, value in item.items()]
    if isinstance(item, (set, frozenset)):
        return type(item), sorted((typed(part) for part in item), key=repr)
    if isinstance(item, (list, tuple)):
        return type(item), [typed(part) for part in item]
    return type(item), item


@given(item=VALUES)
def test_plain_values_come_back_equal_and_of_the_same_classes(item: Any) -> None:
    assert typed(there_and_back(item)) == typed(item)


@pytest.mark.parametrize(
    "item", [2**9_999, -(2**9_999), math.inf, -math.inf, -0.0, range(3, 9), "\ud800"], ids=lambda item: ascii(item)[:12]
)
def test_values_that_json_has_no_word_for_come_back(item: Any) -> None:
    found = there_and_back(item)

    assert (type(found), found) == (type(item), item)
    assert not isinstance(item, float) or math.copysign(1, found) == math.copysign(1, item)


def test_a_nan_comes_back_at_any_depth() -> None:
    (found,) = there_and_back(([math.nan],))

    assert math.isnan(found[0])


def test_of_other_items_the_text_is_kept_as_a_whole() -> None:
    point = namedtuple("point", "x y")
    lock = threading.Lock()
    recursive: list[Any] = []
    recursive.append(recursive)

    assert there_and_back(point(1, 2)) == "point(x=1, y=2)"
    assert there_and_back([1, lock]) == f"[1, {lock!r}]"
    assert there_and_back(recursive) == "[[...]]"
    assert all(type(there_and_back(item)) is Text for item in (point(1, 2), [1, lock], recursive))


def test_an_item_whose_repr_raises_is_told_as_in_a_table() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError

    assert there_and_back(Rude()) == "<Rude whose repr raised RuntimeError>"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"list": 1},
        {"list": [], "set": []},
        {"set": [{"list": []}]},
        {"dict": [[1]]},
        {"dict": [1]},
        {"bytes": "***"},
        {"float": "much"},
        {"int": 3},
        {"complex": ["1"]},
        {"range": [1, 2, 0]},
        {"__reduce__": ["os.system", "true"]},
        [{"object": "os"}],
    ],
)
def test_what_is_no_item_is_refused(data: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        item_from_json(data)
