"""The laws of functions that fold, read from how they are written, together with what the accumulator begins with.

Nothing is guessed: a form that is not in the table here is unknown. What is taken for granted is said in
`docs/correctness.md`: items are not changed after they were emitted, numbers are exact, and what comes is of the kind
that the accumulator begins with.
"""

from __future__ import annotations

import ast
import builtins
import operator
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from hydroflow_nb.correctness.given import Given
from hydroflow_nb.correctness.written import MISSING, Written, of_value
from hydroflow_nb.expressions import Binding
from hydroflow_nb.expressions import Sequence as Parts
from hydroflow_nb.lattices import Lattice, merge_owned, merged
from hydroflow_nb.lattices.laws import declared
from hydroflow_nb.operators.rules.content import EVERY_SENSE, Sense
from hydroflow_nb.operators.rules.rule import Law
from hydroflow_nb.records import dataclass

# How far functions that call functions are followed.
_DEPTH: Final = 8
# The accumulator begins with the first item, as in `reduce`; or with a value that could not be found out.
FIRST_ITEM: Final = object()
UNKNOWN: Final = object()


@dataclass(frozen=True, kw_only=True)
class FoldLaws:
    """What is known of a function that folds: True, False, or None where it cannot be told.

    `words` say what it does, behind an operator's name. `how` says how it is known: "by form", "by class", "declared".
    """

    commutes: bool | None = None
    forgives: bool | None = None
    rises: bool | None = None
    keeps_first: bool = False
    senses: frozenset[Sense] = EVERY_SENSE
    is_lattice: bool = False
    words: str = "uses a function that cannot be judged"
    how: str = "by form"


STRANGE: Final = FoldLaws()
_SUM: Final = FoldLaws(commutes=True, forgives=False, words="adds up what comes")
_PRODUCT: Final = FoldLaws(commutes=True, forgives=False, rises=False, words="counts each item with its number")
_GREATEST: Final = FoldLaws(
    commutes=True, forgives=True, rises=True, senses=frozenset({Sense.COMPARES}), words="keeps the greatest"
)
_LEAST: Final = FoldLaws(commutes=True, forgives=True, rises=False, words="keeps the least")
_BY_KEY: Final = FoldLaws(forgives=True, words="keeps the first of those that are equal by their key")
_COLLECTS: Final = frozenset({Sense.COMPARES, Sense.COLLECTS})
_SET: Final = FoldLaws(commutes=True, forgives=True, rises=True, senses=_COLLECTS, words="collects a set")
_COMMON: Final = FoldLaws(
    commutes=True, forgives=True, rises=False, senses=_COLLECTS, words="keeps what all have in common"
)
_MERGED: Final = FoldLaws(
    commutes=True, forgives=True, rises=True, is_lattice=True, words="merges what comes", how="by class"
)
_LIST: Final = FoldLaws(
    commutes=False, forgives=False, rises=True, words="keeps the items in the order in which they come"
)
# A list that something is put into, other than behind all others, may become less: `[1, 5] < [5]`.
_PUT_BEFORE: Final = replace(_LIST, rises=False)
_COUNTS: Final = FoldLaws(commutes=True, forgives=False, words="counts what comes")
_LAST: Final = FoldLaws(commutes=False, words="keeps what comes last")
_FIRST: Final = FoldLaws(commutes=False, forgives=True, keeps_first=True, words="keeps what comes first")
_STAYS: Final = FoldLaws(commutes=True, forgives=True, rises=True, words="keeps what it begins with")
_ANY: Final = FoldLaws(commutes=True, forgives=True, rises=True, words="tells whether one is true")
_ALL: Final = FoldLaws(commutes=True, forgives=True, rises=False, words="tells whether all are true")
_BITS: Final = FoldLaws(commutes=True, forgives=True, words="collects bits")


def laws_of(function: Written | None, value: Any, begin: Any) -> FoldLaws:
    """The laws of a function that folds into what begins so: as it is written, or by what its name stands for."""
    found = _of_written(function, begin) if function is not None else _of_value(value, begin)
    words = declared(value) if value is not MISSING else frozenset()
    return with_declared(found, words)


