"""The exceptions that the package raises."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.portable import Portable
from hydroflow_nb.rendering import all_as_text


class HydroflowError(Portable):
    """The base of every error that the compiler and the engine raise.

    `diagnostics` holds all findings, also the warnings; `str(error)` shows them with their places in the text. In a
    notebook the cell's output is that text alone. The error can be pickled and copied, as a process pool does.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic] = (), message: str = "") -> None:
        self.diagnostics: list[Diagnostic] = list(diagnostics)
        super().__init__(message or all_as_text(self.diagnostics))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows for the error: its text and its notes, no frames."""
        # One string: in some of its modes IPython joins several without a line end.
        return ["\n".join([str(self), *getattr(self, "__notes__", ())])]

    @property
    def _first_error(self) -> Diagnostic | None:
        return next((diagnostic for diagnostic in self.diagnostics if diagnostic.is_error), None)


# Not a subclass of SyntaxError: IPython ignores `_render_traceback_` on those.
class SurfaceSyntaxError(HydroflowError):
    """A text that cannot be parsed as a flow. `lineno` and `text` are those of the first error."""

    @property
    def lineno(self) -> int | None:
        """The line of the first error, as a person counts it."""
        first = self._first_error
        return first.span.line if first else None

    @property
    def text(self) -> str | None:
        """The text of that line."""
        first = self._first_error
        return first.span.source.line_text(first.span.line) if first else None


class GraphError(HydroflowError):
    """A flow that can be parsed but not built: unknown names and operators, wrong ports, blocking cycles."""


class GuaranteeError(HydroflowError):
    """An output that promises less than is expected of it, or a function that does not keep to a law it is said to."""


class DurabilityError(HydroflowError):
    """A folder that a durable flow cannot be kept in or brought back from, and a flow that cannot be durable."""


class ItemError(HydroflowError):
    """An item that an operator cannot take: a pattern that does not fit, an unhashable key, a wrong channel."""


class AssertionFailed(ItemError, AssertionError):
    """An `assert` or `assert_eq` in a flow that did not hold."""
