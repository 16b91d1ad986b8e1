"""Branches: lines of a flow's run, that begin where it goes back and runs on, and that it can go back to."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from types import FunctionType
from typing import Any, Final, Protocol

from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.running.kept_lines import Kept, KeptLines
from hydroflow_nb.trace.branches import BranchTree, RecordedBranch, moved_since
from hydroflow_nb.trace.lines import Line
from hydroflow_nb.trace.recording import Recording

_ATOMS: Final = (int, float, str, bytes, bool, complex, type(None))


class Branching(Protocol):
    """A flow that goes back and on, as its branches ask of it."""

    @property
    def recording(self) -> Recording:
        """What is recorded of the run."""

    def values_of_names(self) -> dict[str, Any]:
        """The values of the names that the flow's text uses, as they are now."""

    def switch(self, branch: str) -> None:
        """Go to the end of another branch."""

    def delete_branch(self, branch: str) -> None:
        """Forget a branch."""


class Branch(RecordedBranch[Recording]):
    """A branch of a flow's run, from `flow.branches`: what is recorded of it, and `delete`."""

    def __init__(self, flow: Branching, line: Line) -> None:
        super().__init__(flow.recording, line)
        self._flow = flow

    def delete(self) -> None:
        """Forget it. Raises HydroflowError for the branch that the flow is on, and where another one branches off."""
        self._flow.delete_branch(self.name)


class Branches(BranchTree[Branch]):
    """The branches of a flow by name, in the order in which they were begun; `current` is the one that it is on."""

    def __init__(self, flow: Branching, graph: PartitionedGraph) -> None:
        # The engine tells this of ticks, and the flow holds the engine.
        self._flow_of = weakref.ref(flow)
        self._graph = graph
        self.kept = KeptLines()
        # The values of the text's names when a line's newest tick began.
        self._seen: dict[Line, dict[str, Any]] = {}

    @property
    def flow(self) -> Branching:
        """The flow. Raises HydroflowError where nobody has it any more."""
        flow = self._flow_of()
        if flow is None:
            raise HydroflowError(message="the flow of these branches is gone")
        return flow

    @property
    def recording(self) -> Recording:
        """What is recorded of the run."""
        return self.flow.recording

    @property
    def current(self) -> Line:
        """The line that the flow is on."""
        return self.recording.lines.current

    def made(self, line: Line) -> Branch:
        """The branch that a line is."""
        return Branch(self.flow, line)

    # --- going back and on -------------------------------------------------------------------------------------------

    def check_name(self, name: str | None) -> None:
        """Raise HydroflowError for a name that a new branch cannot have."""
        if name is None:
            return
        is_text = isinstance(name, str)
        if not is_text or not name.strip() or len(name) > 100 or not name.isprintable():
            raise HydroflowError(
                message=f"a branch has a name of 1 to 100 characters that can be printed, not {name!r:.60}"
            )
        if self.recording.lines.get(name) is not None:
            raise HydroflowError(
                message=f"there is a branch `{name}` already: `flow.switch({name!r})` goes there, and "
                f"`flow.branches[{name!r}].delete()` forgets it"
            )

    def note_tick(self, tick: int) -> None:
        """A tick begins."""
        self._seen[self.current] = self.flow.values_of_names()

    def leave(self, engine: Engine) -> dict[Line, Kept]:
        """What is kept of the current line and of those that it comes from, before the flow goes elsewhere."""
        return self.kept.leave(engine, self.recording.lines)

    def fork(self, kept: Mapping[Line, Kept], tick: int, name: str | None) -> None:
        """The flow has gone back to before a tick: a branch begins."""
        self.kept.keep(kept, since=tick)
        line = self.recording.rewind(tick, name)
        sent = moved_since(self.recording, line, self._outward())
        line.sent = {edge: len(items) for edge, items in sent.items()}
        self._forget_gone()
        self.kept.bound()

    def switch(self, engine: Engine, name: str) -> frozenset[type]:
        """Go to the end of another branch. Raises HydroflowError where no state of it is kept."""
        line, recording = self.line(name), self.recording
        if line is self.current:
            return frozenset()
        tick, uncopied = self.kept.come_back(engine, recording.lines, line)
        recording.switch(line)
        recording.cut(tick)
        self.kept.bound()
        return uncopied

    def delete(self, name: str) -> None:
        """Forget a branch. Raises HydroflowError where that cannot be, and KeyError for another name."""
        line, lines = self.line(name), self.recording.lines
        if line is lines.current:
            raise HydroflowError(message=f"the flow is on the branch `{name}`: `flow.switch(...)` to another one first")
        children = lines.children(line)
        if children:
            named = ", ".join(f"`{one.name}`" for one in children)
            raise HydroflowError(message=f"from the branch `{name}` branch off {named}: delete these first")
        self.recording.forget(line)
        self._forget_gone()

    def clear(self) -> None:
        """The flow begins anew."""
        self.kept.clear()
        self._seen.clear()

    def _forget_gone(self) -> None:
        lines = self.recording.lines
        self.kept.forget_gone(lines)
        known = set(lines)
        for line in [line for line in self._seen if line not in known]:
            del self._seen[line]

    def _outward(self) -> frozenset[str]:
        """The edges on which items leave the flow."""
        ends = {
            node.element
            for node in self._graph.nodes.values()
            if not node.operator.facts.pure and not self._graph.flat.outputs(node.id)
        }
        return frozenset(wire.element for wire in self._graph.wires if wire.target in ends and not wire.leaves_handoff)

    # --- looking -----------------------------------------------------------------------------------------------------

    def changed(self, line: Line) -> tuple[str, ...]:
        """The names whose values have changed between the runs of the line that it left and its own."""
        before = self._seen.get(line.left) if line.left is not None else None
        flow = self._flow_of()
        if before is None or flow is None:
            return line.changed
        now = self._seen.get(line) or flow.values_of_names()
        line.changed = tuple(name for name in before if not _alike(before[name], now.get(name)))
        return line.changed


def _alike(one: Any, other: Any) -> bool:
    """Whether a name's values are the same: a cell that ran again has defined the same function anew."""
    if one is other:
        return True
    if isinstance(one, FunctionType) and isinstance(other, FunctionType):
        return (
            one.__code__ == other.__code__
            and one.__defaults__ == other.__defaults__
            and one.__kwdefaults__ == other.__kwdefaults__
            and not one.__closure__
            and not other.__closure__
        )
    return type(one) is type(other) and isinstance(one, _ATOMS) and bool(one == other)
