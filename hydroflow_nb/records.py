"""`dataclass` as the standard library has it, for classes that are made while the package is loaded.

The standard library writes a text for each method and executes it: 0.3 ms a class, a third of the time that the package
takes to load. Here only `__init__` is made so, when it is first looked at; the other methods are closures over the
fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, NoReturn

__all__ = ["dataclass"]


def _dataclass(
    cls: type | None = None,
    *,
    frozen: bool = False,
    kw_only: bool = False,
    slots: bool = False,
    eq: bool = True,
    repr: bool = True,
) -> Any:
    """The class with what `dataclasses.dataclass` gives it, under the same options."""
    if cls is None:
        return lambda decorated: _dataclass(decorated, frozen=frozen, kw_only=kw_only, slots=slots, eq=eq, repr=repr)
    # The rules of fields, of their order and of slots are those of the standard library. A class below a frozen one has
    # to be frozen for it.
    bases = [getattr(base, "__dataclass_params__", None) for base in cls.__mro__[1:]]
    is_below = any(base.frozen for base in bases if base is not None)
    made = _with_fields(cls, kw_only=kw_only, slots=slots, frozen=frozen and is_below)
    own = vars(made)
    found = fields(made)
    if "__init__" not in own:
        made.__init__ = _Initializer(made, frozen)
    if repr and "__repr__" not in own:
        _put(made, "__repr__", _representation([one.name for one in found if one.repr]))
    if eq:
        _compare(made, [one.name for one in found if one.compare], frozen)
    if frozen and not is_below:
        _freeze(made, {one.name for one in found}, slots)
    # Whoever looks at the class later sees what was asked for.
    parameters = made.__dataclass_params__
    parameters.init, parameters.repr, parameters.eq, parameters.frozen = True, repr, eq, frozen
    return made


def _with_fields(cls: Any, *, kw_only: bool, slots: bool, frozen: bool) -> Any:
    """The class with its fields and slots, as the standard library makes them.

    That would look into the text of each annotation, whether it names a special form, and work out a signature as the
    docstring of a class that has none: most of what it does.
    """
    text, written = cls.__doc__, vars(cls).get("__annotations__", {})
    cls.__doc__ = text or cls.__name__
    if written:
        cls.__annotations__ = {name: one if _may_be_special(one) else None for name, one in written.items()}
    made: Any = dataclasses.dataclass(
        cls, init=False, repr=False, eq=False, kw_only=kw_only, slots=slots, frozen=frozen
    )
    if written:
        made.__annotations__ = written
        for name in written.keys() & made.__dataclass_fields__.keys():
            made.__dataclass_fields__[name].type = written[name]
    made.__doc__ = text
    return made


def _may_be_special(annotation: object) -> bool:
    """Whether an annotation may be a `ClassVar`, an `InitVar` or `KW_ONLY`."""
    return not isinstance(annotation, str) or "Var" in annotation or "KW_ONLY" in annotation


def _put(cls: type, name: str, function: Callable[..., Any]) -> None:
    function.__name__, function.__qualname__ = name, f"{cls.__qualname__}.{name}"
    function.__module__ = cls.__module__
    setattr(cls, name, function)


class _Made:
    """Stands for what a factory makes where no value is given."""

    def __repr__(self) -> str:
        return "<factory>"


_MADE: Final = _Made()


class _Initializer:
    """`__init__` of a class, which is made when it is first looked at: most classes of a room have no instance yet."""

    def __init__(self, cls: type, frozen: bool) -> None:
        self._cls = cls
        self._frozen = frozen

    def __get__(self, instance: object, owner: type) -> Any:
        cls = self._cls
        made = _initializer(fields(cls), self._frozen, hasattr(cls, "__post_init__"))
        _put(cls, "__init__", made)
        return made.__get__(instance, owner)


def _initializer(found: Iterable[Field[Any]], frozen: bool, goes_on: bool) -> Callable[..., None]:
    names: dict[str, Any] = {"_MADE": _MADE, "_set": object.__setattr__}
    by_place, by_name, body = ["self"], list[str](), list[str]()
    for one in found:
        name = one.name
        value = name
        default = ""
        if one.default_factory is not MISSING:
            names[f"_make_{name}"] = one.default_factory
            value = f"_make_{name}() if {name} is _MADE else {name}" if one.init else f"_make_{name}()"
            default = "=_MADE"
        elif one.default is not MISSING:
            names[f"_default_{name}"] = one.default
            default = f"=_default_{name}"
        if one.init:
            (by_name if one.kw_only else by_place).append(f"{name}{default}")
        elif one.default_factory is MISSING:
            # The default stands in the class, or `__post_init__` sets the field.
            continue
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if goes_on:
        body.append("self.__post_init__()")
    parameters = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    exec(f"def __init__({parameters}):\n " + "\n ".join(body or ["pass"]), names)
    made: Callable[..., None] = names["__init__"]
    made.__annotations__ = {one.name: one.type for one in found if one.init} | {"return": None}
    return made


def _representation(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def representation(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return representation


def _compare(cls: type, names: list[str], frozen: bool) -> None:
    """Give a class `__eq__` and, where it is frozen, `__hash__`; what it defines itself stays."""
    values = _values(names)

    def is_equal(self: Any, other: object) -> bool:
        return bool(values(self) == values(other)) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    own = vars(cls)
    has_hash = own.get("__hash__") is not None
    if "__eq__" not in own:
        _put(cls, "__eq__", is_equal)
    if not has_hash:
        if frozen:
            _put(cls, "__hash__", hashed)
        else:
            cls.__hash__ = None  # type: ignore[assignment]


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gives the values of some fields."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple(getattr(instance, name) for name in names)


def _freeze(cls: Any, names: set[str], slots: bool) -> None:
    def assign(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            _refuse(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            _refuse(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    def state(self: Any) -> list[Any]:
        return [getattr(self, one.name) for one in fields(self)]

    def set_state(self: Any, values: list[Any]) -> None:
        for one, value in zip(fields(self), values, strict=True):
            object.__setattr__(self, one.name, value)

    _put(cls, "__setattr__", assign)
    _put(cls, "__delattr__", delete)
    if slots:
        # What is copied or pickled is set one by one, which the class refuses.
        _put(cls, "__getstate__", state)
        _put(cls, "__setstate__", set_state)


def _refuse(message: str) -> NoReturn:
    raise FrozenInstanceError(message)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass
