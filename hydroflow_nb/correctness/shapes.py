"""What a function of one item makes of it, read from how it is written."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from hydroflow_nb.correctness.written import NOWHERE, Written, binds_all, is_one_of, names_in, pair, single
from hydroflow_nb.expressions import REFERENCE_PREFIX, Binding, bound_names
from hydroflow_nb.lattices import DomPair, Lattice, MapUnion, Max, Pair, VecUnion, WithBot, WithTop, deep_reveal
from hydroflow_nb.operators.rules.content import EVERY_SENSE, Sense

# Classes of Python that hold what is displayed to them; the others count, round or print it. What they make of a value
# itself has the order in which it is gone through, which is not the same for equal sets.
_HOLDERS: Final = frozenset({tuple, list, dict})
# The lattices whose value is greater where what they hold is greater. A `Min` is less, a set of one holds another item.
_COVARIANT: Final = (Max, Pair, DomPair, VecUnion, MapUnion, WithBot, WithTop)
REVEALING: Final = frozenset({"reveal", "deep_reveal"})


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
        case ast.Dict(keys=[ast.expr() as key], values=[value]):
            return _laid_out(key) | _laid_out(value)
        case ast.Dict(keys=keys, values=values) if _are_apart(keys):
            return set().union(*map(_laid_out, values))
    return set()


def _are_apart(keys: Sequence[ast.expr | None]) -> bool:
    """Whether the keys of a dict are constants no two of which are equal, so that each value has its place."""
    known = {one.value for one in keys if isinstance(one, ast.Constant)}
    return len(known) == len(keys)


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
    """Whether the result is what the item, a lattice value, reveals; plain values throughout, or lattices in it."""
    if len(function.parameters) != 1:
        return False
    match function.body:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[], keywords=[]):
            return method in REVEALING and name == single(function.parameters[0])
        case ast.Call(func=func, args=[ast.Name(id=name)], keywords=[]):
            return function.value(func) is deep_reveal and name == single(function.parameters[0])
    return False


def gathers(function: Written) -> bool:
    """Whether the result is a set or a dict of what is in the item, a collection: each of its items, or one by its key,
    and what is made of it alone. Such a result grows as the collection does.
    """
    name = single(function.parameters[0]) if len(function.parameters) == 1 else None
    if name is None:
        return False
    match function.body:
        case ast.Call(func=func, args=[one], keywords=[]) if is_one_of(function.value(func), set, frozenset):
            return _is_gone_through(one, name)
        case ast.Call(func=func, args=[one], keywords=[]) if function.value(func) is dict:
            return _is_gone_through(one, name, "items") or _is_gone_through(one, name)
        case ast.SetComp(elt=element, generators=[loop]) if _is_gone_through(loop.iter, name):
            return not any(_mentions(function, one, frozenset({name})) for one in (element, *loop.ifs))
        case ast.DictComp(key=ast.Name(id=kept), value=value, generators=[loop]):
            return _is_kept_by_key(function, loop, name, kept, value)
    return False


def _is_kept_by_key(function: Written, loop: ast.comprehension, name: str, kept: str, value: ast.expr) -> bool:
    """Whether each value stays at its key, as it is or wrapped, and whether a key is left out depends on it alone."""
    match loop.target:
        case ast.Tuple(elts=[ast.Name(id=key), ast.Name(id=held)]):
            fixed = not any(_mentions(function, test, frozenset({name, held})) for test in loop.ifs)
            own = not _mentions(function, value, frozenset({name}))
            return key == kept != held and fixed and own and _wraps_held(function, value, held)
    return False


def _wraps_held(function: Written, node: ast.expr, held: str) -> bool:
    """Whether an expression is a value of a dict, what it reveals, or what wraps it."""
    of_one = replace(function, parameters=(Binding(span=NOWHERE, name=held),))
    if reveals(replace(of_one, body=node)):
        return True
    looks_into = any(isinstance(one, ast.Attribute | ast.Subscript) for one in ast.walk(node))
    return not looks_into and _wraps(of_one, node)


def _is_gone_through(node: ast.expr, name: str, *views: str) -> bool:
    """Whether an expression is a collection, or what it reveals, or one of some views of it, as `items`."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=[], keywords=[]):
            if method in REVEALING:
                return not views and _is_gone_through(value, name)
            return method in views and _is_gone_through(value, name)
        case ast.Name(id=found):
            return not views and found == name
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
            # A part of a message is one of its parts; of a state nothing is known of what its attributes are.
            return _wraps(function, value) and not (isinstance(value, ast.Name) and _is_state(value))
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and not _grows(function, key) for key in keys) and all(
                _wraps(function, one) for one in values
            )
        case ast.DictComp(key=key, value=element, generators=generators):
            return not _grows(function, key) and _are_fixed(function, generators) and _wraps(function, element)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(_wraps(function, part) for part in parts)
        case ast.Starred(value=value):
            return _wraps(function, value)
        case ast.Call(func=func, args=args, keywords=keywords):
            value = function.value(func)
            parts = [*args, *(keyword.value for keyword in keywords)]
            if not isinstance(value, type) or not all(_wraps(function, part) for part in parts):
                return False
            return not any(_grows(function, part) for part in parts) or _holds(value, args, keywords)
        case ast.ListComp(elt=element, generators=generators) | ast.GeneratorExp(elt=element, generators=generators):
            return _are_fixed(function, generators) and _wraps(function, element)
    return False


def _are_fixed(function: Written, generators: Sequence[ast.comprehension]) -> bool:
    """Whether what a comprehension goes over is not what grows."""
    return all(not _grows(function, one) for loop in generators for one in (loop.iter, *loop.ifs))


def _holds(value: type, args: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> bool:
    """Whether a value of a class is greater where what it is given is greater."""
    if is_one_of(value, *_HOLDERS):
        if value is dict:
            return not args and all(keyword.arg is not None for keyword in keywords)
        return all(isinstance(one, _DISPLAYS) for one in args)
    if issubclass(value, Lattice):
        return issubclass(value, _COVARIANT)
    return value.__module__ != "builtins"


_DISPLAYS: Final = (ast.Tuple, ast.List, ast.ListComp, ast.GeneratorExp)


def _grows(function: Written, node: ast.expr) -> bool:
    return any(one.id in function.all_bound or _is_state(one) for one in ast.walk(node) if isinstance(one, ast.Name))


def _is_state(name: ast.Name) -> bool:
    return name.id.startswith(REFERENCE_PREFIX)


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
