from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nightly import IS_NIGHTLY

from hydroflow_nb.durable.edits import copy_of, edit_of, edited
from hydroflow_nb.durable.values import Decoder, encoded
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.sides import DistinctSide, MultisetSide
from hydroflow_nb.lattices import MapUnion, Max, SetUnion


@dataclass
class Account:
    owner: str
    total: int


NAMES = {"Account": Account, "MapUnion": MapUnion, "Max": Max, "SetUnion": SetUnion}


def edits_of(before: Any, now: Any, *, accumulates: bool = True) -> list[Any]:
    """The edits with which a folder follows a value, as it reads them: none where nothing changed."""
    held = copy_of(before, accumulates=accumulates)
    edit = edit_of(held, now, accumulates=accumulates)
    if edit is None:
        assert encoded(before) == encoded(now)
        return []
    read = Decoder(NAMES).decoded(encoded(edit))
    restored = edited(Decoder(NAMES).decoded(encoded(before)), read)
    assert (type(restored), restored) == (type(now), now)
    if isinstance(now, dict):
        assert list(restored) == list(now)
    assert encoded(edited(held, edit)) == encoded(now)
    return [edit]


LOG = [(number, ("ann", number)) for number in range(100)]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (LOG, [*LOG, (100, ("bob", 1))]),
        (LOG, LOG[:99]),
        (LOG, [*LOG[:98], (7, "other")]),
        (deque(LOG, 200), deque([*LOG[3:], ("new", 1)], 200)),
        (dict(LOG), {**dict(LOG), 100: ("bob", 1)}),
        (dict(LOG), {**dict(LOG), 50: ("bob", 1)}),
        (dict(LOG), dict(LOG[1:])),
        (
            defaultdict(list, {n: [n] for n in range(100)}),
            defaultdict(list, {n: [n] * (1 + (n == 7)) for n in range(100)}),
        ),
        (Counter(dict.fromkeys(range(100), 1)), Counter({**dict.fromkeys(range(100), 1), 3: 2})),
        (set(range(100)), set(range(1, 101))),
        (frozenset(range(100)), frozenset(range(101))),
        ((3, dict(LOG)), (4, {**dict(LOG), 7: ("ann", 8)})),
        (SetUnion(range(100)), SetUnion(range(101))),
        (
            MapUnion({n: SetUnion(range(10)) for n in range(10)}),
            MapUnion({n: SetUnion(range(10 + (n == 3))) for n in range(11)}),
        ),
        (
            {n: Account("ann", n) for n in range(100)},
            {n: Account("ann", n + (n == 5)) for n in range(100)},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_what_has_changed_a_little_a_little_is_written(before: Any, now: Any) -> None:
    (edit,) = edits_of(before, now)

    assert len(encoded(edit)) < len(encoded(now)) / 3


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ([1, 2], [1, True]),
        ({1: "a"}, {True: "a"}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
        ((1, 2), (1, 2, 3)),
        ([], {}),
        (SetUnion({1, 2}), SetUnion({1})),
        (MapUnion({"a": Max(2)}), MapUnion({"a": Max(1)})),
        (Account("ann", 1), Account("ann", 2)),
        ([[1], [2]], [[1], [2, 3]]),
    ],
)
def test_whatever_is_written_otherwise_is_a_change(before: Any, now: Any) -> None:
    assert edits_of(before, now)


def test_what_is_another_object_and_the_same_is_no_change() -> None:
    for value in ([1, (2, "b")], {"a": [1]}, {1, 2}, Account("ann", 1), SetUnion({1}), (1, [2])):
        assert edits_of(value, Decoder(NAMES).decoded(encoded(value))) == []


def test_an_accumulator_that_changed_in_its_depth_has_changed() -> None:
    accounts = {"ann": {"all": [Account("ann", 1), Account("ann", 2)]}}
    held = copy_of(accounts, accumulates=True)

    accounts["ann"]["all"][1].total = 7

    edit = edit_of(held, accounts, accumulates=True)
    assert edited(held, edit) == accounts


def test_items_that_are_containers_are_not_changed_by_what_follows_them() -> None:
    first, second = [1], [2]
    kept = [first]
    held = copy_of(kept, accumulates=False)

    kept[:] = [second, first]
    held = edited(held, edit_of(held, kept, accumulates=False))

    assert (first, second, held) == ([1], [2], [[2], [1]])
    assert held[0] is second


def test_the_sides_of_a_join_are_followed() -> None:
    distinct, multiset = DistinctSide(), MultisetSide()
    held = [copy_of(side, accumulates=False) for side in (distinct, multiset)]
    for value in (1, 2, 2, [3]):
        distinct.put("a", value)
        multiset.append("a", value)
        multiset.append(value if isinstance(value, int) else "b", value)

        edits = [edit_of(old, side, accumulates=False) for old, side in zip(held, (distinct, multiset), strict=True)]
        held = [old if edit is None else edited(old, edit) for old, edit in zip(held, edits, strict=True)]

        assert [one.groups() for one in held] == [distinct.groups(), multiset.groups()]


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(Misfit):
        edit_of(1, open, accumulates=True)


@pytest.mark.parametrize(
    "edit", [["items", 3, 0, []], ["items", 0, 9, []], ["items", -1, 0, []], ["entries", ["x"], []], ["gone"], 7, []]
)
def test_an_edit_that_does_not_fit_is_refused(edit: Any) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        edited([1, 2], edit)


_PLAIN = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b"]) | st.floats(allow_nan=False)
_VALUES = st.recursive(
    _PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", 1, 2]), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.sets(st.integers(0, 3), max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=2_000 if IS_NIGHTLY else 60, deadline=None)
@given(st.lists(_VALUES, min_size=2, max_size=5))
def test_whatever_a_value_becomes_the_folder_has_it(values: list[Any]) -> None:
    held = copy_of(values[0], accumulates=True)
    for now in values[1:]:
        edit = edit_of(held, now, accumulates=True)
        if edit is not None:
            held = edited(held, Decoder({}).decoded(encoded(edit)))

        assert repr(held) == repr(now) or (held == now and "{" in repr(now))
