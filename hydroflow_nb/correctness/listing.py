"""Whether a function shows in which order a set or a dict is iterated, read from how it is written.

Equal sets, and equal dicts, may be iterated in different orders: in that in which their items came.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from hydroflow_nb.correctness.shapes import REVEALING
from hydroflow_nb.correctness.written import Written, is_one_of, pair
from hydroflow_nb.expressions import bound_names

# Functions of an iterable whose result has its order, and those whose result has not.
_LISTERS: Final = (list, tuple, iter, next, enumerate, zip, map, filter, reversed)
_PRINTERS: Final = (str, repr, ascii, format)
_SORTERS: Final = (sorted, min, max)
_GATHERERS: Final = (*_SORTERS, set, frozenset, sum, any, all, len, bool)
_VIEWS: Final = frozenset({"items", "keys", "values", "copy", *REVEALING})


def is_lister(value: Any, *, prints: bool) -> bool:
    """Whether a function of Python gives the items of a set in the order in which it is iterated."""
    return is_one_of(value, *_LISTERS, *(_PRINTERS if prints else ()))


def lists(function: Written, *, keyed: bool, prints: bool) -> bool:
    """Whether the result shows in which order the item is iterated; where `keyed`, the value of a pair. `prints`: a
    text of it shows that too.
    """
    return _Listing(function, keyed, prints).lists(function.body)


def carries(function: Written, *, keyed: bool) -> bool:
    """Whether the result may hold the item, or the value of a pair, as it is."""
    return _Listing(function, keyed).carries(function.body)


class _Listing:
    def __init__(self, function: Written, keyed: bool, prints: bool = True) -> None:
        self.function = function
        self.prints = prints
        parts = pair(function.parameters[0]) if keyed and len(function.parameters) == 1 else None
        self.names = frozenset(bound_names(parts[1])) if parts is not None else function.all_bound

    def lists(self, node: ast.AST) -> bool:
        match node:
            case ast.Call(func=func, args=args, keywords=keywords):
                called = self.function.value(func)
                if is_one_of(called, *_GATHERERS):
                    # Of those that are equal by a key the first one counts.
                    by_key = is_one_of(called, *_SORTERS) and bool(keywords) and any(map(self.carries, args))
                    return by_key or any(map(self._within, args)) or any(map(self.lists, keywords))
                if is_lister(called, prints=self.prints) and any(map(self.carries, args)):
                    return True
                match func:
                    case ast.Attribute(attr="join") if any(map(self.carries, args)):
                        return True
                    case ast.Attribute(value=value, attr="pop" | "popitem") if not args and self.carries(value):
                        return True
            case ast.ListComp(generators=[first, *_]) | ast.GeneratorExp(generators=[first, *_]):
                if self.carries(first.iter):
                    return True
            case ast.Starred(value=value) if self.carries(value):
                return True
            case ast.FormattedValue(value=value) if self.prints and self.carries(value):
                return True
        return any(map(self.lists, ast.iter_child_nodes(node)))

    def _within(self, node: ast.AST) -> bool:
        """Whether it is listed within what is gathered: the order of the gathered ones themselves is not seen."""
        match node:
            case ast.ListComp() | ast.GeneratorExp():
                return any(map(self.lists, self._parts(node)))
            case ast.Call(func=func, args=[inner]) if is_one_of(self.function.value(func), list, tuple, iter):
                return self._within(inner)
        return self.lists(node)

    def _parts(self, node: ast.ListComp | ast.GeneratorExp) -> Iterator[ast.AST]:
        yield node.elt
        for loop in node.generators:
            yield from (loop.iter, *loop.ifs)

    def carries(self, node: ast.AST) -> bool:
        """Whether an expression gives what may be iterated in another order."""
        match node:
            case ast.Name(id=name):
                return name in self.names
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=1)):
                return name in self.names
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _VIEWS:
                return self.carries(value)
            case ast.Call(func=func, args=args):
                called = self.function.value(func)
                return is_one_of(called, set, frozenset, dict, iter) and any(map(self.carries, args))
            case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), left=left, right=right):
                return self.carries(left) or self.carries(right)
            case ast.IfExp(body=yes, orelse=no):
                return self.carries(yes) or self.carries(no)
            case ast.BoolOp(values=parts) | ast.Tuple(elts=parts):
                return any(map(self.carries, parts))
            case ast.SetComp() | ast.DictComp() | ast.Set() | ast.Dict():
                return any(isinstance(one, ast.Name) and one.id in self.names for one in ast.walk(node))
            case ast.Attribute(value=value) | ast.NamedExpr(value=value):
                return self.carries(value)
        return False
