"""A recording: the newest ticks of a flow, with the items that went over each edge."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.state.loaded import LoadedStates
from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator
from hydroflow_nb.state.saved import SavedHistory
from hydroflow_nb.trace.branches import RecordedBranches
from hydroflow_nb.trace.continued import hand_on, link
from hydroflow_nb.trace.lines import Line, Lines, drop_oldest, to_dict
from hydroflow_nb.trace.loading import load
from hydroflow_nb.trace.plain import to_plain
from hydroflow_nb.trace.replay import Replay
from hydroflow_nb.trace.saving import MOST_BYTES, Page, forms_of, save
from hydroflow_nb.trace.ticks import LONGEST_TEXT, MOST_TICKS, PAGE, RecordedStep, RecordedTick, Text, kept

if TYPE_CHECKING:
    from hydroflow_nb.trace.comparing import Comparable
    from hydroflow_nb.trace.diff import Diff


class Drawable(Protocol):
    """The graph of the flow that is recorded."""

    def to_dict(self) -> dict[str, Any]:
        """The graph as data for JSON."""

    def svg(self, recording: Recording | None = None, *, tick: int | None = None) -> str:
        """The graph's picture, with a recording that of a tick."""


class States(Protocol):
    """What the operators held when the ticks ended."""

    def state(self, place: str, tick: int) -> OperatorState | StatesByOperator:
        """What the operators of a place held at the end of a tick. Raises HydroflowError."""

    def history(self, ticks: Iterable[int]) -> SavedHistory | None:
        """What the operators held after some ticks; None where nothing remembers, or nothing can be read now."""


# Of what a recording may keep, so much may be items that its ticks carry over from ticks that are forgotten.
CARRIED_SHARE: Final = 0.25

# The direct causes of the items of a recording since a tick, as JSON: within so many seconds of processor time, and so
# many characters; and of how many items they are left out.
DirectCauses: TypeAlias = "Callable[[Recording, int, float, int], tuple[str, int]]"


