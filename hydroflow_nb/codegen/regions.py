"""The code that tells in which ticks the operators begin anew that go on from tick to tick otherwise."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from hydroflow_nb.codegen.places import Position
from hydroflow_nb.codegen.probes import Probes
from hydroflow_nb.codegen.variables import Variables
from hydroflow_nb.purity import Relied


class Regions:
    """Writes the lines at the start and at the end of a tick.

    A region begins anew in the first tick, behind a tick that was aborted, where a name is bound anew that one of its
    functions relies on, and where what such a name is bound to may give something else. The probes of a variant of the
    code may ask for more replays, and are told which regions begin anew.
    """

    def __init__(self, regions: Sequence[Relied], variables: Variables, position: Position, probes: Probes) -> None:
        self._regions = regions
        self._variables = variables
        self._position = position
        self._probes = probes
        self._made: set[str] = set()

    def begun(self) -> list[ast.stmt]:
        """Lines at the start of a tick: they set the flag of each region."""
        lines: list[str] = []
        told: list[ast.stmt] = []
        complete = self._complete()
        flags: list[str] = []
        for number, relied in enumerate(self._regions):
            anew, tests = self._variable(self._variables.anew(number), "True"), [f"not {complete}"]
            if relied.names:
                known, before = (
                    self._state(f"known_{number}", "None"),
                    self._variables.names.free(f"known_{number}_before"),
                )
                lines.append(f"{before}, {known} = {known}, {self._names(number, relied)}({known})")
                tests += [f"{known} is not {before}", f"{known}.impure"]
            tests += self._probes.asks_anew()
            lines.append(f"{anew} = {True if number in self._probes.repeated else ' or '.join(tests)}")
            flags.append(anew)
        if self._regions:
            lines.append(f"{complete} = False")
            told = self._probes.on_regions(flags, self._position)
        return [*(self._position.statement(line) for line in lines), *told]

    def ended(self) -> list[ast.stmt]:
        """Lines at the end of a tick: nothing has aborted it."""
        return [self._position.statement(f"{self._complete()} = True")] if self._regions else []

    def _complete(self) -> str:
        """The variable that is True where the last tick came to its end."""
        return self._state("complete", "False") if self._regions else ""

    def _names(self, number: int, relied: Relied) -> str:
        """The function that looks at the names of a region."""
        made = self._variables.of_runtime("steady_names")
        name = self._variables.names.free(f"names_{number}")
        kinds = (relied.values, relied.folds, relied.classes, relied.own)
        self._once(name, f"{made}({', '.join(repr(tuple(paths)) for paths in kinds)})")
        return name

    def _state(self, wanted: str, initial: str) -> str:
        name = self._variable(self._variables.names.free(wanted), initial)
        self._variables.states[name] = False
        return name

    def _variable(self, name: str, initial: str) -> str:
        self._once(name, initial)
        self._variables.rebound.add(name)
        return name

    def _once(self, name: str, initial: str) -> None:
        if name not in self._made:
            self._made.add(name)
            self._variables.prologue.append(self._position.statement(f"{name} = {initial}"))
