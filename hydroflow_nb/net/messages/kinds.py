"""Kinds: the type that a receiver asks for, and the check of a message's value against it."""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import is_
from typing import Any

import msgspec

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.redefined import is_redefined
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.probing import FEW, look_at_keys
from hydroflow_nb.net.messages.recipes import Form, Recipe, recipe_of, said
from hydroflow_nb.net.messages.undecodable import Undecodable

Check = Callable[[Any], Any]
"""Gives the value in a kind's form. Raises Mismatch."""


class Mismatch(Exception):
    """A value has the wrong type."""


class MessageKind:
    """A type, and the check of values against it.

    Instances of a subclass are accepted, but `True` is not accepted as an `int`. An `int` is accepted as a `float`, as
    in type checkers. The fields of dataclasses, named tuples and Structs are checked against their annotations, if
    those can be read. A plain dict, such as a program in another language sends, becomes the dataclass, named tuple or
    Struct that is asked for.

    When a cell redefines a class under the same name, the new class counts.
    """

    def __init__(self, kind: Any, namespace: Mapping[str, Any]) -> None:
        self._kind = kind
        self._namespace = namespace
        self._named = tuple(dict.fromkeys(_classes_in(kind)))
        self._current = self._named
        self._check = self._checker()

    def classes(self) -> tuple[type, ...]:
        """The classes that the kind names, as they are defined now."""
        get = self._namespace.get
        for cls in self._current:
            if get(cls.__name__) is not cls:
                current = tuple(map(self._now, self._named))
                if current != self._current:
                    self._current = current
                    self._check = self._checker()
                break
        return self._current

    def checked(self, value: Any) -> Any:
        """The value in the kind's form. Raises Mismatch."""
        self.classes()
        return self._check(value)

    def _now(self, cls: type) -> type:
        found: Any = self._namespace.get(cls.__name__)
        if issubclass(type(found), type) and is_redefined(found, cls):
            return typing.cast(type, found)
        return cls

    def _checker(self) -> Check:
        return _Checks(dict(zip(self._named, self._current, strict=True))).of(self._kind)


def _classes_in(kind: Any) -> Iterator[type]:
    """The user's classes that a kind names."""
    kind = _unwrapped(kind)
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        yield from (type(value) for value in arguments if type(value).__module__ != "builtins")
        return
    for argument in arguments:
        yield from _classes_in(argument)
    named = origin if arguments else kind
    if issubclass(type(named), type) and named.__module__ not in ("builtins", "types", "typing", "collections.abc"):
        yield named


def _unwrapped(kind: Any) -> Any:
    """The type behind aliases and annotations."""
    while True:
        if isinstance(kind, typing.NewType):
            kind = kind.__supertype__
        elif typing.get_origin(kind) is typing.Annotated:
            kind = kind.__origin__
        elif type(kind).__name__ == "TypeAliasType":
            kind = kind.__value__
        elif isinstance(kind, typing.TypeVar):
            kind = typing.Any if kind.__bound__ is None else kind.__bound__
        else:
            return kind


