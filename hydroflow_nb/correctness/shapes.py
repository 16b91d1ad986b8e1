"""What a function of one item makes of it, read from how it is written."""

from __future__ import annotations

import ast
import builtins
from typing import Any, Final

from hydroflow_nb.correctness.written import Written, binds_all, is_one_of, names_in, pair, single
from hydroflow_nb.expressions import REFERENCE_PREFIX, bound_names
from hydroflow_nb.operators.rules.content import EVERY_SENSE, Sense

# Classes of Python that hold what they are given, and nothing else; the others count, round or print it.
_HOLDERS: Final = frozenset({tuple, list, set, frozenset})


def ignores_item(function: Written) -> bool:
    """Whether the result is the same for every item."""
    return not function.uses(function.body, function.all_bound)


def ignores_value(function: Written) -> bool:
    """Whether the result depends on the key of a pair alone; behind the pair there may be outputs to choose from."""
    if not function.parameters:
        return False
    parts = pair(function.parameters[0])
    if parts is not None:
        return not function.uses(function.body, frozenset(bound_names(parts[1])))
    name = single(function.parameters[0])
    return name is not None and _reads_key_only(function.body, name)


def _reads_key_only(body: ast.expr, name: str) -> bool:
    keys = {
        id(one.value)
        for one in ast.walk(body)
        if isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Constant) and one.slice.value == 0
    }
    mentions = [one for one in ast.walk(body) if isinstance(one, ast.Name) and one.id == name]
    return all(id(one) in keys for one in mentions)


def keeps_item(function: Written) -> bool:
    """Whether the whole item can be told from the result: all of its parts stand in it as they are."""
    if len(function.parameters) != 1 or not binds_all(function.parameters[0]):
        return False
    return function.bound[0] <= _laid_out(function.body)


def _laid_out(node: ast.expr) -> set[str]:
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return set().union(*map(_laid_out, parts))
    return set()


def gives_set(function: Written) -> bool:
    """Whether the result is written as a set."""
    match function.body:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=func):
            return is_one_of(function.value(func), builtins.set, builtins.frozenset)
    return False


def gives_list(function: Written) -> bool:
    """Whether the result is written as a list or a tuple, so that its parts have an order."""
    return isinstance(function.body, ast.List | ast.Tuple | ast.ListComp)


def reveals(function: Written) -> bool:
    """Whether the result is what the item, a lattice value, reveals."""
    if len(function.parameters) != 1:
        return False
    match function.body:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="reveal"), args=[], keywords=[]):
            return name == single(function.parameters[0])
    return False


def tells_kinds_apart(function: Written) -> bool:
    """Whether the result depends on the class of the item alone, or of the first part of a pair."""
    if len(function.parameters) != 1:
        return False
    classed = {
        id(one.args[0])
        for one in ast.walk(function.body)
        if isinstance(one, ast.Call) and one.args and is_one_of(function.value(one.func), isinstance, type)
    }
    mentions = [one for one in names_in(function.body) if one.id in function.all_bound]
    return bool(mentions) and all(id(one) in classed for one in mentions)


def is_display(function: Written) -> bool:
    """Whether the result only wraps what the function is given, and so is monotone in each part."""
    return _wraps(function, function.body)


