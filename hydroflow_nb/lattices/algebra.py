"""What one does with any lattice, be it a class of this package or one's own with but some of the protocols."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeVar

from hydroflow_nb.lattices.errors import not_a_lattice
from hydroflow_nb.lattices.protocols import Merge

L = TypeVar("L", bound=Merge)
V = TypeVar("V")


def copied(value: V) -> V:
    """A value that can be merged into without touching the given one: `value.copy()`, or a deep copy where there is
    none.
    """
    method: Callable[[], V] | None = getattr(value, "copy", None)
    return method() if callable(method) else copy.deepcopy(value)


def owned(value: V, place: str) -> V:
    """A copy to keep inside another lattice. Raises MismatchError where `value` is none; `place` names it then."""
    if not hasattr(value, "merge") or isinstance(value, type):
        raise not_a_lattice(value, place)
    return copied(value)


def merged(a: L, b: L) -> L:
    """The least upper bound of two values as a new value; both stay as they are. Takes time for a copy of `a`."""
    result = copied(a)
    result.merge(b)
    return result


def merge_owned(accumulator: L, delta: L) -> L:
    """The accumulator after `delta` was merged into it, in place: what `fold` and `reduce` want for their function."""
    accumulator.merge(delta)
    return accumulator


def is_bot(value: Any) -> bool:
    """True where the value says that it is the least one."""
    method = getattr(value, "is_bot", None)
    return bool(method()) if method else False


def is_top(value: Any) -> bool:
    """True where the value says that it is the greatest one."""
    method = getattr(value, "is_top", None)
    return bool(method()) if method else False


def bottom_of(value: V) -> V | None:
    """The least value of the lattice that `value` belongs to, or None where there is none or it is not known."""
    method: Callable[[], V | None] | None = getattr(value, "bottom", None)
    return method() if method else None


def bottom_or_copy(value: V) -> V:
    """The least value that can stand beside parts of `value` without adding to them: its bottom, else a copy of it."""
    bottom = bottom_of(value)
    return copied(value) if bottom is None else bottom


def atomize(value: V) -> list[V]:
    """The value's atoms. One that cannot be taken apart is its own only atom, unless it is bottom."""
    method = getattr(value, "atomize", None)
    if method:
        return list(method())
    return [] if is_bot(value) else [copied(value)]


def deep_reveal(value: Any) -> Any:
    """Plain values instead of lattices; what is no lattice is given back as it is."""
    method = getattr(value, "deep_reveal", None) or getattr(value, "reveal", None)
    return method() if method else value
