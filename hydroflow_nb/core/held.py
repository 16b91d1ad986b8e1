"""What the functions of a flow that was built by hand hold: which of them use which state, and what it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from hydroflow_nb.core.parts import DeclaredState, DeclaredSubgraph, Part
from hydroflow_nb.engine.context import StateHandle
from hydroflow_nb.ir.graph import NodeId
from hydroflow_nb.operators.record.operator import Persistence
from hydroflow_nb.records import dataclass

# How far functions that functions call are looked into.
_DEEPEST: Final = 4


@dataclass(frozen=True, kw_only=True)
class HeldState:
    """A state by its name: `users` are the functions that use it, `key` tells it among all that the flow holds."""

    name: str
    key: str
    index: int
    users: tuple[NodeId, ...]
    lasts: bool


def held_states(states: Sequence[DeclaredState], parts: Mapping[NodeId, Part]) -> tuple[HeldState, ...]:
    """The states with their names, and the functions that use them.

    A function uses a state whose handle is the value of one of its variables, or of those of a function that it calls.
    Where no function is found for a state, any of them may use it.
    """
    functions = {node: part.function for node, part in parts.items() if isinstance(part, DeclaredSubgraph)}
    known = {node: dict(_handles(function, _DEEPEST, set())) for node, function in functions.items()}
    found = []
    for state in states:
        users = tuple(node for node, handles in known.items() if id(state.handle) in handles)
        name = state.name or next((known[node][id(state.handle)] for node in users), None)
        found.append(
            HeldState(
                name=name or f"state {state.handle.index}",
                # No handoff is called so.
                key=f"state {state.handle.index}\n",
                index=state.handle.index,
                users=users or tuple(functions),
                lasts=state.persistence is not Persistence.TICK,
            )
        )
    return tuple(found)


def _handles(function: Any, depth: int, seen: set[int]) -> Iterator[tuple[int, str]]:
    """The handles that a function's variables hold, by identity, with the variable's name."""
    if issubclass(type(function), functools.partial):
        yield from _of_values({**function.keywords, **{str(at): one for at, one in enumerate(function.args)}})
        function = function.func
    if issubclass(type(function), MethodType):
        yield from _of_values(getattr(function.__self__, "__dict__", {}))
        function = function.__func__
    function = inspect.unwrap(function)
    if not issubclass(type(function), FunctionType):
        # An object that can be called; what it says of its class may be a lie.
        yield from _of_values(getattr(function, "__dict__", {}))
        inner = next((vars(one)["__call__"] for one in type(function).__mro__ if "__call__" in vars(one)), None)
        if issubclass(type(inner), FunctionType) and depth:
            yield from _handles(inner, depth - 1, seen)
        return
    if id(function) in seen or not depth:
        return
    seen.add(id(function))
    values = _variables(function)
    yield from _of_values(values)
    for value in values.values():
        if issubclass(type(value), FunctionType):
            yield from _handles(value, depth - 1, seen)


def _of_values(values: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    return ((id(value), name) for name, value in values.items() if issubclass(type(value), StateHandle))


def _variables(function: FunctionType) -> dict[str, Any]:
    """The values of the variables from outside that a function reads."""
    found = {name: function.__globals__[name] for name in _names(function.__code__) if name in function.__globals__}
    found.update(function.__kwdefaults__ or {})
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    found.update(zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # it has no value yet
            continue
    return found


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
