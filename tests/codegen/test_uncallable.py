"""Names of what cannot be called, where operators need functions."""

from __future__ import annotations

import pytest

import hydroflow_nb as hf

TEXT = "source_iter([1, 2]) -> map(first) -> filter(second.part) -> map(abs) -> fold(begin, third) -> null();"


class Second:
    part = "text"

    @property
    def computed(self):
        return abs


def test_all_that_cannot_be_called_is_told_of_in_one_error():
    with pytest.raises(hf.GraphError) as caught:
        hf.compile(TEXT, namespace={"first": 1, "second": Second, "begin": [], "third": max})

    assert [(found.code, found.span.text) for found in caught.value.diagnostics] == [
        ("HF225", "first"),
        ("HF225", "second.part"),
        ("HF225", "begin"),
    ]


@pytest.mark.parametrize("before", [{}, {"later": None}])
def test_names_that_are_bound_later_may_be_missing_until_then(before):
    names = dict(before)
    flow = hf.compile("source_iter([1]) -> map(later) -> null();", namespace=names)
    names["later"] = abs

    flow.run_available()


def test_what_an_attribute_computes_may_be_a_function():
    flow = hf.compile("source_iter([1]) -> map(second.computed) -> null();", namespace={"second": Second()})

    flow.run_available()
