"""Which classes a message may be rebuilt from, and how an instance of one is taken apart and put together."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, Flag, auto
from functools import lru_cache
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

import msgspec

from hydroflow_nb import lattices
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.net.kinds import Kind, Mismatch
from hydroflow_nb.net.undecodable import Undecodable

LONGEST_TAG: Final = 200


class Form(Enum):
    """What a class is, as far as messages go."""

    RECORD = auto()  # a dataclass, a named tuple or a msgspec.Struct
    ENUM = auto()
    FLAG = auto()
    LATTICE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How instances of one class are taken apart and put together."""

    cls: type
    tag: str
    form: Form
    fields: tuple[str, ...] = ()
    values: Callable[[Any], tuple[Any, ...]] = lambda instance: ()
    """The values of all fields of an instance. Raises AttributeError where one has none."""
    known: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    """The fields that the constructor cannot do without."""
    late: frozenset[str] = frozenset()
    """The fields that the constructor does not take; they are set after it."""
    flaw: str = ""
    """Why no instance can be put together by its fields, empty where one can."""

    def made(self, fields: dict[str, Any]) -> Any:
        """An instance by its fields, through the class's own constructor. Raises Undecodable."""
        if self.flaw:
            raise Undecodable(f"`{self.tag}` cannot be rebuilt: {self.flaw}")
        given = fields.keys()
        if given != self.known:
            if unknown := given - self.known:
                raise Undecodable(f"`{self.tag}` has no field {_list(unknown)}")
            if missing := self.required - given:
                raise Undecodable(f"`{self.tag}` lacks its field {_list(missing)}")
        try:
            if not self.late:
                return self.cls(**fields)
            instance = self.cls(**{name: value for name, value in fields.items() if name not in self.late})
            for name in self.late & given:
                object.__setattr__(instance, name, fields[name])
            return instance
        except Exception as exception:
            raise Undecodable(f"`{self.tag}` cannot be made of it: {said(exception)}") from exception


def said(exception: BaseException) -> str:
    """What an exception says, in short."""
    try:
        text = str(exception)
    except Exception:  # a user's own class may fail here as well
        text = ""
    name = type(exception).__name__
    return f"{name}: {text[:200]}" if text else name


def _list(names: frozenset[str] | set[str]) -> str:
    return ", ".join(shown(name, 40) for name in sorted(names)[:5])


# The package's own lattices have a mark of their own, so that a `Max` or a `Pair` of the user's is never one of them.
LATTICES: Final[Mapping[str, type]] = {
    name: found
    for name in lattices.__all__
    if isinstance(found := getattr(lattices, name), type) and issubclass(found, Lattice) and found is not Lattice
}


def tag_of(cls: type) -> str:
    """The name that stands for a class in messages: as one writes it where the class was defined."""
    return cls.__qualname__.rpartition("<locals>.")[2]


@lru_cache(maxsize=1024)
def _recipe_of(cls: type) -> Recipe | None:
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
    if issubclass(cls, tuple) and isinstance(names := getattr(cls, "_fields", None), tuple):
        return _record(cls, names, frozenset(names) - frozenset(getattr(cls, "_field_defaults", ())), frozenset())
    if issubclass(cls, Lattice) and not inspect.isabstract(cls):
        return Recipe(cls=cls, tag=tag, form=Form.LATTICE)
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
    return Recipe(
        cls=cls,
        tag=tag_of(cls),
        form=Form.RECORD,
        fields=names,
        values=values,
        known=frozenset(names),
        required=required,
        late=late,
        flaw=_flaw(cls, frozenset(names) - late),
    )


def _flaw(cls: type, taken: frozenset[str]) -> str:
    try:
        parameters = inspect.signature(cls).parameters
    except (TypeError, ValueError):
        return ""
    for name, parameter in parameters.items():
        free = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if not free and name not in taken and parameter.default is parameter.empty:
            return f"its constructor asks for `{name}`, which is no field"
    return ""


