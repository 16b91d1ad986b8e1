"""Accumulators that were lent: emitted, or read by `$name`, and not to be changed under the hands of who has them.

An accumulator is handed on as it is, and not copied until its operator is about to change it again. So a quiet tick
costs nothing, and neither does one whose accumulator is held by nobody any more, which CPython's counts of references
tell. Where they tell nothing it is copied in any case. (Copy on write, with the borrowers counted as in Swift's
`isKnownUniquelyReferenced`.)
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from hydroflow_nb.changing import Change, change_by
from hydroflow_nb.engine.copying import CONSTANTS, Copier
from hydroflow_nb.lattices import Lattice

_MAPPINGS: Final = frozenset({dict, defaultdict, OrderedDict, Counter})
_SEQUENCES: Final = frozenset({list, deque})
# What they hold can be looked up, and so does not change.
_CLOSED: Final = frozenset({set, frozenset, bytearray})
_FLAT: Final = _MAPPINGS | _SEQUENCES | _CLOSED

# Asked for in a statement of its own: an argument that waits for its call is one more reference.
_references: Callable[[Any], int] = getattr(sys, "getrefcount", lambda value: sys.maxsize)


def own(accumulator: Any) -> Any:
    """The accumulator that a variable of an operator holds, for a function that may change it at any depth: itself
    where nobody else has it or a part of it, else a deep copy. What has no copy, such as an open file, is shared.
    """
    others = _references(accumulator) - _IN_VARIABLE
    return _own(accumulator, others)


def own_value(accumulator: Any) -> Any:
    """The same for an accumulator that both a dict and a variable hold."""
    others = _references(accumulator) - _IN_DICT
    return _own(accumulator, others)


def own_top(accumulator: Any) -> Any:
    """The same as `own` for a function that changes what a container holds, and nothing in it."""
    others = _references(accumulator) - _IN_VARIABLE
    return _own_top(accumulator, others)


def own_top_value(accumulator: Any) -> Any:
    """The same for an accumulator that both a dict and a variable hold."""
    others = _references(accumulator) - _IN_DICT
    return _own_top(accumulator, others)


def own_for(accumulator: Any, function: Any) -> Any:
    """The same as `own` for a function that changes no more than its text tells."""
    others = _references(accumulator) - _IN_VARIABLE
    return _BY_CHANGE[change_by(function)](accumulator, others)


def own_value_for(accumulator: Any, function: Any) -> Any:
    """The same for an accumulator that both a dict and a variable hold."""
    others = _references(accumulator) - _IN_DICT
    return _BY_CHANGE[change_by(function)](accumulator, others)


def _own(accumulator: Any, others: int) -> Any:
    if type(accumulator) in CONSTANTS or _is_alone(accumulator, others):
        return accumulator
    return Copier().accumulated(accumulator)


def _own_top(accumulator: Any, others: int) -> Any:
    if type(accumulator) not in _FLAT:
        return _own(accumulator, others)
    return accumulator.copy() if others > 0 else accumulator


_BY_CHANGE: Final[dict[Change, Callable[[Any, int], Any]]] = {
    Change.NOTHING: lambda accumulator, others: accumulator,
    Change.TOP: _own_top,
    Change.ANYTHING: _own,
}


def begun(item: Any) -> Any:
    """A copy of an item that becomes an accumulator, for a function that may change it at any depth: the item may
    belong to others as well.
    """
    return item if type(item) in CONSTANTS else Copier().accumulated(item)


def begun_top(item: Any) -> Any:
    """The same for a function that changes what a container holds, and nothing in it."""
    return item.copy() if type(item) in _FLAT else begun(item)


def begun_for(item: Any, function: Any) -> Any:
    """The same for a function that may change what its text tells."""
    change = change_by(function)
    return item if change is Change.NOTHING else begun_top(item) if change is Change.TOP else begun(item)


def shares(accumulator: Any, out: Any) -> bool:
    """True where what was emitted beside an accumulator may hold a part of it."""
    return not (type(accumulator) in CONSTANTS or _is_constant(out))


def _is_constant(value: Any) -> bool:
    kind = type(value)
    return kind in CONSTANTS or (kind is tuple and all(map(_is_constant, value)))


def _is_alone(value: Any, others: int) -> bool:
    """True where nobody else holds a value or a part of it; False where a copy is the sooner way."""
    if others > 0:
        return False
    kind = type(value)
    if kind in _CLOSED:
        return True
    if kind in _MAPPINGS:
        return CONSTANTS.issuperset(map(type, value.values()))
    if kind in _SEQUENCES:
        return CONSTANTS.issuperset(map(type, value))
    if isinstance(value, Lattice) and not value.is_frozen:
        return all(_is_alone_inside(value, name) for name in _slots(kind)) and not hasattr(value, "__dict__")
    return False


def _is_alone_inside(owner: Any, name: str) -> bool:
    part = getattr(owner, name, None)
    if type(part) in CONSTANTS:
        return True
    others = _references(part) - _IN_SLOT
    return type(part) in _FLAT and _is_alone(part, others)


def _slots(kind: type) -> Iterator[str]:
    for base in kind.__mro__:
        names = vars(base).get("__slots__", ())
        yield from (names,) if isinstance(names, str) else names


def _counted(value: Any) -> int:
    return _references(value)


def _in_variable() -> int:
    """How many references to a value are counted where a closure's variable alone holds it."""
    value: list[Any] = []

    def read() -> int:
        nonlocal value
        return _counted(value)

    return read()


def _in_dict() -> int:
    """The same where a dict and a variable hold it."""
    found = {"key": [0]}
    value = found.get("key")
    return _counted(value)


def _in_slot() -> int:
    """The same where an attribute and a variable hold it, and it is asked for there."""
    found = {"key": [0]}
    value = found.get("key")
    return _references(value)


_IN_VARIABLE: Final = _in_variable()
_IN_DICT: Final = _in_dict()
_IN_SLOT: Final = _in_slot()
