"""What is compared with what: recordings, branches and ticks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.place import Places
from hydroflow_nb.trace.diff import Diff, diff_of_runs, diff_of_ticks, places_in
from hydroflow_nb.trace.lines import Lines
from hydroflow_nb.trace.ticks import RecordedTick


class _Graph(Protocol):
    def to_dict(self) -> dict[str, Any]:
        """The graph as data for JSON."""


@runtime_checkable
class Run(Protocol):
    """A recording."""

    @property
    def ticks(self) -> Sequence[RecordedTick]:
        """The ticks, oldest first."""

    @property
    def graph(self) -> _Graph:
        """The graph of the flow."""

    @property
    def lines(self) -> Lines:
        """The lines of the run."""

    def tick(self, number: int) -> RecordedTick:
        """A recorded tick by its number. Raises KeyError."""

    def of_branch(self, name: str) -> Run:
        """What is recorded of a branch. Raises KeyError."""


@runtime_checkable
class HasRecording(Protocol):
    """What has a recording: a branch."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def recording(self) -> Run:
        """What is recorded of it."""


Comparable: TypeAlias = Run | HasRecording


def compared(one: Run, other: Comparable | str | int, tick: int | None) -> Diff:
    """How another run differs from one; see `Recording.diff`."""
    place_of = _places(one.graph)
    if isinstance(other, int) and not isinstance(other, bool):
        if tick is None:
            raise TypeError(f"compare tick {other} with a second tick: `recording.diff({other}, {other + 1})`")
        names = (f"tick {other}", f"tick {tick}")
        return diff_of_ticks(one.tick(other), one.tick(tick), place_of, names)
    if isinstance(other, str):
        another: Run = one.of_branch(other)
        names = (one.lines.current.name, other)
    elif isinstance(other, Run):
        another = other
        names = ("this run", "the other run")
    elif isinstance(other, HasRecording):
        another = other.recording
        names = (one.lines.current.name, other.name)
    else:
        raise TypeError(f"compare with a recording, a branch or two ticks, not with {shown(other)}")
    if tick is not None:
        return diff_of_ticks(one.tick(tick), another.tick(tick), place_of, names)
    return diff_of_runs(one, another, place_of, names)


def _places(graph: _Graph) -> Callable[[str], str]:
    """What a graph's edges are called."""
    partitioned = getattr(graph, "partitioned", None)
    if not isinstance(partitioned, PartitionedGraph):
        return places_in(graph.to_dict())
    places = Places(partitioned)
    known: Mapping[str, str] = {}

    def place(edge: str) -> str:
        nonlocal known
        if not known:
            known = {wire.element: "" if wire.leaves_handoff else places.place_of(wire) for wire in partitioned.wires}
        return known.get(edge, edge)

    return place
