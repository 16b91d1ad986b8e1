"""Which items in the body of a loop cannot change, so that a recording may keep them as they are.

What is known of a value is how deep its tuples go: an atom (a number, a text, None, ...) has the depth 0, a tuple of
atoms the depth 1. Python's operators make atoms of atoms. It is known by the form of the code alone, once it is known
of the items of the loop: the recorder looks at these together, before the loop runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from hydroflow_nb.codegen.tapped import Split, Tapped, blocks_of, duplicated, taps_in
from hydroflow_nb.trees import walk

# What a recorder can find out of many items together: that all are atoms, or that all are atoms or tuples of them.
DEPTHS = (1, 0)
_DEEPEST = 4
_LONGEST = 50
# An item is looked at by its parts where it has at most so many that are not known.
_MOST_PARTS = 4
_ATOMS = (int, float, str, bool, bytes, complex, type(None))


def premise(item: ast.expr, body: Sequence[ast.stmt]) -> int | None:
    """What has to be known of a loop's items so that most is known in its body, as a depth; None where that does not
    matter. The taps of the body are marked with what is known without it.
    """
    known = {}
    for depth in (None, *DEPTHS):
        copies = duplicated(body)
        mark(item, copies, depth)
        known[depth] = sum(tap.is_known for tap in taps_in(copies))
    mark(item, body, None)
    best = max(DEPTHS, key=lambda depth: known[depth])
    return best if known[best] > known[None] else None


def mark(item: ast.expr, body: Sequence[ast.stmt], depth: int | None) -> None:
    """Mark the taps of a loop's body with what is known of their items, where the loop's items are of this depth."""
    facts = _Facts()
    facts.bind(item, depth)
    if isinstance(item, ast.Name) and depth is not None:
        facts.given = item.id
    facts.go_through(body)


class _Facts:
    """What is known of variables while one goes through a block."""

    def __init__(self) -> None:
        self.depths: dict[str, int] = {}
        # The parts of which a tuple is made that a variable holds, as far as they are not known; and the other way.
        self.parts: dict[str, tuple[str, ...]] = {}
        self.given: str | None = None

    def copy(self) -> _Facts:
        copy = _Facts()
        copy.depths, copy.parts, copy.given = dict(self.depths), dict(self.parts), self.given
        return copy

    def both(self, one: _Facts, other: _Facts) -> None:
        """Of two ways to come here, one was taken."""
        self.depths = {
            name: max(depth, other.depths[name]) for name, depth in one.depths.items() if name in other.depths
        }
        self.parts = {name: parts for name, parts in one.parts.items() if other.parts.get(name) == parts}
        self.given = one.given if one.given == other.given else None

    def forget(self, names: Iterable[str]) -> None:
        """These variables are set to what is not known."""
        for name in names:
            self.depths.pop(name, None)
            self.parts = {made: parts for made, parts in self.parts.items() if made != name and name not in parts}
            if name == self.given:
                self.given = None

    def bind(self, target: ast.expr, depth: int | None) -> None:
        """A variable, or a pattern of such, is set to a value."""
        self.forget(_stored([target]))
        if depth is None:
            return
        match target:
            case ast.Name(id=name):
                self.depths[name] = depth
            case ast.Tuple(elts=inner) if not any(isinstance(part, ast.Starred) for part in inner):
                for part in inner:
                    self.bind(part, max(depth - 1, 0))

    # --- statements --------------------------------------------------------------------------------------------------

    def go_through(self, block: Sequence[ast.stmt]) -> None:
        for statement in block:
            match statement:
                case Tapped(item=item) if item is not None:
                    depth = self.depth(item)
                    statement.is_known = depth is not None
                    statement.is_given = isinstance(item, ast.Name) and item.id == self.given
                    statement.parts = self.unknown_parts(item) or ()
                case Split(item=item, kept=kept):
                    self._loop(kept, item, None)
                case ast.For(target=target, iter=items, body=body, orelse=orelse):
                    self._loop([*body, *orelse], target, self._depth_of_each(items))
                case ast.While(body=body, orelse=orelse):
                    self._loop([*body, *orelse])
                case ast.If(body=body, orelse=orelse):
                    one, other = self.copy(), self.copy()
                    one.go_through(body)
                    other.go_through(orelse)
                    self.both(one, other)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    depth, parts = self.depth(value), self.unknown_parts(value)
                    self.forget([name])
                    if depth is not None:
                        self.depths[name] = depth
                    elif parts and name not in parts:
                        self.parts[name] = parts
                case ast.Assign(targets=[target], value=value):
                    self.bind(target, self.depth(value))
                case ast.AugAssign(target=ast.Name(id=name), value=value):
                    is_atom = self.depths.get(name) == 0 and self.depth(value) == 0
                    self.forget([name])
                    if is_atom:
                        self.depths[name] = 0
                case _:
                    self._anything(statement)

    def _loop(self, body: Sequence[ast.stmt], target: ast.expr | None = None, depth: int | None = None) -> None:
        # What an iteration sets is there in the next one.
        self.forget(_stored(body))
        inside = self.copy()
        if target is not None:
            inside.bind(target, depth)
            self.forget(_stored([target]))
        inside.go_through(body)

    def _anything(self, statement: ast.stmt) -> None:
        # A block of a `try` may have been left anywhere.
        for block in blocks_of(statement):
            inside = self.copy()
            if not isinstance(statement, ast.Try) or block is not statement.body:
                inside.forget(_stored([statement]))
            inside.go_through(block)
        self.forget(_stored([statement]))

    # --- values ------------------------------------------------------------------------------------------------------

    def depth(self, value: ast.expr) -> int | None:
        """How deep the tuples of a value go; None where it may be something that can change."""
        match value:
            case ast.Constant(value=constant):
                return 0 if type(constant) in _ATOMS else None
            case ast.Name(id=name):
                return self.depths.get(name)
            case ast.Tuple(elts=parts):
                return self._depth_of_tuple(parts)
            case ast.UnaryOp(op=ast.Not()):
                return 0
            case ast.UnaryOp(operand=operand):
                return 0 if self.depth(operand) == 0 else None
            case ast.BinOp(left=left, right=right):
                return 0 if self.depth(left) == 0 and self.depth(right) == 0 else None
            case ast.Compare(left=left, comparators=comparators):
                return 0 if self._deepest([left, *comparators]) is not None else None
            case ast.BoolOp(values=values):
                return self._deepest(values)
            case ast.IfExp(body=body, orelse=orelse):
                return self._deepest([body, orelse])
            case ast.JoinedStr(values=values):
                shown = [part.value for part in values if isinstance(part, ast.FormattedValue)]
                return 0 if self._deepest(shown) is not None else None
            case ast.Subscript(value=within, slice=index):
                return self._depth_of_part(within, index)
        return None

    def _deepest(self, values: Sequence[ast.expr]) -> int | None:
        depths = [self.depth(value) for value in values]
        found = [depth for depth in depths if depth is not None]
        return max(found, default=0) if len(found) == len(depths) else None

    def _depth_of_tuple(self, parts: Sequence[ast.expr]) -> int | None:
        deepest = self._deepest(parts)
        if deepest is None or deepest >= _DEEPEST or len(parts) > _LONGEST:
            return None
        return deepest + 1

    def _depth_of_part(self, within: ast.expr, index: ast.expr) -> int | None:
        depth = self.depth(within)
        if depth is None:
            return None
        if isinstance(index, ast.Slice):
            bounds = [bound for bound in (index.lower, index.upper, index.step) if bound is not None]
            return depth if self._deepest(bounds) is not None else None
        return max(depth - 1, 0) if self.depth(index) == 0 else None

    def _depth_of_each(self, items: ast.expr) -> int | None:
        match items:
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return self._deepest(parts)
        depth = self.depth(items)
        return None if depth is None else max(depth - 1, 0)

    def unknown_parts(self, value: ast.expr) -> tuple[str, ...] | None:
        """Variables: a tuple that is made of them cannot change where they hold atoms; None where that is not known."""
        match value:
            case ast.Name(id=name) if name in self.parts:
                return self.parts[name]
            case ast.Tuple(elts=elts) if len(elts) <= _LONGEST and self._nested(value) <= _DEEPEST:
                found: dict[str, None] = {}
                for part in elts:
                    if self.depth(part) is not None:
                        continue
                    inner = self.unknown_parts(part)
                    if inner is None and isinstance(part, ast.Name):
                        inner = (part.id,)
                    if inner is None:
                        return None
                    found |= dict.fromkeys(inner)
                return tuple(found) if len(found) <= _MOST_PARTS else None
        return None

    def _nested(self, value: ast.expr) -> int:
        """How deep tuples are written in each other; a variable counts as deep as is known."""
        if isinstance(value, ast.Tuple):
            return 1 + max(map(self._nested, value.elts), default=0)
        if isinstance(value, ast.Name) and value.id in self.parts:
            return _DEEPEST
        return self.depth(value) or 0


def _stored(statements: Iterable[ast.AST]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Split):
            yield from _stored([statement.item, *statement.kept])
            continue
        for node in walk(statement):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.ExceptHandler | ast.FunctionDef) and node.name:
                yield node.name
            elif isinstance(node, Split):
                yield from _stored([node.item, *node.kept])
