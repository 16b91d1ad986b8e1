"""What a flow tells of itself: as a cell's last line, and in answer to `flow?`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hydroflow_nb.engine.faults import Faults
from hydroflow_nb.engine.set_aside import SetAside
from hydroflow_nb.ir.text import printable
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

    def current_tick(self) -> int:
        """The number of the tick that comes next or is under way."""

    @property
    def is_closed(self) -> bool:
        """Whether it runs no more."""

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs by name."""

    @property
    def faults(self) -> Faults:
        """The aborted ticks."""

    @property
    def set_aside(self) -> SetAside:
        """The items with which ticks failed."""


def forms(flow: Told, picture: str, listing: str) -> dict[str, str]:
    """A flow as a notebook shows it, by media type: its picture with where it stands below, and the same as text."""
    from hydroflow_nb.render.recorded import captioned

    waiting = [f"{printable(name)} ({one.count():,} waiting)" for name, one in flow.inputs.items()]
    inputs = f"; inputs: {', '.join(waiting)}" if waiting else ""
    aborted = f"; aborted ticks: {flow.faults.total:,}" if flow.faults else ""
    aside = f"; items set aside: {flow.set_aside.total:,}" if flow.set_aside.total else ""
    stands = f"{'closed' if flow.is_closed else f'at tick {flow.current_tick()}'}{inputs}{aborted}{aside}"
    return {
        "image/svg+xml": captioned(picture, stands),
        "text/plain": "\n".join([*_standing(flow), "", listing]),
    }


def about(flow: Told) -> str:
    """Where a flow stands, its inputs, its text, and what can be done with it."""
    text = [f"    {line}" for line in flow.source.text.strip("\n").splitlines()]
    calls = [f"    {line}" for line in _CALLS.splitlines()]
    return "\n".join([*_standing(flow), "", f"text ({flow.source.label}):", *text, "", "calls:", *calls])


def _standing(flow: Told) -> list[str]:
    faults = [f"aborted ticks: {flow.faults.total:,}, the last one: {flow.faults[-1].message}"] if flow.faults else []
    if flow.set_aside:
        faults.append(f"items set aside: {flow.set_aside.total:,}, the last one in {flow.set_aside[-1]}")
    inputs = [f"    {name}: {one.count():,} waiting" for name, one in flow.inputs.items()] or ["    none"]
    return [repr(flow), *faults, "", "inputs:", *inputs]
