"""How recorded code keeps what goes over the edges, and how it counts the rest.

Where an item goes over an edge, the generator leaves a `Tapped`; when a subgraph's code is whole, `Taps` puts
statements in their place. Taps that stand in a row see as many items each: what they keep of one pass is one row, put
into one list. An edge that has taps in several places has a list of its own, so that its items stay in their order.

The loops of a run are there twice, below a loop over what the recorder gives out: the iterations that are kept, and
those that are only counted (`Split`). In the latter nothing is kept, and a tuple that nobody needs is not built. A
block of code has one counter for all edges in it, and a branch counts for the block around it where it stands at its
end, so that one item is counted in one place (after Ball and Larus, Optimally Profiling and Tracing Programs, 1994).
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Sequence

from hydroflow_nb.codegen import inline, unchanging
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.codegen.tapped import (
    Split,
    Tapped,
    TappedRow,
    blocks_of,
    counted_only,
    duplicated,
    for_loop,
    is_compound,
    leaves_loop,
    taps_in,
)
from hydroflow_nb.codegen.variables import Variables
from hydroflow_nb.engine.keeping import GivenPlan, LoopPlan, Rows, RunPlan, TapPlan


class Taps:
    """Puts statements in the place of taps, one subgraph after the other."""

    def __init__(self, variables: Variables) -> None:
        self.plan = TapPlan()
        self._variables = variables
        self._run = RunPlan()
        self._loop: LoopPlan | None = None
        self._in_split = False
        # The wires that are tapped in several places of the subgraph, with the lists of their items.
        self._apart: dict[int, Rows | None] = {}
        self._lists = 0
        self._counters = 0

    def placed(self, subgraph: int, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a subgraph's run, its taps in place."""
        self._run = self.plan.runs[subgraph] = RunPlan()
        found = Counter(tap.wire for tap in taps_in(statements) if tap.item is not None)
        self._apart = {wire: None for wire, places in found.items() if places > 1}
        return self._kept(statements, inner=False)

    # --- kept items --------------------------------------------------------------------------------------------------

    def _kept(self, block: Sequence[ast.stmt], *, inner: bool, given: Rows | None = None) -> list[ast.stmt]:
        """A block that keeps items; `inner` where it may be repeated more often than the recorder allows for. `given`
        is the list of the items of the loop whose block it is.
        """
        written: list[ast.stmt] = []
        row: TappedRow | None = None
        for statement in block:
            if isinstance(statement, Tapped):
                assert statement.item is not None
                if statement.wire in self._apart:
                    apart = self._appended_apart(statement, inner=inner)
                    written, row = self._with(written, row, apart)
                    continue
                if row is None:
                    row = TappedRow()
                row.add(statement)
            elif row is not None and not is_compound(statement):
                row.then(statement)
            else:
                written += self._closed(row, given, inner=inner)
                row = given = None
                written.append(self._inside(statement, inner=inner))
        return written + self._closed(row, given, inner=inner)

    def _with(
        self, written: list[ast.stmt], row: TappedRow | None, statement: ast.stmt
    ) -> tuple[list[ast.stmt], TappedRow | None]:
        if row is None:
            written.append(statement)
        else:
            row.then(statement, is_safe=True)
        return written, row

    def _inside(self, statement: ast.stmt, *, inner: bool) -> ast.stmt:
        if isinstance(statement, Split):
            if not inner and not self._in_split:
                return self._split(statement)
            body = self._kept(statement.kept, inner=True)
            return for_loop(statement.item, statement.items, body, statement.position)
        is_loop = isinstance(statement, (ast.For, ast.While))
        if is_loop and not any(taps_in([statement])):
            return statement
        may_split = not inner and not self._in_split
        if isinstance(statement, ast.For) and may_split and not statement.orelse and not leaves_loop(statement.body):
            position = Position.of(statement)
            counted = [counted_only(one) for one in duplicated(statement.body)]
            begun = ast.Call(func=inline.load(self._name("iter"), position), args=[statement.iter], keywords=[])
            return self._split(Split(statement.target, position.set(begun), statement.body, counted, position))
        for blocks in blocks_of(statement):
            blocks[:] = self._kept(blocks, inner=inner or is_loop) or [ast.copy_location(ast.Pass(), statement)]
        return statement

    def _split(self, split: Split) -> ast.stmt:
        position = split.position
        number = 1 + sum(len(run.loops) for run in self.plan.runs.values())
        loop = self._run.loops[number] = LoopPlan(number=number)
        depth = unchanging.premise(split.item, split.kept)
        unchanged = duplicated(split.kept) if depth is not None else []
        most = self._variables.names.free("most_kept_now")
        kept, loop.rows = self._kept_part(split.kept, None, most, position)
        ways = {"kept_part": kept}
        if depth is not None:
            unchanging.mark(split.item, unchanged, depth)
            self._lists += 1
            rows = self._run.rows[self._lists] = Rows(number=self._lists, columns={}, given=True)
            written, filled = self._kept_part(unchanged, rows, most, position)
            loop.given = GivenPlan(depth=depth, rows=filled, given=rows.number if rows.columns else None)
            ways = {"given_part": written, **ways}
        self._loop = loop
        ways["counted_part"] = self._counted(split.counted, (), position, counts_itself=True)
        self._loop = None
        names = {way: self._variables.names.free(way) for way in ("given_part", *ways)}
        targets = ", ".join([names["given_part"], names["kept_part"], names["counted_part"], most])
        parts = position.statement(f"for {targets} in {self._name('parts')}({number}, None): pass")
        assert isinstance(parts, ast.For)
        assert isinstance(parts.iter, ast.Call)
        parts.iter.args[1] = split.items
        parts.body = [
            for_loop(copy.deepcopy(split.item), _only(names[way], position), body, position)
            for way, body in ways.items()
        ]
        return parts

    def _kept_part(
        self, block: Sequence[ast.stmt], given: Rows | None, most: str, position: Position
    ) -> tuple[list[ast.stmt], list[int]]:
        """One way to keep the items of a loop, which ends where a list is full; and the lists that it fills."""
        before = set(self._run.rows)
        places = list(taps_in(block))
        self._in_split = True
        kept = self._kept(block, inner=False, given=given)
        self._in_split = False
        filled = [rows for rows in self._run.rows.values() if rows.number not in before]
        if given is not None and given.columns:
            filled.append(given)
        filled += [rows for tap in places if (rows := self._apart.get(tap.wire)) and rows not in filled]
        full = [rows for rows in filled if rows.overflow]
        if full:
            tests = " or ".join(f"{self._name('len')}({self._list(rows.number)}) >= {most}" for rows in full)
            kept.append(position.when(tests, [position.set(ast.Break())]))
        return kept, [rows.number for rows in filled]

    def _closed(self, row: TappedRow | None, given: Rows | None, *, inner: bool) -> list[ast.stmt]:
        """The statements of a row: its items are looked at where they pass, and put away together. Those that are
        `given` are put away by the recorder.
        """
        if row is None:
            return []
        rows = self._new_rows({}, inner=inner)
        # The kept values, by column; the column of each variable, and whether it may have changed since.
        values: list[ast.expr] = []
        named: dict[str, int] = {}
        changed: set[str] = set()
        written: list[ast.stmt] = []
        attempts: list[tuple[ast.Try, int, int, int]] = []
        for index, (tap, behind) in enumerate(row.parts):
            assert tap.item is not None
            name = tap.item.id if isinstance(tap.item, ast.Name) else None
            if given is not None and tap.is_given:
                given.columns[tap.wire] = 0
            elif name is not None and name in named:
                rows.columns[tap.wire] = named[name]
                if name in changed and not tap.is_known:
                    written.append(self._kept_again(rows, tap, values[named[name]]))
            else:
                value = self._kept_item(tap)
                later = [behind for _, behind in row.parts[index:-1]]
                if any(name in one.stores if tap.is_known else one.risks for one in later):
                    held = self._variables.names.free(f"kept_{tap.wire}")
                    written.append(inline.assign(held, value, tap.position))
                    value = inline.load(held, tap.position)
                rows.columns[tap.wire] = len(values)
                if name is not None:
                    named[name] = len(values)
                values.append(value)
            for stored in behind.stores:
                named.pop(stored, None)
                changed.discard(stored)
            if index == len(row.parts) - 1:
                continue
            if behind.risks:
                # What is done next may raise: what has passed by then is kept. It may change an item, too.
                changed |= named.keys()
                tried = tap.position.statement(f"try: pass\nexcept {self._name('BaseException')}: raise")
                assert isinstance(tried, ast.Try)
                tried.body = behind.statements
                attempts.append((tried, len(values), len(rows.columns), len(given.columns) if given else 0))
                written.append(tried)
            else:
                written += behind.statements
        useless: list[ast.stmt] = []
        is_row = rows.width > 1
        for tried, width, passed, passed_given in attempts:
            position = Position.of(tried)
            told: list[ast.stmt] = []
            if given is not None and passed_given < len(given.columns):
                told.append(position.statement(f"{self._name('broken')}({given.number}, None, {passed_given})"))
            if passed:
                put = position.statement(f"{self._name('broken')}({rows.number}, None, {passed})")
                assert isinstance(put, ast.Expr)
                assert isinstance(put.value, ast.Call)
                put.value.args[1] = self._row(values[:width], position, is_row=is_row)
                told.append(put)
            tried.handlers[0].body[:0] = told
            if not told:
                useless.append(tried)
        last, behind = row.parts[-1]
        if values:
            written.append(self._appended(rows, self._row(values, last.position, is_row=is_row), last.position))
        else:
            del self._run.rows[rows.number]
        written = [
            inside
            for statement in written
            for inside in (statement.body if isinstance(statement, ast.Try) and statement in useless else [statement])
        ]
        return [*written, *behind.statements]

    def _row(self, values: list[ast.expr], position: Position, *, is_row: bool) -> ast.expr:
        copies = [inline.copied(value, {}) for value in values]
        return position.set(ast.Tuple(elts=copies, ctx=ast.Load())) if is_row else copies[0]

    def _kept_again(self, rows: Rows, tap: Tapped, kept: ast.expr) -> ast.stmt:
        """An item that was kept in this row already: it is kept anew if it is one that can have changed since."""
        assert isinstance(tap.item, ast.Name)
        assert isinstance(kept, ast.Name)
        self._lists += 1
        rows.again[tap.wire] = self._lists
        at, item = f"{self._name('len')}({self._list(rows.number)})", tap.item.id
        put = f"{self._list(self._lists)}.append(({at}, {self._name('keeps')}({item})))"
        return tap.position.when(f"{kept.id} is not {item}", [tap.position.statement(put)])

    def _appended_apart(self, tap: Tapped, *, inner: bool) -> ast.stmt:
        rows = self._apart[tap.wire]
        if rows is None:
            rows = self._apart[tap.wire] = self._new_rows({tap.wire: 0}, inner=inner)
        elif inner and rows.overflow is None:
            rows.overflow = self._counter()
        return self._appended(rows, self._kept_item(tap), tap.position, may_be_full=inner)

    def _new_rows(self, columns: dict[int, int], *, inner: bool) -> Rows:
        self._lists += 1
        rows = Rows(number=self._lists, columns=columns, overflow=self._counter() if inner else None)
        self._run.rows[rows.number] = rows
        return rows

    def _kept_item(self, tap: Tapped) -> ast.expr:
        """The item where it cannot change, else what the recorder makes of it."""
        assert tap.item is not None
        item, position = tap.item, tap.position
        if tap.is_known or not isinstance(item, ast.Name):
            return inline.copied(item, {})
        parts = tap.parts or (item.id,)
        looked = " and ".join(f"{self._name('type')}({part}) in {self._name('atoms')}" for part in parts)
        text = f"{item.id} if {looked} else {self._name('keeps')}({item.id})"
        return position.set_all(ast.parse(text, mode="eval").body)

    def _appended(self, rows: Rows, row: ast.expr, position: Position, *, may_be_full: bool = True) -> ast.stmt:
        put = position.statement(f"{self._list(rows.number)}.append(None)")
        assert isinstance(put, ast.Expr)
        assert isinstance(put.value, ast.Call)
        put.value.args = [row]
        if rows.overflow is None or not may_be_full:
            return put
        test = f"{self._name('len')}({self._list(rows.number)}) < {self._most()}"
        choice = position.when(test, [put])
        choice.orelse = [position.statement(f"{self._rebound(rows.overflow)} += 1")]
        return choice

    # --- counted items -----------------------------------------------------------------------------------------------

    def _counted(
        self, block: Sequence[ast.stmt], carried: Sequence[int], position: Position, *, counts_itself: bool = False
    ) -> list[ast.stmt]:
        """A block that counts its wires, and `carried` ones as often as it runs.

        One that `counts_itself` is the body of a loop whose iterations are counted outside.
        """
        assert self._loop is not None
        wires = [*carried, *(one.wire for one in block if isinstance(one, Tapped))]
        position = next((one.position for one in block if isinstance(one, Tapped)), position)
        statements = [one for one in block if not isinstance(one, Tapped)]
        if counts_itself:
            self._loop.direct += wires
            wires = []
        written: list[ast.stmt] = []
        last = statements[-1] if statements else None
        at_end = (
            bool(wires)
            and isinstance(last, ast.If)
            and any(taps_in([last]))
            and not any(isinstance(node, (ast.Break, ast.Continue)) for one in statements for node in ast.walk(one))
        )
        if wires and not at_end:
            written.append(self._count(wires, position))
        for statement in statements:
            if at_end and statement is last:
                assert isinstance(statement, ast.If)
                statement.body = self._counted(statement.body, wires, position)
                statement.orelse = self._counted(statement.orelse, wires, position) or [self._count(wires, position)]
            elif isinstance(statement, Split):
                body = self._counted(statement.counted, (), position)
                written.append(for_loop(statement.item, statement.items, body, statement.position))
                continue
            elif any(taps_in([statement])):
                for inside in blocks_of(statement):
                    inside[:] = self._counted(inside, (), position) or [ast.copy_location(ast.Pass(), statement)]
            written.append(statement)
        return written

    def _count(self, wires: Sequence[int], position: Position) -> ast.stmt:
        assert self._loop is not None
        name = self._counter()
        self._loop.counters[name] = list(wires)
        return position.statement(f"{self._rebound(name)} += 1")

    # --- names -------------------------------------------------------------------------------------------------------

    def _name(self, of: str) -> str:
        return self._variables.of_runtime(of)

    def _list(self, number: int) -> str:
        return self._name(f"kept_rows_{number}")

    def _counter(self) -> str:
        self._counters += 1
        name = self._variables.names.free(f"counted_{self._counters}")
        self._variables.count(name)
        return name

    def _rebound(self, name: str) -> str:
        self._variables.rebound.add(name)
        return name

    def _most(self) -> str:
        if not self.plan.most:
            self.plan.most = self._variables.names.free("most_kept")
            self._variables.count(self.plan.most)
        return self.plan.most


def _only(name: str, position: Position) -> ast.expr:
    """What a tuple of one holds."""
    statement = position.statement(f"{name}[0]")
    assert isinstance(statement, ast.Expr)
    return statement.value