_EACH = (
    list,
    set,
    frozenset,
    collections.abc.Sequence,
    collections.abc.Set,
    collections.abc.Collection,
    collections.abc.Iterable,
)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class _Checks:
    """Makes the checks of kinds: one check for each class, so that a class may have fields of its own type."""

    def __init__(self, current: Mapping[type, type]) -> None:
        self._current = current
        self._of_class: dict[type, Check] = {}

    def of(self, kind: Any) -> Check:
        """The check of a kind. Raises Misfit if it is not a type."""
        kind = _unwrapped(kind)
        if kind is typing.Any or kind is object:
            return lambda value: value
        if kind is None or kind is types.NoneType:
            return _exactly((None,))
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Union or origin is types.UnionType:
            return self._union(arguments)
        if origin is typing.Literal:
            return _exactly(arguments)
        if origin is None:
            return self._class(kind)
        outer = self._class(origin)
        if origin is tuple:
            return self._tuple(outer, arguments)
        if origin in _EACH and len(arguments) == 1:
            each = self.of(arguments[0])
            return lambda value: _rebuilt(outer(value), each)
        if origin in _MAPPINGS and len(arguments) == 2:
            key, item = self.of(arguments[0]), self.of(arguments[1])
            return lambda value: {key(name): item(held) for name, held in outer(value).items()}
        return outer

    def _union(self, members: tuple[Any, ...]) -> Check:
        checks = [self.of(member) for member in members]
        names = " or ".join(map(_name, members))

        def check(value: Any) -> Any:
            reasons = []
            for member in checks:
                try:
                    return member(value)
                except Mismatch as mismatch:
                    reasons.append(str(mismatch))
            close = [reason for reason in reasons if ": " in reason]
            raise Mismatch(close[0] if close else _not(value, f"of type {names}"))

        return check

    def _tuple(self, outer: Check, arguments: tuple[Any, ...]) -> Check:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            each = self.of(arguments[0])
            return lambda value: _rebuilt(outer(value), each)
        checks = [self.of(argument) for argument in arguments]

        def check(value: Any) -> Any:
            held = outer(value)
            if len(held) != len(checks):
                raise Mismatch(f"{shown(value, 60)} has {len(held)} elements, but {len(checks)} are asked for")
            made = tuple(one(element) for one, element in zip(checks, held, strict=True))
            return made if type(held) is tuple else held

        return check

    def _class(self, kind: Any) -> Check:
        if not issubclass(type(kind), type):
            raise Misfit(
                f"{shown(kind)} is not a type of messages",
                "write a class, an enum, or for example `A | B` or `tuple[int, str]`",
            )
        cls = self._current.get(kind, kind)
        held = self._of_class.get(cls)
        if held is None:
            held = self._of_class[cls] = self._record(cls) if _is_record(cls) else _instance(cls)
        return held

    def _record(self, cls: type) -> Check:
        fits = _instance(cls)
        # The annotations are read at the first value: they may name this class itself, or a class of a later cell.
        fields: list[tuple[str, type | None, Check]] | None = None
        made: Check | None = None

        def check(value: Any) -> Any:
            nonlocal fields, made
            if type(value) is dict:
                if made is None:
                    made = self._maker(cls)
                return made(value)
            if type(value) is not cls:
                # A subclass may be a record with more fields.
                fits(value)
                return self._class(type(value))(value) if _is_record(type(value)) else value
            if fields is None:
                fields = self._fields(cls)
            for name, exact, one in fields:
                held = getattr(value, name, None)
                if type(held) is not exact:
                    _of_field(cls, name, one, held)
            return value

        return check

    def _maker(self, cls: type) -> Check:
        """What makes instances of a record's class of plain dicts."""
        recipe = recipe_of(cls)
        if recipe is None or _is_known_to_msgspec(cls):
            return lambda value: _converted(value, cls)
        checks = {name: one for name, _, one in self._fields(cls)}
        return lambda value: _made(value, recipe, checks)

    def _fields(self, cls: type) -> list[tuple[str, type | None, Check]]:
        """The fields whose annotations can be read: name, class and check. A value of exactly this class is accepted
        without the check.
        """
        try:
            hints = typing.get_type_hints(cls)
        except Exception:  # an annotation may name something that is missing here; then no field is checked
            return []
        recipe = recipe_of(cls)
        checks = []
        for name in recipe.fields if recipe is not None else ():
            kind = hints.get(name, Any)
            try:
                checks.append((name, kind if kind in _SIMPLE else None, self.of(kind)))
            except Misfit:
                continue
        return checks


_SIMPLE = (str, int, float, bool, bytes)


def _is_record(cls: type) -> bool:
    recipe = recipe_of(cls)
    return recipe is not None and recipe.form is Form.RECORD


