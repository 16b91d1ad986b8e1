"""The errors of lattices, which name the values and say what to write instead."""

from __future__ import annotations

import reprlib
from typing import Any, NoReturn

from hydroflow_nb.portable import Portable

_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 80


class LatticeError(Portable):
    """The base of the errors that lattices raise."""


class MismatchError(LatticeError, TypeError):
    """A value that does not fit: of another class, without a place in the order, unhashable, or not a lattice."""


class ConflictError(LatticeError, ValueError):
    """Two values that have to be equal and differ."""


class FrozenError(LatticeError, TypeError):
    """A merge into a value that was hashed, and so cannot change any more."""


class LawError(LatticeError, AssertionError):
    """A law of lattices that does not hold.

    `law` is the law in words. `counterexample` holds values that break it: as few and as small ones as the sample has.
    """

    def __init__(self, message: str, *, law: str, counterexample: tuple[Any, ...]) -> None:
        super().__init__(message)
        self.law = law
        self.counterexample = counterexample

    def _render_traceback_(self) -> list[str]:
        """What IPython shows for the error: its text and its notes, no frames."""
        return ["\n".join([str(self), *getattr(self, "__notes__", ())])]


def brief(value: Any) -> str:
    """The value's `repr`, cut to what a message can bear; it never raises."""
    try:
        return _BRIEF.repr(value)
    except Exception:  # what a user's `__repr__` raises is the user's
        return f"<{type(value).__name__}>"


def suggestion(value: Any) -> str:
    """How a plain value is written as a lattice."""
    match value:
        case set() | frozenset():
            return f"SetUnion({brief(value)})"
        case dict():
            return "MapUnion({key: lattice, ...})"
        case list() | tuple():
            return f"SetUnion({brief(value)}) or VecUnion([lattice, ...])"
        case _:
            shown = brief(value)
            return f"Max({shown}), Min({shown}), Point({shown}) or SetUnion({{{shown}}})"


def refuse_merge(lattice: Any, other: Any) -> NoReturn:
    """Raise what keeps `other` from being merged into `lattice`: it is frozen, or `other` is of another class."""
    name, other_name = type(lattice).__name__, type(other).__name__
    if type(lattice) is type(other):
        raise FrozenError(
            f"{brief(lattice)} cannot change any more: it was hashed, so it may be a key or an element of a set (as in "
            "`unique` or a join). Merge into a copy: `merged(value, other)`, or `value.copy()` before the first merge"
        )
    if hasattr(other, "merge"):
        raise MismatchError(
            f"{brief(lattice)} and {brief(other)} belong to different lattices: {name} merges with {name} only, "
            f"not with {other_name}"
        )
    hint = f"{name}({brief(other)})" if name in ("Max", "Min", "Point", "Conflict") else suggestion(other)
    raise MismatchError(f"{name} merges with {name} only, and {brief(other)} is of class {other_name}: write {hint}")


def not_a_lattice(value: Any, place: str) -> MismatchError:
    """The error for a plain value in the place of a lattice; `place` names it, such as `a value of a MapUnion`."""
    return MismatchError(
        f"{place} is a lattice, and {brief(value)} is of class {type(value).__name__}: write {suggestion(value)}"
    )


def not_hashable(error: TypeError, place: str) -> TypeError:
    """The error for a value that cannot be hashed; any other TypeError is returned as it is."""
    if "unhashable" not in str(error):
        return error
    return MismatchError(
        f"{place} must be hashable ({error}): write a tuple instead of a list, a frozenset instead of a set, "
        "a tuple of pairs instead of a dict"
    )
