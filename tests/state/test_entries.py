"""How two of what is held differ."""

from __future__ import annotations

from typing import Any

import pytest

from hydroflow_nb.engine.missing import MISSING
from hydroflow_nb.lattices import MapUnion, Max, SetUnion
from hydroflow_nb.operators.record.holding import Form
from hydroflow_nb.state.entries import difference, entries, size


class Unequal:
    """Raises where it is compared, as an array of numbers may."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return self.name


@pytest.mark.parametrize(
    ("form", "before", "after", "told"),
    [
        (Form.ITEMS, [1, 1], [1, 1, 2], "+1"),
        (Form.ITEMS, [1, 1, 2], [1, 2], "−1"),
        (Form.ITEMS, [[1], [2]], [[2], [3]], "+1 −1"),
        (Form.ITEMS, [Unequal("a")], [Unequal("a")], ""),
        (Form.ITEMS, [Unequal("a")], [Unequal("b")], "+1 −1"),
        (Form.DISTINCT, {1, 2}, {2, 3}, "+1 −1"),
        (Form.KEYED, {"a": 1, "b": 2}, {"a": 2, "c": 3}, "+1 −1 ~1"),
        (Form.COUNTS, {"a": 1}, {"a": 2}, "~1"),
        (Form.GROUPS, {"a": [1, 2], "b": [3]}, {"a": [1, 4]}, "+1 −2"),
        (Form.VALUE, MISSING, 3, "+1"),
        (Form.VALUE, 3, MISSING, "−1"),
        (Form.VALUE, 3, 4, "~1"),
        (Form.VALUE, 3, 3, ""),
        (Form.VALUE, 1, True, "~1"),
        (Form.VALUE, {"a": [1]}, {"a": [1, 2]}, "~1"),
        (Form.VALUE, [1], [1, 2, 3], "+2"),
        (Form.VALUE, SetUnion({1}), SetUnion({1, 2}), "+1"),
        (Form.VALUE, Max(1), Max(2), "~1"),
        (Form.VALUE, [1], {1: 2}, "~1"),
    ],
)
def test_what_was_added_is_gone_and_has_changed_is_told(form: Form, before: Any, after: Any, told: str) -> None:
    assert str(difference(form, before, after)) == told


def test_what_grew_inside_of_a_lattice_value_is_told_by_its_key() -> None:
    before, after = (
        MapUnion({"a": SetUnion({1}), "b": SetUnion({2})}),
        MapUnion({"a": SetUnion({1, 7}), "b": SetUnion({2})}),
    )

    (change,) = difference(Form.VALUE, before, after).changed

    assert change.key == "a"
    assert change.inside is not None
    assert [entry.value for entry in change.inside.added] == [7]


def test_a_value_that_is_no_container_changes_as_a_whole() -> None:
    (change,) = difference(Form.KEYED, {"a": 1}, {"a": 2}).changed

    assert (change.before, change.after, change.inside) == (1, 2, None)


@pytest.mark.parametrize(
    ("form", "data"),
    [(Form.VALUE, 3), (Form.VALUE, {1: 2}), (Form.VALUE, Max(2)), (Form.GROUPS, {1: [2, 3]}), (Form.ITEMS, [1, 1])],
)
def test_the_size_is_the_number_of_entries(form: Form, data: Any) -> None:
    assert size(form, data) == len(list(entries(form, data)))