def _instance(cls: type) -> Check:
    """The check of a class that does not look inside its instances."""
    accepted: tuple[type, ...] = (cls, int) if cls is float else (cls,)
    number = cls is int or cls is float

    def check(value: Any) -> Any:
        try:
            fits = isinstance(value, accepted) and not (number and type(value) is bool)
        except Exception as exception:
            raise Mismatch(
                f"the check whether it is of type {cls.__name__} raised {type(exception).__name__}"
            ) from exception
        if not fits:
            raise Mismatch(_not(value, f"of type {cls.__name__}"))
        return value

    return check


def _converted(value: dict[Any, Any], cls: type) -> Any:
    """An instance of a record's class, made of a plain dict. Raises Mismatch."""
    try:
        # msgspec makes named tuples of arrays.
        recipe = recipe_of(cls) if issubclass(cls, tuple) else None
        _look_at_lists(value)
        given = value if recipe is None else [value[name] for name in recipe.fields if name in value]
        return msgspec.convert(given, cls, strict=True, dec_hook=_own)
    except Undecodable as undecodable:
        raise Mismatch(f"it is not a {cls.__name__}: {undecodable.reason}") from None
    except msgspec.ValidationError as error:
        raise Mismatch(f"it is not a {cls.__name__}: {error}") from None
    except Exception as exception:
        raise Mismatch(f"it is not a {cls.__name__}: {said(exception)}") from exception


def _is_known_to_msgspec(cls: type) -> bool:
    """Whether msgspec makes instances of a class: it does not where a union has two dataclasses, or two collections."""
    try:
        msgspec.json.Decoder(cls, dec_hook=_own)
    except TypeError:
        return False
    except Exception:  # an annotation may name something that is missing here; it is told where a value is made
        return True
    return True


def _made(value: dict[Any, Any], recipe: Recipe, checks: Mapping[str, Check]) -> Any:
    """An instance of a record's class, made of a plain dict field by field. Raises Mismatch."""
    try:
        _look_at_lists(value)
        given = {name: value[name] for name in recipe.fields if name in value}
        return recipe.made(
            {
                name: _of_field(recipe.cls, name, checks[name], held) if name in checks else held
                for name, held in given.items()
            }
        )
    except Undecodable as undecodable:
        raise Mismatch(f"it is not a {recipe.cls.__name__}: {undecodable.reason}") from None


def _of_field(cls: type, name: str, check: Check, held: Any) -> Any:
    """What a field holds, in the form of its kind. Raises Mismatch."""
    try:
        return check(held)
    except Mismatch as mismatch:
        raise Mismatch(f"the field `{name}` of {cls.__name__}: {mismatch}") from None


def _look_at_lists(value: Any) -> None:
    """Raise Undecodable if a list's numbers are chosen so that a set of them would take very long to make."""
    if isinstance(value, (list, tuple)):
        parts: Iterable[Any] = value
        if len(value) > FEW and all(isinstance(part, (int, float)) for part in value):
            look_at_keys(value, of_set=True)
            return
    elif isinstance(value, dict):
        parts = value.values()
    else:
        return
    for part in parts:
        _look_at_lists(part)


def _own(kind: Any, value: Any) -> Any:
    """A value of a class that msgspec does not know, such as a lattice: it is already rebuilt."""
    if isinstance(value, typing.get_origin(kind) or kind):
        return value
    raise TypeError(_not(value, f"of type {_name(kind)}"))


def _rebuilt(value: Any, each: Check) -> Any:
    elements = [each(element) for element in value]
    if all(map(is_, elements, value)):
        # Nothing has changed, so there is no need for a new set of elements from strangers.
        return value
    return type(value)(elements) if type(value) in (list, tuple, set, frozenset) else value


def _exactly(values: tuple[Any, ...]) -> Check:
    def check(value: Any) -> Any:
        for allowed in values:
            if type(value) is type(allowed) and value == allowed:
                return value
        raise Mismatch(_not(value, " or ".join(map(repr, values))))

    return check


def _not(value: Any, what: str) -> str:
    return f"{shown(value, 60)} ({type(value).__name__}) is not {what}"


def _name(kind: Any) -> str:
    if kind is types.NoneType:
        return "None"
    return kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind)
