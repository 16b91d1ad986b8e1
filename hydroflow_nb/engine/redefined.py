"""Classes that were defined anew: a cell that runs again makes another class under the same name.

Instances of the one are none of the other, though both are shown alike; a message has to say so.
"""

from __future__ import annotations

from collections.abc import Iterable


def is_redefined(one: type, other: type) -> bool:
    """True where two classes are definitions of the same name in the same module, one made after the other."""
    return one is not other and (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def redefined_among(classes: Iterable[type], kind: type) -> str | None:
    """The name of the one among some classes that a class, or a base of it, is another definition of."""
    known = list(classes)
    for base in kind.__mro__:
        if any(is_redefined(base, one) for one in known):
            return base.__qualname__
    return None
