"""A diagnostic: what is wrong with a flow, where, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, TypeAlias

from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Span


class Severity(StrEnum):
    """How severe a diagnostic is: an error stops the compiler at the end of its stage, a warning does not. A note says
    what is good to know and needs no change.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Label:
    """A further place that belongs to a diagnostic, with a few words that say why."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One finding of the compiler.

    `code` is stable (`HF201`). `message` is one sentence, which quotes the user's text as it is. `span` is the place
    that the message is about, `labels` are other places. `notes` add facts. `hint` says what to write instead; it may
    be empty. `replacement` is what to write in place of the span where that is the whole mend, as for a misspelled
    name.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: Sequence[Label] = ()
    notes: Sequence[str] = ()
    hint: str = ""
    replacement: str = ""

    def __post_init__(self) -> None:
        # Messages quote the user's text, in which one word can be a megabyte long.
        object.__setattr__(self, "message", _bounded(self.message))
        object.__setattr__(self, "hint", _bounded(self.hint))
        object.__setattr__(self, "notes", tuple(map(_bounded, self.notes)))

    @property
    def help(self) -> str:
        """The hint, under the name that the documentation of the Python API uses."""
        return self.hint

    @property
    def is_error(self) -> bool:
        """True for an error, False for a warning."""
        return self.severity is Severity.ERROR


# Takes a diagnostic when it is found.
Report: TypeAlias = Callable[[Diagnostic], None]

# A message quotes so many characters of a word, and of a text.
LONGEST_WORD: Final = 200
LONGEST_TEXT: Final = 4_000
_LONG_WORD: Final = re.compile(rf"[^\s]{{{LONGEST_WORD + 1},}}")


def error(
    code: str,
    message: str,
    span: Span,
    *,
    labels: Sequence[Label] = (),
    notes: Sequence[str] = (),
    hint: str = "",
    replacement: str = "",
) -> Diagnostic:
    """A diagnostic of severity error."""
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        message=message,
        span=span,
        labels=labels,
        notes=notes,
        hint=hint,
        replacement=replacement,
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


def _bounded(text: str) -> str:
    """A text without the middles of very long words; of a very long text, the start and the end."""
    if len(text) <= LONGEST_WORD:
        return text
    half = LONGEST_WORD // 2
    text = _LONG_WORD.sub(lambda found: f"{found[0][:half]}…{found[0][-half:]}", text)
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT // 2]} … {text[-LONGEST_TEXT // 2 :]}"