def with_declared(found: FoldLaws, words: frozenset[str]) -> FoldLaws:
    """The same with what is declared of the function."""
    folds = {word for word in words if Law(word).is_of_fold}
    if not folds:
        return found
    senses = found.senses if found.rises else frozenset({Sense.COMPARES})
    return replace(found, **dict.fromkeys(folds, True), senses=senses, how="declared")  # type: ignore[arg-type]


# --- by the value of a name ----------------------------------------------------------------------------------------


def _of_value(value: Any, begin: Any) -> FoldLaws:
    if value is MISSING:
        return STRANGE
    for known, form in _FUNCTIONS:
        if value is known:
            return form(begin, None)
    method = _METHODS_BY_VALUE.get(id(value))
    if method is not None:
        return _of_method(method, begin)
    function = of_value(value)
    if function is not None:
        return with_declared(_of_written(function, begin), declared(value))
    return with_declared(STRANGE, declared(value))


_SETS: Final = (set, frozenset)
_LISTS: Final = (str, bytes, list, tuple)
_DICTS: Final = (dict, defaultdict, OrderedDict)


def _is_of(begin: Any, *classes: type) -> bool:
    """Whether a value is of one of some classes itself: one of a class that is made of it may do otherwise."""
    return type(begin) in classes


def _of_sum(begin: Any, given: Given | None) -> FoldLaws:
    if _is_of(begin, int, bool):
        if given is None:
            return _SUM
        if given.is_zero:
            return replace(_SUM, forgives=True, rises=True)
        return STRANGE if given.is_inexact else replace(_SUM, rises=True if given.is_never_negative else None)
    return _LIST if _is_of(begin, *_LISTS) else STRANGE


def _of_product(begin: Any, given: Given | None) -> FoldLaws:
    return _PRODUCT if _is_of(begin, int, bool) and not (given is not None and given.is_inexact) else STRANGE


def _of_either(begin: Any, _given: Given | None) -> FoldLaws:
    if _is_of(begin, *_SETS):
        return _SET
    if _is_of(begin, *_DICTS):
        return _LAST
    return _BITS if _is_of(begin, int, bool) else STRANGE


def _of_both(begin: Any, _given: Given | None) -> FoldLaws:
    if _is_of(begin, *_SETS):
        return _COMMON
    return replace(_BITS, rises=False) if _is_of(begin, int, bool) else STRANGE


def _is_ordered(begin: Any) -> bool:
    """Whether values like this one have a total order, so that there is one greatest."""
    if begin is FIRST_ITEM or _is_of(begin, int, bool, float, str, bytes):
        return True
    # A tuple without names for its parts, or with them.
    return isinstance(begin, tuple) and type(begin).__lt__ is tuple.__lt__ and all(map(_may_decide, begin))


def _may_decide(part: Any) -> bool:
    """Whether a part of a tuple has a total order; None can only be compared with itself."""
    return part is None or _is_ordered(part)


def _of_greatest(begin: Any, _given: Given | None) -> FoldLaws:
    return _GREATEST if _is_ordered(begin) else STRANGE


def _of_least(begin: Any, _given: Given | None) -> FoldLaws:
    return _LEAST if _is_ordered(begin) else STRANGE


def _of_merge(begin: Any, _given: Given | None) -> FoldLaws:
    if begin is FIRST_ITEM or isinstance(begin, Lattice):
        own = isinstance(begin, Lattice) and type(begin).__module__.startswith("hydroflow_nb.")
        senses = _COLLECTS if getattr(begin, "collects", False) else frozenset({Sense.COMPARES})
        how = "by class" if begin is FIRST_ITEM or own else "declared"
        return replace(_MERGED, senses=senses, how=how)
    return STRANGE


_FUNCTIONS: Final[tuple[tuple[Any, Callable[[Any, Given | None], FoldLaws]], ...]] = (
    (builtins.max, _of_greatest),
    (builtins.min, _of_least),
    (operator.add, _of_sum),
    (operator.iadd, _of_sum),
    (operator.mul, _of_product),
    (operator.imul, _of_product),
    (operator.sub, _of_product),
    (operator.xor, _of_product),
    (operator.or_, _of_either),
    (operator.ior, _of_either),
    (operator.and_, _of_both),
    (operator.iand, _of_both),
    (merged, _of_merge),
    (merge_owned, _of_merge),
)

