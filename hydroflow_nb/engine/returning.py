"""Going back to an earlier tick, and to another line of a run."""

from __future__ import annotations

from collections.abc import Sequence

from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.snapshots import Batch, Left, Snapshot, taken
from hydroflow_nb.engine.undisturbed import undisturbed


def rewind(engine: Engine, tick: int) -> frozenset[type]:
    """Go back to just before a tick. What was taken in since is taken in again, in as many ticks.

    Returns the classes of the state that was not restored, because it has no copy. Raises KeyError for a tick that
    has no snapshot.
    """
    assert engine.snapshots is not None
    with undisturbed():
        snapshot, batches = engine.snapshots.go_back(tick)
        engine.restore(snapshot, tick)
        engine.again.put_back(batches)
        engine.faults[:] = [fault for fault in engine.faults if fault.tick < tick]
    return snapshot.uncopied


def leave(engine: Engine) -> Left:
    """What it takes to come back to where the engine is, for `come_back`. What waits stays where it is."""
    return Left(
        tick=engine.context.tick,
        snapshot=None if engine.is_within_tick else taken(engine.program, engine.context),
        again=[{inbox: items.copy() for inbox, items in batch.items()} for batch in engine.again],
        waiting={one: one.channel.waiting() for one in engine.program.inboxes if isinstance(one, Inbox)},
        faults=list(engine.faults),
    )


def come_back(engine: Engine, snapshot: Snapshot, tick: int, left: Left, batches: Sequence[Batch]) -> frozenset[type]:
    """Go to a tick of another line of the run: `batches` are what its ticks from this one on took in, and `left` is
    how the engine was when it left that line. What waits now is taken away: it belongs to the line that is left.

    Returns the classes of the state that was not restored, because it has no copy.
    """
    with undisturbed():
        engine.restore(snapshot, tick)
        for inbox in engine.program.inboxes:
            if isinstance(inbox, Inbox):
                inbox.channel.drain()
        engine.again.clear()
        engine.again.put_back([*batches, *left.again, left.waiting])
        engine.faults[:] = [fault for fault in left.faults if fault.tick < tick]
    return snapshot.uncopied
