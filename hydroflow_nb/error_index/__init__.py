"""The error index: the meaning of each code of an error or warning, with a wrong and a right flow."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hydroflow_nb.error_index.building import BUILDING
from hydroflow_nb.error_index.by_hand import BY_HAND
from hydroflow_nb.error_index.checking import CHECKING
from hydroflow_nb.error_index.entry import Entry, Stage
from hydroflow_nb.error_index.keeping import KEEPING
from hydroflow_nb.error_index.loops import LOOPS
from hydroflow_nb.error_index.page import explanation, explanation_as_html
from hydroflow_nb.error_index.reading import READING
from hydroflow_nb.error_index.running import RUNNING
from hydroflow_nb.error_index.systems import SYSTEMS
from hydroflow_nb.error_index.translating import TRANSLATING
from hydroflow_nb.error_index.warnings import WARNINGS

__all__ = ["BY_CODE", "ENTRIES", "Entry", "Stage", "explain_error", "explanation_as_html"]

ENTRIES: tuple[Entry, ...] = (
    *READING,
    *BUILDING,
    *BY_HAND,
    *LOOPS,
    *WARNINGS,
    *CHECKING,
    *RUNNING,
    *SYSTEMS,
    *TRANSLATING,
    *KEEPING,
)

BY_CODE: Mapping[str, Entry] = MappingProxyType({entry.code: entry for entry in ENTRIES})


def explain_error(code: str) -> str:
    """The meaning of a code, as Markdown: why it is an error, a wrong flow and a right one.

    `code` is the code as the message shows it, `HF201`, or its number alone, `201`. Raises ValueError for an unknown
    code.
    """
    written = code.strip().upper()
    known = BY_CODE.get(written) or BY_CODE.get(f"HF{written}")
    if known is None:
        raise ValueError(f"there is no error `{code}`; the codes go from {ENTRIES[0].code} to {ENTRIES[-1].code}")
    return explanation(known)
