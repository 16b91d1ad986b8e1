"""What belongs to the language and cannot be used yet: it is read, and then reported in one clear sentence."""

from __future__ import annotations

from enum import Enum

from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.source import Span
from hydroflow_nb.syntax import codes


class Feature(Enum):
    """A part of the language: its code, how it is written, and a way to do without."""

    LOOP = codes.LOOP_UNAVAILABLE, "loop { ... }", "write the cycle with names; `defer_tick()` carries items on"
    IMPORT = codes.IMPORT_UNAVAILABLE, 'import!("...")', "write the module's statements into this flow"
    MOD = codes.MOD_UNAVAILABLE, "mod", "give the pipeline's ends names, and use the names"
    REFERENCE = codes.REFERENCE_UNAVAILABLE, "$name", "bring the state in as items, for example by `cross_join()`"


def unavailable(feature: Feature, span: Span) -> Diagnostic:
    """The error that a part of the language is not available yet."""
    code, written, instead = feature.value
    return error(code, f"`{written}` is not available yet", span, hint=instead)
