"""The function that runs a flow's plain ticks: nobody looks on, and there is nothing to do but to run the strata.

What the engine does around a tick stands in it, so that a tick of one item is not slower by the calls of it. Where the
flow has one stratum, that stands in it too, and takes in a batch of its only input where it works on it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any, cast

from hydroflow_nb.codegen.factory import factory_module
from hydroflow_nb.codegen.generate import GeneratedCode
from hydroflow_nb.codegen.holes import Holes
from hydroflow_nb.codegen.load import LoadedProgram, load_variant
from hydroflow_nb.codegen.names import Names
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.plain import LOOKS_EACH, Around, Plain
from hydroflow_nb.engine.turn import PLAIN
from hydroflow_nb.operators.record.emission import Part
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class PlainCode:
    """The code of the function, and its names: for what the engine gives it, of which `around` is what a tick rarely
    needs; for the `strata` that it calls; and, by inbox, for what is `waiting`. `known` are the names that a run looks
    at, `rest` is as in `Plain`.
    """

    code: GeneratedCode
    turn: str
    clock: str
    around: str
    strata: tuple[str, ...]
    waiting: Mapping[str, str]
    known: Sequence[str]
    rest: str


def load_plain(
    plain: PlainCode, loaded: LoadedProgram, namespace: dict[str, Any], around: Around, filename: str
) -> Plain:
    """The function over the state of a loaded program."""
    inboxes: dict[str, Inbox] = {name: loaded.cells[name].cell_contents for name in plain.waiting}
    around.drain = next(iter(inboxes.values())).channel.drain
    around.known = tuple(namespace.get(name, vars(builtins).get(name)) for name in plain.known)
    more = {
        plain.turn: around.turn,
        plain.clock: loaded.context,
        plain.around: around,
        **dict(zip(plain.strata, loaded.program.strata, strict=True)),
        **{plain.waiting[name]: inbox.channel.queue for name, inbox in inboxes.items()},
    }
    (run,) = load_variant(plain.code, loaded, namespace, more, filename)
    return Plain(run=cast(FunctionType, run), turn=plain.turn, rest=plain.rest)


def plain_code(code: GeneratedCode, known: Sequence[str], position: Position) -> PlainCode:
    """The code of a program's plain ticks; a run of several looks first whether `known` names are bound as before."""
    return _Writer(code, position).ticks(known)


def push_code(code: GeneratedCode, position: Position) -> PlainCode | None:
    """The code of a plain tick that takes in one item, which it is called with; None for a program whose only stratum
    does not begin with its only input.
    """
    return _Writer(code, position).push()


