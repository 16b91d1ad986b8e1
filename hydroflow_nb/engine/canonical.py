"""The canonical form of values: bytes that equal values have in common, in every process.

It does not depend on the hash seed: members of sets are sorted by their own forms. The entries of a dict stay in the
order in which they were put in, which is the order in which a flow goes through them. What is held in two places is
written once and referred to from then on, since a change of the one is a change of the other.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from hashlib import blake2b
from inspect import GEN_CREATED, getgeneratorstate
from marshal import dumps
from types import BuiltinFunctionType, CodeType, FunctionType, GeneratorType, MethodType, ModuleType, NoneType
from typing import Any, Final
from uuid import UUID

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.derived import Derived
from hydroflow_nb.engine.sides import DistinctSide, MultisetSide
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.portable import Portable

_LEAVES: Final = frozenset({NoneType, bool, int, float, complex, str, bytes})
_SEQUENCES: Final = frozenset({list, deque})
_MAPPINGS: Final = frozenset({dict, OrderedDict, DistinctSide, MultisetSide})
_NUMBERS: Final = (int, float, complex, Decimal, Fraction)
# What a program names: it is the same in every run.
_NAMED: Final = (type, FunctionType, BuiltinFunctionType, ModuleType)
_STAYING: Final = (tuple, frozenset, str, bytes, date, time, timedelta, UUID, Enum, *_NUMBERS)
# A form of `marshal` in which the same value is the same bytes, however often it is referred to.
_PLAIN: Final = 2
SIZE: Final = 16
"""The bytes of a digest."""


class NoForm(Portable):
    """A value has no canonical form; the message says of which class it is."""


def digest(form: bytes) -> bytes:
    """The digest of a form, in SIZE bytes: BLAKE2b, RFC 7693."""
    return blake2b(form, digest_size=SIZE).digest()


class Forms:
    """Writes the canonical forms of values, which can be compared with each other.

    An instance of a class has the form of its parts, as `copy.deepcopy` finds them by `__reduce_ex__`. A function's
    form is its code, and what it has in its closure and its defaults; what is global is not part of it. What is open,
    locked or under way has none, and neither has a set of objects that are equal to nothing but themselves.
    """

    def __init__(self) -> None:
        # Classes and the code of functions that have one name are told apart by the order in which they came.
        self._known: dict[str, list[object]] = {}
        self._staying = _Staying()

    def of(self, values: Iterable[Any], renamed: Mapping[Any, Any] | None = None) -> bytes:
        """The form of some values together. `renamed` has what stands in the place of a text or a tuple. Raises NoForm,
        and what a class of the user's raises.
        """
        writer = _Writer(self._number, self._staying, renamed or {})
        try:
            for value in values:
                writer.write(value)
        except RecursionError:
            raise NoForm("a value that nests too deeply") from None
        return b"".join(writer.parts)

    def _number(self, name: str, one: object) -> int:
        """The number of what has a name, among all that has the same."""
        known = self._known.setdefault(name, [])
        for number, other in enumerate(known):
            if other is one:
                return number
        known.append(one)
        return len(known) - 1


class _Writer:
    """The parts of one form, and where each object that can change stands in it."""

    def __init__(
        self, number: Callable[[str, object], int], staying: Mapping[type, bool], renamed: Mapping[Any, Any]
    ) -> None:
        self.parts: list[bytes] = []
        self._number = number
        self._renamed = renamed
        self._places: dict[int, int] = {}
        # An id means nothing once its object is gone.
        self._kept: list[object] = []
        self._staying = staying

    def write(self, value: Any) -> None:
        kind = type(value)
        if kind in _LEAVES:
            self.parts.append(dumps(self._renamed.get(value, value) if kind is str else value, _PLAIN))
        elif kind is tuple:
            self._tuple(value)
        elif kind is frozenset:
            self._members(b"f", value)
        elif kind in _SEQUENCES or kind in _MAPPINGS or not self._staying[kind]:
            if self._is_new(value):
                self._other(kind, value)
        else:
            self._other(kind, value)

    def _is_new(self, value: Any) -> bool:
        """True where a value was not met before; its place is written where it was."""
        place = self._places.get(id(value))
        if place is None:
            self._places[id(value)] = len(self._places)
            self._kept.append(value)
            return True
        self.parts.append(b"\0@%d;" % place)
        return False

    def _tuple(self, value: tuple[Any, ...]) -> None:
        if self._renamed:
            # What holds something that cannot be hashed is not a name.
            with suppress(TypeError):
                value = self._renamed.get(value, value)
        elif _LEAVES.issuperset(map(type, value)):
            self.parts.append(dumps(value, _PLAIN))
            return
        self._each(b"t", value)

    def _each(self, tag: bytes, values: Iterable[Any]) -> None:
        values = list(values)
        # What `marshal` writes does not begin with a zero.
        self.parts.append(b"\0%s%d;" % (tag, len(values)))
        if not self._renamed and _LEAVES.issuperset(map(type, values)):
            self.parts.append(dumps(values, _PLAIN))
            return
        for value in values:
            self.write(value)

    def _members(self, tag: bytes, values: Iterable[Any]) -> None:
        """The members of a set, each in a form of its own, by which they are sorted."""
        forms = []
        for value in values:
            kind = type(value)
            if kind not in _LEAVES and vars(object)["__hash__"] is kind.__hash__ and not isinstance(value, _NAMED):
                raise NoForm(f"a set of `{kind.__qualname__}`, which are equal to nothing but themselves,")
            alone = _Writer(self._number, self._staying, self._renamed)
            alone.write(value)
            forms.append(b"".join(alone.parts))
        self._each(tag, sorted(forms))

    def _other(self, kind: type, value: Any) -> None:
        if kind in _SEQUENCES:
            self._each(b"l" if kind is list else b"q", value)
        elif kind in _MAPPINGS:
            tag = b"d" if kind is dict else b"d%s," % kind.__name__.encode()
            self._each(tag, [part for pair in value.items() for part in pair])
        elif kind is set:
            self._members(b"s", value)
        elif kind is bytearray:
            self._each(b"y", (bytes(value),))
        elif kind is Channel:
            self._each(b"c", value.waiting())
        elif kind is FunctionType:
            self._function(value)
        elif kind is MethodType:
            self._each(b"m", (value.__func__, value.__self__))
        elif kind is BuiltinFunctionType:
            owner = value.__self__
            self._each(b"b", (value.__qualname__, owner.__name__ if isinstance(owner, ModuleType) else owner))
        elif isinstance(value, type):
            self._named(b"T", value.__module__, value.__qualname__, value)
        elif kind is ModuleType:
            self._each(b"M", (value.__name__,))
        elif kind is GeneratorType:
            self._generator(value)
        elif isinstance(value, (set, frozenset)):
            self._each(b"S", (kind, getattr(value, "__dict__", None)))
            self._members(b"s", value)
        elif isinstance(value, Derived):
            self._each(b"D", ())
        else:
            self._object(kind, value)

    def _named(self, tag: bytes, module: str | None, name: str, one: object) -> None:
        full = f"{module}.{name}"
        self._each(tag, (full, self._number(full, one)))

    def _function(self, value: FunctionType) -> None:
        self._named(b"F", value.__module__, value.__qualname__, value.__code__)
        for cell in value.__closure__ or ():
            try:
                self.write(cell.cell_contents)
            except ValueError:
                self._each(b"e", ())
        self._each(b"a", (*(value.__defaults__ or ()), value.__kwdefaults__, value.__dict__))

    def _generator(self, value: GeneratorType[Any, Any, Any]) -> None:
        frame = value.gi_frame
        if frame is None or getgeneratorstate(value) != GEN_CREATED:
            raise NoForm("a generator that was begun")
        code: CodeType = value.gi_code
        self._named(b"G", code.co_filename, code.co_qualname, code)
        self._each(b"a", [part for pair in frame.f_locals.items() for part in pair])

    def _object(self, kind: type, value: Any) -> None:
        try:
            reduced = value.__reduce_ex__(4)
        except Exception as exception:  # what is open, locked or under way; and what a class of the user's raises
            raise NoForm(f"a `{kind.__qualname__}`") from exception
        self._kept.append(reduced)
        if isinstance(reduced, str):
            self._named(b"O", kind.__module__, reduced, kind)
            return
        made, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        match state:
            case dict():
                state = _attributes(state)
            case (dict() | None as first, dict() as slots):
                state = (_attributes(first or {}), _attributes(slots))
        if isinstance(value, Lattice):
            state = (value.is_frozen, state)
        self._each(b"o", (made, arguments, state))
        self._each(b"i", items or ())
        self._each(b"p", pairs or ())


def _attributes(values: dict[Any, Any]) -> tuple[Any, ...]:
    """Attributes by their names: nothing but the instance has them, and they have no order."""
    return tuple(sorted(values.items(), key=lambda one: str(one[0])))


class _Staying(dict[type, bool]):
    """True for a class whose instances never change: whether one stands in two places, or two that are equal do, makes
    no difference.
    """

    def __missing__(self, kind: type) -> bool:
        parameters, config = getattr(kind, "__dataclass_params__", None), getattr(kind, "__struct_config__", None)
        found = issubclass(kind, _STAYING) or getattr(parameters, "frozen", False) or getattr(config, "frozen", False)
        self[kind] = bool(found)
        return bool(found)
