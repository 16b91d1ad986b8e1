"""Values as bytes and back, in the plain form of messages: numbers, texts, bytes, containers, and instances of the
dataclasses, named tuples, enums and lattices that the flow's namespace has.

What operators hold is more than messages may be: the containers of the engine, and those of `collections`. Of these the
form is a named tuple `Held`, of their kind and what is in them. Nothing is ever read by running code from the file.
"""

from __future__ import annotations

from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
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
from hydroflow_nb.net.messages.rebuilding import rebuilt

# A value that was written may nest deeper than one that a stranger sends.
_DEPTH: Final = -1_000
# No class of a person's has a colon in its name.
_TAG: Final = "hydroflow:Held"


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
        # Most of what is held are containers of plain values, which need no further look.
        try:
            return MSGPACK.encode(_form(value))
        except RecursionError:
            raise Misfit(f"{shown(value)} nests too deeply, or holds itself") from None


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


def _each(values: Iterable[Any]) -> list[Any]:
    return [_form(value) for value in values]


def _entries(values: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: _form(value) for key, value in values.items()}


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
        list: _each,
        tuple: lambda value: tuple(_each(value)),
        dict: _entries,
        Missing: lambda value: Held("missing", None),
        deque: lambda value: Held("deque", [value.maxlen, _each(value)]),
        EqualSet: lambda value: Held("equal set", _each(value)),
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


_MADE: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
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
