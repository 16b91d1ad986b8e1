from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from hydroflow_nb.trace.plain import Damaged, from_plain, to_plain


@dataclass(kw_only=True)
class Part:
    count: int
    items: list[Any]


@dataclass(frozen=True, kw_only=True)
class Whole:
    name: str
    parts: Mapping[str, Part]
    list: list[Part] = field(default_factory=list)
    numbers: tuple[int, ...] = ()
    fault: str | None = None
    done: bool = False


WHOLE = Whole(name="a", parts={"x": Part(count=2, items=[1, (2, {3})])}, numbers=(1, 2), fault="no")


def test_a_dataclass_comes_back_with_the_dataclasses_in_it() -> None:
    assert from_plain(to_plain(WHOLE, Whole), Whole) == WHOLE


def test_fields_that_have_their_defaults_are_left_out() -> None:
    assert to_plain(Whole(name="a", parts={}), Whole) == {"name": "a", "parts": {}}


def test_a_field_that_a_newer_version_added_is_left_out() -> None:
    assert from_plain({"name": "a", "parts": {}, "colour": "red"}, Whole) == Whole(name="a", parts={})


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        ([], "", "is not an object"),
        ({"parts": {}}, "", "has no `name`"),
        ({"name": 1, "parts": {}}, ".name", "is not a string"),
        ({"name": "a", "parts": []}, ".parts", "is not an object"),
        ({"name": "a", "parts": {"x": {"count": True, "items": []}}}, ".parts['x'].count", "is not a number"),
        ({"name": "a", "parts": {"x": {"count": 1, "items": [{}]}}}, ".parts['x'].items[0]", "is not an item"),
        ({"name": "a", "parts": {}, "done": 1}, ".done", "is not true or false"),
        ({"name": "a", "parts": {}, "numbers": [1, "2"]}, ".numbers[1]", "is not a number"),
        ({"name": "a", "parts": {}, "list": {}}, ".list", "is not an array"),
    ],
)
def test_damaged_data_is_refused_with_its_place(data: Any, where: str, what: str) -> None:
    with pytest.raises(Damaged) as damage:
        from_plain(data, Whole)

    assert damage.value.where == where
    assert what in damage.value.what