class Recording:
    """The newest ticks of a flow within a budget of items, 2,000 at most; `dropped` counts the ticks that were dropped.

    `epoch` changes when the flow goes back: what was read of a tick may then be wrong. `keeps` gives what is kept of an
    item. `graph` is the graph of the flow. `Recording.load` reads one that was saved.

    More: "Files" in `docs/understanding.md`.
    """

    def __init__(self, *, budget: int, graph: Drawable, keeps: Callable[[Any], Any] = kept) -> None:
        self.budget = budget
        self.most_ticks = MOST_TICKS
        # By place. The flow that is recorded says what is to be done when they change.
        self.filters: dict[str, Callable[[Any], object]] = {}
        self.when_filtered: Callable[[str], None] | None = None
        # By the number of a wire: what is called with each of its items before the first tick is kept, as a filter is.
        self.listeners: dict[int, Callable[[Any], object]] = {}
        self.keeps = keeps
        self.ticks: deque[RecordedTick] = deque()
        self.dropped = 0
        # The items that ticks have taken in, those included that are forgotten.
        self.taken = 0
        self.epoch = 0
        self.states: States | None = None
        # Asks the flow that is recorded; a recording that was read from a file has none.
        self.direct_causes: DirectCauses | None = None
        self.graph = graph
        self.lines = Lines()
        # What the flow that is recorded knows of the names whose values have changed on a line.
        self.changed_on: Callable[[Line], tuple[str, ...]] = lambda line: line.changed
        self._size = 0
        self._listeners = Listeners()

    def __repr__(self) -> str:
        count = len(self.ticks)
        lost = f", {self.dropped} older dropped" if self.dropped else ""
        return f"<recording of {count} tick{'s' * (count != 1)}{lost}>"

    def filter(self, place: str, predicate: Callable[[Any], object] | None) -> None:
        """From the next tick on, keep of the items on an edge (`"hop -> reached"`) those that a predicate holds for,
        and count the others; None keeps the first and the last ones again.

        The predicate is called with every item there, by the code that runs: it costs time, and should change nothing.
        An item for which it raises an exception is kept. Raises HydroflowError for a place that there is not, and for a
        recording that was read from a file.
        """
        if self.when_filtered is None:
            raise HydroflowError(message="this recording is not that of a flow that runs: it cannot choose any more")
        if predicate is not None and not callable(predicate):
            raise TypeError("a filter is a function of an item, such as `lambda item: item[0] == 3`")
        before = dict(self.filters)
        self.filters.pop(place, None)
        if predicate is not None:
            self.filters[place] = predicate
        try:
            self.when_filtered(place)
        except BaseException:
            self.filters = before
            raise

    # --- reading ---------------------------------------------------------------------------------------------------

    def tick(self, number: int) -> RecordedTick:
        """A recorded tick by its number. Raises KeyError for one that was not recorded, or was dropped."""
        for tick in reversed(self.ticks):
            if tick.tick == number:
                return tick
        held = f"ticks {self.ticks[0].tick} to {self.ticks[-1].tick} are" if self.ticks else "nothing is"
        raise KeyError(f"tick {number} is not recorded: {held}")

    def whole_tick(self, number: int) -> RecordedTick | None:
        """The newest tick if it has this number and all of it is recorded, up to its end."""
        last = self.ticks[-1] if self.ticks else None
        if last is None or last.tick != number or not last.complete or last.fault is not None or last.skipped_steps:
            return None
        return last

    def tick_dict(self, number: int) -> dict[str, Any]:
        """A recorded tick as JSON. Raises KeyError."""
        return self.tick(number).to_dict()

    def svg(self, tick: int | None = None) -> str:
        """The picture of a recorded tick, by default of the newest: `flow.graph.svg(flow.recording, tick=tick)`. Raises
        KeyError for a tick that is not recorded.

        More: "The picture of a run" in `docs/pictures.md`.
        """
        return self.graph.svg(self, tick=tick)

    def state(self, place: str, tick: int) -> OperatorState | StatesByOperator:
        """What the operators of a place held at the end of a tick, as `flow.state` gives it. Raises HydroflowError for
        a place that remembers nothing, and for a tick whose state is not kept.
        """
        if self.states is None:
            raise HydroflowError(message="this recording holds no states")
        return self.states.state(place, tick)

    def items_on(self, edges: Container[str]) -> Iterator[Any]:
        """The items that are kept of some edges, oldest first, but those of which the text alone is kept. What was
        carried over comes once.
        """
        for number, tick in enumerate(self.ticks):
            for step in tick.steps:
                for edge, moved in step.moves.items():
                    if edge in edges:
                        items = moved.sent.items if number else moved.items
                        yield from (item for item in items if not isinstance(item, Text))

    def page(
        self, tick: int, op: str, sg: str, run: int, edge: str, offset: int, limit: int = PAGE
    ) -> list[str | None]:
        """Reprs of the items from `offset` on that went over an edge in one step, None for those that were not kept.

        Raises KeyError.
        """
        return self._step(tick, op, sg, run).moves[edge].texts(offset, limit)

    def text(self, tick: int, op: str, sg: str, run: int, edge: str, index: int, limit: int = LONGEST_TEXT) -> str:
        """The text of one item, up to a limit. Raises KeyError, and IndexError where the item was not kept."""
        moved = self._step(tick, op, sg, run).moves[edge]
        return moved.text(moved.item(index), limit)

    def _step(self, tick: int, op: str, sg: str, run: int) -> RecordedStep:
        for step in self.tick(tick).steps:
            if (step.operator, step.subgraph, step.run) == (op, sg, run):
                return step
        raise KeyError((op, sg, run))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON, with the graph and its picture."""
        return {
            "format": 1,
            "graph": self.graph.to_dict(),
            "svg": self.graph.svg(),
            "ticks": [tick.to_dict() for tick in self.ticks],
            "dropped": self.dropped,
            "branches": [
                {**one, "ticks": [tick.to_dict() for tick in line.ticks]}
                for one, line in zip(self.branch_dicts(), self.lines, strict=True)
            ],
            "states": to_plain(self.history, SavedHistory | None),
        }

    @property
    def history(self) -> SavedHistory | None:
        """What the operators held after the recorded ticks, as far as that is kept; None where nothing remembers."""
        return None if self.states is None else self.states.history(tick.tick for tick in self.ticks if tick.complete)

    @property
    def branches(self) -> RecordedBranches[Recording]:
        """The branches of the run by name, a mapping that prints as a tree, also of a run that was loaded from a file.

        Each has `name`, `parent`, `begins`, `ticks`, `changed`, `sent_before`, `recording`, `diff(other)`.
        """
        return RecordedBranches(self)

    def causes(self, since: int, *, seconds: float, room: int) -> tuple[str, int] | None:
        """Of the items of the ticks from `since` on the items that directly made them, as JSON for a page that answers
        why without a kernel, and of how many items they are left out: they are found within so many seconds of
        processor time, and take so many characters. Functions of the flow are called again, as `flow.why` does. None
        where no flow can be asked, as for a recording that was read from a file.
        """
        return None if self.direct_causes is None else self.direct_causes(self, since, seconds, room)

    def diff(self, other: Comparable | str | int, tick: int | None = None) -> Diff:
        """How another run differs from this one, or one tick from another.

        `recording.diff(other)` compares with another recording, or a branch of the flow (itself or its name), tick by
        tick; `recording.diff(other, tick=3)` does so for that tick alone, and `recording.diff(3, 5)` tells how tick 5
        differs from tick 3. A `Diff` prints as text and shows as a table for each edge: items added,
        removed, and changed in a part (`.edges`), and the first difference (`.first`); it is false where both are the
        same. Items are compared as they are kept: of those that can change it is the text, unless the recording has
        `copies`. Raises KeyError for a tick or a branch that there is not, TypeError for anything else.

        More: "What differs" in `docs/understanding.md`.
        """
        from hydroflow_nb.trace.comparing import compared

        return compared(self, other, tick)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the recording: the function is called after something was recorded.

        Returns a function that unsubscribes it.
        """
        return self._listeners.add(callback)

    def stepper(self) -> Page:
        """The stepper of what is recorded, as a page in a frame that needs no kernel: what the recording shows as the
        last line of a cell.
        """
        return Page(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return forms_of(self)

    def replay(self, flow: object, *, quiet: bool = True) -> Replay:
        """Run what each tick took in once more, through a flow: the same one, or another or an edited one. Tells the
        first tick, edge and item that differ, or that nothing does; `print` it, or read its parts.

        The run is that of a copy of the flow, from tick 0 on: the flow, its channels and lists stay as they are. No
        sink is called, nothing is sent, and nothing is printed, as if nobody had asked; with `quiet=False` sinks are
        called and what functions print is seen, as in a run. Edges of an edited flow are compared where both have them.

        Raises HydroflowError where the recording has not all that is needed: the first tick, and every item that
        came in, as a value; and for a flow that was built by hand.

        More: "The same run again" in `docs/understanding.md`.
        """
        from hydroflow_nb.simulation.replaying import replay

        return replay(self, flow, quiet=quiet)

    # --- files -----------------------------------------------------------------------------------------------------

    def save(self, path: str | PathLike[str], *, most: int = MOST_BYTES) -> None:
        """Write the recording to a file, which then needs no kernel: what is written is said by the file's name.

        `.json` is the recording itself: every kept item, the inputs of every tick, all branches, the graph, its picture
        and the flow's text; `Recording.load` reads it. Python's own plain values (numbers, texts, tuples, lists, dicts,
        sets, bytes) stay values; of other items the text is kept.

        `.html` is a page with the stepper, to be opened in a browser: it needs no kernel and no network. Where it would
        have more than `most` bytes, the oldest ticks are left out, and the page says so.

        Raises HydroflowError for another name, and OSError where the file cannot be written.

        More: "A run as a page" in `docs/understanding.md`.
        """
        save(self, path, most)

    @staticmethod
    def load(path: str | PathLike[str]) -> Recording:
        """The recording that `save` wrote to a `.json` file. Nothing in the file is run.

        Raises HydroflowError for a file that is no recording, is damaged or of another format, and OSError where it
        cannot be read.

        More: "A run as data" in `docs/understanding.md`.
        """
        loaded = load(path)
        recording = Recording(budget=loaded.budget, graph=loaded.graph)
        recording.lines = loaded.lines
        recording.restore(loaded.ticks, dropped=loaded.dropped)
        for line in recording.lines:
            link(recording._on_the_way(line))
        if loaded.states is not None:
            recording.states = LoadedStates(loaded.states, loaded.graph.to_dict()["ops"])
        return recording

    # --- writing ---------------------------------------------------------------------------------------------------

    def restore(self, ticks: Iterable[RecordedTick], dropped: int) -> None:
        """Hold these ticks, as a file gave them."""
        self.ticks.extend(ticks)
        self.dropped = dropped
        self._size = sum(tick.size for ticks in (self.ticks, *(one.ticks for one in self.lines)) for tick in ticks)

    def begin(self, tick: RecordedTick) -> None:
        """Add a tick."""
        self.ticks.append(tick)
        # The tick itself counts as one, or a flow that ticks on without items would be kept for ever.
        self.grow(tick, 1 + sum(len(moved.items) for moved in tick.batch.values()))
        self.taken += sum(moved.count for moved in tick.batch.values())

    def grow(self, tick: RecordedTick, items: int) -> None:
        """Count items of a tick, and drop the oldest ticks where the budget is used up."""
        tick.size += items
        self._size += items
        while len(self.ticks) > 1 and (self._size > self.budget or len(self.ticks) > self.most_ticks):
            # What the flow has left goes first.
            dropped = drop_oldest(self.lines, self.lines.current)
            if dropped is None:
                dropped = self.ticks.popleft()
                self.dropped += 1
            # What those that follow it carry over from it stays with them.
            oldest = [ticks[0] for ticks in (self.ticks, *(line.ticks for line in self.lines)) if ticks]
            self._size += hand_on(dropped, oldest, int(self.budget * CARRIED_SHARE)) - dropped.size

    def note_stop(self, tick: int, words: str) -> None:
        """Note in a tick, if it is recorded, that a run has stopped at a breakpoint there."""
        found = next((one for one in reversed(self.ticks) if one.tick == tick), None)
        if found is not None and words not in found.stops:
            found.stops.append(words)
            self.tell()

    @property
    def room(self) -> int:
        """How many more items the newest tick may keep."""
        return max(0, self.budget - self.ticks[-1].size) if self.ticks else self.budget

    def rewind(self, tick: int, branch: str | None = None) -> Line:
        """The flow has gone back to where a tick begins: that tick and those after it stay with the line that it has
        left, and a line begins. Gives that line.
        """
        oldest = self.ticks[0].tick if self.ticks else tick
        left = self.lines.current
        self._put_away(tick)
        was_empty = not (left.ticks or left.is_named or left.parent is None or self.lines.children(left))
        if was_empty and left.parent is not None:
            # Nothing ever ran on it.
            self.lines.current = left.parent
            self.lines.remove(left)
        line = self.lines.fork(branch, tick)
        if was_empty:
            line.left = left.left
        # Some of the dropped ticks will happen again.
        self.dropped -= max(0, oldest - tick)
        self.epoch += 1
        self.tell()
        return line

    def cut(self, tick: int) -> None:
        """Forget a tick of the current line and those after it."""
        while self.ticks and self.ticks[-1].tick >= tick:
            self._size -= self.ticks.pop().size
        self.epoch += 1

    def switch(self, line: Line) -> None:
        """The flow goes on on another line."""
        first = (self.ticks[0].tick if self.ticks else 0) - self.dropped
        self._put_away(0)
        self.ticks.extend(self._on_the_way(line))
        self.lines.current = line
        here = set(map(id, self.ticks))
        for one in self.lines.path():
            one.ticks = deque(tick for tick in one.ticks if id(tick) not in here)
        self.dropped = max(0, self.ticks[0].tick - first) if self.ticks else 0
        self.epoch += 1
        self.tell()

    def forget(self, line: Line) -> None:
        """Forget a line that the flow is not on, and from which none branches off."""
        self._size -= sum(tick.size for tick in line.ticks)
        self.lines.remove(line)
        self.tell()

    def _put_away(self, tick: int) -> None:
        """Leave the ticks from one on to the lines that own them."""
        own: dict[Line, list[RecordedTick]] = {}
        while self.ticks and self.ticks[-1].tick >= tick:
            found = self.ticks.pop()
            own.setdefault(self.lines.owner(found.tick), []).append(found)
        for line, ticks in own.items():
            line.ticks = deque(sorted([*line.ticks, *ticks], key=lambda one: one.tick))

    def _on_the_way(self, line: Line) -> list[RecordedTick]:
        """The ticks on the way to a line, oldest first, without a gap."""
        own: dict[Line, dict[int, RecordedTick]] = {one: {tick.tick: tick for tick in one.ticks} for one in self.lines}
        for tick in self.ticks:
            own[self.lines.owner(tick.tick)][tick.tick] = tick
        found = list(self.lines.together(line, own).values())
        begin = next((at for at in range(len(found) - 1, 0, -1) if found[at].tick != found[at - 1].tick + 1), 0)
        return found[begin:]

    def own_ticks(self, line: Line) -> list[RecordedTick]:
        """The ticks that are kept of a line alone, oldest first."""
        here = [tick for tick in self.ticks if self.lines.owner(tick.tick) is line]
        return sorted([*line.ticks, *here], key=lambda one: one.tick)

    def of_branch(self, name: str) -> Recording:
        """What is recorded of a branch, from the start of the run on. Raises KeyError for a name that there is not."""
        line = self.lines.get(name)
        if line is None:
            raise KeyError(f"there is no branch {name!r}, but {', '.join(repr(one.name) for one in self.lines)}")
        found = Recording(budget=self.budget, graph=self.graph, keeps=self.keeps)
        ticks = self._on_the_way(line)
        found.restore(ticks, dropped=ticks[0].tick if ticks else 0)
        found.states = self.states if line is self.lines.current else None
        found.direct_causes = self.direct_causes
        return found

    def branch_dicts(self) -> list[dict[str, Any]]:
        """The branches as JSON."""
        return [
            to_dict(line, self.own_ticks(line), is_current=line is self.lines.current, changed=self.changed_on(line))
            for line in self.lines
        ]

    def clear(self) -> None:
        """Forget everything: the flow begins anew."""
        self.epoch += 1
        self.lines.clear()
        self.ticks.clear()
        self.dropped = 0
        self._size = 0
        self.tell()

    def tell(self) -> None:
        """Call the subscribers."""
        self._listeners.tell()
