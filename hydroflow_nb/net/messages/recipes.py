"""Recipes: how to take apart an instance of a class for a message, and how to put it together again."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from enum import Enum, Flag, auto
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, Final

import msgspec

from hydroflow_nb import lattices
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.net.messages.undecodable import Undecodable
from hydroflow_nb.records import dataclass

_MOST_NAMED: Final = 5


class Form(Enum):
    """What a class is for messages."""

    RECORD = auto()  # a dataclass, a named tuple or a msgspec.Struct
    ENUM = auto()
    FLAG = auto()
    LATTICE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How to take apart instances of one class, and put them together again."""

    cls: type
    tag: str
    form: Form
    fields: tuple[str, ...] = ()
    keys: tuple[str, ...] = ("$class",)
    """The keys of its plain form: the mark, then the fields."""
    values: Callable[[Any], tuple[Any, ...]] = lambda instance: ()
    """The values of all fields, or the arguments of a lattice's constructor. Raises AttributeError for an unset field.
    """
    known: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    """The fields that the constructor requires."""
    late: frozenset[str] = frozenset()
    """The fields that the constructor does not take; they are set after it."""
    record: bool = False
    """True for a record without a flaw."""
    flaw: str = ""
    """Why instances cannot be put together from their fields; empty if they can."""

    def made(self, fields: dict[str, Any]) -> Any:
        """An instance with these fields, made by the class's own constructor. Raises Undecodable."""
        given = fields.keys()
        if given == self.known and self.record and not self.late:
            try:
                return self.cls(**fields)
            except Exception as exception:
                raise self._refused(exception) from exception
        if given != self.known or self.flaw:
            if self.flaw:
                raise Undecodable(f"`{self.tag}` cannot be rebuilt: {self.flaw}")
            if unknown := [*islice((name for name in given if name not in self.known), _MOST_NAMED)]:
                raise Undecodable(f"`{self.tag}` has no field {_list(unknown)}")
            if missing := [name for name in self.required if name not in given]:
                raise Undecodable(f"`{self.tag}` lacks its field {_list(missing)}")
        try:
            instance = self.cls(**{name: value for name, value in fields.items() if name not in self.late})
            for name in self.late & given:
                object.__setattr__(instance, name, fields[name])
            return instance
        except Exception as exception:
            raise self._refused(exception) from exception

    def _refused(self, exception: Exception) -> Undecodable:
        return Undecodable(f"`{self.tag}` cannot be made of it: {said(exception)}")


def said(exception: BaseException) -> str:
    """An exception's type and message, shortened."""
    try:
        text = str(exception)
    except Exception:  # a user's own class may fail here as well
        text = ""
    name = type(exception).__name__
    return f"{name}: {text[:200]}" if text else name


def _list(names: list[str]) -> str:
    return ", ".join(sorted(shown(name, 40) for name in names)[:_MOST_NAMED])


# The package's own lattices have a mark of their own: so they are never confused with a user's `Max` or `Pair`.
LATTICES: Final[Mapping[str, type]] = {
    name: found
    for name in lattices.__all__
    if isinstance(found := getattr(lattices, name), type) and issubclass(found, Lattice) and found is not Lattice
}


def tag_of(cls: type) -> str:
    """The name of a class in messages: as code next to its definition writes it."""
    return cls.__qualname__.rpartition("<locals>.")[2]


@lru_cache(maxsize=1024)
def _kept_recipe(cls: type) -> Recipe | None:
    """The recipe of a class that messages may use; None for any other class."""
    try:
        return _recipe(cls)
    except Exception:  # a metaclass may raise anything; messages cannot use its classes then
        return None


recipe_of: Final[Callable[[type], Recipe | None]] = _kept_recipe


def recipe_of_any(value: Any) -> Recipe | None:
    """The recipe of a class that messages may use; None for any other value."""
    try:
        return recipe_of(value) if issubclass(type(value), type) else None
    except TypeError:  # the classes of a metaclass may not be hashable
        return None


def _recipe(cls: type) -> Recipe | None:
    if issubclass(cls, (BaseException, type)):
        return None
    tag = tag_of(cls)
    if issubclass(cls, Enum):
        return Recipe(cls=cls, tag=tag, form=Form.FLAG if issubclass(cls, Flag) else Form.ENUM)
    if dataclasses.is_dataclass(cls):
        fields = dataclasses.fields(cls)
        names = tuple(field.name for field in fields)
        late = frozenset(field.name for field in fields if not field.init)
        bare = (dataclasses.MISSING, dataclasses.MISSING)
        return _record(
            cls,
            names,
            frozenset(field.name for field in fields if field.init and (field.default, field.default_factory) == bare),
            late,
        )
    if issubclass(cls, msgspec.Struct):
        structure = msgspec.structs.fields(cls)
        needed = frozenset(field.name for field in structure if field.required)
        return _record(cls, tuple(field.name for field in structure), needed, frozenset())
    if issubclass(cls, tuple) and isinstance(named := getattr(cls, "_fields", None), tuple):
        return _record(cls, named, frozenset(named) - frozenset(getattr(cls, "_field_defaults", ())), frozenset())
    if issubclass(cls, Lattice) and not inspect.isabstract(cls):
        return Recipe(cls=cls, tag=tag, form=Form.LATTICE, values=cls._arguments)
    return None


def _record(cls: type, names: tuple[str, ...], required: frozenset[str], late: frozenset[str]) -> Recipe:
    values: Callable[[Any], tuple[Any, ...]]
    match len(names):
        case 0:
            values = lambda instance: ()  # noqa: E731 # the same shape as its two neighbours
        case 1:
            only = attrgetter(names[0])
            values = lambda instance: (only(instance),)  # noqa: E731
        case _:
            values = attrgetter(*names)
    flaw = _flaw(cls, frozenset(names) - late)
    return Recipe(
        cls=cls,
        tag=tag_of(cls),
        form=Form.RECORD,
        record=not flaw,
        fields=names,
        keys=("$class", *names),
        values=values,
        known=frozenset(names),
        required=required,
        late=late,
        flaw=flaw,
    )


def _flaw(cls: type, taken: frozenset[str]) -> str:
    try:
        parameters = inspect.signature(cls).parameters
    except (TypeError, ValueError):
        return ""
    for name, parameter in parameters.items():
        free = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if not free and name not in taken and parameter.default is parameter.empty:
            return f"its constructor requires `{name}`, which is not a field"
    return ""
