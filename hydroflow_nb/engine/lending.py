"""Accumulators that were lent: emitted, or read by `$name`. Those who hold them must not see them change.

An accumulator is handed on as it is, and copied only when its operator is about to change it again. So a quiet tick
costs nothing, and neither does a tick whose accumulator has no other holder, which CPython's counts of references tell.
Where the counts tell less, the accumulator is always copied: in other implementations, in builds without a global lock,
and from CPython 3.14 on, whose frames borrow references. (This is copy on write, with the borrowers counted as in
Swift's `isKnownUniquelyReferenced`.)
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from hydroflow_nb.changing import Change, change_by
from hydroflow_nb.engine.copying import CONSTANTS, Copier
from hydroflow_nb.lattices import Lattice, MapUnion
from hydroflow_nb.parts import keys_by

_MAPPINGS: Final = frozenset({dict, defaultdict, OrderedDict, Counter})
_SEQUENCES: Final = frozenset({list, deque})
# What they hold can be hashed, and so does not change.
_CLOSED: Final = frozenset({set, frozenset, bytearray})
_FLAT: Final = _MAPPINGS | _SEQUENCES | _CLOSED

# Factories that make new or constant values.
_MAKING: Final[frozenset[Any]] = frozenset({None, int, float, str, *_FLAT})
# A dict or list that has more than so many parts for each part that changes is copied only in part, and so is one of
# few parts that hold much.
_PARTS_WORTH_COUNTING: Final = 8
_FEW: Final = 64
_MUCH: Final = 1_000
# Of more parts that are no constants it is not asked who holds them: a copy takes less time.
_PARTS_WORTH_A_LOOK: Final = 100

# Counts are taken in statements of their own: an argument of a call that is being made is one more reference.
_COUNTS_TELL: Final[bool] = (
    sys.implementation.name == "cpython" and sys.version_info < (3, 14) and "free-threading" not in sys.version
)
_references: Callable[[Any], int] = sys.getrefcount if _COUNTS_TELL else lambda value: sys.maxsize


def own(accumulator: Any) -> Any:
    """The accumulator that a variable of an operator holds, for a function that may change it at any depth.

    This is the accumulator itself where nothing else holds it or a part of it, else a deep copy. What has no copy, such
    as an open file, is shared.
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
    """The same as `own` for a function that changes only what its text tells."""
    others = _references(accumulator) - _IN_VARIABLE
    return _BY_CHANGE[change_by(function)](accumulator, others)


def own_value_for(accumulator: Any, function: Any) -> Any:
    """The same for an accumulator that both a dict and a variable hold."""
    others = _references(accumulator) - _IN_DICT
    return _BY_CHANGE[change_by(function)](accumulator, others)


def own_parts(
    accumulator: Any, fresh: set[Any], apart: bool, keys: tuple[Any, ...] | None
) -> tuple[Any, bool, Sequence[Any]]:
    """The accumulator for a function that changes only the container and its parts at some keys; whether others may
    still hold other parts of it; and the keys that are to be put into `fresh`.

    The container and those parts are copied where others hold them. `fresh` holds the keys of the parts that belong to
    the operator alone since the accumulator was lent. `apart`: no two parts are the same object. Where that is not
    known, where the accumulator is neither a mapping nor a list, or where most of it has to be copied, this does the
    same as `own`.
    """
    others = _references(accumulator) - _IN_VARIABLE
    return _own_parts(accumulator, others, fresh, keys if apart else None)


def keys_known(apart: Any, before: Any, function: Any) -> Callable[..., tuple[Any, ...] | None] | None:
    """The function that gives the keys of the parts that `function` changes; None where they are not known.

    They are known only for the first function of an accumulator: for it `before`, the function before it, is None, and
    `apart` tells whether no two parts are the same object. A function before it may have put one object in two places.
    """
    if before is not None or not apart or change_by(function) is not Change.ANYTHING:
        return None
    return keys_by(function)