_BINARY: Final[dict[type[ast.operator], Callable[[Any, Given | None], FoldLaws]]] = {
    ast.Add: _of_sum,
    ast.Mult: _of_product,
    ast.BitXor: _of_product,
    ast.BitOr: _of_either,
    ast.BitAnd: _of_both,
}


def _of_method(name: str, begin: Any) -> FoldLaws:
    """A method of the accumulator that takes what comes."""
    match name:
        case "merge":
            # Of what comes first in a `reduce` nothing is known, and classes call other things `merge` too.
            return _of_merge(begin, None) if begin is not FIRST_ITEM else STRANGE
        case "add" | "update" | "union" if _is_of(begin, *_SETS):
            return _SET
        case "intersection" | "intersection_update" if _is_of(begin, *_SETS):
            return _COMMON
        case "append" | "extend" if _is_of(begin, list):
            return _LIST
        case "insert" if _is_of(begin, list):
            return _PUT_BEFORE
        case "update" if _is_of(begin, Counter):
            return _COUNTS
        case "update" | "setdefault" if _is_of(begin, *_DICTS):
            return _LAST
    return STRANGE


_METHODS: Final = {
    set: ("add", "update", "union", "intersection", "intersection_update"),
    frozenset: ("union", "intersection"),
    list: ("append", "extend", "insert"),
    dict: ("update", "setdefault"),
}
_METHODS_BY_VALUE: Final = {id(vars(owner)[name]): name for owner, names in _METHODS.items() for name in names}


# --- by form -------------------------------------------------------------------------------------------------------


def _of_written(function: Written, begin: Any, depth: int = 0) -> FoldLaws:
    if len(function.parameters) != 2 or depth > _DEPTH:
        return STRANGE
    accumulator = function.parameters[0]
    match accumulator:
        case Binding(name=name):
            return _Form(function=function, name=name, depth=depth).laws(function.body, begin)
        case Parts(items=items) if all(isinstance(item, Binding) for item in items):
            return _by_parts(function, [item.name for item in items if isinstance(item, Binding)], begin)
    names = function.bound[0]
    return _LAST if not function.uses(function.body, names) else STRANGE


def _by_parts(function: Written, names: list[str], begin: Any) -> FoldLaws:
    """A tuple, part by part."""
    body = function.body
    if not isinstance(body, ast.Tuple) or not isinstance(begin, tuple) or len(names) != len(body.elts) != 0:
        return STRANGE
    if len(begin) != len(names):
        return STRANGE
    parts = []
    for name, node, value in zip(names, body.elts, begin, strict=True):
        if function.uses(node, frozenset(names) - {name}):
            return STRANGE
        parts.append(_Form(function=function, name=name).laws(node, value))
    worst = next((part for part in parts if part.commutes is not True or part.forgives is not True), parts[0])
    return FoldLaws(
        commutes=_all(part.commutes for part in parts),
        forgives=_all(part.forgives for part in parts),
        rises=_all(part.rises for part in parts),
        senses=frozenset({Sense.PARTS, *frozenset.intersection(*(part.senses for part in parts))} - {Sense.COLLECTS}),
        words=worst.words,
        how=worst.how,
    )


def _all(known: Any) -> bool | None:
    answers = list(known)
    if False in answers:
        return False
    return None if None in answers else True


