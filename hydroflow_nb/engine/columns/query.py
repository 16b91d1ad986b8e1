"""What generated code asks of a part of a flow that can be one query: whether it was, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from hydroflow_nb.engine.context import Context

if TYPE_CHECKING:
    from hydroflow_nb.engine.columns.tables import Over


class ColumnQuery:
    """A query over the tables of some `source_frame` in place of all their rows, for one `dest_frame` or more.

    `ask` makes it. That happens once, in the tick in which the first table is read: a source that an aborted tick has
    not reached gives its rows later, by themselves. Where a query would not give just what the rows give, the rows are
    gone through, and `refusal` says why.
    """

    def __init__(self, context: Context, ask: Callable[[Over], list[Any]]) -> None:
        self._context = context
        self._ask = ask
        self._tick: int | None = None
        self._answered = False
        self._answers: dict[int, Any] = {}
        self.refusal = ""

    def rows(self, table: Any) -> Iterable[Any]:
        """The table, whose rows are gone through; nothing where the query was answered."""
        if self._tick is None:
            self._tick = self._context.tick
            found = self._asked()
            self._answered = found is not None
            self._answers = dict(enumerate(found or ()))
        return () if self._answered and self._context.tick == self._tick else table

    def answer(self, end: int) -> Any:
        """The `polars.DataFrame` that came of the query in this tick for a `dest_frame`, by position, once; None where
        rows were gone through.
        """
        answer = self._answers.pop(end, None)
        return answer if self._context.tick == self._tick else None

    @property
    def tick(self) -> int | None:
        """The tick in which it was asked; None before."""
        return self._tick

    def _asked(self) -> list[Any] | None:
        try:
            from hydroflow_nb.engine.columns.tables import Over

            over = Over()
            return over.collected(self._ask(over))
        except Exception as exception:
            # Whatever it is, an error of the user's as well, comes of the rows again, and in their order.
            is_told = type(exception).__name__ == "NotInColumns"
            self.refusal = str(exception) if is_told else f"{type(exception).__name__}: {exception}"
            return None
