"""Values as bytes and back, in the plain form of messages: numbers, texts, bytes, containers, and instances of the
dataclasses, named tuples, enums and lattices that the flow's namespace has.

What operators hold is more than messages may be: the containers of the engine, and those of `collections`. Of these the
form is a named tuple `Held`, of their kind and what is in them. Long containers are written in columns: a dict as its
keys and its values, tuples of one length as a list for each of their places. Such lists are read and written at once.
Nothing is ever read by running code from the file.
"""

from __future__ import annotations

from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from hydroflow_nb.engine.equality import EqualSet
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.missing import MISSING, Missing
from hydroflow_nb.engine.remaining import Remaining
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.sides import DistinctSide, Matched, MultisetSide
from hydroflow_nb.engine.streaming import Matching, Places
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.codec import MSGPACK, Undecodable
from hydroflow_nb.net.messages.maps import unpacked
from hydroflow_nb.net.messages.plain import blamed
from hydroflow_nb.net.messages.probing import look_at_keys
from hydroflow_nb.net.messages.rebuilding import rebuilt

# A value that was written may nest deeper than one that a stranger sends.
_DEPTH: Final = -1_000
# No class of a person's has a colon in its name.
_TAG: Final = "hydroflow:Held"
# So few values are written one by one.
_FEW: Final = 8

_all_leaves: Final = MSGPACK.writer.leaves.issuperset


class Held(NamedTuple):
    """A container that messages do not know: its kind, and what is in it."""

    kind: str
    of: Any


class _Rebuilt(Held):
    """What such a container is read by: to make one gives the container itself."""

    def __new__(cls, kind: str, of: Any) -> Any:
        make = _MADE.get(kind)
        if make is None:
            raise ValueError(f"{shown(kind, 60)} is not a kind of container")
        return make(of)


Held.__qualname__ = _Rebuilt.__qualname__ = _TAG


def encoded(value: Any) -> bytes:
    """The bytes of a value. Raises Misfit for one that cannot be written, with the place inside of it."""
    try:
        return MSGPACK.encode(value)
    except Misfit:
        return encoded_in_columns(value)


def encoded_in_columns(value: Any) -> bytes:
    """The bytes of a value that may hold very much. Raises Misfit as `encoded` does."""
    try:
        return MSGPACK.encode(_form(value))
    except RecursionError:
        raise Misfit(f"{shown(value)} nests too deeply, or holds itself") from None
    except Misfit:
        # The place is one inside of the value, and not of its form. What has no form says so itself.
        raise blamed(value, lambda part: MSGPACK.careful.plain(_form(part))) from None


def is_found_again(value: Any) -> bool:
    """True for what is known of other variables: it is found out again from these."""
    return type(value) in _NAMES


class Decoder:
    """Makes values of bytes, with the classes of a namespace, and first of all those that the type `kind` names."""

    def __init__(self, namespace: Mapping[str, Any], kind: Any = None) -> None:
        self._classes = Classes(ChainMap({_TAG: _Rebuilt}, namespace), kind)  # type: ignore[arg-type]

    def decoded(self, data: bytes) -> Any:
        """The value of bytes. Raises Undecodable, and nothing else."""
        try:
            if data[:1] != MSGPACK.head:
                raise Undecodable(f"it begins with {data[:1]!r}, which is not the mark of this form")
            self._classes.begin()
            return rebuilt(unpacked(data[1:], MSGPACK.unpack), self._classes, _DEPTH)
        except Undecodable:
            raise
        except Exception as exception:
            raise Undecodable(f"it cannot be rebuilt: {type(exception).__name__}: {exception}") from exception


# --- taking apart ----------------------------------------------------------------------------------------------------


def _form(value: Any) -> Any:
    """The same value, with a `Held` in the place of each container that messages do not know."""
    take_apart = _TAKEN_APART.get(type(value))
    return value if take_apart is None else take_apart(value)


