"""What an accumulator is given, as far as its text shows that: a number that is exact, never negative, or no number."""

from __future__ import annotations

import ast
import builtins
from typing import Final

from hydroflow_nb.correctness.written import Written, is_one_of, module_of
from hydroflow_nb.records import dataclass

# Functions of `math` and `statistics` that give whole numbers.
_EXACT: Final = frozenset({"ceil", "comb", "factorial", "floor", "gcd", "isqrt", "lcm", "perm", "trunc"})
_NO_BOOLS: Final = (builtins.len, builtins.abs, builtins.sum, builtins.round, builtins.sorted, builtins.repr)
_NO_BOOL: Final = (
    ast.BinOp,
    ast.UnaryOp,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
    ast.Lambda,
)


@dataclass(frozen=True)
class Given:
    """What an accumulator is given: an expression of the item, in a function."""

    node: ast.expr
    function: Written

    @property
    def is_zero(self) -> bool:
        """True for a written 0."""
        return isinstance(self.node, ast.Constant) and isinstance(self.node.value, int) and self.node.value == 0

    @property
    def is_never_negative(self) -> bool:
        """True for a written number, a length and an absolute value."""
        match self.node:
            case ast.Constant(value=value):
                return isinstance(value, int) and value >= 0
            case ast.Call(func=func, args=[_], keywords=[]):
                return is_one_of(self.function.value(func), builtins.len, builtins.abs)
        return False

    @property
    def is_inexact(self) -> bool:
        """True where it is seen to be a number that is not exact, so that sums of it depend on their order."""
        return self._is_inexact(self.node)

    def _is_inexact(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant(value=value):
                return isinstance(value, float | complex)
            case ast.BinOp(op=ast.Div()):
                return True
            case ast.BinOp(left=left, right=right):
                return self._is_inexact(left) or self._is_inexact(right)
            case ast.UnaryOp(operand=value) | ast.NamedExpr(value=value):
                return self._is_inexact(value)
            case ast.IfExp(body=yes, orelse=no):
                return self._is_inexact(yes) or self._is_inexact(no)
            case ast.BoolOp(values=values):
                return any(map(self._is_inexact, values))
            case ast.Call(func=func, args=args):
                called = self.function.value(func)
                if module_of(called) in ("math", "statistics", "cmath"):
                    return getattr(called, "__name__", "") not in _EXACT
                rounds = called is builtins.round and len(args) > 1
                keeps = is_one_of(called, builtins.abs, builtins.max, builtins.min, builtins.sum, builtins.pow)
                return is_one_of(called, float, complex) or rounds or (keeps and any(map(self._is_inexact, args)))
        return False

    @property
    def is_no_bool(self) -> bool:
        """True where it is seen to be neither True nor False."""
        return self._is_no_bool(self.node)

    def _is_no_bool(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant(value=value):
                return not isinstance(value, bool)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.BitXor()) | ast.UnaryOp(op=ast.Not()):
                return False
            case ast.IfExp(body=yes, orelse=no):
                return self._is_no_bool(yes) or self._is_no_bool(no)
            case ast.BoolOp(values=values):
                return any(map(self._is_no_bool, values))
            case ast.NamedExpr(value=value):
                return self._is_no_bool(value)
            case ast.Call(func=func, args=args):
                called = self.function.value(func)
                if is_one_of(called, builtins.max, builtins.min):
                    return any(map(self._is_no_bool, args))
                return is_one_of(called, *_NO_BOOLS) or (isinstance(called, type) and called is not bool)
        return isinstance(node, _NO_BOOL)
