"""What `flow?` tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hydroflow_nb.engine.faults import Faults
from hydroflow_nb.running.inputs import Input
from hydroflow_nb.source import Source

_CALLS = """\
run_tick(), run_available(), start(), stop()   run it by hand, or live
inputs["name"].send(item)                      put an item in
recording, channel("A -> B"), state("name")    what went over an edge, what an operator holds
why(item), break_on("A -> B"), rewind(tick)    ask why, stop at an item, go back
check(), find("name")                          does it give the same in every run?
graph, stepper(), explain()                    the picture, the widget, how it was compiled\
"""


class Told(Protocol):
    """A flow as far as it is told of."""

    source: Source

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs by name."""

    @property
    def faults(self) -> Faults:
        """The aborted ticks."""


def about(flow: Told) -> str:
    """Where a flow stands, its inputs, its text, and what can be done with it."""
    inputs = [f"    {name}: {one.count():,} waiting" for name, one in flow.inputs.items()] or ["    none"]
    faults = [f"aborted ticks: {flow.faults.total:,}, the last one: {flow.faults[-1].message}"] if flow.faults else []
    text = [f"    {line}" for line in flow.source.text.strip("\n").splitlines()]
    calls = [f"    {line}" for line in _CALLS.splitlines()]
    return "\n".join(
        [repr(flow), *faults, "", "inputs:", *inputs, "", f"text ({flow.source.label}):", *text, "", "calls:", *calls]
    )
