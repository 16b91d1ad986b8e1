"""The fields of instances in their order, as patterns take them: `|Rect(w, h)|`, and `|(w, h)|` for an instance.

The order is that of `__match_args__`, which dataclasses and named tuples have, as in a `match` of Python. For a
dataclass whose fields are all given by keyword it is the order of its fields. Source: "Class Patterns" in the Python
language reference.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from operator import attrgetter
from types import EllipsisType
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.redefined import redefined_among
from hydroflow_nb.engine.shown import shown

# The classes whose instances are, in a `match`, their own only part: `int(x)`.
_WHOLE: Final = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
# At most so many classes are remembered at a time: cells that run again define more and more of them.
_MOST_KNOWN: Final = 256

# The class of an instance, the class of a pattern, how many fields the pattern takes, and `...` where it takes a rest.
_Key: TypeAlias = "tuple[type, Any, int] | tuple[type, Any, int, EllipsisType]"
_Parts: TypeAlias = Callable[[Any], Iterable[Any]]


class Fields(dict[_Key, _Parts]):
    """Takes instances apart: `fields[instance.__class__, Rect, 2](instance)` gives the two fields of a `Rect`.

    Raises TypeError for an instance of another class, and where the class has another number of fields. Raises Misfit
    where the pattern names something that is not a class.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ways: dict[type, _Parts] = {}

    def __missing__(self, key: _Key) -> _Parts:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        found, kind, count = key[:3]
        if not isinstance(kind, type):
            raise Misfit(
                f"{shown(kind)} is not a class, so a pattern cannot take its fields",
                "a pattern `Name(a, b)` names a dataclass, a named tuple or a class with `__match_args__`",
            )
        if not issubclass(found, kind):
            name = redefined_among((kind,), found)
            if name is not None:
                raise TypeError(
                    f"the class `{name}` was defined again, and the item is of another definition of it: make the "
                    "items again, or run the flow's cell again"
                )
            raise TypeError(f"a {found.__qualname__} is not a {kind.__qualname__}")
        names = field_names(kind)
        parts: _Parts
        if names is None and issubclass(kind, _WHOLE):
            names, parts = ("itself",), _alone
        else:
            names = names or ()
            parts = _getter(names)
        if len(names) < count or (len(names) > count and len(key) == 3):
            fields = f"{len(names)} field{'' if len(names) == 1 else 's'}"
            listed = f" ({', '.join(names)})" if names else ""
            raise TypeError(f"{kind.__qualname__} has {fields}{listed}, but the pattern takes {count}")
        self[key] = parts
        return parts

    def opened(self, value: Any, shape: tuple[Any, ...] = ()) -> Any:
        """A value that could not be taken apart as a sequence, as a sequence: instances become tuples of their fields.

        `shape` says which parts are sequences themselves: for such a part it has a tuple, the shape of that part; for
        other parts it has None, and `...` stands for a rest. A value without fields is returned as it is.
        """
        parts: Any = value
        if not isinstance(value, Iterable) and not hasattr(value, "__getitem__"):
            way = self._ways.get(type(value)) or self._way(type(value))
            if way is None:
                return value
            parts = way(value)
        if not shape:
            return parts
        parts = list(parts)
        at = shape.index(...) if ... in shape else len(shape)
        behind = shape[at + 1 :]
        for index, inner in enumerate(shape[:at]):
            if inner is not None and index < len(parts):
                parts[index] = self.opened(parts[index], inner)
        for index, inner in enumerate(behind, start=len(parts) - len(behind)):
            if inner is not None and index >= at:
                parts[index] = self.opened(parts[index], inner)
        return parts

    def _way(self, kind: type) -> _Parts | None:
        names = field_names(kind)
        if names is None:
            return None
        if len(self._ways) >= _MOST_KNOWN:
            self._ways.clear()
        self._ways[kind] = way = _getter(names)
        return way


def field_names(kind: type) -> tuple[str, ...] | None:
    """The names of a class's fields in order; None for a class that names no fields."""
    names = getattr(kind, "__match_args__", None)
    if not names and dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return None if names is None else tuple(names)


def _alone(value: Any) -> tuple[Any]:
    return (value,)


def _getter(names: tuple[str, ...]) -> _Parts:
    match names:
        case ():
            return lambda _: ()
        case (name,):
            return lambda value: (getattr(value, name),)
        case _:
            return attrgetter(*names)
