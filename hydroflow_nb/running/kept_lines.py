"""What is kept of the lines of a run that the flow has left: the snapshots by which it can go back to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.returning import come_back, leave
from hydroflow_nb.engine.snapshots import MOST_ENTRIES, MOST_SNAPSHOTS, Batch, Left, Snapshot, batch_size
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.records import dataclass
from hydroflow_nb.trace.lines import Line, Lines


@dataclass
class Kept:
    """What is kept of a line: snapshots and batches of its own ticks, and how the flow left it."""

    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    batches: dict[int, Batch] = field(default_factory=dict)
    left: Left | None = None

    @property
    def size(self) -> int:
        """How many entries of containers and items are kept."""
        return sum(one.size for one in self.snapshots.values()) + sum(map(batch_size, self.batches.values()))

    def since(self, tick: int) -> Kept:
        """What is kept of a tick and those after it."""
        return Kept(
            snapshots={at: found for at, found in self.snapshots.items() if at >= tick},
            batches={at: found for at, found in self.batches.items() if at >= tick},
            left=self.left,
        )


class KeptLines:
    """What is kept of each line, within the bounds of the snapshots. That of the line that the flow is on is the
    engine's.
    """

    def __init__(self) -> None:
        self._all: dict[Line, Kept] = {}

    @property
    def count(self) -> int:
        """How many snapshots are kept."""
        return sum(len(one.snapshots) for one in self._all.values())

    def leave(self, engine: Engine, lines: Lines) -> dict[Line, Kept]:
        """What is kept of the current line and of those that it comes from, before the flow goes elsewhere."""
        assert engine.snapshots is not None
        found: dict[Line, Kept] = {}
        for line, snapshots in lines.apart(engine.snapshots.kept).items():
            found.setdefault(line, Kept()).snapshots = snapshots
        for line, batches in lines.apart(engine.snapshots.batches).items():
            found.setdefault(line, Kept()).batches = batches
        found.setdefault(lines.current, Kept()).left = leave(engine)
        return found

    def keep(self, kept: Mapping[Line, Kept], since: int = 0) -> None:
        """Keep what the flow has left, from a tick on."""
        for line, one in kept.items():
            # The one that was left last is the last one.
            self._all[line] = _merged(self._all.pop(line, None), one.since(since))

    def come_back(self, engine: Engine, lines: Lines, line: Line) -> tuple[int, frozenset[type]]:
        """Bring the flow to the end of a line: the tick that it is at, and the classes of what had no copy.

        Raises HydroflowError where no state of it is kept.
        """
        assert engine.snapshots is not None
        here = self.leave(engine, lines)
        known = {**self._all}
        for one, kept in here.items():
            known[one] = _merged(known.get(one), kept)
        snapshots = lines.together(line, {one: kept.snapshots for one, kept in known.items()})
        batches = lines.together(line, {one: kept.batches for one, kept in known.items()})
        left = known.get(line, Kept()).left
        tick, snapshot = _end_of(line, left, snapshots, batches)
        assert left is not None
        self.keep(here)
        uncopied = come_back(engine, snapshot, tick, left, [items for at, items in batches.items() if at >= tick])
        engine.snapshots.replace(
            {at: one for at, one in snapshots.items() if at <= tick},
            {at: items for at, items in batches.items() if at < tick},
        )
        # What is on the way is the engine's again, but for what lies behind a branching.
        self._all.pop(line, None)
        return tick, uncopied

    def forget_gone(self, lines: Lines) -> None:
        """Forget the lines that there are no more."""
        known = set(lines)
        for line in [line for line in self._all if line not in known]:
            del self._all[line]

    def clear(self) -> None:
        """The flow begins anew."""
        self._all.clear()

    def bound(self) -> None:
        """Drop the oldest states of what was left longest ago, where all hold too much."""
        while self.count > MOST_SNAPSHOTS or sum(one.size for one in self._all.values()) > MOST_ENTRIES:
            kept = next((one for one in self._all.values() if one.snapshots or one.batches), None)
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


def _end_of(
    line: Line, left: Left | None, snapshots: Mapping[int, Snapshot], batches: Mapping[int, Batch]
) -> tuple[int, Snapshot]:
    """The last state of a line that is kept, with the tick before which it was held. Raises HydroflowError."""
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


def _merged(one: Kept | None, other: Kept) -> Kept:
    if one is None:
        return other
    return Kept(
        snapshots=dict(sorted({**one.snapshots, **other.snapshots}.items())),
        batches=dict(sorted({**one.batches, **other.batches}.items())),
        left=other.left or one.left,
    )
