"""How a network comes to rest without faults and without chance."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from hydroflow_nb.simulation.model.decisions import Decision, Heal, Join
from hydroflow_nb.simulation.model.legal import legal
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.model.schedule import TIMERS, Course, Rates


class _First(Random):
    """A chance that always takes the first choice."""

    def random(self) -> float:
        return 0.0


def settling(run: Run) -> Iterator[Decision]:
    """The decisions by which a network comes to rest; each is to be performed before the next is asked for.

    It heals, late nodes join, nodes tick in their order as long as one has work to do, then the
    oldest message is delivered, and so on. Nodes that are down stay down. The same state gives the same decisions.
    """
    yield from legal(run, {Heal})
    yield from legal(run, {Join})
    course = Course(_First(), Rates(), TIMERS)
    while (decision := course.next(run)) is not None:
        yield decision
