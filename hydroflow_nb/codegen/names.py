"""Names: those in generated code that no user's expression uses, and what those of the user are bound to."""

from __future__ import annotations

import ast
import builtins
import inspect
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb import expressions
from hydroflow_nb.trees import walk

# What nothing is bound to.
UNBOUND: Final = object()
# The attributes of containers, whose instances have none of their own.
_OF_CONTAINERS: Final = {kind: vars(kind) for kind in (list, set, dict, deque)}
_WRAPPERS: Final = (staticmethod, classmethod)


class Names:
    """Gives every wanted name as it is, or with underscores behind it where the user's code uses it."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = frozenset(taken)

    def free(self, wanted: str) -> str:
        """The name to use for a wanted one: always the same for the same one."""
        while wanted in self.taken:
            wanted += "_"
        return wanted


def used_names(calls: Iterable[expressions.OperatorCall]) -> set[str]:
    """The names that user expressions in the arguments of these calls read or bind."""
    names: set[str] = set()
    for call in calls:
        for body in _bodies(call):
            names.update(node.id for node in walk(body) if isinstance(node, ast.Name))
        for argument in call.arguments:
            if isinstance(argument, expressions.Closure):
                names.update(name for pattern in argument.parameters for name in expressions.classes_named(pattern))
        for type_argument in call.type_arguments:
            names.update(node.id for node in walk(type_argument.node) if isinstance(node, ast.Name))
    return names


def free_names(calls: Iterable[expressions.OperatorCall]) -> set[str]:
    """The names that these calls take from around the text: those that they read and do not bind themselves."""
    names: set[str] = set()
    for call in calls:
        for argument in call.arguments:
            if isinstance(argument, expressions.Closure):
                bound = {name for pattern in argument.parameters for name in expressions.bound_names(pattern)}
                names.update(_free(argument.body, frozenset(bound)))
                names.update(name for pattern in argument.parameters for name in expressions.classes_named(pattern))
            else:
                names.update(_free(argument.node, frozenset()))
        for type_argument in call.type_arguments:
            names.update(_free(type_argument.node, frozenset()))
    return names


def may_ask_for_tick_start(calls: Iterable[expressions.OperatorCall]) -> bool:
    """True where an argument has `context.current_tick_start`, or hands the whole `context` to somebody."""
    for call in calls:
        for body in _bodies(call):
            nodes = list(walk(body))
            otherwise = {
                id(node.value)
                for node in nodes
                if isinstance(node, ast.Attribute) and node.attr != "current_tick_start"
            }
            if any(isinstance(node, ast.Name) and node.id == "context" and id(node) not in otherwise for node in nodes):
                return True
    return False


def value_of(path: Sequence[str], namespace: Mapping[str, Any]) -> Any:
    """What a name, with those of attributes behind it, is bound to, without running anybody's code; else UNBOUND."""
    value = namespace.get(path[0], UNBOUND)
    if value is UNBOUND:
        value = getattr(builtins, path[0], UNBOUND)
    for name in path[1:]:
        known = _OF_CONTAINERS.get(type(value))
        if known is not None and name in known:
            # As below, and much faster: `seen.append`.
            value = known[name]
        elif inspect.ismodule(value):
            value = vars(value).get(name, UNBOUND)
        else:
            value = inspect.getattr_static(value, name, UNBOUND)
        if isinstance(value, _WRAPPERS):
            value = value.__func__
    return value


_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def _free(body: ast.expr, bound: frozenset[str]) -> Iterator[str]:
    """The names that an expression reads and nothing around them binds; `bound` are those of its parameters."""
    # What `:=` binds belongs to the whole body.
    bound |= {node.target.id for node in walk(body) if isinstance(node, ast.NamedExpr)}
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(body, bound)]
    while waiting:
        node, bound = waiting.pop()
        if isinstance(node, ast.Name):
            if node.id not in bound and not node.id.startswith(expressions.REFERENCE_PREFIX):
                yield node.id
        elif isinstance(node, ast.Lambda):
            waiting.append((node.body, bound | {one.arg for one in walk(node.args) if isinstance(one, ast.arg)}))
            waiting += [(one, bound) for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]
        elif isinstance(node, _COMPREHENSIONS):
            for generator in node.generators:
                waiting.append((generator.iter, bound))
                bound |= {one.id for one in walk(generator.target) if isinstance(one, ast.Name)}
                waiting += [(test, bound) for test in generator.ifs]
            parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            waiting += [(part, bound) for part in parts]
        else:
            waiting += [(child, bound) for child in ast.iter_child_nodes(node)]


def _bodies(call: expressions.OperatorCall) -> Iterator[ast.expr]:
    """The user's expressions in the arguments of a call."""
    for argument in call.arguments:
        yield argument.body if isinstance(argument, expressions.Closure) else argument.node
