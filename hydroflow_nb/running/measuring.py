"""Profiling a running flow: who begins and ends it, and what is measured stays there in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.profiling.meter import Meter
from hydroflow_nb.profiling.profile import Profile


class Measuring:
    """The one profile of a flow. `changed` is called where another variant of the code has to be installed."""

    def __init__(
        self, graph: PartitionedGraph, name: str, sizes: Callable[[], Mapping[str, int]], changed: Callable[[], None]
    ) -> None:
        self.meter = Meter(graph, sizes)
        self._changed = changed
        self.profile = Profile(self.meter, name, changed)
        self.profile.is_on = False

    @property
    def is_on(self) -> bool:
        """True while ticks are measured."""
        return self.profile.is_on

    def begin(self) -> Profile:
        """Measure from the next tick on; what was measured before stays."""
        if not self.profile.is_on:
            self.profile.is_on = True
            try:
                self._changed()
            except BaseException:
                self.profile.is_on = False
                raise
        return self.profile
