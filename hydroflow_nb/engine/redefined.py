"""Classes that were defined again: a cell that runs again makes another class under the same name.

An instance of one is not an instance of the other, though both look the same. A message has to say so.
"""

from __future__ import annotations

from collections.abc import Iterable


def is_redefined(one: type, other: type) -> bool:
    """True where two classes are definitions of the same name in the same module, one made after the other."""
    return one is not other and (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def redefined_among(classes: Iterable[type], kind: type) -> str | None:
    """The name of the first class among some that `kind`, or a base of it, defines again; None without such a class."""
    known = list(classes)
    for base in kind.__mro__:
        if any(is_redefined(base, one) for one in known):
            return base.__qualname__
    return None