def _column(values: Collection[Any]) -> Any:
    """Many values as a list, or as columns that a list is made of."""
    kinds = set(map(type, values))
    if _all_leaves(kinds):
        return values if type(values) is list else list(values)
    if (
        len(values) > _FEW
        and kinds == {tuple}
        and len(lengths := set(map(len, values))) == 1
        and (width := lengths.pop())
    ):
        both = list(chain.from_iterable(values))
        return Held("tuples", [_column(both[place::width]) for place in range(width)])
    return [_form(value) for value in values]


def _entries(values: Mapping[Any, Any]) -> Any:
    """The entries of a mapping: few as a dict, many as columns that one is made of."""
    if len(values) <= _FEW:
        return {key: _form(value) for key, value in values.items()}
    return Held("dict", [_column(values.keys()), _column(values.values())])


def _default(value: defaultdict[Any, Any]) -> Held:
    factory = value.default_factory
    name = "" if factory is None else getattr(factory, "__name__", "")
    if name not in _FACTORIES or _FACTORIES[name] is not factory:
        raise Misfit(
            f"{shown(value)} has the factory {shown(factory)}, which cannot be written",
            "use `list`, `dict`, `set` or another type of Python's own for what is missing",
        )
    return Held("defaultdict", [name, _entries(value)])


_FACTORIES: Final[Mapping[str, Any]] = MappingProxyType(
    {"": None, **{one.__name__: one for one in (int, float, str, bool, list, dict, set, tuple, bytes, frozenset)}}
)

# What is known of other variables, by the names under which it is written.
_NAMES: Final[Mapping[type, str]] = MappingProxyType(
    {Matched: "matched", Matching: "matching", Places: "places", Remaining: "remaining"}
)

_TAKEN_APART: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        list: _column,
        tuple: lambda value: value if _all_leaves(map(type, value)) else tuple([_form(one) for one in value]),
        dict: _entries,
        # Elements that can be sorted are: equal sets look equal.
        **{
            kind: lambda value: value if _all_leaves(map(type, value)) else Held(type(value).__name__, _column(value))
            for kind in (set, frozenset)
        },
        Missing: lambda value: Held("missing", None),
        deque: lambda value: Held("deque", [value.maxlen, _column(value)]),
        EqualSet: lambda value: Held("equal set", _column(value)),
        DistinctSide: lambda value: Held("distinct side", _entries(value)),
        MultisetSide: lambda value: Held("multiset side", _entries(value)),
        # They tell of others, and find that out again.
        **{kind: lambda value: Held(_NAMES[type(value)], None) for kind in _NAMES},
        Counter: lambda value: Held("Counter", _entries(value)),
        OrderedDict: lambda value: Held("OrderedDict", _entries(value)),
        defaultdict: _default,
    }
)

# --- putting together ------------------------------------------------------------------------------------------------


def _anew(kind: type) -> Callable[[Any], Any]:
    return lambda of: kind()


def _dict(of: Any) -> dict[Any, Any]:
    keys, values = of
    look_at_keys(keys)
    made = dict(zip(keys, values, strict=True))
    if len(made) != len(keys):
        raise ValueError("a dict has the same key twice")
    return made


def _elements(of: Sequence[Any]) -> Sequence[Any]:
    look_at_keys(of, of_set=True)
    return of


_MADE: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "dict": _dict,
        "set": lambda of: set(_elements(of)),
        "frozenset": lambda of: frozenset(_elements(of)),
        "tuples": lambda of: list(zip(*of, strict=True)),
        "missing": lambda of: MISSING,
        "deque": lambda of: deque(of[1], of[0]),
        "equal set": EqualSet,
        "distinct side": DistinctSide,
        "multiset side": MultisetSide,
        **{name: _anew(kind) for kind, name in _NAMES.items()},
        "Counter": Counter,
        "OrderedDict": OrderedDict,
        "defaultdict": lambda of: defaultdict(_FACTORIES[of[0]], of[1]),
    }
)
