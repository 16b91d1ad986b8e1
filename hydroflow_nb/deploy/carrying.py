"""What the names of a flow's text stand for, as a file of Python from which another program has the same.

Plain values and containers are written as they are, instances as the messages of a network have them; channels begin
empty; modules, and what they hold, are imported; the text of a notebook's own functions and classes is written, with
that of all that they use. Any other value is made again, by the assignment of the cell that made it.
"""

from __future__ import annotations

import builtins
import math
import os
import sys
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType, NoneType
from typing import Any, Final

from hydroflow_nb.deploy.definitions import (
    Definition,
    Uncarriable,
    assignment_of,
    definition_of,
    import_of,
    is_importable,
    whole_of,
)
from hydroflow_nb.durable.values import Decoder, encoded
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.messages.recipes import recipe_of_any
from hydroflow_nb.net.messages.undecodable import Undecodable
from hydroflow_nb.processes.names import GIVEN, KNOWN_TO_FLOWS

# The characters of a file of names; what is longer should be a file that the flow reads.
MOST: Final = 64 << 20
_OWN_PACKAGE: Final = __name__.partition(".")[0]
# Under this name IPython keeps the cells that were run, as Python.
_CELLS: Final = "In"
# A name that no notebook has.
_VALUES: Final = "_hydroflow_values"
_HEAD: Final = f"""import {_OWN_PACKAGE}
from {_OWN_PACKAGE}.durable.values import Decoder as {_VALUES}
"""
# Imports look where those of this program do.
_LOOKING: Final = """import sys

sys.path += [one for one in %r if one not in sys.path]
"""


def names_file(names: Mapping[str, Any], used: Iterable[str], *, whose: str, here: bool = True) -> str:
    """The text of a file of Python that binds the names that are used, and all that these need. Names that are not
    bound are left out. The classes of the notebook that messages are made of are there as well. `here` says that the
    file runs on this machine: imports look where they look now.

    Raises HydroflowError for a value that cannot be carried, which tells the name and what to do; `whose` says for
    which member.
    """
    carrying = _Carrying(names, whose)
    for name, value in names.items():
        if recipe_of_any(value) is not None and isinstance(value, type):
            carrying.carry_if_it_can_be(name)
    for name in sorted(used):
        carrying.carry(name)
    looking = [_LOOKING % [one or os.getcwd() for one in sys.path]] if here else []
    text = "\n".join([*looking, _HEAD, *carrying.written, ""])
    if len(text) > MOST:
        raise HydroflowError(
            message=f"what the names of {whose} stand for takes {len(text):,} characters, and at most {MOST:,} are "
            f"carried: let the flow read it from a file"
        )
    return text


class _Carrying:
    """Writes names, each once, with those that it needs before it."""

    def __init__(self, names: Mapping[str, Any], whose: str) -> None:
        self.written: list[str] = []
        self._names = names
        self._whose = whose
        self._done: set[str] = set()
        # A value that has two names keeps both.
        self._named: dict[int, str] = {}

    def carry_if_it_can_be(self, name: str) -> None:
        """Write a name that nothing in the text asks for."""
        state = list(self.written), set(self._done), dict(self._named)
        try:
            self.carry(name)
        except HydroflowError:
            self.written, self._done, self._named = state

    def carry(self, name: str, within: str = "") -> None:
        """Write a name. `within` is what uses it. Raises HydroflowError."""
        if name in self._done or name not in self._names:
            return
        self._done.add(name)
        value = self._names[name]
        if name in GIVEN | KNOWN_TO_FLOWS and getattr(builtins, name, None) is value:
            return
        try:
            self._write(name, value)
        except Uncarriable as why:
            used = f", which `{within}` uses," if within else ""
            raise HydroflowError(
                message=f"`{name}`{used} cannot be carried to {self._whose}: {shown(value, 80)}: {why}"
            ) from None

    def _write(self, name: str, value: Any) -> None:
        known = self._named.get(id(value))
        if known is not None and not isinstance(value, _CONSTANTS):
            self.written.append(f"{name} = {known}")
            return
        self._named[id(value)] = name
        if isinstance(value, ModuleType):
            self.written.append(_module(name, value))
        elif isinstance(whole_of(value), FunctionType | BuiltinFunctionType | type):
            self._function_or_class(name, value)
        else:
            try:
                self.written.append(f"{name} = {self._value(value)}")
            except Uncarriable:
                made = None if isinstance(value, Channel) else assignment_of(name, self._names.get(_CELLS, ()))
                if made is None:
                    raise
                self._definition(name, made)

    def _function_or_class(self, name: str, value: Any) -> None:
        found = import_of(value)
        if found is not None:
            module, own = found
            self.written.append(f"from {module} import {own}{'' if own == name else f' as {name}'}")
            return
        made = definition_of(value)
        whole = whole_of(value)
        names = {**whole.__globals__, **self._names} if isinstance(whole, FunctionType) else self._names
        inner = self if names is self._names else self._with(names)
        inner._definition(name, made)

    def _definition(self, name: str, made: Definition) -> None:
        """Write a statement, behind what it needs when it runs, and before what it needs later."""
        for one in sorted(made.names.reads - {made.name}):
            self.carry(one, within=name)
        self.written.append(made.text if made.name == name else f"{made.text}\n{name} = {made.name}")
        for one in sorted(made.names.later - {made.name}):
            self.carry(one, within=name)

    def _with(self, names: Mapping[str, Any]) -> _Carrying:
        """The same with further names: those of the module that a function is from."""
        other = _Carrying(names, self._whose)
        other.written, other._done, other._named = self.written, self._done, self._named
        return other

    def _value(self, value: Any) -> str:
        plain = _plain(value)
        if plain is not None:
            return plain
        try:
            body = encoded(value)
            for cls in {type(one) for one in _within(value)}:
                self._class_of_instances(cls)
            Decoder(self._names).decoded(body)
        except Misfit as misfit:
            raise Uncarriable(
                f"{misfit}; bind the name to plain data, or let a function of the flow make the rest"
            ) from None
        except Undecodable as undecodable:
            raise Uncarriable(undecodable.reason) from None
        return f"{_VALUES}(globals()).decoded({body!r})"

    def _class_of_instances(self, cls: type) -> None:
        if recipe_of_any(cls) is None:
            return
        name = next((name for name, value in self._names.items() if value is cls), None)
        if name is not None:
            self.carry(name)


