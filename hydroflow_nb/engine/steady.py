"""Whether names of the notebook are bound to what they were bound to, and to what gives the same in every tick.

A function whose text is pure (`purity`) depends on what its names are bound to: on values that cannot change, and on
functions that are pure themselves. What those rely on is followed: a name deep below that is bound anew is seen.
"""

from __future__ import annotations

import ast
import builtins
import cmath
import enum
import inspect
import math
import operator
import textwrap
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, ModuleType, NoneType
from typing import Any, Final

from hydroflow_nb.changing import text_of
from hydroflow_nb.effects import PUTTING, READING
from hydroflow_nb.engine.derived import Derived
from hydroflow_nb.lattices import Lattice
from hydroflow_nb.purity import READING_METHODS, ImpureError, Path, Relied, relied_on_by_text

_UNBOUND: Final = object()
_ATOMS: Final = frozenset(
    {int, float, complex, str, bytes, bool, NoneType, range, date, datetime, time, timedelta, Decimal, Fraction}
)
_CONTAINERS: Final = frozenset({list, dict, set, deque, defaultdict, OrderedDict, Counter})
_OPERATORS: Final = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "neg", "pos", "not_", "and_", "or_", "xor"),
    *("eq", "ne", "lt", "le", "gt", "ge", "getitem", "contains"),
)
# By identity: what a name is bound to may compare itself in its own way.
_PURE: Final = {
    id(one)
    for one in (
        *(getattr(builtins, name) for name in READING | {"chr", "ord", "pow", "bin", "hex", "oct", "format"}),
        *(one for module in (math, cmath) for one in vars(module).values() if callable(one)),
        *(getattr(operator, name) for name in _OPERATORS),
        *(bytes, complex, slice, type, *_ATOMS, *_CONTAINERS),
    )
}
# What `Relied.own` may name.
_OWN: Final = {**{one.__name__: one for one in (set, frozenset, dict, max, min)}, "defaultdict": defaultdict}
_DEEPEST: Final = 20


class Steady(Derived):
    """What names were bound to, and what that relies on, when a flow looked at them.

    `impure` tells why that may give something else in another tick, in words that follow "it"; empty where it does not.
    """

    __slots__ = ("_found", "_known", "_namespace", "impure")

    def __init__(self, namespace: Mapping[str, Any], relied: Relied) -> None:
        self._namespace = namespace
        self._found: list[tuple[Path, Mapping[str, Any], Any]] = []
        self._known: set[tuple[int, Path]] = set()
        self.impure = ""
        try:
            self._follow(namespace, relied, 0)
        except ImpureError as impure:
            self.impure = str(impure)

    def holds(self, namespace: Mapping[str, Any]) -> bool:
        """Whether all these names are bound to the same in this namespace."""
        if namespace is not self._namespace:
            return False
        for path, names, value in self._found:
            if (names.get(path[0], _UNBOUND) if len(path) == 1 else value_of(path, names)) is not value:
                return False
        return True

    def _follow(self, namespace: Mapping[str, Any], relied: Relied, depth: int) -> None:
        for path in (*relied.classes, *relied.own):
            self._found.append((path, namespace, _bound(path, namespace)))
        for path in relied.own:
            if value_of(path, namespace) is not _OWN[path[-1]]:
                raise ImpureError(f"uses `{path[-1]}`, which is not Python's own")
        for paths, accumulates in ((relied.values, False), (relied.folds, True)):
            for path in paths:
                if (id(namespace), path) in self._known:
                    continue
                self._known.add((id(namespace), path))
                self._found.append((path, namespace, _bound(path, namespace)))
                try:
                    self._look_at(path, namespace, depth, accumulates=accumulates)
                except ImpureError as impure:
                    raise ImpureError(f"uses `{'.'.join(path)}`, which {impure}") from None

    def _look_at(self, path: Path, namespace: Mapping[str, Any], depth: int, *, accumulates: bool) -> None:
        for end in range(1, len(path)):
            _must_be_fixed(value_of(path[:end], namespace))
        value = value_of(path, namespace)
        if not isinstance(value, FunctionType):
            _must_be_pure(value, accumulates=accumulates)
        elif depth < _DEEPEST:
            self._function(value, depth, accumulates=accumulates)
        else:
            raise ImpureError("calls too many others")

    def _function(self, function: FunctionType, depth: int, *, accumulates: bool) -> None:
        code = function.__code__
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            _must_be_value(default)
        relied = _relied_on(code, accumulates)
        # Another function may bind the variables anew that it closes over, which is seen nowhere.
        closed = {path for path in relied.values if path[0] in code.co_freevars}
        if closed:
            raise ImpureError(f"closes over `{min(closed)[0]}`")
        self._follow(function.__globals__, relied, depth + 1)