def recipe_of(cls: Any) -> Recipe | None:
    """The recipe of a class that messages may be of; None for any other class, and for what is no class."""
    try:
        return _recipe_of(cls) if issubclass(type(cls), type) else None
    except Exception:  # a metaclass may do as it likes; its classes are not for messages then
        return None


class Classes:
    """The classes that the messages of one receiver are rebuilt from, and what they must be.

    `namespace` is the receiving flow's, and looked at anew for each message: a class that a cell redefines is the new
    one at once. `kind`, where there is one, is the type that each message must have: a class, an enum, a union, a
    generic alias such as `tuple[int, str]`, a `Literal`, a `type` alias or None. Raises Misfit for what is no type.

    A tag is looked for, in this order, among

    1. the classes that the kind names,
    2. the namespace's names,
    3. the own names of the namespace's classes, so that `import ... as` does no harm,
    4. for a dotted tag, the classes inside of a class so found,
    5. the classes that modules in the namespace define themselves; those of the standard library are left out.

    Only dataclasses, named tuples, msgspec.Structs, enums and lattices are ever found.
    """

    def __init__(self, namespace: Mapping[str, Any], kind: Any = None) -> None:
        self.namespace = namespace
        self.kind = kind
        self._kind = None if kind is None else Kind(kind, namespace)
        self._names: dict[str, tuple[str, Recipe]] = {}

    def checked(self, value: Any) -> Any:
        """The value as the kind has it. Raises Undecodable where it is none of the kind."""
        if self._kind is None:
            return value
        try:
            return self._kind.checked(value)
        except Mismatch as mismatch:
            raise Undecodable(str(mismatch)) from None

    def find(self, tag: Any) -> Recipe:
        """The recipe of the class that a tag names. Raises Undecodable where there is none, or more than one."""
        if type(tag) is not str or len(tag) > LONGEST_TAG:
            raise Undecodable(f"{shown(tag, 60)} is no name of a class")
        if self._kind is not None:
            for cls in self._kind.classes():
                recipe = recipe_of(cls)
                if recipe is not None and recipe.tag == tag:
                    return recipe
        held = self._names.get(tag)
        if held is not None and self.namespace.get(held[0]) is held[1].cls:
            return held[1]
        recipe = self._in_namespace(tag)
        if recipe is None and "." in tag:
            recipe = self._nested(tag)
        recipe = recipe or self._in_modules(tag)
        if recipe is None:
            raise Undecodable(
                f"the flow's namespace names no class {shown(tag, 60)} that is a dataclass, a named tuple, a Struct, "
                "an enum or a lattice"
            )
        return recipe

    def _in_namespace(self, tag: str) -> Recipe | None:
        recipe = recipe_of(self.namespace.get(tag))
        name = tag
        if recipe is None:
            found = {}
            for alias, value in list(self.namespace.items()):
                candidate = recipe_of(value)
                if candidate is not None and candidate.tag == tag:
                    found[candidate.cls] = alias, candidate
            if len(found) > 1:
                aliases = ", ".join(sorted(alias for alias, _ in found.values()))
                raise Undecodable(f"more than one class of the flow's namespace is a {shown(tag, 60)}: {aliases}")
            for name, recipe in found.values():
                pass
        if recipe is not None:
            self._names[tag] = name, recipe
        return recipe

    def _nested(self, tag: str) -> Recipe | None:
        outer, *inner = tag.split(".")
        found = self.namespace.get(outer)
        for name in inner:
            if not issubclass(type(found), type):
                return None
            found = type.__getattribute__(found, "__dict__").get(name)
        return recipe_of(found)

    def _in_modules(self, tag: str) -> Recipe | None:
        for module in list(self.namespace.values()):
            if type(module) is not ModuleType or module.__name__.partition(".")[0] in sys.stdlib_module_names:
                continue
            found: Any = module
            for name in tag.split("."):
                found = vars(found).get(name) if found is module or issubclass(type(found), type) else None
            recipe = recipe_of(found)
            if recipe is not None and recipe.cls.__module__ == module.__name__:
                return recipe
        return None
