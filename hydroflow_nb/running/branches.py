"""Branches: lines of a flow's run, that begin where it goes back and runs on, and that it can go back to."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Protocol

from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.snapshots import (
    MOST_ENTRIES,
    MOST_SNAPSHOTS,
    Batch,
    Left,
    Snapshot,
    batch_size,
)
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import PartitionedGraph
from hydroflow_nb.trace.lines import Line
from hydroflow_nb.trace.recording import Recording

if TYPE_CHECKING:
    from hydroflow_nb.trace.diff import Diff

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


@dataclass
class _Kept:
    """What is kept of a line that the flow has left: snapshots and batches of its own ticks, and how it was left."""

    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    batches: dict[int, Batch] = field(default_factory=dict)
    left: Left | None = None

    @property
    def size(self) -> int:
        return sum(one.size for one in self.snapshots.values()) + sum(map(batch_size, self.batches.values()))


class Branch:
    """A branch of a flow's run, from `flow.branches`. It prints what it is.

    `name`; `parent`, the name of the branch that it branches off, None for the first one; `begins`, the number of its
    first tick; `ticks`, the numbers of its own ticks that are recorded; `is_current`. `changed` are the names of the
    text whose values have changed since the branch that it left was run.
    """

    def __init__(self, branches: Branches, line: Line) -> None:
        self._branches = branches
        self._line = line

    @property
    def name(self) -> str:
        """Its name."""
        return self._line.name

    @property
    def parent(self) -> str | None:
        """The name of the branch that it branches off."""
        return None if self._line.parent is None else self._line.parent.name

    @property
    def begins(self) -> int:
        """The number of its first tick."""
        return self._line.begins

    @property
    def is_current(self) -> bool:
        """True where the flow is on it."""
        return self._branches.current is self._line

    @property
    def ticks(self) -> list[int]:
        """The numbers of its own ticks that are recorded."""
        return [tick.tick for tick in self._branches.recording.own_ticks(self._line)]

    @property
    def changed(self) -> tuple[str, ...]:
        """The names whose values have changed since the branch that it left was run."""
        return self._branches.changed(self._line)

    @property
    def recording(self) -> Recording:
        """What is recorded of it, from the start of the run on."""
        recording = self._branches.recording
        return recording if self.is_current else recording.of_branch(self.name)

    @property
    def sent_before(self) -> dict[str, list[Any]]:
        """What had left the flow before it went back to where this branch begins, by edge: sent before the rewind, and
        sent again where the branch does it again. Of items that can change it is the text.
        """
        return self._branches.sent_before(self._line)

    @property
    def sent_count(self) -> int:
        """How many items had left the flow before it went back, as far as they were recorded."""
        return sum(self._line.sent.values())

    def diff(self, other: Branch | str) -> Diff:
        """How another branch differs from this one; see `Recording.diff`."""
        name = other.name if isinstance(other, Branch) else other
        found = self.recording.diff(self._branches[name].recording)
        return replace(found, names=(self.name, name))

    def delete(self) -> None:
        """Forget it. Raises HydroflowError for the branch that the flow is on, and where another one branches off."""
        self._branches.flow.delete_branch(self.name)

    def __str__(self) -> str:
        words = [_ticks_in_words(self.ticks)]
        if self._line.parent is not None:
            words.append(f"from tick {self.begins} of {self._line.parent.name}")
        if self.changed:
            words.append(f"changed: {', '.join(self.changed)}")
        count = self.sent_count
        if count:
            words.append(f"{count:,} item{'s' * (count > 1)} sent before the rewind")
        return f"{self.name}: {', '.join(words)}{' (the flow is here)' if self.is_current else ''}"

    def __repr__(self) -> str:
        return f"<branch {self}>"


class Branches(Mapping[str, Branch]):
    """The branches of a flow by name, in the order in which they were begun; `current` is the one that it is on."""

    def __init__(self, flow: Branching, graph: PartitionedGraph) -> None:
        # The engine tells this of ticks, and the flow holds the engine.
        self._flow_of = weakref.ref(flow)
        self._graph = graph
        self._kept: dict[Line, _Kept] = {}
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

    def __getitem__(self, name: str) -> Branch:
        return Branch(self, self._line(name))

    def __iter__(self) -> Iterator[str]:
        return (line.name for line in self.recording.lines)

    def __len__(self) -> int:
        return len(self.recording.lines)

    def _line(self, name: str) -> Line:
        line = self.recording.lines.get(name)
        if line is None:
            known = ", ".join(f"`{one.name}`" for one in self.recording.lines)
            raise KeyError(f"there is no branch `{name}`: there {'is' if len(self) == 1 else 'are'} {known}")
        return line

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

    def leave(self, engine: Engine) -> dict[Line, _Kept]:
        """What is kept of the current line and of those that it comes from, before the flow goes elsewhere."""
        assert engine.snapshots is not None
        lines = self.recording.lines
        found: dict[Line, _Kept] = {}
        for line, snapshots in lines.apart(engine.snapshots.kept).items():
            found.setdefault(line, _Kept()).snapshots = snapshots
        for line, batches in lines.apart(engine.snapshots.batches).items():
            found.setdefault(line, _Kept()).batches = batches
        found.setdefault(lines.current, _Kept()).left = engine.leave()
        return found

    def fork(self, kept: Mapping[Line, _Kept], tick: int, name: str | None) -> None:
        """The flow has gone back to before a tick: a branch begins."""
        for line, one in kept.items():
            self._keep(
                line,
                _Kept(
                    snapshots={at: found for at, found in one.snapshots.items() if at >= tick},
                    batches={at: found for at, found in one.batches.items() if at >= tick},
                    left=one.left,
                ),
            )
        line = self.recording.rewind(tick, name)
        line.sent = {edge: len(items) for edge, items in self.sent_before(line).items()}
        self._forget_gone()
        self._bound()

    def switch(self, engine: Engine, name: str) -> frozenset[type]:
        """Go to the end of another branch. Raises HydroflowError where no state of it is kept."""
        assert engine.snapshots is not None
        line, recording = self._line(name), self.recording
        if line is self.current:
            return frozenset()
        here = self.leave(engine)
        known = {**self._kept}
        for one, kept in here.items():
            known[one] = _merged(known.get(one), kept)
        target = known.get(line, _Kept())
        snapshots = recording.lines.together(line, {one: kept.snapshots for one, kept in known.items()})
        batches = recording.lines.together(line, {one: kept.batches for one, kept in known.items()})
        left = target.left
        tick, snapshot = self._end_of(line, left, snapshots, batches)
        assert left is not None
        for one, kept in here.items():
            self._keep(one, kept)
        uncopied = engine.come_back(snapshot, tick, left, [items for at, items in batches.items() if at >= tick])
        engine.snapshots.replace(
            {at: one for at, one in snapshots.items() if at <= tick},
            {at: items for at, items in batches.items() if at < tick},
        )
        recording.switch(line)
        recording.cut(tick)
        for one in recording.lines.path():
            # What is on the way is the engine's again, but for what lies behind a branching.
            if one is line:
                self._kept.pop(one, None)
        self._bound()
        return uncopied

    def _end_of(
        self, line: Line, left: Left | None, snapshots: Mapping[int, Snapshot], batches: Mapping[int, Batch]
    ) -> tuple[int, Snapshot]:
        if left is not None:
            if left.snapshot is not None and not left.snapshot.is_lost:
                return left.tick, left.snapshot
            for tick in sorted(snapshots, reverse=True):
                is_whole = tick <= left.tick and all(at in batches for at in range(tick, left.tick))
                if is_whole and not snapshots[tick].is_lost:
                    return tick, snapshots[tick]
        raise HydroflowError(
            message=f"the branch `{line.name}` can be looked at, but not gone back to: its state is not kept any more"
        )

    def delete(self, name: str) -> None:
        """Forget a branch. Raises HydroflowError where that cannot be, and KeyError for another name."""
        line, lines = self._line(name), self.recording.lines
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
        self._kept.clear()
        self._seen.clear()

    def _keep(self, line: Line, kept: _Kept) -> None:
        # The one that was left last is the last one.
        self._kept[line] = _merged(self._kept.pop(line, None), kept)

    def _forget_gone(self) -> None:
        known = set(self.recording.lines)
        for kept in (self._kept, self._seen):
            for line in [line for line in kept if line not in known]:
                del kept[line]

    def _bound(self) -> None:
        """Drop the oldest states of what was left longest ago, where all hold too much."""
        while (
            sum(len(one.snapshots) for one in self._kept.values()) > MOST_SNAPSHOTS
            or sum(one.size for one in self._kept.values()) > MOST_ENTRIES
        ):
            kept = next((one for one in self._kept.values() if one.snapshots or one.batches), None)
            if kept is None:
                break
            if kept.snapshots:
                tick = next(iter(kept.snapshots))
                del kept.snapshots[tick]
                oldest = next(iter(kept.snapshots), None)
                for at in [at for at in kept.batches if oldest is None or at < oldest]:
                    del kept.batches[at]
            else:
                kept.batches.clear()

    # --- looking -----------------------------------------------------------------------------------------------------

    def changed(self, line: Line) -> tuple[str, ...]:
        """The names whose values have changed between the runs of the line that it left and its own."""
        before = self._seen.get(line.left) if line.left is not None else None
        if before is None:
            return line.changed
        now = self._seen.get(line) or self.flow.values_of_names()
        line.changed = tuple(name for name in before if not _alike(before[name], now.get(name)))
        return line.changed

    def sent_before(self, line: Line) -> dict[str, list[Any]]:
        """What had left the flow on the line that it left, from where it begins on, by edge."""
        if line.left is None or self.recording.lines.get(line.left.name) is not line.left:
            return {}
        outward = self._outward()
        found: dict[str, list[Any]] = {}
        for tick in self.recording.of_branch(line.left.name).ticks:
            if tick.tick >= line.begins:
                for step in tick.steps:
                    for edge, moved in step.moves.items():
                        if edge in outward:
                            found.setdefault(edge, []).extend(moved.items)
        return found

    def _outward(self) -> frozenset[str]:
        """The edges on which items leave the flow."""
        ends = {
            node.element
            for node in self._graph.nodes.values()
            if not node.operator.facts.pure and not self._graph.flat.outputs(node.id)
        }
        return frozenset(
            wire.element for wire in self._graph.wires if wire.target in ends and not wire.source.startswith("handoff")
        )

    def to_list(self) -> list[dict[str, Any]]:
        """The branches as JSON."""
        return [
            {
                **one,
                "changed": list(self.changed(self._line(one["name"]))),
                "sent": self._line(one["name"]).sent,
            }
            for one in self.recording.branch_dicts()
        ]

    def _tree(self) -> Iterator[tuple[int, Branch]]:
        lines = self.recording.lines

        def below(line: Line, depth: int) -> Iterator[tuple[int, Branch]]:
            yield depth, Branch(self, line)
            for child in lines.children(line):
                yield from below(child, depth + 1)

        first = next(iter(lines))
        yield from below(first, 0)

    def __repr__(self) -> str:
        return "\n".join(f"{'  ' * (depth - 1) + '└ ' if depth else ''}{branch}" for depth, branch in self._tree())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left;padding-left:{depth * 1.5 + 0.5}em'>{escape(one.name)}"
            f"{' <b>(the flow is here)</b>' if one.is_current else ''}</td>"
            f"<td>{escape(_ticks_in_words(one.ticks))}</td><td>{one.begins if one.parent else ''}</td>"
            f"<td>{escape(', '.join(one.changed))}</td><td>{one.sent_count or ''}</td></tr>"
            for depth, one in self._tree()
        )
        names = ("branch", "recorded", "from tick", "changed", "sent before the rewind")
        head = "".join(f"<th>{name}</th>" for name in names)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _merged(one: _Kept | None, other: _Kept) -> _Kept:
    if one is None:
        return other
    return _Kept(
        snapshots=dict(sorted({**one.snapshots, **other.snapshots}.items())),
        batches=dict(sorted({**one.batches, **other.batches}.items())),
        left=other.left or one.left,
    )


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


def _ticks_in_words(ticks: list[int]) -> str:
    if not ticks:
        return "no ticks"
    return f"tick {ticks[0]}" if len(ticks) == 1 else f"ticks {ticks[0]} to {ticks[-1]}"
