"""A column in the place of an item's value: what Python's operators make of it is an expression of polars.

Each column knows its kind and, where it holds numbers, their bounds, so that nothing is computed that Python would
compute otherwise. int64 wraps around where Python's int grows: the bounds of each result are computed from those of the
operands (interval arithmetic: Moore, Interval Analysis, 1966), and have to fit. A float beyond its bounds would be
infinite or NaN, which polars compares in its own way. An int beyond 2**53 is not the same number as a float.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, Protocol, TypeAlias

import polars as pl

LEAST: Final = -(2**63)
MOST: Final = 2**63 - 1
# Up to here every int is a float.
EXACT: Final = 2**53
# The types of Python whose values a column holds, with those of polars.
KINDS: Final = {int: pl.Int64, float: pl.Float64, str: pl.String, bool: pl.Boolean}
# The types of polars whose values are these in the rows of a table.
_READ: Final = {
    int: (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32),
    float: (pl.Float32, pl.Float64),
    str: (pl.String,),
    bool: (pl.Boolean,),
}

Bounds: TypeAlias = "tuple[Any, Any]"


class NotInColumns(Exception):
    """Something that is not the same over columns as it is item by item."""


class Choosing(Protocol):
    """Says which way a function goes where it asks whether a column is true."""

    def choose(self, condition: Column) -> bool:
        """The way that is tried now."""


CHOOSING: Final[ContextVar[Choosing]] = ContextVar("CHOOSING")


class Column:
    """The values of one place in all items of a table: an expression, the type of its values, and their bounds.

    Functions of the user's are called with it, so they may read none of its attributes (`tracing` sees to that), nor
    its text. `column_name` is that of the table's column which it is, if it is one. `look` gives the bounds of a column
    that was not looked at yet, and raises `NotInColumns` where it holds what cannot be dealt with.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        expression: Any,
        kind: type,
        bounds: Bounds = (0, 0),
        *,
        name: str | None = None,
        look: Callable[[], Bounds] | None = None,
    ) -> None:
        self.expression = expression
        self.value_type = kind
        self.column_name = name
        self._bounds = bounds
        self._look = look

    @property
    def value_bounds(self) -> Bounds:
        """The least and the greatest value that there can be, of numbers."""
        if self._look is not None:
            self._bounds, self._look = self._look(), None
        return self._bounds

    def as_named(self, name: str) -> Column:
        """The same, as a column of a table."""
        return Column(pl.col(name), self.value_type, self.value_bounds, name=name)

    def truth_expression(self) -> Any:
        """An expression for what Python takes for true."""
        if self.value_type is bool:
            return self.expression
        return self.expression != _literal(self.value_type())

    def __repr__(self) -> str:
        raise NotInColumns("the text of a value")

    def __bool__(self) -> bool:
        return CHOOSING.get().choose(of(self))

    def __add__(self, other: Any) -> Column:
        # An accumulator says itself what is added to it.
        return _computed(operator.add, self, other) if isinstance(other, Column | int | float | str) else NotImplemented

    def __radd__(self, other: Any) -> Column:
        return _computed(operator.add, other, self)

    def __sub__(self, other: Any) -> Column:
        return _computed(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Column:
        return _computed(operator.sub, other, self)

    def __mul__(self, other: Any) -> Column:
        return _computed(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Column:
        return _computed(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Column:
        return _computed(operator.truediv, self, other)

    def __floordiv__(self, other: Any) -> Column:
        return _computed(operator.floordiv, self, other)

    def __mod__(self, other: Any) -> Column:
        return _computed(operator.mod, self, other)

    def __neg__(self) -> Column:
        # -0.0 is not 0 - 0.0.
        return _computed(operator.mul, self, -1) if self.value_type is float else _computed(operator.sub, 0, self)

    def __pos__(self) -> Column:
        return _computed(operator.mul, self, 1)

    def __eq__(self, other: object) -> Any:
        return _compared(operator.eq, self, other)

    def __ne__(self, other: object) -> Any:
        return _compared(operator.ne, self, other)

    def __lt__(self, other: Any) -> Column:
        return _compared(operator.lt, self, other)

    def __le__(self, other: Any) -> Column:
        return _compared(operator.le, self, other)

    def __gt__(self, other: Any) -> Column:
        return _compared(operator.gt, self, other)

    def __ge__(self, other: Any) -> Column:
        return _compared(operator.ge, self, other)


def of(value: Any) -> Column:
    """A column, which was looked at, or one that has the same constant everywhere. Raises NotInColumns for anything
    else.
    """
    if isinstance(value, Column):
        _ = value.value_bounds
        return value
    kind = type(value)
    if kind is int:
        return Column(_literal(value), int, within((value, value)))
    if kind is float:
        return Column(_literal(value), float, within((value, value)))
    if kind in KINDS:
        return Column(_literal(value), kind)
    raise NotInColumns(f"{kind.__name__} is not the type of a column")


def of_table(table: Any, name: str, title: str) -> Column:
    """A column of a `polars.DataFrame`, with values that Python has in the rows; people know it by its `title`."""
    dtype = table.schema[name]
    kind = next((kind for kind, types in _READ.items() if dtype in types), object)

    def look() -> Bounds:
        values = table[name]
        if kind is object:
            raise NotInColumns(f"the column `{title}` has the type {dtype}")
        if values.null_count():
            raise NotInColumns(f"the column `{title}` has values that are None")
        if kind not in (int, float) or not len(values):
            return 0, 0
        if kind is float and values.is_nan().any():
            raise NotInColumns(f"the column `{title}` has values that are NaN")
        return within((values.min(), values.max()))

    is_own = KINDS.get(kind, dtype) == dtype
    expression = pl.col(name) if is_own else pl.col(name).cast(KINDS[kind])
    return Column(expression, kind, name=name if is_own else None, look=look)


def chosen(condition: Column, yes: Column, no: Column) -> Column:
    """One column where a condition holds, the other where it does not."""
    if yes.value_type is not no.value_type:
        raise NotInColumns("values of different types come out of one function")
    expression = pl.when(condition.truth_expression()).then(yes.expression).otherwise(no.expression)
    return Column(
        expression,
        yes.value_type,
        (min(yes.value_bounds[0], no.value_bounds[0]), max(yes.value_bounds[1], no.value_bounds[1])),
    )


def is_told_apart(column: Column) -> bool:
    """True where polars takes for equal what Python takes for equal, to the bit."""
    return column.value_type is not float or column.value_bounds[0] > 0 or column.value_bounds[1] < 0


def _literal(value: Any) -> Any:
    return pl.lit(value, dtype=KINDS[type(value)])


def within(bounds: Bounds) -> Bounds:
    """The bounds, where all between them has a place in a column."""
    least, most = bounds
    if isinstance(least, float) or isinstance(most, float):
        if not (math.isfinite(least) and math.isfinite(most)):
            raise NotInColumns("floats may be infinite or NaN")
    elif least < LEAST or most > MOST:
        raise NotInColumns("ints may go beyond int64")
    return bounds


def _as_float(column: Column) -> Column:
    if column.value_type is float:
        return column
    least, most = column.value_bounds
    if column.value_type is not int or least < -EXACT or most > EXACT:
        raise NotInColumns("ints may be no floats")
    return Column(column.expression.cast(pl.Float64), float, (float(least), float(most)))


def _computed(compute: Callable[[Any, Any], Any], one: Any, other: Any) -> Column:
    left, right = of(one), of(other)
    if left.value_type is str and right.value_type is str and compute is operator.add:
        return Column(left.expression + right.expression, str)
    if not {left.value_type, right.value_type} <= {int, float}:
        raise NotInColumns("arithmetic of what is no int or float")
    divides = compute in (operator.truediv, operator.floordiv, operator.mod)
    if divides and (right.value_bounds[0] != right.value_bounds[1] or right.value_bounds[0] == 0):
        raise NotInColumns("division by another number than a constant")
    kind = int if left.value_type is int and right.value_type is int and compute is not operator.truediv else float
    if kind is float:
        if compute in (operator.floordiv, operator.mod):
            raise NotInColumns("`//` and `%` of floats")
        left, right = _as_float(left), _as_float(right)
    if compute is operator.mod:
        divisor = right.value_bounds[0]
        bounds = (0, divisor - 1) if divisor > 0 else (divisor + 1, 0)
    else:
        corners = [compute(x, y) for x in left.value_bounds for y in right.value_bounds]
        bounds = (min(corners), max(corners))
    return Column(compute(left.expression, right.expression), kind, within(bounds))


def _compared(compare: Callable[[Any, Any], Any], one: Any, other: Any) -> Column:
    left, right = of(one), of(other)
    if left.value_type is not right.value_type:
        left, right = _as_float(left), _as_float(right)
    if left.value_type is bool and compare not in (operator.eq, operator.ne):
        raise NotInColumns("an order of bools")
    return Column(compare(left.expression, right.expression), bool)
