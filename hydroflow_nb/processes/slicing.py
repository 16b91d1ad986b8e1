"""Which cells of a notebook a flow needs, and which of their statements run in a process.

A cell is needed if it binds a needed name: one that an argument of the flow uses, or a function that an argument calls,
or a statement that runs in another needed cell. Assignments, `def`, `class`, `import`, `for` and `with` bind names; so
do `n += 1` and `d[key] = value`. A cell above the flow is also needed if it changes the object of a needed name by a
method or a function that is known to do so: `data.append(2)`, `setattr(data, "x", 1)`, `random.seed(7)`. A cell with
`sys.path.insert(0, "lib")` is needed if something is imported. A statement that puts an item into a channel or a queue,
such as `lines.send("hello")`, is not needed: such items come in while a flow runs. Names are looked for above the flow.
If a name is bound again, the cells above that are not needed for it. A name that no cell above binds is looked for
below.

A needed cell runs as a whole, in the notebook's order, except for what belongs to the notebook itself: magics and shell
lines, expressions that only show something, and statements that use a flow (`server.run_tick()`,
`task = asyncio.create_task(server.run_async())`, `display(...)`) or the result of such a statement. Other flows run in
processes of their own; a flow that an argument of this flow names is compiled, but does not run.

`ProcessPlan.warnings` names what is left out although it may change what the flow reads: calls of unknown functions and
methods that get what the flow needs, decorators, changes of the environment, magics such as `%env` and `%run`.

Tags of cells override these rules: a cell tagged `setup` runs in every process, one tagged `notebook-only` in none. A
cell whose tags name flows runs for these flows only.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import field, replace
from itertools import chain

from hydroflow_nb.processes.changes import IMPORT_PATH, changed_later, dotted, magics
from hydroflow_nb.processes.ends import NAMES
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.names import ANYTHING, GIVEN
from hydroflow_nb.processes.notebook import NOTEBOOK_ONLY, RAISES, SETUP, Cell, CellStatement, Notebook
from hydroflow_nb.records import dataclass
from hydroflow_nb.syntax.first_line import closest

_LONGEST_LINE = 80
_SHOWING = frozenset({"display", "get_ipython"})


@dataclass(frozen=True, kw_only=True)
class ProcessStep:
    """A cell that runs: the statements that run, or its flow, which is compiled."""

    cell: Cell
    statements: tuple[CellStatement, ...] = ()

    @property
    def makes_flow(self) -> bool:
        """True for a `%%hydroflow` cell."""
        return self.cell.flow_name is not None


@dataclass(frozen=True, kw_only=True)
class ProcessPlan:
    """The steps that make a flow, in their order. One of them makes the flow itself, or the system of which it is what
    runs at `location`.

    - `missing`: the names that the flow needs and that no cell binds which may run before.
    - `known`: all names that the cells bind or the steps use.
    - `unreadable`: the cells that may run here and are not Python code.
    - `others`: for a missing name, the cell that binds it, and why it does not help.
    - `warnings`: what is left out although it may change what the flow reads.
    """

    target: Cell
    name: str
    location: str | None = None
    steps: tuple[ProcessStep, ...]
    missing: frozenset[str]
    known: frozenset[str]
    unreadable: tuple[Cell, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def plan(
    notebook: Notebook, flow: str | None, given: Set[str] = frozenset(), needed: Set[str] | None = None
) -> ProcessPlan:
    """The cells that a flow needs. `given` are names that already have values: assignments to them do not run.

    `flow` is the name of a flow, or of a system and one of its locations, `two_pc@participants`. With `needed`, the
    cells that these names need, and not the flow. Raises Misuse if there is no such flow.
    """
    asked = (flow or "").partition("@")[0]
    target, location = target_of(notebook, flow)
    name = target.flow_name or asked
    return replace(_Slicer(notebook, target, name, frozenset(given), needed).plan(), location=location)


def target_of(notebook: Notebook, flow: str | None) -> tuple[Cell, str | None]:
    """The cell of a flow, and the location after its `@`, None for a whole flow or system. Raises Misuse."""
    asked, at, location = (flow or "").partition("@")
    target = notebook.cell_of(asked or None)
    if at and location not in target.locations:
        there_are = ", ".join(f"`--flow {asked}@{one}`" for one in target.locations)
        raise Misuse(
            f"{target.label} has no location `{location}`" if location else "`@` is followed by the name of a location",
            (closest(location, target.locations) or there_are)
            if target.locations
            else "it is not a system: leave out the `@`",
        )
    return target, location if at else None


def check_names(plan: ProcessPlan, settings: Set[str], ends: Sequence[Set[str]] = ()) -> None:
    """Raise Misuse for settings that no cell binds or uses, for unused ends, and for needed names without a value.

    It is also raised for a cell that always runs and is not Python code.
    """
    for cell in plan.unreadable:
        if cell.tags & {SETUP, plan.name}:
            raise Misuse(_unreadable(cell))
    for name in sorted(settings - plan.known):
        raise Misuse(
            f"no name in {plan.target.label} or the cells around it is `{name}`",
            closest(name, plan.known - GIVEN),
        )
    for names in ends:
        if not names & plan.known:
            raise Misuse(
                f"{plan.target.label} does not use {_listed(names)}",
                (closest(min(names), plan.known - GIVEN) if len(names) == 1 else "")
                or "write the names that the flow uses: `--bind out,in,here=tcp:127.0.0.1:5000`, `--stdin lines`",
            )
    twice = [name for name, count in Counter(chain(settings, *ends)).items() if count > 1]
    if twice:
        raise Misuse(f"{_listed(set(twice))} cannot have two values: give the value once, in one option")
    lacking = plan.missing - settings - frozenset[str]().union(*ends)
    if lacking:
        one = min(lacking)
        hint = (
            "`--bind tcp:127.0.0.1:5000`"
            if lacking & {"outbound", "inbound"}
            else f"`--set {one}=VALUE`, or `--stdin {one}` or `--stdout {one}` for a channel"
        )
        raise Misuse(
            "; ".join(
                [
                    f"the flow `{plan.name}` uses {_listed(lacking)}, which no cell that may run here binds",
                    *(plan.others[name] for name in sorted(lacking & plan.others.keys())),
                    *map(_unreadable, plan.unreadable),
                ]
            ),
            "" if plan.unreadable else f"give it a value: {hint}",
        )


def _calls(node: ast.stmt) -> bool:
    """True if the statement itself calls something."""
    is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return not is_definition and any(isinstance(part, ast.Call) for part in ast.walk(node))


def _makes_values(node: ast.stmt) -> bool:
    """False for a statement that makes functions, classes or modules, which seldom change."""
    return not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _told(cell: Cell, line: str, why: str, ran: bool) -> str:
    shown = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
    hint = (
        "" if ran else "; the tag `setup` makes the cell run, the tag `notebook-only` leaves it out without a warning"
    )
    return f"{cell.label} is left out{' in part' * ran}: `{shown}` {why}{hint}"


def _unreadable(cell: Cell) -> str:
    problem = cell.problem
    return f"{cell.label} is not Python: {problem.msg}, line {problem.lineno}" if problem else ""


def _listed(names: Set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


class _Slicer:
    def __init__(
        self, notebook: Notebook, target: Cell, name: str, given: frozenset[str], needed: Set[str] | None
    ) -> None:
        self.notebook = notebook
        self.target = target
        self.name = name
        self.given = given
        self.wanted = needed
        flows = {cell.flow_name for cell in notebook.flow_cells} | {name}
        self.allowed = [cell for cell in notebook.cells if self._may_run(cell, flows)]
        self.uses_flows = set(self._statements_that_use_flows())
        self.queues = set(self._queues())
        self.aliased: dict[str, set[str]] = {}
        for alias, whole in self._aliases():
            self.aliased.setdefault(alias, set()).add(whole)
        self.read_by: dict[str, set[str]] = {}
        # By the name of a function: the names whose objects a call of it changes.
        self.changed_by: dict[str, set[str]] = {}
        for cell in self.allowed:
            for statement in cell.statements:
                for bound in statement.names.bound:
                    self.read_by.setdefault(bound, set()).update(statement.names.later)
                    self.changed_by.setdefault(bound, set()).update(changed_later(statement.node))

    def plan(self) -> ProcessPlan:
        """The steps of the flow: from the needed cells above it, and from those below that bind names still missing."""
        position = self.allowed.index(self.target)
        above, below = self.allowed[:position], self.allowed[position + 1 :]
        last = [self.target] if self.wanted is None else []
        added = [cell for cell in below if self._is_tagged(cell)]
        while True:
            steps, missing = self._slice([*above, *(cell for cell in below if cell in added), *last])
            found = next((cell for cell in below if cell.bound & missing and cell not in added), None)
            if found is None:
                break
            added.append(found)
        used = (statement.names for step in steps for statement in step.statements)
        known = frozenset[str]().union(
            *(cell.bound for cell in self.notebook.cells),
            *(names.reads | names.later for names in used),
            *(step.cell.flow_names for step in steps if step.makes_flow),
            (*self.target.locations, *NAMES) if self.target.locations else (),
        )
        if any(ANYTHING in step.cell.bound for step in steps):
            missing = frozenset()
        return ProcessPlan(
            target=self.target,
            name=self.name,
            steps=tuple(steps),
            missing=missing,
            known=known,
            unreadable=tuple(cell for cell in self.allowed if cell.problem is not None),
            others=dict(self._others(missing)),
            warnings=tuple(self._warnings(above, steps)),
        )

    def _others(self, missing: Set[str]) -> Iterator[tuple[str, str]]:
        for cell in self.notebook.cells:
            why = "after it is used" if cell in self.allowed else "but its tags say that it does not run here"
            yield from ((name, f"{cell.label} binds `{name}`, {why}") for name in sorted(missing & cell.bound))

    def _warnings(self, above: Sequence[Cell], steps: Sequence[ProcessStep]) -> Iterator[str]:
        """Warnings about code above the flow that is left out although it may change what the flow reads."""
        kept = {statement for step in steps for statement in step.statements}
        made = frozenset[str]().union(*(statement.names.bound for statement in kept if _makes_values(statement.node)))
        read = frozenset[str]().union(
            *(statement.names.needs | statement.names.later for statement in kept),
            *(step.cell.flow_names for step in steps if step.makes_flow),
        )
        # If a name is bound again below, a change of its former object does not matter.
        needed = (made & read | {IMPORT_PATH} & read) - self.given
        shown = frozenset({cell.flow_name for cell in self.notebook.flow_cells if cell.flow_name} | {self.name})
        for cell in above:
            ran = any(statement in kept for statement in cell.statements)
            for line in magics(cell.text):
                yield _told(cell, line, "may change what runs after it, but magics do not run here", ran)
            for statement in cell.statements:
                if statement in kept or not statement.has_effect:
                    continue
                names = statement.names
                called = self._with_called(names.reads) if _calls(statement.node) else ()
                within = (self.changed_by.get(one, set[str]()) for one in called)
                reached = self._with_aliased(names.changes.union(names.may_change, *within))
                touched = reached & needed - self.queues
                line = cell.text.split("\n")[statement.node.lineno - 1].strip()
                if names.surroundings:
                    yield _told(cell, line, f"changes {names.surroundings}", ran)
                elif touched and not names.bound & shown and not (statement in self.uses_flows and not names.changes):
                    surely = "changes" if touched & names.changes else "may change"
                    yield _told(cell, line, f"{surely} {_listed(touched)}, which the flow uses", ran)

    def _with_aliased(self, names: Set[str]) -> set[str]:
        """The names, and the names whose objects, or parts of them, they stand for: `rows = data["rows"]`."""
        found, new = set(names), set(names)
        while new:
            new = {one for name in new for one in self.aliased.get(name, ())} - found
            found |= new
        return found

    def _aliases(self) -> Iterator[tuple[str, str]]:
        for cell in self.allowed:
            for statement in cell.statements:
                match statement.node:
                    case ast.Assign(value=ast.Name() | ast.Attribute() | ast.Subscript() as value):
                        whole = dotted(value).partition(".")[0]
                        yield from ((name, whole) for name in statement.names.binds if whole)

    def _queues(self) -> Iterator[str]:
        """The names that are bound to a new channel or queue."""
        for cell in self.notebook.cells:
            for statement in cell.statements:
                match statement.node:
                    case ast.Assign(value=ast.Call(func=called)) | ast.AnnAssign(value=ast.Call(func=called)):
                        if dotted(called).rpartition(".")[2].lower() in ("channel", "queue"):
                            yield from statement.names.bound

    # --- what may run ------------------------------------------------------------------------------------------------

    def _may_run(self, cell: Cell, flows: Set[str | None]) -> bool:
        if cell is self.target:
            return True
        if cell.tags & {NOTEBOOK_ONLY, RAISES}:
            return False
        for_flows = cell.tags & flows
        return not for_flows or self._is_tagged(cell) or cell.flow_name in for_flows

    def _is_tagged(self, cell: Cell) -> bool:
        return bool(cell.tags & {self.name, SETUP})

    def _statements_that_use_flows(self) -> Iterator[CellStatement]:
        tainted = set(_SHOWING)
        for cell in self.notebook.cells:
            if cell.flow_name is not None:
                tainted.add(cell.flow_name)
            for statement in cell.statements:
                names = statement.names
                if names.reads & tainted:
                    tainted |= names.bound
                    yield statement
                else:
                    tainted -= names.binds - _SHOWING
                if cell is self.target and self.name in names.bound:
                    # A flow that Python code makes.
                    tainted.add(self.name)

    # --- what is needed ----------------------------------------------------------------------------------------------

    def _slice(self, cells: Sequence[Cell]) -> tuple[list[ProcessStep], frozenset[str]]:
        """The steps from these cells, and the names that the flow needs and none of them binds."""
        own = frozenset({self.name} if self.wanted is None else self.wanted) - self.given
        # A function may read its names after all cells have run.
        at_end = _Needs(own=set(own), all=set(own))
        while True:
            steps, needs, later = self._backward(cells, at_end)
            if later.own <= at_end.own and later.all <= at_end.all:
                # A name that a statement may bind is also looked for above it, but is not missing if it is not there.
                bound = (statement.names.bound for step in steps for statement in step.statements)
                return steps, frozenset(needs.own) - GIVEN - {ANYTHING, IMPORT_PATH} - frozenset[str]().union(*bound)
            at_end = at_end.with_those_of(later)

    def _backward(self, cells: Sequence[Cell], at_end: _Needs) -> tuple[list[ProcessStep], _Needs, _Needs]:
        needs, later = at_end.with_those_of(_Needs()), _Needs()
        steps: list[ProcessStep] = []
        for cell in reversed(cells):
            if cell.flow_name is not None:
                if cell.flow_name in needs.own:
                    needs.settle({cell.flow_name})
                    looked_up = cell.flow_names - self.given
                    needs.add(looked_up, own=True)
                    later.add(looked_up, own=True)
                    steps.append(ProcessStep(cell=cell))
                continue
            touched = cell.bound | (cell.changed - self.queues)
            if not (touched & needs.all or ANYTHING in cell.bound or self._is_tagged(cell)):
                continue
            kept = []
            for statement in reversed(cell.statements):
                names = statement.names
                is_own = bool((names.bound | (names.changes - self.queues)) & needs.own)
                if self._is_replaced(statement) or not (is_own or self._belongs_in_a_process(statement)):
                    continue
                kept.append(statement)
                needs.settle(names.binds)
                needs.add(self._with_called(names.needs) - self.given, own=is_own)
                later.add(names.later - self.given, own=is_own)
            if kept:
                steps.append(ProcessStep(cell=cell, statements=tuple(reversed(kept))))
        return steps[::-1], needs, later

    def _with_called(self, names: Set[str]) -> set[str]:
        """The names, and the names that functions among them read when they are called."""
        found, new = set(names), set(names)
        while new:
            new = {read for name in new for read in self.read_by.get(name, ())} - found
            found |= new
        return found

    def _belongs_in_a_process(self, statement: CellStatement) -> bool:
        return statement.has_effect and statement not in self.uses_flows

    def _is_replaced(self, statement: CellStatement) -> bool:
        """True for a statement that only assigns to names with given values."""
        targets = statement.names.bound - {"_"}
        assigns = isinstance(statement.node, ast.Assign | ast.AnnAssign | ast.AugAssign)
        return assigns and bool(targets) and targets <= self.given


@dataclass(frozen=True, kw_only=True)
class _Needs:
    """The needed names: `own` are those that the flow itself needs, `all` also those that its cells need to run."""

    own: set[str] = field(default_factory=set)
    all: set[str] = field(default_factory=set)

    def add(self, names: Set[str], *, own: bool) -> None:
        self.all.update(names)
        if own:
            self.own.update(names)

    def settle(self, names: Set[str]) -> None:
        self.all.difference_update(names)
        self.own.difference_update(names)

    def with_those_of(self, other: _Needs) -> _Needs:
        return _Needs(own=self.own | other.own, all=self.all | other.all)
