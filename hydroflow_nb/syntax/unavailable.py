"""What belongs to the language and cannot be used yet: it is read, and then reported in one clear sentence."""

from __future__ import annotations

from enum import Enum

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.source import Span
from hydroflow_nb.syntax import codes


class Feature(Enum):
    """A part of the language: its code, and a way to do without it."""

    LOOP = codes.LOOP_UNAVAILABLE, "write the cycle with names; `defer_tick()` carries items on"


def unavailable(feature: Feature, span: Span) -> Diagnostic:
    """The error that a part of the language is not available yet."""
    code, instead = feature.value
    return error(code, f"`{' '.join(span.text.split())}` is not available yet", span, hint=instead)