def own_parts_for(
    accumulator: Any, fresh: set[Any], keys_of: Any, function: Any, item: Any
) -> tuple[Any, bool, Sequence[Any]]:
    """The same for a function that is given an item and changes only what its text tells."""
    others = _references(accumulator) - _IN_VARIABLE
    if not keys_of:
        return _BY_CHANGE[change_by(function)](accumulator, others), False, ()
    try:
        keys = keys_of(accumulator, item)
    except Exception:  # the function will say so
        keys = None
    return _own_parts(accumulator, others, fresh, keys)


def _own_parts(
    accumulator: Any, others: int, fresh: set[Any], keys: tuple[Any, ...] | None
) -> tuple[Any, bool, Sequence[Any]]:
    if keys is None or not _has_plain_parts(accumulator):
        return _own(accumulator, others), False, ()
    try:
        wanted = [key for key in keys if key not in fresh]
    except TypeError:  # the function will say so
        return _own(accumulator, others), False, ()
    if (
        wanted
        and len(accumulator) <= _PARTS_WORTH_COUNTING * (len(fresh) + len(wanted))
        and not _has_large_parts(accumulator)
    ):
        return _own(accumulator, others), False, ()
    is_list = type(accumulator) is list
    if is_list and not all(type(key) is int and 0 <= key < len(accumulator) for key in wanted):
        return _own(accumulator, others), False, ()
    if others > 0 and not fresh:
        accumulator = accumulator.copy()
    for key in wanted:
        part = accumulator[key] if is_list else accumulator.get(key)
        kind = type(part)
        if kind in _FLAT:
            others = _references(part) - _IN_SLOT
            if others > 0:
                accumulator[key] = part.copy()
        elif kind not in CONSTANTS and kind is not tuple:
            # It is not known what changes in it.
            return Copier().accumulated(accumulator), False, ()
    if len(accumulator) <= min(_FEW, len(fresh) + len(wanted)):
        known = fresh.union(wanted)
        return accumulator, not known.issuperset(range(len(accumulator)) if is_list else accumulator), wanted
    return accumulator, True, wanted


def _has_large_parts(accumulator: Any) -> bool:
    """True where a few parts hold much."""
    if len(accumulator) > _FEW:
        return False
    parts = accumulator if type(accumulator) is list else accumulator.values()
    return sum([len(part) for part in parts if type(part) in _FLAT]) > _MUCH


def own_merged(accumulator: Any, fresh: set[Any], delta: Any) -> tuple[Any, bool, Sequence[Any]]:
    """The accumulator for a merge of `delta` into it, and the rest as `own_parts` returns it: of a map only itself and
    the values at the keys of `delta`, which the merge changes, are copied.
    """
    others = _references(accumulator) - _IN_VARIABLE
    if (
        type(accumulator) is not MapUnion
        or type(delta) is not MapUnion
        or len(accumulator) <= _PARTS_WORTH_COUNTING * (len(fresh) + len(delta))
    ):
        return _own(accumulator, others), False, ()
    wanted = [key for key in delta if key not in fresh]
    if not fresh and not _is_alone_itself(accumulator, others):
        accumulator = accumulator.sharing()
    accumulator.unshare(_held_by_others(accumulator, wanted))
    return accumulator, True, wanted


def _held_by_others(entries: MapUnion[Any, Any], keys: Iterable[Any]) -> Iterator[Any]:
    """Those of the keys whose values others may hold. To copy a value that holds no collection takes no longer than to
    find out.
    """
    for key in keys:
        if key in entries:
            value = entries[key]
            others = _references(value) - _IN_SLOT
            if others > 0 or not getattr(value, "collects", False) or not _is_alone(value, others):
                yield key


def parts_apart(accumulator: Any) -> bool:
    """True where no two parts of a mapping or list are the same object, and where a mapping makes no such parts by
    itself.
    """
    if not _has_plain_parts(accumulator):
        return False
    values = accumulator if type(accumulator) is list else accumulator.values()
    # A constant may stand in several places.
    parts = [id(part) for part in values if type(part) not in CONSTANTS]
    return len(set(parts)) == len(parts)


