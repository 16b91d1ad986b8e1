"""What may happen now in a simulated network. The scheduler, a search and a person choose from it."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Sequence
from itertools import combinations
from typing import Final, get_args

from hydroflow_nb.simulation.model.cuts import every_cut
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Delay,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Point,
    Reorder,
    Resend,
    Restart,
    Send,
    State,
    Tick,
)
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.run import Run

# Only a person makes these decisions: one comes from outside, the others only delay.
BY_HAND_ONLY: Final = frozenset({Send, Delay, Reorder})
KINDS: Final[frozenset[type[Decision]]] = frozenset(get_args(Decision)) - BY_HAND_ONLY
WITHOUT_FAULTS: Final[frozenset[type[Decision]]] = frozenset({Tick, Deliver, Join})
FAULTS: Final = KINDS - WITHOUT_FAULTS


def legal(run: Run, kinds: Collection[type[Decision]] = KINDS, cuts: Sequence[Cut] | None = None) -> list[Decision]:
    """All decisions of some kinds that are possible now, in an order that depends on the run only.

    First what happens by itself: ticks of nodes with work to do, deliveries, ticks of nodes that only wake themselves.
    Then joins, and last the faults and what mends them. `cuts` are those that may come, by default every cut in two.
    """
    found: list[Decision] = []
    if Tick in kinds:
        found += [Tick(node.name) for node in run.due()]
    if Deliver in kinds:
        found += [Deliver(message.id) for message in run.deliverable()]
    if Tick in kinds:
        found += [Tick(node.name) for node in waking(run)]
    if Join in kinds:
        found += [Join(node.name) for node in run.nodes.values() if node.is_late]
    if not FAULTS.isdisjoint(kinds):
        of_messages = [kind for kind in (Drop, Duplicate) if kind in kinds]
        found += [
            kind(id)
            for id, message in run.transit.messages.items()
            if not run.transit.is_with_outside(message)
            for kind in of_messages
        ]
        found += _of_nodes(run, kinds)
        if Resend in kinds and run.links:
            pairs = combinations(run.inside(), 2)
            found += [one for pair in pairs if run.why_not(one := Resend(*pair)) is None]
        if run.transit.groups:
            found += [Heal()] if Heal in kinds else []
        elif Cut in kinds:
            found += every_cut(run.inside()) if cuts is None else cuts
    return found


def waking(run: Run) -> list[Node]:
    """The nodes that have no work to do, and that a timer or a `spin` may wake."""
    return [node for node in run.nodes.values() if node.wakes_itself and node.is_up and not node.is_due()]


def _of_nodes(run: Run, kinds: Container[type[Decision]]) -> Iterator[Decision]:
    crashes, restarts = Crash in kinds, Restart in kinds
    if crashes or restarts:
        for node in (run.nodes[name] for name in run.inside()):
            if node.is_up:
                if crashes:
                    yield from _crashes(node)
            elif restarts and not node.is_late:
                yield from (Restart(node.name, state) for state in dict.fromkeys(map(node.restarts_with, State)))


def _crashes(node: Node) -> Iterator[Crash]:
    """How a node may crash now: a durable one between two ticks, or at a point of the tick that it would begin."""
    yield Crash(node.name, Point.ACCEPT if node.has_accepted else None)
    if node.plan.durable and (node.is_due() or node.wakes_itself):
        yield from (Crash(node.name, at) for at in Point if at.is_within_tick)
