"""The order that merge makes."""

from __future__ import annotations

import pytest

from hydroflow_nb.lattices import Order, SetUnion, compare, naive_compare


class Unordered:
    """A set without `<=`."""

    def __init__(self, *elements):
        self.elements = set(elements)

    def merge(self, other):
        size = len(self.elements)
        self.elements |= other.elements
        return len(self.elements) != size


@pytest.mark.parametrize("lattice", [lambda *elements: SetUnion(elements), Unordered])
@pytest.mark.parametrize(
    ("a", "b", "order"),
    [
        ((), (1,), Order.LESS),
        ((1,), (1,), Order.EQUAL),
        ((1, 2), (1,), Order.GREATER),
        ((1,), (2,), Order.INCOMPARABLE),
    ],
)
def test_the_order_is_found_with_and_without_a_comparison_of_the_class(lattice, a, b, order):
    assert compare(lattice(*a), lattice(*b)) is order
    assert naive_compare(lattice(*a), lattice(*b)) is order


def test_a_comparison_by_merge_leaves_both_alone():
    a, b = Unordered(1), Unordered(2)

    compare(a, b)

    assert (a.elements, b.elements) == ({1}, {2})
