"""Predicates that are written as texts."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

_FILE: Final = "<predicate>"
_EXAMPLES: Final = {"item": "item[0] == 3", "state": "state.size > 100"}


def function_of(text: str, names: dict[str, Any], over: str = "item") -> Callable[[Any], object]:
    """A function of an item: the text of an expression over `item`, or one that gives a function, such as a lambda.
    `over` is another name than `item`, for what is not one.

    Other names are looked up in `names` at each call. Raises SyntaxError, TypeError for a text that is empty, and what
    evaluating the name of a function raises.
    """
    if not text.strip():
        raise TypeError(f"a predicate is an expression over `{over}`, such as `{_EXAMPLES.get(over, over)}`")
    tree = ast.parse(text.strip(), _FILE, "eval")
    if not isinstance(tree.body, ast.Lambda):
        if not any(isinstance(node, ast.Name) and node.id == over for node in ast.walk(tree)):
            given = _evaluated(tree, names)
            if callable(given):
                function: Callable[[Any], object] = given
                return function
        item = ast.arguments(posonlyargs=[], args=[ast.arg(arg=over)], kwonlyargs=[], kw_defaults=[], defaults=[])
        tree = ast.fix_missing_locations(ast.Expression(body=ast.Lambda(args=item, body=tree.body)))
    made: Callable[[Any], object] = _evaluated(tree, names)
    return made


def _evaluated(tree: ast.Expression, names: dict[str, Any]) -> Any:
    was_there = "__builtins__" in names
    try:
        return eval(compile(tree, _FILE, "eval"), names)
    finally:
        # Python adds it; a function made here keeps its own reference to it.
        if not was_there:
            names.pop("__builtins__", None)
