"""The codes of what can be wrong with a flow's text. A code is stable: it never changes its meaning."""

from __future__ import annotations

from typing import Final

UNEXPECTED: Final = "HF101"  # something else is expected at this place
UNCLOSED_BRACKET: Final = "HF102"
UNOPENED_BRACKET: Final = "HF103"
STRAY_CHARACTER: Final = "HF104"
UNCLOSED_COMMENT: Final = "HF105"
UNCLOSED_STRING: Final = "HF106"
WRONG_ARROW: Final = "HF107"
WRONG_ASSIGNMENT: Final = "HF108"
TOO_DEEP: Final = "HF109"  # more brackets in brackets than anyone writes by hand

WRONG_PORT: Final = "HF110"
PORT_ON_OPERATOR: Final = "HF111"
WRONG_GENERICS: Final = "HF112"
WRONG_OPERATOR_NAME: Final = "HF113"
WRONG_IMPORT: Final = "HF114"

MISSING_ARGUMENT: Final = "HF120"
PYTHON_SYNTAX: Final = "HF121"
NO_EXPRESSION: Final = "HF122"  # a statement, an assignment, a keyword argument, an unpacking
RUST: Final = "HF123"
OUTSIDE_FUNCTION: Final = "HF124"  # yield, await, async
WRONG_CLOSURE: Final = "HF125"
WRONG_COMMENT: Final = "HF126"
WRONG_REFERENCE: Final = "HF127"

UNENDED_LOOP: Final = "HF191"  # no `;` behind the `}` of a loop

NO_LOCATION_NAME: Final = "HF501"  # no name after `@`, or a `~` that begins no arrow
NO_ROUTE: Final = "HF502"
PLACE_IN_A_PLACE: Final = "HF504"
CROSSING_INSIDE: Final = "HF507"
WRONG_LOCATION: Final = "HF513"  # a location is declared in a way that it cannot be
