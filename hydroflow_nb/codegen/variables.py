"""The variables of generated code: their names, what they hold, and where they are set."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from hydroflow_nb.codegen.held import Held
from hydroflow_nb.codegen.names import Names
from hydroflow_nb.codegen.places import Position
from hydroflow_nb.ir.graph import EdgeId, LoopId, NodeId
from hydroflow_nb.ir.partitioned import Component
from hydroflow_nb.operators.record.emission import Part

Assignment: TypeAlias = "Callable[[], list[ast.stmt]]"


class Variables:
    """The variables of one variant of a flow's code.

    A name is made of the owner's name and the role, and is always the same for the same two.
    """

    def __init__(self, taken: Iterable[str], position: Position) -> None:
        self.names = Names(taken)
        self.held = Held()
        # The statements that run once, when the flow is loaded.
        self.prologue: list[ast.stmt] = []
        # Variables of the flow that the code of the current stratum sets.
        self.rebound: set[str] = set()
        # Variables that last from tick to tick: True where their values may change in place.
        self.states: dict[str, bool] = {}
        # Those of them that survive a restart.
        self.durable: set[str] = set()
        # Variables that the engine has to know, with the operators that made them.
        self.parts: dict[Part, dict[str, NodeId]] = {part: {} for part in Part}
        # The names by which the code calls things of the engine, by their names in the engine.
        self.runtime: dict[str, str] = {}
        # The buffers of handoffs, and the buffers for what they hold for the next tick.
        self.handoffs: dict[EdgeId, str] = {}
        self.next_ticks: dict[EdgeId, str] = {}
        # Those of them that begin anew where a region does.
        self.renewed: set[str] = set()
        self._position = position
        # Variables of a tick that two strata use.
        self.shared: set[str] = set()
        self._of_tick: dict[str, list[ast.stmt]] = {}
        self._of_run: dict[str, list[ast.stmt]] = {}

    # --- names -----------------------------------------------------------------------------------------------------

    def item(self, owner: str) -> str:
        """The variable for an item of an operator or a handoff."""
        name = self.held.items[owner] = self.names.free(f"{owner}_item")
        return name

    def batch(self, owner: str, role: str) -> str:
        """A variable for several items of an operator or a handoff."""
        name = self.names.free(f"{owner}_{role}")
        if name not in self.held.batches[owner]:
            self.held.batches[owner].append(name)
        return name

    def handoff(self, owner: str) -> str:
        """The variable for the items that wait in a handoff."""
        name = self.names.free(owner)
        self.held.batches[owner].append(name)
        return name

    def own(self, owner: str, role: str) -> str:
        """A variable that belongs to one operator."""
        name = self.held.own[owner][role] = self.names.free(f"{owner}_{role}")
        return name

    def returned(self, owner: str) -> str:
        """The variable for what an operator's function returned."""
        name = self.held.returned[owner] = self.own(owner, "result")
        return name

    def rest(self, of: str) -> str:
        """The variable for an iterator: after a fault it tells how many items were not reached."""
        return self.names.free(f"{of}_rest")

    def first(self, component: Component) -> str:
        """The flag that tells a cycle's first run in a tick."""
        return self.names.free(f"first_{component.subgraphs[0]}")

    def iteration(self, loop: LoopId) -> str:
        """The variable that counts the iterations of a nested loop."""
        name = self.held.iterations[loop] = self.names.free(f"iteration_{loop}")
        return name

    def published(self, operator: str) -> str:
        """The variable that holds the value that `$name` reads from an operator."""
        return self.names.free(f"{operator}_published")

    def of_runtime(self, name: str) -> str:
        """The name by which generated code calls something of the engine."""
        return self.runtime.setdefault(name, self.names.free(f"{name}_"))

    def written(self, edge: EdgeId) -> str:
        """The buffer that items are put into for a handoff."""
        return self.next_ticks.get(edge) or self.handoffs[edge]

    def anew(self, region: int) -> str:
        """The flag that tells the ticks in which the operators of a region begin anew."""
        return self.names.free(f"anew_{region}")

    def count(self, name: str) -> None:
        """Make a variable of the flow that counts, from 0 on."""
        self.prologue.append(self._position.statement(f"{name} = 0"))

    # --- where they are set ----------------------------------------------------------------------------------------

    @contextmanager
    def tick(self) -> Iterator[dict[str, list[ast.stmt]]]:
        """The assignments for each tick, by name, collected while the code of a component is written."""
        before, self._of_tick = self._of_tick, {}
        try:
            yield self._of_tick
        finally:
            self._of_tick = before

    @contextmanager
    def run(self) -> Iterator[dict[str, list[ast.stmt]]]:
        """The assignments for the start of each run, by name, collected while the code of a subgraph is written."""
        before, self._of_run = self._of_run, {}
        try:
            yield self._of_run
        finally:
            self._of_run = before

    def set_in_run(self, name: str, assignment: Assignment) -> None:
        """Set a variable at the start of every run of the current subgraph."""
        _set_once(self._of_run, name, assignment)

    def set_in_tick(self, name: str, assignment: Assignment) -> None:
        """Set a variable in each tick, before the current component runs."""
        _set_once(self._of_tick, name, assignment)

    def share_in_tick(self, name: str, assignment: Assignment) -> None:
        """Set a variable that two strata use: in each tick, where the first of them begins to use it."""
        self.rebound.add(name)
        if name not in self.shared:
            self.shared.add(name)
            self.prologue.append(self._position.statement(f"{name} = None"))
            self.set_in_tick(name, assignment)

    def renew(self, name: str, anew: str, assignment: Assignment) -> None:
        """Set a variable that lasts in the ticks in which its region begins anew, where its first stratum begins."""
        self.rebound.add(name)
        if name not in self.renewed:
            self.renewed.add(name)
            self.prologue.append(self._position.statement(f"{name} = None"))
            self.set_in_tick(name, lambda: [self._position.when(anew, assignment())])


def _set_once(assigned: dict[str, list[ast.stmt]], name: str, assignment: Assignment) -> None:
    if name not in assigned:
        # The entry is made first: the order is that of the requests, also where a value requests further variables.
        assigned[name] = []
        assigned[name] = assignment()