_CONSTANTS: Final = (int, str, float, bool, bytes, complex, NoneType)
_CONTAINERS: Final = (list, tuple, set, frozenset)


class _Waiting(Exception):
    """Items wait in a channel."""


def _module(name: str, module: ModuleType) -> str:
    path = module.__name__
    if not is_importable(path):
        raise Uncarriable("it is a module that another program cannot import")
    return f"import {path}" if name == path else f"import {path} as {name}" if "." not in path else _inner(name, path)


def _inner(name: str, path: str) -> str:
    package, _, module = path.rpartition(".")
    return f"from {package} import {module}{'' if module == name else f' as {name}'}"


def _plain(value: Any) -> str | None:
    """The text of a value of Python's own types; None for one that holds others, or itself."""
    try:
        return _text(value)
    except _Waiting:
        raise Uncarriable(
            "items wait in it, which would come again at each start: take them out with `.drain()`, and send them to "
            "a member when the system runs"
        ) from None
    except (Uncarriable, RecursionError):
        return None


def _text(value: Any) -> str:
    kind = type(value)
    if kind is float and not math.isfinite(value):
        return f'float("{value}")'
    if kind is complex:
        return f"complex({_text(value.real)}, {_text(value.imag)})"
    if kind in _CONSTANTS or value is ...:
        return repr(value)
    if kind is Channel:
        if value:
            raise _Waiting
        return f"{_OWN_PACKAGE}.channel()"
    if kind is dict:
        return "{" + ", ".join(f"{_text(key)}: {_text(held)}" for key, held in value.items()) + "}"
    if kind in (list, tuple):
        held = ", ".join(map(_text, value))
        return f"[{held}]" if kind is list else f"({held}{',' if len(value) == 1 else ''})"
    if kind in (set, frozenset, bytearray):
        held = ", ".join(map(_text, value)) if kind is not bytearray else repr(bytes(value))
        return f"{kind.__name__}({f'[{held}]' if kind is not bytearray else held})"
    raise Uncarriable(f"it is of type {kind.__name__}")


def _within(value: Any) -> Iterable[Any]:
    """A value and all that it holds, as messages have it."""
    found, seen = [value], {id(value)}
    for one in found:
        held: Iterable[Any] = ()
        recipe = recipe_of_any(type(one))
        if isinstance(one, Mapping):
            held = (*one.keys(), *one.values())
        elif isinstance(one, _CONTAINERS):
            held = one
        elif recipe is not None and recipe.form.name in ("RECORD", "LATTICE"):
            held = recipe.values(one)
        for inner in held:
            if not isinstance(inner, _CONSTANTS) and id(inner) not in seen:
                seen.add(id(inner))
                found.append(inner)
    return found
