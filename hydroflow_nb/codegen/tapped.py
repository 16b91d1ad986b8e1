"""Places in the code of a subgraph where items go over wires, until `taps` puts statements there."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

from hydroflow_nb.codegen.places import Position
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source
from hydroflow_nb.trees import walk

NOTHING = ast.Constant(value=None)
NOWHERE = Position(Source(text="", label="", filename="").span(0, 0))


class Tapped(ast.Pass):
    """A place where an item goes over a wire; `item` is None where it is only counted."""

    _fields = ()

    def __init__(self, wire: int = 0, item: ast.expr | None = None, position: Position = NOWHERE) -> None:
        super().__init__()
        self.wire = wire
        self.item = item
        self.position = position
        # What is known of the item where it is kept (`unchanging`): that it cannot change; that it is the one of the
        # loop; the variables that it is made of.
        self.is_known = False
        self.is_given = False
        self.parts: tuple[str, ...] = ()


class Split(ast.Pass):
    """A loop over items: its body with kept items, and the one with counted items."""

    _fields = ()

    def __init__(
        self,
        item: ast.expr = NOTHING,
        items: ast.expr = NOTHING,
        kept: Sequence[ast.stmt] = (),
        counted: Sequence[ast.stmt] = (),
        position: Position = NOWHERE,
    ) -> None:
        super().__init__()
        self.item = item
        self.items = items
        self.kept = kept
        self.counted = counted
        self.position = position


@dataclass
class Behind:
    """The statements between two taps: which variables they set, and whether they may raise or change an item."""

    statements: list[ast.stmt] = field(default_factory=list)
    stores: set[str] = field(default_factory=set)
    risks: bool = False


@dataclass
class TappedRow:
    """Taps in a row, each with what is done behind it."""

    parts: list[tuple[Tapped, Behind]] = field(default_factory=list)

    def add(self, tap: Tapped) -> None:
        """Add a tap."""
        self.parts.append((tap, Behind()))

    def then(self, statement: ast.stmt, *, is_safe: bool = False) -> None:
        """Add a statement behind the last tap."""
        behind = self.parts[-1][1]
        behind.statements.append(statement)
        behind.stores |= {
            node.id for node in walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        behind.risks = behind.risks or not (is_safe or _is_safe(statement))


_SAFE_VALUES = (ast.Name, ast.Constant, ast.Tuple, ast.Load, ast.Store)


def _is_safe(statement: ast.stmt) -> bool:
    """True where nothing is done but giving names to values."""
    return (
        isinstance(statement, ast.Assign)
        and all(isinstance(target, ast.Name) for target in statement.targets)
        and all(isinstance(node, _SAFE_VALUES) for node in walk(statement.value))
    )


def is_compound(statement: ast.stmt) -> bool:
    """True where a statement holds blocks."""
    return isinstance(statement, Split) or any(True for _ in blocks_of(statement))


def blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks inside of a statement that are not empty."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list) and block:
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body


def taps_in(statements: Iterable[ast.stmt]) -> Iterator[Tapped]:
    """The taps of statements, with those in their blocks."""
    for statement in statements:
        if isinstance(statement, Tapped):
            yield statement
        elif isinstance(statement, Split):
            yield from taps_in(statement.kept)
            yield from taps_in(statement.counted)
        else:
            for block in blocks_of(statement):
                yield from taps_in(block)


def duplicated(statements: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The statements with taps of their own; what holds no block is shared."""
    found: list[ast.stmt] = []
    for statement in statements:
        if isinstance(statement, Tapped):
            found.append(copy.copy(statement))
        elif isinstance(statement, Split):
            kept, counted = duplicated(statement.kept), duplicated(statement.counted)
            found.append(Split(statement.item, statement.items, kept, counted, statement.position))
        elif is_compound(statement):
            twin = copy.copy(statement)
            for name in ("body", "orelse", "finalbody"):
                if hasattr(twin, name):
                    setattr(twin, name, duplicated(getattr(twin, name)))
            if isinstance(twin, ast.Try):
                twin.handlers = [copy.copy(handler) for handler in twin.handlers]
                for handler in twin.handlers:
                    handler.body = duplicated(handler.body)
            found.append(twin)
        else:
            found.append(statement)
    return found


def counted_only(statement: ast.stmt) -> ast.stmt:
    """The statement with taps that only count."""
    for tap in taps_in([statement]):
        tap.item = None
    return statement


def leaves_loop(block: Iterable[ast.stmt]) -> bool:
    """True where a `break` of this loop stands in its body."""
    for statement in block:
        if isinstance(statement, ast.Break):
            return True
        if not isinstance(statement, (ast.For, ast.While)) and any(map(leaves_loop, blocks_of(statement))):
            return True
    return False


def for_loop(target: ast.expr, items: ast.expr, body: list[ast.stmt], position: Position) -> ast.stmt:
    """A loop."""
    return position.set(
        ast.For(target=target, iter=items, body=body or [position.set(ast.Pass())], orelse=[], lineno=position.line)
    )