class _Writer:
    """Writes functions that run plain ticks of a program."""

    def __init__(self, code: GeneratedCode, position: Position) -> None:
        self._code = code
        self._position = position
        (factory,) = code.factory.body
        assert isinstance(factory, ast.FunctionDef)
        self._factory = factory
        free = Names({node.id for node in ast.walk(factory) if isinstance(node, ast.Name)}).free
        self._name, self._turn, self._clock, self._around = map(free, ("plain", "turn", "clock", "around"))
        self._once, self._tick, self._fault = map(free, ("once", "tick", "fault"))
        self._waiting = {inbox: free(f"{inbox}_waiting") for inbox in code.parts[Part.INBOX]}
        self._due = " or ".join(self._waiting.values())
        self._strata = [one for one in factory.body if isinstance(one, ast.FunctionDef) and one.name in code.strata]
        # The only stratum stands in the function.
        own = self._strata[0].body if len(self._strata) == 1 else []
        self._outer = [one for one in own if isinstance(one, ast.Nonlocal)]
        self._own = own[len(self._outer) :]
        self._batch = _batch_of(self._own, *self._waiting) if len(self._waiting) == 1 else None
        self._holes = Holes(position)

    def ticks(self, known: Sequence[str]) -> PlainCode:
        """A function that runs one tick, or as many as have input."""
        once, around, look, rest = self._once, self._around, [], ""
        changed = " or ".join(f"{name} is not {around}.known[{place}]" for place, name in enumerate(known))
        if self._batch is not None:
            place, rest = self._batch
            # Another thread may have taken the item since it was seen.
            run = [
                "try:",
                f" {rest} = ({self._due}.popleft(),)",
                f" if {self._due}: {rest} = {around}.batch_behind({rest})",
                f"except {around}.IndexError: {rest} = ()",
                *self._through(place, [self._own[place + 2]], rest),
            ]
        else:
            run = [f"if {waits}: {inbox}.ingest()" for inbox, waits in self._waiting.items()]
            look = [f"if not {self._tick} & {LOOKS_EACH - 1}: {around}.look()"]
            numbered = enumerate(self._code.strata, start=1)
            called = [line for number, one in numbered for line in (f"{one}()", f"{self._clock}.stratum = {number}")]
            run += [self._holes.statements(self._own)] if self._own else [*called[:-1], f"{self._clock}.stratum = 0"]
        lines = [
            f"def {self._name}({once}):",
            *([] if self._own else [" __tracebackhide__ = True"]),
            *([f" if not {once}:", "  try:", f"   if {changed}: return None"] if changed else []),
            *([f"  except {around}.NameError: return None"] if changed else []),
            " while True:",
            f"  if {self._turn}.state or not ({self._due}): return None",
            *(f"  {line}" for line in [*self._guarded(run, "raise"), *look]),
            f"  if {once} or not ({self._due}): return True",
        ]
        return self._made(lines, known, rest)

    def push(self) -> PlainCode | None:
        """A function that runs a tick with the item that it is called with, or hands it on where that is not plain."""
        if self._batch is None:
            return None
        place, rest = self._batch
        loop = self._own[place + 2]
        assert isinstance(loop, ast.For)
        assert isinstance(loop.target, ast.Name)
        item = loop.target.id
        # No loop is needed for one item, unless its code leaves the loop.
        work: list[ast.stmt] = [loop] if any(map(_leaves, loop.body)) else loop.body
        run = [f"{rest} = ({item},)", *self._through(place, work, rest)]
        lines = [
            f"def {self._name}({item}):",
            f" if {self._turn}.state or {self._due}: return {self._around}.otherwise({item})",
            *(f" {line}" for line in self._guarded(run, f"{self._around}.failed({self._fault})")),
            " return True",
        ]
        return self._made(lines, (), rest)

    def _through(self, place: int, work: list[ast.stmt], rest: str) -> list[str]:
        """The lines of the stratum, with the work on its batch."""
        behind = self._own[place + 3 :]
        return [self._holes.statements([*self._own[:place], *work]), f"{rest} = ()", self._holes.statements(behind)]

    def _guarded(self, run: Sequence[str], fails: str) -> list[str]:
        """The lines of a tick that has its turn: whatever happens, the clock advances, and the turn is given back."""
        turn, clock, around, tick, fault = self._turn, self._clock, self._around, self._tick, self._fault
        return [
            f"{turn}.state = {PLAIN}",
            "try:",
            *(f" {line}" for line in run),
            f" {tick} = {clock}.tick + 1",
            f" {clock}.tick = {tick}",
            f"except {around}.BaseException as {fault}:",
            f" {tick} = {clock}.tick",
            f" try: {around}.abort({fault}, {tick})",
            f" except {around}.KeyboardInterrupt: {around}.abort({fault}, {tick})",
            f" {fails}",
            f"finally: {turn}.state = {turn}.between",
        ]

    def _made(self, lines: list[str], known: Sequence[str], rest: str) -> PlainCode:
        (function,) = self._holes.filled(lines)
        assert isinstance(function, ast.FunctionDef)
        function.body = [*self._outer, *function.body]
        factory, code = self._factory, self._code
        kept = [one for one in factory.body if one not in self._strata and not isinstance(one, ast.Return)]
        asked = [self._turn, self._clock, self._around, *code.strata, *self._waiting.values()]
        of = factory.args.args[1].arg
        module = factory_module(factory.name, of, {one: one for one in asked}, kept, [function], self._position)
        return PlainCode(
            code=replace(code, factory=module, strata=(self._name,), compiled={}, read={}),
            turn=self._turn,
            clock=self._clock,
            around=self._around,
            strata=code.strata,
            waiting=self._waiting,
            known=known,
            rest=rest,
        )


def _leaves(statement: ast.AST) -> bool:
    """True where a statement leaves the loop around it."""
    if isinstance(statement, ast.Break | ast.Continue):
        return True
    inner = (part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.stmt | ast.ExceptHandler))
    return not isinstance(statement, ast.For | ast.While | ast.FunctionDef) and any(map(_leaves, inner))


def _batch_of(body: Sequence[ast.stmt], inbox: str) -> tuple[int, str] | None:
    """Where the code of a stratum takes a batch and goes through it, if it does so before all else: the place of the
    first of three statements, and the variable for what is left of the batch.
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
            case (ast.Assign() | ast.Expr(value=ast.Constant()), *_):
                continue
        break
    return None
