"""Puts the address of a node in place of its flow's own address, in the values that the flow's text names."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dis import get_instructions
from types import CellType, CodeType, FunctionType
from typing import Any


def moved_to(address: Hashable, former: Sequence[Any]) -> Callable[[Any], Any]:
    """A function that gives a value with `address` in place of the `former` ones; other values it gives unchanged.

    It looks at the value itself, and at what a function has in its closure, its defaults and its globals. A function
    with its own globals does not see what the notebook binds later, so one that binds globals stays as it is.
    """

    def is_former(value: Any) -> bool:
        return isinstance(value, (tuple, str)) and any(type(value) is type(one) and value == one for one in former)

    def moved(value: Any) -> Any:
        if is_former(value):
            return address
        return _moved_function(value, is_former, address) if isinstance(value, FunctionType) and former else value

    return moved


def _moved_function(function: FunctionType, is_former: Callable[[Any], bool], address: Hashable) -> FunctionType:
    def moved(value: Any) -> Any:
        return address if is_former(value) else value

    held = [_content(cell) for cell in function.__closure__ or ()]
    defaults, keywords = function.__defaults__ or (), function.__kwdefaults__ or {}
    code = function.__code__
    read = {name: function.__globals__[name] for name in code.co_names if name in function.__globals__}
    if not any(map(is_former, (*held, *defaults, *keywords.values(), *read.values()))):
        return function
    around = function.__globals__
    if any(map(is_former, read.values())) and not _binds_globals(code):
        around = {**around, **{name: moved(value) for name, value in read.items()}}
    cells = tuple(
        CellType(address) if is_former(content) else cell
        for cell, content in zip(function.__closure__ or (), held, strict=True)
    )
    made = FunctionType(code, around, function.__name__, tuple(map(moved, defaults)) or None, cells or None)
    made.__kwdefaults__ = {name: moved(value) for name, value in keywords.items()} or None
    made.__dict__.update(function.__dict__)
    made.__module__, made.__qualname__, made.__doc__ = function.__module__, function.__qualname__, function.__doc__
    return made


def _binds_globals(code: CodeType) -> bool:
    return any(one.opname in ("STORE_GLOBAL", "DELETE_GLOBAL") for one in get_instructions(code))


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None
