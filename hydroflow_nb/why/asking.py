"""The questions themselves: where the item was, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import Edge
from hydroflow_nb.ir.partitioned import PartitionedGraph, Wire
from hydroflow_nb.ir.place import Places
from hydroflow_nb.ir.text import input_names
from hydroflow_nb.operators.explaining.explaining import Wanted
from hydroflow_nb.trace.recording import Recording
from hydroflow_nb.why.absence import Absence, Missing
from hydroflow_nb.why.again import RunsAgain
from hydroflow_nb.why.carried import Carried, Seen
from hydroflow_nb.why.derivation import Derivation, Deriving
from hydroflow_nb.why.functions import Functions
from hydroflow_nb.why.view import Asking

NOT_RECORDED = (
    "the flow is not recorded, so nothing is known of what it did: call `flow.record()` before it runs, or "
    "`flow.reset()` after that, and run it again"
)
# An error names so many edges.
_MOST_LISTED: Final = 6


def asking_about(graph: PartitionedGraph, recording: Recording, names: Mapping[str, Any]) -> Asking:
    """What questions about a recorded run look at; `names` are those of the flow's notebook."""
    functions = Functions(names, graph.flat.source.filename)
    return Asking(carried=Carried(graph, recording, names), functions=functions)


def why(
    graph: PartitionedGraph,
    recording: Recording | None,
    names: Mapping[str, Any],
    item: Any,
    at: str | None,
    tick: int | None,
    runs_again: RunsAgain | None = None,
) -> Derivation:
    """Why an item was at a place in a tick. `runs_again` runs ticks again where rules cannot tell. Raises
    HydroflowError where it was not, or nothing is recorded.
    """
    if recording is None:
        raise HydroflowError(message=NOT_RECORDED)
    asking = asking_about(graph, recording, names)
    wires = graph.wires if at is None else Places(graph).all_wires_of(at)
    seen = newest(asking.carried, wires, item, tick)
    if seen is None:
        raise HydroflowError(message=_nowhere(asking.carried, wires, item, at, tick))
    return _derivation(asking, seen, tick, runs_again)


def why_not(
    graph: PartitionedGraph,
    recording: Recording | None,
    names: Mapping[str, Any],
    item: Any,
    at: str | None,
    tick: int | None,
    waiting: Mapping[str, Callable[[], Sequence[Any]]],
) -> Absence:
    """Why an item was not at a place in a tick. `waiting` gives what waits in an input, by its name. Raises
    HydroflowError where it was there, or nothing is recorded.
    """
    if recording is None:
        raise HydroflowError(message=NOT_RECORDED)
    asking = asking_about(graph, recording, names)
    ticks = sorted(asking.carried.ticks, reverse=True)
    if not ticks:
        raise HydroflowError(message="no tick is recorded yet: run one")
    if tick is not None and tick not in asking.carried.ticks:
        raise HydroflowError(message=f"tick {tick} is not recorded: ticks {ticks[-1]} to {ticks[0]} are")
    inputs = input_names(graph)
    missing = Missing(asking, {inputs[name]: told for name, told in waiting.items() if name in inputs})
    wanted = Wanted.of(item, shown(item, 10_000))
    if at is None:
        edges = list(missing.ends())
        wires = [wire for wire in graph.wires if wire.edge in edges]
    else:
        wires = list(Places(graph).all_wires_of(at))
        edges = list({wire.edge.id: wire.edge for wire in wires}.values())
    seen = missing.went_by(wanted, [asking.carried.last_wire(edge) for edge in edges], tick)
    if seen is not None:
        place = Places(graph).place_of(seen.lot.wire)
        carried = "" if tick in (None, seen.lot.tick) else f"is carried over in tick {tick}, and "
        raise HydroflowError(
            message=f"{shown(item)} {carried}did go over `{place}` in tick {seen.lot.tick}: "
            f'`flow.why({shown(item)}, at="{place}", tick={seen.lot.tick})` says why'
        )
    return missing.of(wanted, edges, ticks if tick is None else [tick])


