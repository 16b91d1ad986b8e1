"""Explains a name or an attribute that Python did not find."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

from hydroflow_nb.syntax.characters import by_look, look_alike
from hydroflow_nb.syntax.rust import runtime_habit


def hint_for(exception: BaseException, names: Mapping[str, str]) -> str:
    """Whether a name that was not found is of Rust, or looks like another one; empty for other exceptions.

    `names` are those that were there, by their looks.
    """
    if type(exception) is not NameError and type(exception) is not AttributeError:
        return ""
    name = exception.name
    if not isinstance(name, str):
        return ""
    if instead := runtime_habit(name):
        return f"`{name}` is Rust: {instead}"
    return look_alike(name, names)


def names_there(exception: BaseException, traceback: TracebackType | None) -> dict[str, str]:
    """The names among which one was not found, by their looks; none for other exceptions."""
    if type(exception) is AttributeError:
        return _by_look(_namespaces_of(exception.obj))
    if type(exception) is not NameError or traceback is None:
        return {}
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return names_in(traceback.tb_frame.f_globals, traceback.tb_frame.f_locals)


def names_in(*namespaces: Iterable[str]) -> dict[str, str]:
    """The names of namespaces, and Python's own, by their looks."""
    return _by_look([vars(builtins), *namespaces])


def _by_look(namespaces: Iterable[Iterable[Any]]) -> dict[str, str]:
    return by_look(name for names in namespaces for name in names if isinstance(name, str))


def _namespaces_of(value: Any) -> Iterator[Iterable[Any]]:
    """Where attributes of a value are looked up."""
    for one in type.mro(value if isinstance(value, type) else type(value)):
        yield type.__dict__["__dict__"].__get__(one)
    try:
        own = object.__getattribute__(value, "__dict__")
    except Exception:  # a class may define it as something else
        return
    if isinstance(own, dict):
        yield own
