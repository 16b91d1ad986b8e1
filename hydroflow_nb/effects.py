"""What Python's own functions, the methods of containers and the operators do with what they are given.

This is known by their names, and holds as long as the names mean Python's own.
"""

from __future__ import annotations

import ast
from typing import Final

# --- functions -----------------------------------------------------------------------------------------------------

# What these return holds no part of what they are called with.
MEASURING: Final = frozenset(
    {"all", "any", "bool", "float", "hash", "int", "isinstance", "len", "print", "repr", "str"}
)
# What these return may hold a part of it; they themselves keep none.
TAKING: Final = frozenset(
    {"abs", "dict", "enumerate", "frozenset", "list", "max", "min", "reversed", "round", "set", "sorted", "sum"}
    | {"tuple", "zip"}
)
PYTHONS_OWN: Final = MEASURING | TAKING
# These change nothing; `print` writes to a file.
READING: Final = (PYTHONS_OWN - {"print"}) | {"divmod", "range"}
# What these return is new, or cannot be changed.
MAKING: Final = frozenset({"list", "dict", "set", "frozenset", "tuple", "sorted", "str", "int", "float", "bool", "len"})
# These look at the frame that calls them, or run code in it.
OF_FRAMES: Final = frozenset({"locals", "vars", "eval", "exec", "dir", "super", "globals"})

# --- methods -------------------------------------------------------------------------------------------------------

# These change which items a container holds, change nothing in the items, and return None.
PUTTING: Final = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "remove", "reverse", "sort"}
    | {"update", "difference_update", "intersection_update", "symmetric_difference_update"}
    | {"__setitem__", "__delitem__"}
)
# These change at most which items a container holds.
OF_CONTAINERS: Final = PUTTING | {"get", "copy", "count", "index", "union", "difference", "intersection"}
# As for functions: of containers, texts and lattice values.
MEASURING_METHODS: Final = frozenset(
    {"count", "index", "isdisjoint", "issubset", "issuperset", "is_bot", "is_top", "endswith", "startswith"}
)
TAKING_METHODS: Final = frozenset(
    {"get", "items", "keys", "values", "copy", "difference", "intersection", "union", "symmetric_difference"}
    | {"elements", "most_common", "total", "reveal", "deep_reveal"}
)

# --- operators -----------------------------------------------------------------------------------------------------


def puts(operator: ast.operator) -> bool:
    """True for the operators with which some classes write "put into", `<<` and `>>`. The others give new values."""
    return isinstance(operator, ast.LShift | ast.RShift)
