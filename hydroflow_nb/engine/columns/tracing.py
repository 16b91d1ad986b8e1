"""Calls a function of the user's with columns in the place of values, and so learns what it makes of all items at once.

Where the function asks whether something is true (`and`, `if`, `min`), it is called again for the other way: symbolic
execution (King, Symbolic Execution and Program Testing, 1976). The compiler lets only functions come here whose text
does nothing else than to compute (`codegen.columns`).
"""

from __future__ import annotations

import builtins
import dis
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, Final

from hydroflow_nb.engine.columns import column
from hydroflow_nb.engine.columns.column import CHOOSING, Column, NotInColumns

# A function with more ways than this costs more as a query than item by item.
MOST_WAYS: Final = 16
_PLAIN: Final = (int, float, str, bool)
_FUNCTIONS: Final = (builtins.min, builtins.max)


class Sum:
    """An accumulator, by its place among those of a key, and what a value adds to it."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, place: int, term: Any = 0) -> None:
        self.sum_place = place
        self.sum_term = term

    def __add__(self, other: Any) -> Sum:
        other = _int(other)
        return Sum(
            self.sum_place, other if isinstance(self.sum_term, int) and self.sum_term == 0 else self.sum_term + other
        )

    __radd__ = __add__

    def __sub__(self, other: Any) -> Sum:
        return Sum(self.sum_place, self.sum_term - _int(other))

    def __repr__(self) -> str:
        raise NotInColumns("the text of an accumulator")

    def __bool__(self) -> bool:
        raise NotInColumns("a function that asks whether an accumulator is true")

    def __eq__(self, other: object) -> bool:
        raise NotInColumns("a function that compares an accumulator")


# What a value in a row has not, and what stands for it here has.
_ATTRIBUTES: Final = frozenset({*dir(Column), *vars(Column(None, int)), *dir(Sum), *vars(Sum(0))})


def _int(value: Any) -> Any:
    if column.of(value).value_type is not int:
        raise NotInColumns("a sum of what is no int")
    return value


def traced(function: Callable[..., Any], *values: Any, truth: bool = False) -> Any:
    """What the function returns: a tree of tuples over columns, sums and constants; `truth`: whether it is true.
    Raises `NotInColumns`, and what the function raises.
    """
    _check_names(function)
    ways = _Ways()
    found: list[tuple[tuple[tuple[Column, bool], ...], Any]] = []
    token = CHOOSING.set(ways)
    try:
        while not found or ways.another():
            result = function(*values)
            result = bool(result) if truth else result
            found.append((tuple(ways.choices), result))
            if len(found) > MOST_WAYS:
                raise NotInColumns("a function with many ways")
    finally:
        CHOOSING.reset(token)
    return _together(found, 0)


class _Ways:
    """Goes through all ways of a function, the way where everything is true first."""

    def __init__(self) -> None:
        self.choices: list[tuple[Column, bool]] = []
        self._at = 0

    def choose(self, condition: Column) -> bool:
        """The way that is tried now; a condition that was not asked before is true at first."""
        if self._at == len(self.choices):
            self.choices.append((condition, True))
        self._at += 1
        return self.choices[self._at - 1][1]

    def another(self) -> bool:
        """Turn to the next way. False where there is no further one."""
        self._at = 0
        while self.choices and not self.choices[-1][1]:
            self.choices.pop()
        if self.choices:
            self.choices[-1] = (self.choices[-1][0], False)
        return bool(self.choices)


def _together(found: Sequence[tuple[tuple[tuple[Column, bool], ...], Any]], depth: int) -> Any:
    if len(found) == 1:
        return found[0][1]
    condition = found[0][0][depth][0]
    yes, no = ([one for one in found if one[0][depth][1] is way] for way in (True, False))
    return _chosen(condition, _together(yes, depth + 1), _together(no, depth + 1))


def _chosen(condition: Column, yes: Any, no: Any) -> Any:
    if isinstance(yes, tuple) and type(yes) is type(no) and len(yes) == len(no):
        return tuple_like(yes, [_chosen(condition, one, other) for one, other in zip(yes, no, strict=True)])
    if isinstance(yes, Sum) and isinstance(no, Sum) and yes.sum_place == no.sum_place:
        return Sum(yes.sum_place, _chosen(condition, yes.sum_term, no.sum_term))
    if yes is True and no is False:
        return Column(condition.truth_expression(), bool)
    return column.chosen(condition, column.of(yes), column.of(no))


def tuple_like(one: tuple[Any, ...], values: Sequence[Any]) -> tuple[Any, ...]:
    """A tuple of the same type with other values."""
    make = getattr(one, "_make", tuple)
    made: tuple[Any, ...] = make(values)
    return made


def _check_names(function: Callable[..., Any]) -> None:
    """Raises `NotInColumns` where a name that the function reads is neither a constant nor Python's `min` or `max`, or
    where it may read an attribute of a column.
    """
    if not isinstance(function, FunctionType):
        raise NotInColumns("a function that is no closure")
    for instruction in dis.get_instructions(function):
        if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and instruction.argval in _ATTRIBUTES:
            raise NotInColumns(f"`.{instruction.argval}` may be that of a column here")
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            name = instruction.argval
            value = function.__globals__.get(name, getattr(builtins, name, None))
            if type(value) not in _PLAIN and not any(value is known for known in _FUNCTIONS):
                raise NotInColumns(f"`{name}` is no constant")
