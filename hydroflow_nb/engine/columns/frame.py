"""The tables that a flow makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.shown import shown

_KINDS: Final = (int, float, str, bool)


class FrameColumns:
    """The columns of the tables that a `dest_frame` makes, by name: `kinds` are their types."""

    def __init__(self, kinds: Any) -> None:
        if not isinstance(kinds, Mapping) or not kinds or any(kind not in _KINDS for kind in kinds.values()):
            raise Misfit(
                f"{shown(kinds)} does not say what the columns are",
                "give it their names with their types, such as {'name': str, 'count': int}; "
                "the types are int, float, str and bool",
            )
        self.kinds: dict[str, type] = {str(name): kind for name, kind in kinds.items()}

    def frame(self, items: Sequence[Any], answer: Any = None) -> Any:
        """A `polars.DataFrame` of what a query gave and of items; None where there is nothing.

        Raises Misfit for an item that does not fit the columns, and ImportError without polars.
        """
        found = [] if answer is None or not answer.height else [answer]
        if items:
            found.append(self._made_of(items))
        if len(found) == 2:
            return found[0].vstack(found[1])
        return found[0] if found else None

    def _made_of(self, items: Sequence[Any]) -> Any:
        try:
            import polars
        except ImportError:
            raise ImportError(
                "`dest_frame` makes tables of polars, which is not installed: pip install 'hydroflow-nb[columns]'"
            ) from None
        rows = [item if isinstance(item, tuple) else (item,) for item in items]
        for row in rows:
            if len(row) != len(self.kinds):
                raise Misfit(
                    f"{shown(row)} is not a row of the {len(self.kinds)} columns {', '.join(self.kinds)}",
                    "`map` the items to tuples with a value for each column",
                )
        types = {int: polars.Int64, float: polars.Float64, str: polars.String, bool: polars.Boolean}
        columns = {}
        for (name, kind), values in zip(self.kinds.items(), zip(*rows, strict=True), strict=True):
            wrong = next((value for value in values if value is not None and type(value) is not kind), None)
            if wrong is not None:
                raise Misfit(f"{shown(wrong)} is not of the type {kind.__name__} of the column `{name}`")
            try:
                columns[name] = polars.Series(name, values, dtype=types[kind])
            except (TypeError, OverflowError):
                raise Misfit(
                    f"an int of the column `{name}` goes beyond int64",
                    f"give the column the type float or str, and `map` its values: `float({name})`",
                ) from None
        return polars.DataFrame(columns)
