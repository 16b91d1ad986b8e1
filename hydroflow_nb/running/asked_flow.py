"""A flow that is asked about what went over its edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.running.watched_flow import WatchedFlow

if TYPE_CHECKING:
    from hydroflow_nb.trace.channel import RecordedChannel
    from hydroflow_nb.trace.recording import Recording
    from hydroflow_nb.why.absence import Absence
    from hydroflow_nb.why.derivation import Derivation


class AskedFlow(WatchedFlow):
    """A flow that answers from its recording: why an item is there, or is not, and what an edge carried."""

    def why(self, item: Any, at: str | None = None, tick: int | None = None) -> Derivation:
        """Why an item is there: the tree of the items that made it, back to inputs and literals.

        `at` is a place: an edge as the text names it, such as `"hop -> reached"`, a name of the text, or an element id
        of an operator or wire; without it any edge is meant. `tick` is the tick in which the item went by; without it
        the newest is meant. What is found are the items that are equal to `item`, as Python says it.

        The result prints as text and shows as a tree that folds. `.root` and `.causes` are its parts, `.inputs` the
        items of inputs that it cites, by input and tick, `.absent` what had to be absent, `.doubts` where it is not
        certain. On the cited inputs alone the flow gives the item again, where nothing had to be absent.

        It is found from the recording when it is asked for: functions of the flow are called again with recorded items,
        and should have no effects. Where a function gives something else then, a copy of the flow runs the tick
        again, if it can, and the order of its items tells; the tree says so.

        Raises HydroflowError where the flow is not recorded, for a place that does not exist, and for an item that did
        not go by.

        More: "Why, and why not" in `docs/understanding.md`.
        """
        from hydroflow_nb.why.asking import why

        return why(self.graph.partitioned, self._recording, self._names or {}, item, at, tick, self._runs_again)

    def why_recorded(self, edge: str, tick: int, step: int, index: int) -> Derivation:
        """The same for an item by its place in the recording: the element id of an edge, the tick, the number of the
        step in the tick and that of the item in the step. Raises KeyError for an item that is not kept, and
        HydroflowError where the flow is not recorded.
        """
        from hydroflow_nb.why.asking import why_at

        return why_at(
            self.graph.partitioned, self._recording, self._names or {}, edge, tick, step, index, self._runs_again
        )

    def _runs_again(self, last: int) -> Mapping[int, Sequence[tuple[int, Any]]]:
        """What goes over the wires, by number, in each tick up to one when the recorded ticks are run again, in its
        order. Raises HydroflowError where they cannot be.
        """
        raise HydroflowError(message="a flow that was built by hand has no copy that could run")

    def _install_recorder(self, recording: Recording) -> None:
        super()._install_recorder(recording)
        recording.direct_causes = self._direct_causes

    def _direct_causes(self, recording: Recording, since: int, seconds: float, room: int) -> tuple[str, int]:
        """What directly made each item of a recording of this flow, for `recording.causes`."""
        from hydroflow_nb.why.direct import direct_causes

        names = self._names or {}
        return direct_causes(self.graph.partitioned, recording, names, since=since, seconds=seconds, room=room)

    def why_not(self, item: Any, at: str | None = None, tick: int | None = None) -> Absence:
        """Why an item is not there: the first place that dropped or blocked what would have become it.

        `at` and `tick` are as in `why`; without a place the ends of the flow are meant, without a tick all that are
        recorded. The result prints as text; `.first` is what stopped it, with its kind (`.stop`: "filtered", "no
        partner", "subtracted", "seen before", "deferred", "never came", ...), `place`, `tick`, `words` and `facts`, and
        `.obstacles` are all that were found.

        Functions of the flow are called again with recorded items, to see what would have become the item. Raises
        HydroflowError where the flow is not recorded, and for an item that did go by.

        More: "Why, and why not" in `docs/understanding.md`.
        """
        from hydroflow_nb.why.asking import why_not

        waiting = {name: one.waiting for name, one in self.inputs.items()}
        return why_not(self.graph.partitioned, self._recording, self._names or {}, item, at, tick, waiting)

    def channel(self, place: str, tick: int | None = None) -> RecordedChannel:
        """What the recording keeps of an edge, such as `"hop -> reached"`: in all of its ticks, or in one of them.

        It is a sequence of items, shows as a table, and is a data frame by `.to_pandas()`, `.to_polars()` and
        `.to_arrow()`; `.ticks` has the tick of each item, `.count` the exact number. Raises HydroflowError where the
        flow is not recorded and for a place that is not one edge, KeyError for a tick that is not recorded.

        More: "What went over an edge" in `docs/understanding.md`.
        """
        from hydroflow_nb.trace.channel import recorded_channel

        return recorded_channel(self.graph.partitioned, self._recording, place, tick)
