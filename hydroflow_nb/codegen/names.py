"""Names in generated code that no user's expression uses."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from hydroflow_nb.syntax import tree


class Names:
    """Gives every wanted name as it is, or with underscores behind it where the user's code uses it."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = frozenset(taken)

    def free(self, wanted: str) -> str:
        """The name to use for a wanted one: always the same for the same one."""
        while wanted in self.taken:
            wanted += "_"
        return wanted


def used_names(calls: Iterable[tree.OperatorCall]) -> set[str]:
    """The names that user expressions in the arguments of these calls read or bind."""
    names: set[str] = set()
    for call in calls:
        for argument in call.arguments:
            body = argument.body if isinstance(argument, tree.Closure) else argument.node
            names.update(node.id for node in ast.walk(body) if isinstance(node, ast.Name))
        for type_argument in call.type_arguments:
            names.update(node.id for node in ast.walk(type_argument.node) if isinstance(node, ast.Name))
    return names
