"""The module in which the cells of a notebook run when they run as a program."""

from __future__ import annotations
import __future__

import ast
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hydroflow_nb.codegen.load import remember_lines
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.locations import DeclaredLocation, LocationKind
from hydroflow_nb.net.messages.codec import RawCodec
from hydroflow_nb.processes.ends import NAMES
from hydroflow_nb.processes.failures import Misuse
from hydroflow_nb.processes.membership import Membership
from hydroflow_nb.processes.notebook import FlowFile
from hydroflow_nb.processes.slicing import ProcessPlan, ProcessStep
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.systems.compiling import compile as compile_text
from hydroflow_nb.systems.compiling import is_system

if TYPE_CHECKING:
    from hydroflow_nb.systems.system import System


def _must_fit(system: System, location: str, given: Mapping[str, Any]) -> None:
    """Raise Misuse where a location is given something else than addresses, or a codec cannot bear its messages."""
    outbound = given["outbound"]
    for name, one in system.locations.items():
        if name not in given:
            continue
        is_one = one.kind is LocationKind.PROCESS
        value = given[name]
        try:
            if not is_one and not (isinstance(value, (list, tuple)) and not (value and isinstance(value[-1], int))):
                raise ValueError(f"{shown(value)} is not a list of addresses")
            for address in [value] if is_one else value:
                outbound.normal_address(address)
        except (ValueError, TypeError) as error:
            what = "one address" if is_one else "the addresses of its members"
            raise Misuse(f"`--set {name}=...` gives {what}: {error}", f"`--set {_example(one)}`") from None
    tagged = [one for one in system.channels if one.tagged and location in (one.source, one.target)]
    if tagged and isinstance(outbound.codec, RawCodec):
        codec = outbound.codec.name
        raise Misuse(
            f"codec `{codec}` has no place for the name of a channel, and `{tagged[0].name}` is one at `{location}`",
            "choose another one; what talks to other programs alone, over `external()`, has a location of its own",
        )


def _example(location: DeclaredLocation) -> str:
    """The words of a command line that say where a location is."""
    one = location.kind is LocationKind.PROCESS
    return f'{location.name}="127.0.0.1:5000"' if one else f"{location.name}='[\"127.0.0.1:5001\", ...]'"


class Workspace:
    """The names of the cells. Names with given values keep these values, whatever the cells assign to them. A
    `membership` says what the names of locations stand for; `without` names the optimisations that flows are compiled
    without.
    """

    def __init__(
        self, given: Mapping[str, Any], membership: Membership | None = None, without: frozenset[str] = frozenset()
    ) -> None:
        self._given = dict(given)
        self._membership = membership
        self._without = without
        self._module = ModuleType("__main__")
        self._own: RunningFlow | System | None = None
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.names: dict[str, Any] = self._module.__dict__
        self.names.update(self._given)

    def enter(self, folder: Path) -> None:
        """Become the program's main module, as in a notebook. Imports look in `folder` first."""
        # Classes name this module as theirs, and their annotations are looked up there.
        sys.modules["__main__"] = self._module
        sys.path.insert(0, str(folder.resolve()))

    def give(self, names: Mapping[str, Any]) -> None:
        """Give values to further names."""
        self._given.update(names)
        self.names.update(names)

    async def run(self, step: ProcessStep) -> None:
        """Run a step: statements of its cell, or the compilation of its flow. Raises what these raise."""
        cell = step.cell
        remember_lines(cell.text, cell.filename)
        if cell.flow_name is not None:
            made = compile_text(cell.flow, self.names, cell.flow_name, self._without)
            if isinstance(cell, FlowFile):
                # Not under its file's name, which may be the name of a function, too.
                self._own = made
            else:
                self.names[cell.flow_name] = made
            return
        for statement in step.statements:
            self._note_future(statement.node)
            tree = ast.Module(body=[statement.node], type_ignores=[])
            code = compile(tree, cell.filename, "exec", flags=self._flags, dont_inherit=True)
            outcome = eval(code, self.names)
            if code.co_flags & inspect.CO_COROUTINE:
                await outcome
            for name in statement.names.bound & self._given.keys():
                self.names[name] = self._given[name]

    def flow(self, plan: ProcessPlan) -> RunningFlow:
        """The flow that the plan has made. Raises Misuse if it made something else."""
        made = self._own or self.names.get(plan.name)
        if isinstance(made, RunningFlow):
            return made
        if is_system(made):
            return self._flow_at(made, plan)
        raise Misuse(
            f"`{plan.name}` in {plan.target.label} is of type {type(made).__name__}, not a flow",
            f"write the flow in a cell of its own: `%%hydroflow {plan.name}`",
        )

    def _flow_at(self, system: System, plan: ProcessPlan) -> RunningFlow:
        """The flow of one location of a system. Raises Misuse where a name of the node's surroundings has no value."""
        location = plan.location
        if location is None and len(system.flows) == 1:
            (location,) = system.flows
        if location is None:
            ways = ", ".join(f"`--flow {plan.name}@{location}`" for location in system.flows)
            raise Misuse(f"`{plan.name}` is a system: a process runs what is at one of its locations", ways)
        if location not in system.flows:
            raise Misuse(f"nothing runs at `{location}`", f"`{plan.name}` has flows at {', '.join(system.flows)}")
        needed = [name for name in NAMES if name not in self._given]
        if needed:
            raise Misuse(
                f"`{plan.name}@{location}` sends and receives messages",
                "say where it listens: `--bind tcp:127.0.0.1:5000`",
            )
        given = {name: self._given[name] for name in (*NAMES, *system.locations) if name in self._given}
        _must_fit(system, location, given)
        lacking = []
        for name in system.names_of_locations(location):
            if name not in given:
                try:
                    given[name] = self._location(name, system.locations[name].kind)
                except LookupError:
                    lacking.append(name)
        if lacking:
            one = system.locations[lacking[0]]
            raise Misuse(
                f"what runs at `{location}` sends to `{one.name}`, and does not know where that is",
                f"`--set {_example(one)}`, or `{one.name}` in the file of `--directory`",
            )
        return system.flow_at(location, given)

    def _location(self, name: str, kind: LocationKind) -> Any:
        """What the name of a location stands for in the directory. Raises LookupError where there is none."""
        if self._membership is None:
            raise LookupError(name)
        return self._membership.value_of(name, kind)

    def _note_future(self, node: ast.stmt) -> None:
        """Let a `from __future__ import` hold for all statements after it, as in a notebook."""
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                self._flags |= getattr(__future__, alias.name).compiler_flag
