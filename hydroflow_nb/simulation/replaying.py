"""`recording.replay(flow)`: the recorded inputs once more, tick by tick, through a copy of a flow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.inbox import Inbox
from hydroflow_nb.engine.program import Program
from hydroflow_nb.engine.quiet import quiet as printing_nothing
from hydroflow_nb.engine.returning import come_back
from hydroflow_nb.engine.snapshots import Left
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.flow import Flow
from hydroflow_nb.net.inbound import Inbound
from hydroflow_nb.render.outline import outline_of
from hydroflow_nb.simulation.alone import leaving
from hydroflow_nb.simulation.model.ends import is_inbound
from hydroflow_nb.simulation.model.names import NodeNames, is_own
from hydroflow_nb.trace.matching import same_edges
from hydroflow_nb.trace.replay import Replay, first_difference
from hydroflow_nb.trace.ticks import RecordedTick, Text, copied

if TYPE_CHECKING:
    from hydroflow_nb.trace.recording import Recording


def replay(recording: Recording, flow: object, *, quiet: bool) -> Replay:
    """Run the recorded inputs through a copy of a flow, up to the first difference. Raises HydroflowError where the
    recording is not that of a whole run, or holds less than the inputs.
    """
    if not isinstance(flow, Flow):
        raise HydroflowError(message="only a flow that was compiled from a text has a copy that could run again")
    ticks = _whole(recording)
    copy = apart(flow, quiet=quiet)
    try:
        return _run(recording, copy, ticks, quiet=quiet)
    finally:
        with suppress(Exception):  # an `assert_eq` may still wait
            copy.close()


def _run(recording: Recording, copy: Flow, ticks: list[RecordedTick], *, quiet: bool) -> Replay:
    graph = recording.graph.to_dict()
    twins = same_edges(graph, copy.graph.to_dict())
    ways = {wire.element: wire.way for wire in outline_of(graph).wires}
    new = copy.record(recording.budget, copies=recording.keeps is copied)
    driven = copy.drive()
    with printing_nothing() if quiet else nullcontext():
        for done, tick in enumerate(ticks):
            driven.engine.again.append(_batch(tick, copy))
            run_whole_tick(copy)
            found = first_difference(tick, new.tick(tick.tick), twins, ways)
            if found is not None:
                return Replay(difference=found, ticks=done + 1, recording=new)
    return Replay(difference=None, ticks=len(ticks), recording=new)


def run_whole_tick(copy: Flow) -> None:
    """Run a tick to its end, also where a breakpoint of the text stops in it. What aborts it is recorded."""
    engine = copy.drive().engine
    with suppress(Exception):
        copy.run_tick()
        while engine.has_stopped and engine.is_within_tick:
            copy.run_tick()


def _whole(recording: Recording) -> list[RecordedTick]:
    """The ticks that ended. Raises HydroflowError where they cannot be run again."""
    ticks = [tick for tick in recording.ticks if tick.complete]
    if ticks and ticks[0].tick:
        raise HydroflowError(
            message=f"the recording begins at tick {ticks[0].tick}, and what the flow held by then is not in it: "
            "record the flow from its first tick on, with a larger budget, as in `flow.record(1_000_000)`"
        )
    return ticks


def _batch(tick: RecordedTick, flow: Flow) -> dict[Any, list[Any]]:
    """What a tick took in, by inbox. Raises HydroflowError where that is not in the recording."""
    inboxes = flow.drive().inboxes
    found = {}
    for name, moved in tick.batch.items():
        if not moved.count:
            continue
        where = f"tick {tick.tick} took in {moved.count:,} item{'' if moved.count == 1 else 's'} at `{name}`"
        if name not in inboxes:
            known = ", ".join(f"`{one}`" for one in inboxes) or "none"
            raise HydroflowError(message=f"{where}, which this flow has not; its inputs: {known}")
        if len(moved.items) < moved.count:
            raise HydroflowError(message=f"{where}, of which {len(moved.items):,} are in the recording")
        if any(isinstance(item, Text) for item in moved.items):
            raise HydroflowError(
                message=f"{where}, and of an item that can change the recording has the text alone: record the flow "
                "with `flow.record(copies=True)`"
            )
        # The flow may change what it is given.
        found[inboxes[name]] = [copied(item) for item in moved.items]
    return found


def apart(flow: Flow, *, quiet: bool) -> Flow:
    """A copy at tick 0 with lists and channels of its own, which takes nothing in from outside; quiet, it puts nothing
    out but into those.
    """
    known = flow.drive().names or {}
    used = {name: known[name] for name in flow.used_names if name in known}
    own = {name: value for name, value in used.items() if is_own(value)} if quiet else {}
    own |= {name: value for name, value in used.items() if isinstance(value, Channel)}
    names = NodeNames(flow.name, own).fresh()
    for value in names.values():
        if isinstance(value, Channel):
            value.drain()
    names.update(
        (name, Inbound(limit_bytes=None, address=value.address)) for name, value in used.items() if is_inbound(value)
    )
    return (flow.silenced(leaving(flow)) if quiet else flow).copy(names, flow.name)


def orders_of(flow: Flow, recording: Recording, last: int) -> dict[int, list[tuple[int, Any]]]:
    """What goes over the wires of a flow in the ticks up to one when a copy runs them again: by tick, the number of a
    wire, and the item, in their order. It begins at the newest tick whose state is kept, or where that does not fit a
    copy at the first one. Raises HydroflowError where it cannot run again.
    """
    copy = apart(flow, quiet=True)
    try:
        batches = _restored(flow, copy, last)
        if batches is None:
            batches = [(tick.tick, _batch(tick, copy)) for tick in _whole(recording) if tick.tick <= last]
        return _listened(copy, batches)
    finally:
        with suppress(Exception):  # an `assert_eq` may still wait
            copy.close()


def _restored(flow: Flow, copy: Flow, last: int) -> list[tuple[int, dict[Any, list[Any]]]] | None:
    """Put a copy to the newest tick, up to one, whose state the flow keeps, and give the ticks from there on with what
    they took in. None where none is kept, and for a copy whose state is another one.
    """
    driven, other = flow.drive(), copy.drive()
    kept = driven.engine.snapshots
    begin = None if kept is None else max((tick for tick in kept.ticks if tick <= last), default=None)
    if kept is None or begin is None or not _has_the_state_of(driven.engine.program, other.engine.program):
        return None
    left = Left(tick=begin, snapshot=None, again=[], waiting={}, faults=[])
    come_back(other.engine, kept.kept[begin], begin, left, [])
    batches = kept.batches
    return [
        (
            tick,
            {
                other.inboxes[name]: [copied(item) for item in batches[tick][inbox]]
                for name, inbox in driven.inboxes.items()
                if inbox in batches.get(tick, {})
            },
        )
        for tick in range(begin, last + 1)
    ]


def _has_the_state_of(program: Program, copy: Program) -> bool:
    """Whether a copy holds from tick to tick what a program does; the variant that is recorded may have variables more.
    Files and iterators that are read are shared, and must not be read twice.
    """
    names, others = ([one.name for one in each.variables] for each in (program, copy))
    buffers, other_buffers = ([one.name for one in each.tick_buffers] for each in (program, copy))
    return (
        names[: len(others)] == others
        and buffers == other_buffers
        and len(program.expectations) == len(copy.expectations)
        and len(program.inboxes) == len(copy.inboxes)
        and all(isinstance(one, Inbox) for one in program.inboxes)
    )


def _listened(copy: Flow, batches: list[tuple[int, dict[Any, list[Any]]]]) -> dict[int, list[tuple[int, Any]]]:
    found: dict[int, list[tuple[int, Any]]] = {}
    order: list[tuple[int, Any]] = []

    def listener(number: int) -> Callable[[Any], bool]:
        def went_by(item: Any) -> bool:
            order.append((number, item))
            return False  # It need not be kept.

        return went_by

    copy.record().listeners = {wire.number: listener(wire.number) for wire in copy.graph.partitioned.wires}
    driven = copy.drive()
    with printing_nothing():
        for tick, batch in batches:
            driven.engine.again.append(batch)
            run_whole_tick(copy)
            found[tick] = order.copy()
            order.clear()
    return found
