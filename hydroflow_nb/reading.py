"""Whether code lets go of an item: the code only reads the item, and its value holds no part of the item.

Operators are taken to give new values, comparisons to give truth values. Some calls are known: Python's own functions
that read, and the methods that read containers and lattices. Any other call may keep its arguments. A name such as
`len` can be bound to something else: the code is known to let go only as long as the name means Python's own function.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from hydroflow_nb.effects import MEASURING, MEASURING_METHODS, OF_FRAMES, PYTHONS_OWN, TAKING, TAKING_METHODS, puts


class MayKeepError(Exception):
    """The code calls something that may keep a part of the item."""


def relied_on(code: ast.expr, item: Collection[str], *, gives: bool) -> frozenset[str] | None:
    """The names that have to mean Python's own functions, so that code lets go of its item; None where the code may
    keep the item or a part of it. `item` holds the names that stand for the item. `gives`: the code's value is kept as
    well.
    """
    reading = Reading()
    try:
        part = reading.part(code, frozenset(item))
    except MayKeepError:
        return None
    return None if part and gives else frozenset(reading.relied_on)


def relied_on_by_function(function: ast.expr, *, gives: bool) -> frozenset[str] | None:
    """As `relied_on`, for an expression whose value is a function that is called with the item."""
    match function:
        case ast.Name(id=name) if name in MEASURING or (name in TAKING and not gives):
            return frozenset({name})
    return None


class Reading:
    """Reads code for `relied_on`, and notes the names that the answer relies on."""

    def __init__(self) -> None:
        self.relied_on: set[str] = set()

    def part(self, node: ast.AST, item: frozenset[str]) -> bool:
        """True where the value of an expression may hold a part of the item. Raises MayKeepError."""
        match node:
            case ast.Name(id=name) if name not in OF_FRAMES:
                return name in item
            case ast.Constant():
                return False
            case ast.Attribute(value=value):
                return self.part(value, item)
            case ast.Subscript(value=value, slice=index):
                if self.part(value, item):
                    self.part(index, item)
                    return True
                # A `defaultdict` keeps a key that is looked up in it.
                self._without(item, index)
                return False
            case ast.Compare() | ast.JoinedStr() | ast.FormattedValue() | ast.UnaryOp(op=ast.Not()):
                self._any(ast.iter_child_nodes(node), item)
                return False
            case ast.BinOp(op=operator) if puts(operator):
                self._without(item, node.left, node.right)
                return False
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                self.part(test, item)
                return self._any([body, otherwise], item)
            case ast.BinOp() | ast.UnaryOp() | ast.BoolOp() | ast.Starred() | ast.Slice():
                return self._any(ast.iter_child_nodes(node), item)
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
                return self._any(ast.iter_child_nodes(node), item)
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                return self._each(node, item)
            case ast.GeneratorExp():
                # A generator keeps the item until someone goes through it.
                self._each(node, item)
                return True
            case ast.Call():
                return self._called(node, item)
            case ast.expr_context() | ast.operator() | ast.unaryop() | ast.boolop() | ast.cmpop():
                return False
        raise MayKeepError

    def _any(self, nodes: Iterable[ast.AST], item: frozenset[str]) -> bool:
        # A list, and not a generator in `any`: every node is read.
        found = [self.part(node, item) for node in nodes]
        return any(found)

    def _without(self, item: frozenset[str], *nodes: ast.AST) -> None:
        if self._any(nodes, item):
            raise MayKeepError

    def _each(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, item: frozenset[str]) -> bool:
        for one in node.generators:
            bound = {inner.id for inner in ast.walk(one.target) if isinstance(inner, ast.Name)}
            stores = (ast.Name, ast.Tuple, ast.List, ast.Starred, ast.expr_context)
            if one.is_async or not all(isinstance(inner, stores) for inner in ast.walk(one.target)):
                raise MayKeepError
            item = item | bound if self._consumed(one.iter, item) else item - bound
            self._any(one.ifs, item)
        return self._any([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt], item)

    def _consumed(self, node: ast.expr, item: frozenset[str]) -> bool:
        """As `part`, for an iterable that the code goes through at once."""
        return self._each(node, item) if isinstance(node, ast.GeneratorExp) else self.part(node, item)

    def _called(self, node: ast.Call, item: frozenset[str]) -> bool:
        options = [option.value for option in node.keywords]
        match node.func:
            case ast.Name(id=name) if name in PYTHONS_OWN and name not in item:
                self.relied_on.add(name)
                # A `key=` function gets parts of the item.
                self._without(item, *options)
                found = [self._consumed(one, item) for one in node.args]
                if any(found) and not all(isinstance(one, ast.Constant) for one in options):
                    raise MayKeepError
                return any(found) and name in TAKING
            case ast.Attribute(value=owner, attr=name) if self.part(owner, item):
                if name not in MEASURING_METHODS | TAKING_METHODS:
                    raise MayKeepError
                self._any([*node.args, *options], item)
                return name in TAKING_METHODS
        self._without(item, node.func, *node.args, *options)
        return False
