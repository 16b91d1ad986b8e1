"""The function that runs a flow's plain ticks: nobody looks on, and there is nothing to do but to run the strata.

What the engine does around a tick stands in it, and so do the strata: calls would make a tick of one item slower. What
waits is in variables of it until the code of a source goes through it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any, Final, cast

from hydroflow_nb.codegen.factory import factory_module
from hydroflow_nb.codegen.generate import GeneratedCode
from hydroflow_nb.codegen.holes import Holes
from hydroflow_nb.codegen.load import LoadedProgram, load_variant
from hydroflow_nb.codegen.names import Names
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.plain import Around, Plain, PlainShape
from hydroflow_nb.engine.turn import PLAIN
from hydroflow_nb.operators.record.emission import Part
from hydroflow_nb.records import dataclass

# The tree of the code of so many operators has more parts; what the engine does around a tick is little beside them.
_MOST: Final = 5_000


@dataclass(frozen=True, kw_only=True)
class PlainCode:
    """The code of the function, and its names for what it gets: the turn, the clock, `around`, which is what a tick
    rarely needs, what is told of `ends` of ticks, the queues that are `waiting`, by inbox, and what names that a run
    looks at were bound to, which are `known`. `rests` is as in `Plain`.
    """

    code: GeneratedCode
    turn: str
    clock: str
    around: str
    ends: str
    waiting: Mapping[str, Sequence[str]]
    known: Mapping[str, str]
    rests: tuple[str, ...]


def load_plain(
    plain: PlainCode, loaded: LoadedProgram, namespace: dict[str, Any], around: Around, filename: str
) -> Plain:
    """The function over the state of a loaded program."""
    more = {
        plain.turn: around.turn,
        plain.clock: loaded.context,
        plain.around: around,
        plain.ends: around.ends,
    }
    for name, bound in plain.known.items():
        more[bound] = namespace.get(name, vars(builtins).get(name))
    for name, waiting in plain.waiting.items():
        more.update(zip(waiting, loaded.cells[name].cell_contents.queues, strict=True))
    (run,) = load_variant(plain.code, loaded, namespace, more, filename)
    return Plain(run=cast(FunctionType, run), turn=plain.turn, rests=plain.rests)


def shape_of(code: GeneratedCode, loaded: LoadedProgram, around: Around) -> PlainShape:
    """What the code of plain ticks depends on, of a program whose ticks can be plain."""
    inboxes = {name: loaded.cells[name].cell_contents for name in code.parts[Part.INBOX]}
    return PlainShape(
        queues=tuple((name, len(one.queues)) for name, one in inboxes.items() if type(one) is not Inbox),
        tells_ends=bool(around.ends),
    )


def plain_code(code: GeneratedCode, shape: PlainShape, known: Sequence[str], position: Position) -> PlainCode | None:
    """The code of a program's plain ticks; a run of several looks first whether `known` names are bound as before. None
    for a large program.
    """
    writer = _Writer(code, shape, position)
    return writer.ticks(known) if writer.is_small else None


def push_code(code: GeneratedCode, position: Position) -> PlainCode | None:
    """The code of a plain tick that takes in one item, which it is called with; None for a large program, and for one
    that takes more than one batch.
    """
    writer = _Writer(code, PlainShape(), position)
    return writer.push() if writer.is_small else None


class _Writer:
    """Writes functions that run plain ticks of a program."""

    def __init__(self, code: GeneratedCode, shape: PlainShape, position: Position) -> None:
        self._code = code
        self._shape = shape
        self._position = position
        (factory,) = code.factory.body
        assert isinstance(factory, ast.FunctionDef)
        self._factory = factory
        parts = list(ast.walk(factory))
        self.is_small = len(parts) < _MOST
        self._free = free = Names({part.id for part in parts if isinstance(part, ast.Name)}).free
        self._name, self._turn, self._clock, self._around = map(free, ("plain", "turn", "clock", "around"))
        self._once, self._tick, self._fault = map(free, ("once", "tick", "fault"))
        self._ends, self._told = free("ends"), free("told")
        queues = dict(shape.queues)
        self._waiting = {
            inbox: [free(f"{inbox}_waiting") for _ in range(queues.get(inbox, 1))] for inbox in code.parts[Part.INBOX]
        }
        self._strata = [one for one in factory.body if isinstance(one, ast.FunctionDef) and one.name in code.strata]
        self._outer: list[ast.stmt] = []
        self._body = self._strata_in_place()
        # Where the code takes a batch and goes through it, and its variable for what is left of it, by inbox.
        self._batches = {
            inbox: found
            for inbox in self._waiting
            if inbox not in queues and (found := _batch_of(self._body, inbox)) is not None
        }
        self._holes = Holes(position)

    def _strata_in_place(self) -> list[ast.stmt]:
        """The code of all strata, with the number of the one that comes next between two of them."""
        body: list[ast.stmt] = []
        for number, stratum in enumerate(self._strata):
            if number:
                body.append(self._position.statement(f"{self._clock}.stratum = {number}"))
            self._outer += [one for one in stratum.body if isinstance(one, ast.Nonlocal)]
            body += [one for one in stratum.body if not isinstance(one, ast.Nonlocal)]
        if len(self._strata) > 1:
            body.append(self._position.statement(f"{self._clock}.stratum = 0"))
        return body

    def ticks(self, known: Sequence[str]) -> PlainCode:
        """A function that runs one tick, or as many as have input."""
        once, around = self._once, self._around
        due = " or ".join(one for waiting in self._waiting.values() for one in waiting)
        bound = {name: self._free(f"{name}_bound") for name in known}
        changed = " or ".join(f"{name} is not {value}" for name, value in bound.items())
        run: list[str] = []
        for inbox, waiting in self._waiting.items():
            if inbox not in self._batches:
                run.append(f"if {' or '.join(waiting)}: {inbox}.ingest()")
                continue
            (waits,) = waiting
            _, rest = self._batches[inbox]
            taken = f"({waits}.popleft(),)"
            # Another thread may have taken the item since it was seen.
            run += [
                "try:",
                f" {rest} = {taken if due == waits else f'{taken} if {waits} else ()'}",
                f" if {waits}: {rest} = {around}.batch_behind({rest}, {waits})",
                f"except {around}.IndexError: {rest} = ()",
            ]
        lines = [
            f"def {self._name}({once}):",
            *([f" if not {once}:", "  try:", f"   if {changed}: return None"] if changed else []),
            *([f"  except {around}.NameError: return None"] if changed else []),
            " while True:",
            f"  if {self._turn}.state or not ({due}): return None",
            *(f"  {line}" for line in self._guarded([*run, self._holes.statements(self._through())], "raise")),
            *([] if len(self._batches) == 1 == len(self._waiting) else [f"  {around}.look_now_and_then({self._tick})"]),
            f"  if {once} or not ({due}): return True",
        ]
        return self._made(lines, bound)

    def push(self) -> PlainCode | None:
        """A function that runs a tick with the item that it is called with, or hands it on where that is not plain."""
        if not len(self._batches) == 1 == len(self._waiting):
            return None
        (((waits,),), ((place, rest),)) = self._waiting.values(), self._batches.values()
        loop = self._body[place + 2]
        assert isinstance(loop, ast.For)
        assert isinstance(loop.target, ast.Name)
        item = loop.target.id
        # No loop is needed for one item, unless its code leaves the loop.
        work: list[ast.stmt] = [loop] if any(map(_leaves, loop.body)) else loop.body
        run = [f"{rest} = ({item},)", self._holes.statements(self._through(work))]
        lines = [
            f"def {self._name}({item}):",
            f" if {self._turn}.state or {waits}: return {self._around}.otherwise({item})",
            *(f" {line}" for line in self._guarded(run, f"{self._around}.failed({self._fault})")),
            " return True",
        ]
        return self._made(lines, {})

    def _through(self, work: list[ast.stmt] | None = None) -> list[ast.stmt]:
        """The code of the strata, whose batches are there; `work` is what is to be done with the only one."""
        body, done = [], 0
        for place, rest in sorted(self._batches.values()):
            body += [*self._body[done:place], *(work or [self._body[place + 2]])]
            body.append(self._position.statement(f"{rest} = ()"))
            done = place + 3
        return [*body, *self._body[done:]]

    def _guarded(self, run: Sequence[str], fails: str) -> list[str]:
        """The lines of a tick that has its turn: whatever happens, the clock advances, and the turn is given back."""
        turn, clock, around, tick, fault = self._turn, self._clock, self._around, self._tick, self._fault
        return [
            f"{turn}.state = {PLAIN}",
            f"{tick} = {clock}.tick",
            "try:",
            *(f" {line}" for line in run),
            f" {clock}.tick = {tick} + 1",
            *([f" for {self._told} in {self._ends}: {self._told}()"] if self._shape.tells_ends else []),
            f"except {around}.BaseException as {fault}:",
            f" try: {around}.abort({fault}, {tick})",
            f" except {around}.KeyboardInterrupt: {around}.abort({fault}, {tick})",
            f" {fails}",
            f"finally: {turn}.state = {turn}.between",
        ]

    def _made(self, lines: list[str], known: Mapping[str, str]) -> PlainCode:
        (function,) = self._holes.filled(lines)
        assert isinstance(function, ast.FunctionDef)
        function.body = [*self._outer, *function.body]
        factory = self._factory
        kept = [one for one in factory.body if one not in self._strata and not isinstance(one, ast.Return)]
        given = (self._turn, self._clock, self._around, self._ends)
        waiting = [name for waiting in self._waiting.values() for name in waiting]
        asked = {one: one for one in (*given, *waiting, *known.values())}
        module = factory_module(factory.name, factory.args.args[1].arg, asked, kept, [function], self._position)
        return PlainCode(
            code=replace(self._code, factory=module, strata=(self._name,), compiled={}, read={}),
            turn=self._turn,
            clock=self._clock,
            around=self._around,
            ends=self._ends,
            waiting=self._waiting,
            known=known,
            rests=tuple(rest for _, rest in self._batches.values()),
        )


def _leaves(statement: ast.AST) -> bool:
    """True where a statement leaves the loop around it."""
    if isinstance(statement, ast.Break | ast.Continue):
        return True
    inner = (part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.stmt | ast.ExceptHandler))
    return not isinstance(statement, ast.For | ast.While | ast.FunctionDef) and any(map(_leaves, inner))


def _batch_of(body: Sequence[ast.stmt], inbox: str) -> tuple[int, str] | None:
    """Where code takes a batch and goes through it, in each tick once: the place of the first of three statements, and
    the variable for what is left of the batch.
    """
    for place, three in enumerate(zip(body, body[1:], body[2:], strict=False)):
        match three:
            case (
                ast.Assign(
                    targets=[ast.Name(id=batch)],
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr="take")),
                ),
                ast.Assign(targets=[ast.Name(id=rest)], value=ast.Call(args=[ast.Name(id=begun)])),
                ast.For(iter=ast.Name(id=gone_through)),
            ) if (of, begun, gone_through) == (inbox, batch, rest):
                return place, rest
    return None
