"""The fields of instances in their order."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import Any

import pytest

from hydroflow_nb.engine.fields import Fields, field_names

Pair = make_dataclass("Pair", ["a", "b"])


def test_the_order_of_fields_is_that_of_a_match() -> None:
    keyed = make_dataclass("keyed", ["a", "b"], kw_only=True)
    own = type("own", (), {"__match_args__": ("z", "y")})

    assert [field_names(kind) for kind in (Pair, keyed, own, int)] == [("a", "b"), ("a", "b"), ("z", "y"), None]


def test_only_so_many_classes_are_remembered() -> None:
    fields = Fields()

    for _ in range(1000):
        kind: Any = make_dataclass("kind", ["a", "b"])
        assert tuple(fields[kind, kind, 2](kind(1, 2))) == (1, 2)

    assert len(fields) <= 256


def test_what_does_not_fit_is_not_remembered() -> None:
    fields = Fields()

    for key in ((int, Pair, 2), (Pair, Pair, 1), (Pair, Pair, 3, ...)):
        with pytest.raises(TypeError):
            fields[key]  # type: ignore[index]

    assert not fields


def test_instances_within_a_sequence_are_opened_where_the_shape_says_so() -> None:
    opened = Fields().opened
    value = (Pair(1, Pair(2, 3)), Pair(4, 5))

    assert opened(value, ((None, None), None)) == [[1, Pair(2, 3)], Pair(4, 5)]
    assert opened(value, ((None, (None, None)), ...)) == [[1, [2, 3]], Pair(4, 5)]
    assert opened(value, (..., (None, None))) == [Pair(1, Pair(2, 3)), [4, 5]]
    assert opened(5) == 5