def _bound(path: Path, namespace: Mapping[str, Any]) -> Any:
    """What `Steady.holds` compares: a name alone that is Python's own is bound to nothing in a namespace."""
    return namespace.get(path[0], _UNBOUND) if len(path) == 1 else value_of(path, namespace)


def value_of(path: Path, namespace: Mapping[str, Any]) -> Any:
    """What a name, with those of attributes behind it, is bound to, without running anybody's code."""
    value = namespace.get(path[0], _UNBOUND)
    if value is _UNBOUND:
        value = getattr(builtins, path[0], _UNBOUND)
    for name in path[1:]:
        if isinstance(value, ModuleType):
            value = vars(value).get(name, _UNBOUND)
        elif type(value) in _ATOMS:
            value = getattr(type(value), name, _UNBOUND)
        else:
            value = inspect.getattr_static(value, name, _UNBOUND)
    return value


def _must_be_fixed(value: Any) -> None:
    """Raise ImpureError for an object whose attributes may be set, other than a module or a class."""
    if not (isinstance(value, ModuleType | type) or type(value) in _ATOMS):
        raise ImpureError(f"is a part of a {type(value).__name__}, which can change")


def _must_be_pure(value: Any, *, accumulates: bool) -> None:
    if id(value) in _PURE:
        return
    if isinstance(value, type):
        if not _is_plain_class(value):
            raise ImpureError("is a class that may do more than keep what it is given")
    elif isinstance(value, MethodDescriptorType):
        # What a container's method gives depends on the container; to change one is for folds alone.
        known = PUTTING if value.__objclass__ in _CONTAINERS and accumulates else READING_METHODS
        if value.__name__ not in known or (value.__objclass__ in _CONTAINERS and not accumulates):
            raise ImpureError("is not known to have no effects")
    else:
        _must_be_value(value)


def _is_plain_class(kind: type) -> bool:
    if issubclass(kind, Lattice | enum.Enum) or kind.__module__.partition(".")[0] == "hydroflow_nb":
        return True
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return True
    has_own = hasattr(kind, "__post_init__") or kind.__new__ is not object.__new__ or kind.__eq__ is object.__eq__
    return is_dataclass(kind) and not has_own


def _must_be_value(value: Any) -> None:
    """Raise ImpureError for what can change."""
    kind = type(value)
    if kind in _ATOMS or isinstance(value, enum.Enum):
        return
    if isinstance(value, tuple | frozenset):
        for part in value:
            _must_be_value(part)
        return
    if value is _UNBOUND:
        raise ImpureError("is bound to nothing")
    if isinstance(value, type):
        return
    if isinstance(value, BuiltinFunctionType):
        raise ImpureError("is not known to have no effects")
    raise ImpureError(f"is bound to a {kind.__name__}, which can change")


@lru_cache(maxsize=1024)
def _read(code: CodeType, accumulates: bool) -> Relied | str:
    text = text_of(code) or _lambda_of(code)
    if text is None:
        return "is a function whose text cannot be read"
    try:
        return relied_on_by_text(text, accumulates=accumulates)
    except ImpureError as impure:
        return str(impure)


def _relied_on(code: CodeType, accumulates: bool) -> Relied:
    found = _read(code, accumulates)
    if isinstance(found, str):
        raise ImpureError(found)
    return found


def _lambda_of(code: CodeType) -> ast.Lambda | None:
    """The tree of a lambda; None where its text cannot be read, or is not the only one that it may be."""
    if code.co_name != "<lambda>" or code.co_freevars:
        return None
    try:
        module = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except Exception:  # there is no text, or the text is a part of a statement
        return None
    found = [node for node in ast.walk(module) if isinstance(node, ast.Lambda)]
    same = [node for node in found if _code_of(node) == (code.co_code, code.co_names, code.co_varnames, code.co_consts)]
    return same[0] if same else None


def _code_of(node: ast.Lambda) -> tuple[Any, ...]:
    outer = compile(ast.Expression(body=node), "<text>", "eval")
    code = next(one for one in outer.co_consts if isinstance(one, CodeType))
    return code.co_code, code.co_names, code.co_varnames, code.co_consts
