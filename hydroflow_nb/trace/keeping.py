"""What a variant of a flow's code keeps while it runs, and the runs of subgraphs that are made of it.

Code that is generated keeps items in lists and counts in variables, as its plan says (`engine/keeping.py`). Steps are
made of what was kept when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import CellType
from typing import Any, Protocol

from hydroflow_nb.engine.keeping import LoopPlan, Rows, RunPlan, TapPlan
from hydroflow_nb.ir.partitioned import PartitionedGraph, Subgraph, SubgraphId, Wire
from hydroflow_nb.trace.carrying import Carries, carries_of
from hydroflow_nb.trace.forms import form_of
from hydroflow_nb.trace.parts import Known, Loop, Part
from hydroflow_nb.trace.ticks import ATOMS, Moved, RecordedStep, RecordedTick
from hydroflow_nb.trace.wires import wires_of_steps


class Tap:
    """Sits on one wire, and keeps what goes over it in a list."""

    __slots__ = ("items", "keeps", "limit", "overflow")

    def __init__(self, keeps: Callable[[Any], Any]) -> None:
        self.keeps = keeps
        self.items: list[Any] = []
        self.limit = 0
        self.overflow = 0

    def add(self, item: Any) -> None:
        """One item has gone over the wire."""
        if len(self.items) < self.limit:
            self.items.append(self.keeps(item))
        else:
            self.overflow += 1


class FilterTap:
    """Sits on one wire, and keeps the items that a predicate holds for; one for which it raises is kept, too."""

    def __init__(self, taps: _SubgraphTaps, wire: int, recorder: Room, keeps: Callable[[Any], Any]) -> None:
        (self._items,) = taps.lists_of[wire]
        self._taps = taps
        self._wire = wire
        self._recorder = recorder
        self._keeps = keeps
        self._predicate = recorder.filters[wire]

    def add(self, item: Any) -> None:
        """One item has gone over the wire."""
        try:
            wanted = self._predicate(item)
        except Exception:
            # A filter is no part of the flow, which goes on.
            wanted = True
        if wanted and len(self._items) < self._recorder.room:
            self._items.append(self._keeps(item))
            return
        gaps = self._taps.gaps.setdefault(self._wire, [])
        if gaps and gaps[-1][0] == len(self._items):
            gaps[-1] = (len(self._items), gaps[-1][1] + 1)
        else:
            gaps.append((len(self._items), 1))


class _SubgraphTaps:
    """What the code of one subgraph keeps, and what is made of that."""

    def __init__(self, graph: PartitionedGraph, subgraph: Subgraph, plan: RunPlan) -> None:
        self.subgraph = subgraph
        self.loop = None if subgraph.loop is None else graph.loops[subgraph.loop].element
        # Each with its width: a property of what does not change any more.
        self.rows: list[tuple[Rows, list[Any], int]] = [(rows, [], rows.width) for rows in plan.rows.values()]
        self.lists = {rows.number: kept for rows, kept, _ in self.rows}
        # The lists that no code fills.
        self.given = {rows.number for rows, _, _ in self.rows if rows.given}
        self.again: dict[int, list[tuple[int, Any]]] = {
            number: [] for rows in plan.rows.values() for number in rows.again.values()
        }
        # Where a run was broken off within a row: how many wires its last item has passed, by list.
        self.broken: dict[int, int] = {}
        # A loop fills one of several lists of a wire.
        self.lists_of: dict[int, list[list[Any]]] = {}
        for rows, kept, _ in self.rows:
            for wire in rows.columns:
                self.lists_of.setdefault(wire, []).append(kept)
        # The cells of what counts, known when the code is loaded.
        self.overflows: list[tuple[Rows, CellType]] = []
        # The items that were not kept, by wire: behind how many kept ones, and how many.
        self.gaps: dict[int, list[tuple[int, int]]] = {}
        self.runs = 0
        # Where handoffs are left out: the taps of the subgraphs that take items in from here, each with the wire into
        # the handoff and the one out of it; and the runs whose items a run takes in, with these two wires.
        self.takers: list[tuple[_SubgraphTaps, int, int]] = []
        self.gathered: list[tuple[SubgraphRun, int, int]] = []
        # The wires that a step of an operator shows.
        elements = [graph.nodes[node].element for node in subgraph.nodes]
        self.shown: dict[str, list[Wire]] = {element: [] for element in elements}
        self.into: dict[str, list[Wire]] = {element: [] for element in elements}
        # The wires on which something may be carried over.
        self.carries: list[Carries] = []
        # The wires whose items are not a person's, and the form of these.
        self.forms = {wire.number: form for wire in graph.wires if (form := form_of(graph.flat, wire.edge))}

    def missed(self, wire: int, number: int) -> None:
        """So many items of a wire were counted and not kept."""
        self.gaps.setdefault(wire, []).append((sum(map(len, self.lists_of[wire])), number))

    def used(self) -> int:
        """The items that are kept of the run that is under way."""
        size = 0
        for _, kept, width in self.rows:
            size += len(kept) * width
        return size


class SubgraphRun:
    """What was kept of one run of a subgraph."""

    __slots__ = ("again", "anew", "broken", "gaps", "gathered", "iteration", "kept", "number", "taps", "tick")

    def __init__(
        self,
        taps: _SubgraphTaps,
        number: int,
        iteration: tuple[int, ...],
        kept: Sequence[tuple[Rows, list[Any]]],
        gaps: Mapping[int, list[tuple[int, int]]],
        again: Mapping[int, Mapping[int, Any]],
        broken: Mapping[int, int],
        gathered: Sequence[tuple[SubgraphRun, int, int]],
        tick: RecordedTick | None,
        anew: Sequence[bool],
    ) -> None:
        self.taps = taps
        # The tick in which it is the first run, where something may be carried over, and which regions begin anew.
        self.tick = tick
        self.anew = anew
        self.number = number
        self.iteration = iteration
        self.kept = kept
        self.gaps = gaps
        self.again = again
        self.broken = broken
        # What was taken in without a handoff: the run that it came from, the wire there, and the wire here.
        self.gathered = gathered

    @property
    def most_steps(self) -> int:
        """The steps are at most so many."""
        return len(self.taps.shown)

    def steps(self) -> Iterator[RecordedStep]:
        """The steps of the operators in which anything moved."""
        found = self._moved()
        taps = self.taps
        if self.tick is not None:
            for one in taps.carries:
                one.add_to(found, self.tick, self.anew)
        for element, wires in taps.shown.items():
            moves = {wire.element: found[wire.number] for wire in wires if wire.number in found}
            if moves or any(wire.number in found for wire in taps.into[element]):
                yield RecordedStep(
                    stratum=taps.subgraph.stratum,
                    subgraph=taps.subgraph.element,
                    run=self.number,
                    operator=element,
                    loop=taps.loop,
                    iteration=self.iteration,
                    moves=moves,
                )

    def _moved(self) -> dict[int, Moved]:
        items: dict[int, list[Any]] = {}
        for rows, kept in self.kept:
            passed = self.broken.get(rows.number, len(rows.columns))
            for index, (wire, column) in enumerate(rows.columns.items()):
                whole = kept if index < passed else kept[:-1]
                if rows.width > 1:
                    whole = [row[column] for row in whole]
                changed = self.again.get(rows.again[wire]) if wire in rows.again else None
                if changed:
                    whole = [changed.get(at, item) for at, item in enumerate(whole)]
                if whole:
                    items[wire] = whole
        found: dict[int, Moved] = {}
        for run, into, out in self.gathered:
            moved = run._moved().get(into)
            if moved is not None:
                found[out] = _behind(found[out], moved) if out in found else moved
        for wire in [*items, *(wire for wire in self.gaps if wire not in items)]:
            kept_items = items.get(wire, [])
            gaps = _in_order(self.gaps.get(wire, ()))
            count = len(kept_items) + sum(missing for _, missing in gaps)
            found[wire] = Moved(count=count, items=kept_items, gaps=gaps, form=self.taps.forms.get(wire, ""))
        return found


def _behind(before: Moved, moved: Moved) -> Moved:
    """What went over an edge, and then some more."""
    place = len(before.items)
    gaps = [*before.gaps, *((place + at, missing) for at, missing in moved.gaps)]
    items = [*before.items, *moved.items]
    return Moved(count=before.count + moved.count, items=items, gaps=_in_order(gaps), form=before.form)


def _in_order(gaps: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Gaps by their place, those of one place put together."""
    found: dict[int, int] = {}
    for place, missing in gaps:
        found[place] = found.get(place, 0) + missing
    return tuple(sorted(found.items()))


