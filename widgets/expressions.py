"""Expressions that a reader types into a widget, and exceptions as a widget shows them."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any, Final

from hydroflow_nb.engine.notes import described

_FILE: Final = "<item>"


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The value of a Python expression. Raises SyntaxError, and what the expression raises."""
    return eval(compile(text.strip(), _FILE, "eval"), dict(names))


def error_text(error: BaseException) -> str:
    """The exception as Python writes it, with its notes, without the traceback and the file of an expression."""
    try:
        lines = [line for line in traceback.format_exception_only(error) if not line.startswith(f'  File "{_FILE}"')]
    except Exception:  # some versions of Python trip over attributes that raise
        return described(error)
    return "".join(lines).strip()