def why_at(
    graph: PartitionedGraph,
    recording: Recording | None,
    names: Mapping[str, Any],
    edge: str,
    tick: int,
    step: int,
    index: int,
    runs_again: RunsAgain | None = None,
) -> Derivation:
    """Why an item, by its place in the recording, is there. Raises KeyError for one that is not kept."""
    if recording is None:
        raise HydroflowError(message=NOT_RECORDED)
    asking = asking_about(graph, recording, names)
    seen = asking.carried.at(edge, tick, step, index)
    if seen is not None:
        return _derivation(asking, seen, tick, runs_again)
    raise KeyError((edge, tick, step, index))


def _derivation(asking: Asking, seen: Seen, tick: int | None, runs_again: RunsAgain | None) -> Derivation:
    found = Deriving(asking, input_names(asking.carried.graph), runs_again=runs_again).of(seen)
    if tick not in (None, seen.lot.tick):
        found.root.because += f"; it is carried over in tick {tick}"
    return found


def newest(carried: Carried, wires: Iterable[Wire], item: Any, tick: int | None) -> Seen | None:
    """Where the item went by last: in the newest tick, and in that as far down the flow as it came."""
    text = shown(item, 10_000)
    found = [
        seen for wire in wires for seen in carried.equal(wire, item, text) if tick is None or seen.lot.tick == tick
    ]
    if tick is not None and not found:
        lots = [lot for wire in wires for lot in carried.carried_over(wire, tick)]
        found = [seen for lot in lots for seen in lot.items if seen.is_value(item, text)]

    # What was taken from a handoff stands in the step of what was made of it.
    def moment(seen: Seen) -> tuple[int, int, bool, int]:
        lot = seen.lot
        return (lot.tick, lot.step, not lot.wire.leaves_handoff, seen.index)

    return max(found, key=moment, default=None)


def _listed(carried: Carried, edges: Iterable[Edge]) -> str:
    places = Places(carried.graph)
    texts = [f"`{places.place_of(edge)}`" for edge in edges]
    shown_ones = texts if len(texts) <= _MOST_LISTED else [*texts[:_MOST_LISTED], f"{len(texts) - _MOST_LISTED} more"]
    return f"{', '.join(shown_ones[:-1])} and {shown_ones[-1]}"


def _nowhere(carried: Carried, wires: Sequence[Wire], item: Any, at: str | None, tick: int | None) -> str:
    where = f" went over `{at}`" if at is not None else " went over an edge"
    edges = {wire.edge.id: wire.edge for wire in wires}
    if at is not None and len(edges) > 1:
        where += f", which is {_listed(carried, edges.values())},"
    when = f" in tick {tick}" if tick is not None else " in a recorded tick"
    message = f"no {shown(item)}{where}{when}"
    if tick is not None and tick not in carried.ticks:
        held = f"ticks {min(carried.ticks)} to {max(carried.ticks)} are" if carried.ticks else "nothing is yet"
        return f"{message}: tick {tick} is not recorded, {held}"
    if tick is not None and (elsewhere := newest(carried, wires, item, None)) is not None:
        return f"{message}; it did in tick {elsewhere.lot.tick}"
    if at is not None and (elsewhere := newest(carried, carried.graph.wires, item, tick)) is not None:
        place = Places(carried.graph).place_of(elsewhere.lot.wire)
        return f"{message}; it went over `{place}` in tick {elsewhere.lot.tick}"
    cut = next((lot for wire in wires for lot in carried.lots[wire.element] if not lot.is_whole), None)
    if cut is not None:
        return f"{message} that is kept: of {cut.moved.count:,} items in tick {cut.tick} {len(cut.items):,} are"
    return f"{message}: `flow.why_not({shown(item)})` says what kept it"