@dataclass(frozen=True, kw_only=True)
class _Form:
    """An expression that gives the new accumulator, and the accumulator's name in it."""

    function: Written
    name: str
    depth: int = 0

    def laws(self, node: ast.expr, begin: Any) -> FoldLaws:
        """What the form of the expression tells."""
        if not self._has(node):
            return _LAST
        if self._is(node):
            return _FIRST if begin is FIRST_ITEM else _STAYS
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(left, op, right, begin)
            case ast.IfExp():
                return self._choice(node, begin)
            case ast.BoolOp(op=op, values=[first, *others]) if self._is(first) and not any(map(self._has, others)):
                if not isinstance(begin, bool):
                    return _LAST
                if any(self._given(one).is_no_bool for one in others):
                    return STRANGE
                return _ANY if isinstance(op, ast.Or) else _ALL
            case (
                ast.List(elts=[ast.Starred(value=first), *others]) | ast.Tuple(elts=[ast.Starred(value=first), *others])
            ):
                if not self._is(first) or any(map(self._has, others)):
                    return STRANGE
                same = _is_of(begin, list if isinstance(node, ast.List) else tuple)
                return _LIST if same else replace(_LIST, rises=None)
            case ast.Call():
                return self._call(node, begin)
        return STRANGE

    def _is(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name

    def _has(self, node: ast.AST) -> bool:
        return self.function.uses(node, frozenset({self.name}))

    def _given(self, node: ast.expr) -> Given:
        return Given(node, self.function)

    def _binary(self, left: ast.expr, op: ast.operator, right: ast.expr, begin: Any) -> FoldLaws:
        if isinstance(op, ast.Sub) and self._is(left) and not self._has(right):
            return _of_product(begin, self._given(right))
        form = _BINARY.get(type(op))
        if form is None:
            return STRANGE
        if self._is(left) and not self._has(right):
            return form(begin, self._given(right))
        if self._is(right) and not self._has(left):
            found = form(begin, self._given(left))
            return _PUT_BEFORE if found is _LIST else found
        return STRANGE

    def _choice(self, node: ast.IfExp, begin: Any) -> FoldLaws:
        match node.test:
            case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                empty, full = node.body, node.orelse
            case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
                empty, full = node.orelse, node.body
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._greater(node, left, op, right, begin)
            case _:
                return STRANGE
        if self._is(left) and self._is(full) and not self._has(empty) and begin is None:
            return _FIRST
        return STRANGE

    def _greater(self, node: ast.IfExp, left: ast.expr, op: ast.cmpop, right: ast.expr, begin: Any) -> FoldLaws:
        """`x if x > a else a`, and what means the same."""
        if not isinstance(op, ast.Gt | ast.GtE | ast.Lt | ast.LtE):
            return STRANGE
        chosen, other = ast.dump(node.body), ast.dump(node.orelse)
        if {chosen, other} != {ast.dump(left), ast.dump(right)} or not (self._is(left) or self._is(right)):
            return STRANGE
        if self._has(right if self._is(left) else left):
            return STRANGE
        takes_greater = isinstance(op, ast.Gt | ast.GtE) == (chosen == ast.dump(left))
        return _of_greatest(begin, None) if takes_greater else _of_least(begin, None)

    def _call(self, node: ast.Call, begin: Any) -> FoldLaws:
        if any(isinstance(one, ast.Starred) for one in node.args):
            return STRANGE
        match node.func:
            case ast.Attribute(value=value, attr=method) if self._is(value):
                if node.keywords or any(map(self._has, node.args)):
                    return STRANGE
                return _of_method(method, begin)
        called = self.function.value(node.func)
        if called is MISSING:
            return STRANGE
        mine = [one for one in node.args if self._is(one)]
        others = [one for one in node.args if not self._is(one)]
        if len(mine) != 1 or any(map(self._has, others)):
            return STRANGE
        if called is builtins.max or called is builtins.min:
            if [one.arg for one in node.keywords] == ["key"] and not self._has(node.keywords[0].value):
                return _BY_KEY
            if node.keywords or not others:
                return STRANGE
            return (_of_greatest if called is builtins.max else _of_least)(begin, None)
        if node.keywords or len(node.args) != 2:
            return STRANGE
        if self._is(node.args[0]):
            return self._handed_on(called, others[0], begin)
        return STRANGE

    def _handed_on(self, called: Any, other: ast.expr, begin: Any) -> FoldLaws:
        """A function that is given the accumulator, and what is made of the item."""
        for known, form in _FUNCTIONS:
            if called is known:
                return form(begin, self._given(other))
        function = of_value(called)
        found = STRANGE if function is None else _of_written(function, begin, self.depth + 1)
        return with_declared(found, declared(called))
