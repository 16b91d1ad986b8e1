"""A diagnostic: what is wrong with a flow, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hydroflow_nb.source import Span


class Severity(StrEnum):
    """How bad it is: an error stops the compiler's work at the end of its stage, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Label:
    """A further place that belongs to a diagnostic, with a few words on its part in it."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One finding of the compiler.

    `code` is stable (`HF201`); `message` is one sentence in the user's characters; `span` is the place that the message
    is about, `labels` are other places; `notes` add facts, `hint` says what to write instead (empty: nothing to say).
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: Sequence[Label] = ()
    notes: Sequence[str] = ()
    hint: str = ""

    @property
    def help(self) -> str:
        """The hint, under the name that the Python API documents."""
        return self.hint

    @property
    def is_error(self) -> bool:
        """True for an error, False for a warning."""
        return self.severity is Severity.ERROR


def error(
    code: str,
    message: str,
    span: Span,
    *,
    labels: Sequence[Label] = (),
    notes: Sequence[str] = (),
    hint: str = "",
) -> Diagnostic:
    """A diagnostic of severity error."""
    return Diagnostic(
        code=code, severity=Severity.ERROR, message=message, span=span, labels=labels, notes=notes, hint=hint
    )


def warning(
    code: str,
    message: str,
    span: Span,
    *,
    labels: Sequence[Label] = (),
    notes: Sequence[str] = (),
    hint: str = "",
) -> Diagnostic:
    """A diagnostic of severity warning."""
    return Diagnostic(
        code=code, severity=Severity.WARNING, message=message, span=span, labels=labels, notes=notes, hint=hint
    )