class Room(Protocol):
    """Who says how much is kept and what, and takes it."""

    @property
    def filters(self) -> Mapping[int, Callable[[Any], object]]:
        """The predicates that choose what is kept, by the number of a wire."""

    @property
    def known(self) -> Known:
        """Lists that were looked at as a whole in this tick."""

    @property
    def room(self) -> int:
        """The items that the run which is under way may keep."""

    @property
    def tick(self) -> RecordedTick | None:
        """The tick that is under way."""

    def take(self, run: SubgraphRun, size: int) -> None:
        """A subgraph has run, and so many items are kept of it."""


class Keeping:
    """What one variant of the code calls and fills."""

    def __init__(self, graph: PartitionedGraph, plan: TapPlan, recorder: Room, keeps: Callable[[Any], Any]) -> None:
        self._recorder = recorder
        self._keeps = keeps
        self._most_variable, self._counters = plan.most, plan.counters
        self._most: CellType | None = None
        self._cells: dict[str, CellType] = {}
        self._tap_of: dict[int, Tap] = {}
        self._filters: dict[int, FilterTap] = {}
        self._taps: dict[SubgraphId, _SubgraphTaps] = {}
        self._loops: dict[int, tuple[_SubgraphTaps, Loop]] = {}
        # Which regions begin anew in the tick that is under way; nothing where all do.
        self._anew: Sequence[bool] = ()
        shown, into = wires_of_steps(graph)
        carries = carries_of(graph)
        for number, subgraph in graph.subgraphs.items():
            run = plan.runs.get(int(number), RunPlan())
            chosen = {
                wire.number: Rows(number=-wire.number, columns={wire.number: 0})
                for node in subgraph.nodes
                for wire in shown[graph.nodes[node].element]
                if wire.number in plan.filtered
            }
            if chosen:
                run = RunPlan(rows={**run.rows, **{-wire: rows for wire, rows in chosen.items()}}, loops=run.loops)
            taps = self._taps[number] = _SubgraphTaps(graph, subgraph, run)
            for wire in chosen:
                self._filters[wire] = FilterTap(taps, wire, recorder, keeps)
            for element in taps.shown:
                taps.shown[element], taps.into[element] = shown[element], into[element]
            wires = [wire.number for wires in taps.shown.values() for wire in wires]
            taps.carries = [carries[wire] for wire in wires if wire in carries]
            for loop in run.loops.values():
                given = None if loop.given is None or loop.given.given is None else taps.lists[loop.given.given]
                self._loops[loop.number] = taps, Loop(loop, run, given, partial(self._counted, taps, loop))

        for out in graph.wires:
            if out.number in plan.gathered:
                source, target = (self._taps[graph.subgraph_of[end]] for end in (out.edge.source, out.edge.target))
                source.takers.append((target, plan.gathered[out.number], out.number))

    # --- the code --------------------------------------------------------------------------------------------------

    def names(self) -> dict[str, Any]:
        """What the code calls, by name."""
        lists = {
            f"kept_rows_{number}": kept
            for taps in self._taps.values()
            for number, kept in (taps.lists | taps.again).items()
        }
        return {
            **lists,
            **{f"tap_{wire}": tap.add for wire, tap in self._filters.items()},
            "parts": self.parts,
            "atoms": ATOMS,
            "keeps": self._keeps,
            "type": type,
            "len": len,
            "iter": iter,
            "BaseException": BaseException,
            "broken": self.broken,
            "begins_anew": self.begins_anew,
            "regions_begin": self.regions_begin,
            "subgraph_ran": self.subgraph_ran,
        }

    def counts_in(self, strata: Sequence[Callable[[], None]]) -> None:
        """The functions of the code: their variables are where it counts."""
        # Not the others: a recording is kept for longer than the state of its flow.
        wanted = {self._most_variable, *self._counters}
        for stratum in strata:
            found = zip(stratum.__code__.co_freevars, stratum.__closure__ or (), strict=True)
            self._cells.update((name, cell) for name, cell in found if name in wanted)
        self._most = self._cells.get(self._most_variable)
        for taps in self._taps.values():
            taps.overflows = [(rows, self._cells[rows.overflow]) for rows, _, _ in taps.rows if rows.overflow]

    def taps(self) -> dict[int, Callable[[Any], None]]:
        """For code that was not generated: what it calls with each item, by the number of the wire."""
        for taps in self._taps.values():
            for wire, kept in taps.lists.items():
                if wire in self._recorder.filters:
                    self._filters[wire] = FilterTap(taps, wire, self._recorder, self._keeps)
                    continue
                tap = self._tap_of[wire] = Tap(self._keeps)
                tap.items = kept
        return {wire: tap.add for wire, tap in (self._tap_of | self._filters).items()}

    def begin_tick(self) -> None:
        """A tick begins, in which no subgraph has run."""
        self._anew = ()
        for taps in self._taps.values():
            taps.runs = 0
            if taps.gathered:
                taps.gathered = []
        for _, loop in self._loops.values():
            loop.ends()
        self.allow(self._recorder.room)

    def break_off(self, stratum: int) -> None:
        """A tick was aborted in a stratum: what was kept of the run that was broken off is a run."""
        # Nobody knows how far a replay would have come.
        self._anew = ()
        for _, loop in self._loops.values():
            loop.break_off()
        for number, taps in self._taps.items():
            if taps.subgraph.stratum > stratum:
                taps.gathered = []
            self.subgraph_ran(number)

    def forget(self) -> None:
        """The tick was undone: nothing of it is kept. Nobody takes the run that was broken off."""
        self.break_off(-1)

    def allow(self, rows: int) -> None:
        """In what is not split, a list grows up to this length."""
        if self._most is not None:
            self._most.cell_contents = max(0, rows)
        for tap in self._tap_of.values():
            tap.limit = rows // len(self._tap_of)

    # --- called by the code ------------------------------------------------------------------------------------------

    def begins_anew(self) -> bool:
        """Whether the tick before is not there to tell what this one carries over."""
        tick = self._recorder.tick
        return tick is None or tick.before is None

    def regions_begin(self, *anew: bool) -> None:
        """A tick begins, and some regions begin anew with it."""
        if not all(anew):
            self._anew = anew
        elif self._recorder.tick is not None:
            self._recorder.tick.before = None

    def parts(self, loop: int, items: Iterator[Any]) -> Iterable[Part]:
        """How a loop goes through its items."""
        taps, parts = self._loops[loop]
        allowed = self._recorder.room
        return parts.parts(items, max(0, allowed - taps.used()) if allowed else 0, self.allow, self._recorder.known)

    def _counted(self, taps: _SubgraphTaps, plan: LoopPlan, number: int) -> None:
        if number:
            for wire in plan.direct:
                taps.missed(wire, number)
        for name, wires in plan.counters.items():
            cell = self._cells[name]
            if cell.cell_contents:
                for wire in wires:
                    taps.missed(wire, cell.cell_contents)
                cell.cell_contents = 0

    def broken(self, number: int, row: Any, passed: int) -> None:
        """A run is broken off within a row: its item has passed so many wires."""
        for taps in self._taps.values():
            if number in taps.lists:
                if number not in taps.given:
                    taps.lists[number].append(row)
                taps.broken[number] = passed

    def subgraph_ran(self, number: SubgraphId, *iteration: int) -> None:
        """A run of a subgraph has ended, in these iterations of the nested loops around it, outermost first."""
        taps = self._taps[number]
        taps.runs += 1
        for rows, cell in taps.overflows:
            if cell.cell_contents:
                for wire in rows.columns:
                    taps.missed(wire, cell.cell_contents)
                cell.cell_contents = 0
        if self._tap_of:
            for wire in taps.lists.keys() & self._tap_of.keys():
                tap = self._tap_of[wire]
                if tap.overflow:
                    taps.missed(wire, tap.overflow)
                    tap.overflow = 0
        size = 0
        kept = []
        for rows, items, width in taps.rows:
            if items:
                size += len(items) * width
                kept.append((rows, items.copy()))
                items.clear()
        gaps, taps.gaps = taps.gaps, {}
        broken, taps.broken = taps.broken, {}
        again = {}
        for one, found in taps.again.items():
            if found:
                again[one] = dict(found)
                found.clear()
        gathered, taps.gathered = taps.gathered, []
        tick = self._recorder.tick if self._anew and taps.carries and taps.runs == 1 else None
        if not kept and not gaps and not gathered and tick is None:
            return
        run = SubgraphRun(taps, taps.runs, iteration, kept, gaps, again, broken, gathered, tick, self._anew)
        for taker, into, out in taps.takers:
            taker.gathered.append((run, into, out))
        self._recorder.take(run, size)
        self.allow(self._recorder.room)