def _wraps(function: Written, node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Constant():
            return True
        case ast.Attribute(value=value):
            return _wraps(function, value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(_wraps(function, part) for part in parts)
        case ast.Starred(value=value):
            return _wraps(function, value)
        case ast.Call(func=func, args=args, keywords=keywords):
            value = function.value(func)
            if not isinstance(value, type) or (value.__module__ == "builtins" and not is_one_of(value, *_HOLDERS)):
                return False
            return all(_wraps(function, one) for one in (*args, *(keyword.value for keyword in keywords)))
        case ast.ListComp(elt=element, generators=generators) | ast.GeneratorExp(elt=element, generators=generators):
            # What it goes over must not be what grows.
            fixed = all(not _grows(function, one) for loop in generators for one in (loop.iter, *loop.ifs))
            return fixed and _wraps(function, element)
    return False


def _grows(function: Written, node: ast.expr) -> bool:
    return any(
        one.id in function.all_bound or one.id.startswith(REFERENCE_PREFIX)
        for one in ast.walk(node)
        if isinstance(one, ast.Name)
    )


def takes_pair_apart(function: Written) -> bool:
    """Whether the two parts of the item are looked at."""
    return len(function.parameters) == 1 and pair(function.parameters[0]) is not None


def takes_apart(function: Written) -> bool:
    """Whether it looks into its item, or into the value of a pair that it takes apart."""
    if any(isinstance(one, ast.Attribute | ast.Subscript) for one in ast.walk(function.body)):
        return True
    if len(function.parameters) != 1:
        return True
    parts = pair(function.parameters[0])
    return any(single(one) is None for one in (parts or function.parameters))


def calls(function: Written) -> bool:
    """Whether it calls anything."""
    return any(isinstance(one, ast.Call) for one in ast.walk(function.body))


def keeps_key(function: Written) -> bool:
    """Whether a pair is made of a pair, and the key stays."""
    if len(function.parameters) != 1 or not isinstance(function.body, ast.Tuple) or len(function.body.elts) != 2:
        return False
    first = function.body.elts[0]
    parts = pair(function.parameters[0])
    if parts is not None:
        return isinstance(first, ast.Name) and first.id == single(parts[0])
    match first:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=0)):
            return name == single(function.parameters[0])
    return False


def needs_of_threshold(function: Written) -> frozenset[Sense]:
    """The senses in which a value has to grow, so that a threshold is one for it."""
    value = _value_of(function)
    if value is None:
        return EVERY_SENSE
    found = set()
    for node in ast.walk(function.body):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            collects = any(isinstance(op, ast.In) for op in node.ops) or any(isinstance(one, ast.Call) for one in sides)
            found.add(Sense.COLLECTS if collects else Sense.COMPARES)
    return frozenset(found)


def is_threshold(function: Written) -> bool:
    """Whether a value that passes passes for as long as it grows: `v >= c`, `len(v) >= c`, `c in v`, and several of
    these joined by `and` and `or`.
    """
    value = _value_of(function)
    return value is not None and _passes_on(function, function.body, value)


def _value_of(function: Written) -> frozenset[str] | None:
    """The names by which a function knows the value of an item, or of a pair."""
    if len(function.parameters) != 1:
        return None
    parts = pair(function.parameters[0])
    name = single(parts[1] if parts is not None else function.parameters[0])
    return None if name is None else frozenset({name})


def _passes_on(function: Written, node: ast.expr, value: frozenset[str]) -> bool:
    match node:
        case ast.BoolOp(values=parts):
            return all(_passes_on(function, part, value) for part in parts)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if isinstance(op, ast.Gt | ast.GtE):
                return _is_value(function, left, value) and not _mentions(function, right, value)
            if isinstance(op, ast.Lt | ast.LtE):
                return _is_value(function, right, value) and not _mentions(function, left, value)
            if isinstance(op, ast.In):
                return _is_name(right, value) and not _mentions(function, left, value)
    return not _mentions(function, node, value)


def _mentions(function: Written, node: ast.expr, value: frozenset[str]) -> bool:
    return function.uses(node, value)


def _is_name(node: ast.expr, names: frozenset[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _is_value(function: Written, node: ast.expr, value: frozenset[str]) -> bool:
    match node:
        case ast.Call(func=func, args=[one], keywords=[]):
            return function.value(func) is builtins.len and _is_name(one, value)
    return _is_name(node, value)


def handed_on_to(function: Written) -> Any:
    """The function that a function of one item only calls with that item; None where it does more."""
    if len(function.parameters) != 1:
        return None
    match function.body:
        case ast.Call(func=func, args=[ast.Name(id=name)], keywords=[]) if name == single(function.parameters[0]):
            return function.value(func)
    return None
