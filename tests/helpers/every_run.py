"""Every run of a small network, one by one: slow and obviously right. It shares nothing with the search.

Each run is a list of decisions, performed from the start. What may come next is asked of the network alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.simulation import (
    Crash,
    Cut,
    Decision,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    PropertyViolated,
    Restart,
    Tick,
)


@dataclass
class Faults:
    """How often each fault may happen in a run; `restarts` is the state of nodes that come up again."""

    crashes: int = 0
    loss: int = 0
    duplication: int = 0
    partitions: int = 0
    restarts: str = "kept"


@dataclass
class Runs:
    """What all runs of a network have led to: what it showed when it came to rest, whether one failed, how many."""

    ends: set[str] = field(default_factory=set)
    fails: bool = False
    count: int = 0


def every_run(make: Callable[[], hf.Network], faults: Faults, shows: Callable[[hf.Network], Any]) -> Runs:
    """Perform every run of the network that `make` gives, to its end; none after one that fails."""
    found = Runs()
    waiting: list[list[Decision]] = [[]]
    net = make()
    begin = list(net.decisions)
    while waiting:
        made = waiting.pop()
        try:
            net.replay([*begin, *made])
            following = list(_following(net, made, faults))
            waiting += [[*made, one] for one in following]
            if not any(isinstance(one, (Tick, Deliver, Join)) for one in following) and not net.transit.groups:
                found.count += 1
                net.settle()
                found.ends.add(repr(shows(net)))
        except (PropertyViolated, ZeroDivisionError):
            found.fails = True
            break
    return found


def _following(net: hf.Network, made: list[Decision], faults: Faults) -> Iterator[Decision]:
    """All that may come next, once."""
    for name, node in net.nodes.items():
        if node.is_up and node.is_due():
            yield Tick(name)
    for message in net.in_flight:
        yield from _possible(net, Deliver(message.id))
        if _times(made, Drop) < faults.loss:
            yield Drop(message.id)
        was_copied = message.is_duplicate or Duplicate(message.id) in made
        if not was_copied and _times(made, Duplicate) < faults.duplication:
            yield Duplicate(message.id)
    for name in net.nodes:
        yield from _possible(net, Join(name))
        if _times(made, Crash) < faults.crashes:
            yield from _possible(net, Crash(name))
        if faults.crashes:
            yield from _possible(net, Restart(name, faults.restarts))
    if faults.partitions:
        yield from _possible(net, Heal())
        if not net.transit.groups and _times(made, Cut) < faults.partitions:
            # Each cut of two or three nodes leaves one alone.
            names = list(net.nodes)
            alone = names[:1] if len(names) == 2 else names
            yield from (Cut(((one,), tuple(other for other in names if other != one))) for one in alone)


def _possible(net: hf.Network, decision: Decision) -> Iterator[Decision]:
    if net.why_not(decision) is None:
        yield decision


def _times(made: list[Decision], kind: type) -> int:
    return sum(isinstance(one, kind) for one in made)