def _has_plain_parts(accumulator: Any) -> bool:
    kind = type(accumulator)
    return kind is list or (kind in _MAPPINGS and (kind is not defaultdict or accumulator.default_factory in _MAKING))


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
    """A copy of an item that becomes an accumulator, for a function that may change it at any depth: others may hold
    the item as well.
    """
    return item if type(item) in CONSTANTS else Copier().accumulated(item)


def begun_top(item: Any) -> Any:
    """The same for a function that changes what a container holds, and nothing in it."""
    return item.copy() if type(item) in _FLAT else begun(item)


def begun_for(item: Any, function: Any) -> Any:
    """The same for a function that changes only what its text tells."""
    change = change_by(function)
    return item if change is Change.NOTHING else begun_top(item) if change is Change.TOP else begun(item)


def shares(result: Any) -> bool:
    """True where a function returned a pair `(acc, out)` whose `out` may hold a part of `acc`.

    A constant does not, and neither does a container of constants that nothing else holds.
    """
    if type(result) is not tuple or len(result) != 2:
        return True
    accumulator, out = result
    if type(accumulator) in CONSTANTS or _is_constant(out):
        return False
    others = _references(out) - _IN_PAIR
    return not (type(out) in _FLAT and _is_alone(out, others))


def unchanged_by(value: Any, delta: Any) -> bool:
    """True where a merge of `delta` is certain to leave a lattice value as it is."""
    if not isinstance(value, Lattice) or type(value) is not type(delta):
        return False
    try:
        return bool(delta <= value)
    except Exception:  # the merge will say what does not fit
        return False


def _is_constant(value: Any) -> bool:
    kind = type(value)
    return kind in CONSTANTS or (
        (kind is tuple or kind is frozenset)
        and (CONSTANTS.issuperset(map(type, value)) or all(map(_is_constant, value)))
    )


def _is_alone(value: Any, others: int) -> bool:
    """True where nothing else holds a value or a part of it; False also where to find out takes longer than a copy."""
    if others > 0:
        return False
    kind = type(value)
    if kind in _CLOSED:
        return True
    if kind in _MAPPINGS or kind in _SEQUENCES:
        parts = value.values() if kind in _MAPPINGS else value
        return (
            CONSTANTS.issuperset(map(type, parts))
            or all(map(_is_constant, parts))
            or (len(parts) <= _PARTS_WORTH_A_LOOK and _are_alone(parts))
        )
    if isinstance(value, Lattice) and not value.is_frozen:
        return not hasattr(value, "__dict__") and _are_alone(getattr(value, name, None) for name in _slots(kind))
    return False


def _are_alone(parts: Iterable[Any]) -> bool:
    """True where nothing else than what the parts come from holds one of them."""
    for part in parts:
        others = _references(part) - _IN_SLOT
        if not (_is_constant(part) or _is_alone(part, others)):
            return False
    return True


def _is_alone_itself(value: Lattice, others: int) -> bool:
    """True where nothing else holds a lattice value, nor the containers of its parts; others may hold the parts."""
    if others > 0 or value.is_frozen:
        return False
    for name in _slots(type(value)):
        container = getattr(value, name, None)
        others = _references(container) - _IN_SLOT
        if others > 0 and type(container) not in CONSTANTS:
            return False
    return True


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


def _in_pair() -> int:
    """The same where a pair and a variable hold it, and it is asked for there."""
    pair = ([0], [1])
    _, second = pair
    return _references(second)


# Where counts tell nothing, every value counts as held by others.
_IN_VARIABLE: Final = _in_variable() if _COUNTS_TELL else 0
_IN_DICT: Final = _in_dict() if _COUNTS_TELL else 0
_IN_SLOT: Final = _in_slot() if _COUNTS_TELL else 0
_IN_PAIR: Final = _in_pair() if _COUNTS_TELL else 0
