"""The order of a lattice: `a` is below `b` if, and only if, merging `a` into `b` changes nothing."""

from __future__ import annotations

from enum import Enum
from typing import Any

from hydroflow_nb.lattices.algebra import L, copied


class Order(Enum):
    """How two values of a lattice stand to each other. Most lattices are ordered partially."""

    LESS = "less"
    EQUAL = "equal"
    GREATER = "greater"
    INCOMPARABLE = "incomparable"


# Keyed by (a is at most b, b is at most a).
_ORDERS = {
    (True, True): Order.EQUAL,
    (True, False): Order.LESS,
    (False, True): Order.GREATER,
    (False, False): Order.INCOMPARABLE,
}


def has_order(value: Any) -> bool:
    """True where the value's class defines `<=`."""
    # Every class has `__le__` from object, where it compares nothing.
    return any("__le__" in ancestor.__dict__ for ancestor in type(value).__mro__[:-1])


def at_most(a: L, b: L) -> bool:
    """`a <= b` in the lattice's order; if the class defines no order, a merge tells it."""
    if has_order(a):
        ordered: Any = a
        return bool(ordered <= b)
    return not copied(b).merge(a)


def compare(a: L, b: L) -> Order:
    """How `a` stands to `b`: less, equal, greater or incomparable."""
    return _ORDERS[at_most(a, b), at_most(b, a)]


def naive_compare(a: L, b: L) -> Order:
    """The same by two merges into copies, as the order is defined: slower, and correct for every lattice."""
    return _ORDERS[not copied(b).merge(a), not copied(a).merge(b)]
