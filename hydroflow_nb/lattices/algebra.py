"""Functions for any lattice: for a class of this package, or for a user's class that has only some of the protocols."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeVar

from hydroflow_nb.lattices.errors import not_a_lattice
from hydroflow_nb.lattices.protocols import Merge

L = TypeVar("L", bound=Merge)
V = TypeVar("V")


def copied(value: V) -> V:
    """A copy to merge into, so that the given value stays as it is: `value.copy()`, or a deep copy if the value has no
    such method.
    """
    method: Callable[[], V] | None = getattr(value, "copy", None)
    return method() if callable(method) else copy.deepcopy(value)


def owned(value: V, place: str) -> V:
    """A copy to keep inside another lattice. Raises MismatchError, which names `place`, if `value` is not a lattice."""
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
    """True if the value says that it is the least one."""
    method = getattr(value, "is_bot", None)
    return bool(method()) if method else False


def is_top(value: Any) -> bool:
    """True if the value says that it is the greatest one."""
    method = getattr(value, "is_top", None)
    return bool(method()) if method else False


def bottom_of(value: V) -> V | None:
    """The least value of the lattice that `value` belongs to; None if the lattice has no bottom or does not tell it."""
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
    """Plain values instead of lattices; a value that is not a lattice is returned as it is."""
    method = getattr(value, "deep_reveal", None) or getattr(value, "reveal", None)
    return method() if method else value
