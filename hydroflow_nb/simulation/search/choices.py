"""What may be decided next in a simulated network, and which decisions do not mind their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final, TypeAlias

from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Restart,
    Send,
    State,
    Tick,
)
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.model.schedule import late_nodes

# What a decision reads or changes; None: anything. Decisions that have nothing in common lead to the same state in
# either order, and neither makes the other one possible or impossible.
Footprint: TypeAlias = "frozenset[Hashable] | None"
# How often something may go wrong, None as often as can be; or how often at which node, and nowhere else.
Times: TypeAlias = "int | Mapping[str, int | None] | None"

# What a choice uses up of the bounds: one of its kind in all, and one at its node.
Expense: TypeAlias = "type[Decision] | tuple[type[Decision], str]"

# Up to so many nodes a network is cut in two in every way; beyond it each node is cut off alone, and the halves.
MOST_CUT_IN_EVERY_WAY: Final = 4


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How often a run may be treated unkindly, by kind; None: as often as can be. `timers` is how often each node may
    be woken by its timer while it could rest, `states` what a crashed node may come up with; without `reorder` messages
    of one channel arrive in their order though the network would let them overtake each other.

    By node, a loss or a duplicate is that of a message to the node, and a partition cuts the node off alone.
    """

    loss: Times = 0
    duplication: Times = 0
    crashes: Times = 0
    partitions: Times = 0
    states: tuple[State, ...] | Mapping[str, tuple[State, ...]] = (State.KEPT,)
    reorder: bool = True
    timers: int = 0

    @property
    def are_kind(self) -> bool:
        """True where nothing goes wrong."""
        return not any(map(_may_happen, (self.loss, self.duplication, self.crashes, self.partitions)))

    def states_of(self, node: str) -> tuple[State, ...]:
        """What a node that crashed may come up with."""
        return self.states.get(node, (State.KEPT,)) if isinstance(self.states, Mapping) else self.states

    def __str__(self) -> str:
        counts = {
            "losses": self.loss,
            "duplicates": self.duplication,
            "crashes": self.crashes,
            "partitions": self.partitions,
        }
        return ", ".join(f"{name} {_in_words(times)}" for name, times in counts.items() if _may_happen(times))


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A decision that may be made now. An `ordinary` one is what a kind network does; without any a run is over.

    `spends` is what it uses up of the bounds.
    """

    decision: Decision
    footprint: Footprint
    ordinary: bool = True
    spends: tuple[Expense, ...] = ()


def are_independent(one: Footprint, other: Footprint) -> bool:
    """True where two decisions that are both possible may be swapped."""
    return one is not None and other is not None and one.isdisjoint(other)


class Choices:
    """What may be decided in the runs of a network, within bounds.

    The runs of a search have most choices in common, which are made once.
    """

    def __init__(self, network: Run, bounds: Bounds) -> None:
        self._network = network
        self._bounds = bounds
        self._may_lose = _may_happen(bounds.loss)
        self._may_copy = _may_happen(bounds.duplication)
        self._wakers = [name for name, node in network.nodes.items() if node.wakes_itself]
        self._tick = cache(lambda node: self._ordinary(Tick(node)))
        self._deliver = cache(lambda message: self._ordinary(Deliver(message)))
        self._join = cache(lambda node: self._ordinary(Join(node)))
        self._drop = cache(lambda message: self._unkind(Drop(message), receiver_of(message)))
        self._duplicate = cache(lambda message: self._unkind(Duplicate(message), receiver_of(message)))
        self._crash = cache(lambda node: self._unkind(Crash(node), node))
        self._wake = cache(lambda node: self._unkind(Tick(node), node))
        self._cuts = [(apart, self._unkind(Cut(groups), apart)) for apart, groups in _cuts([*network.nodes], bounds)]

    def now(self, spent: Counter[Expense]) -> list[Choice]:
        """All that may be decided now; the ordinary first, in the order in which `settling` has them.

        `spent` counts what the choices of the run so far have spent.
        """
        network, bounds = self._network, self._bounds
        due = [name for name, node in network.nodes.items() if node.is_up and node.is_due()]
        found = [self._tick(name) for name in due]
        found += [
            self._deliver(message.id)
            for message in network.deliverable()
            if bounds.reorder or network.transit.is_first(message)
        ]
        found += [self._join(name) for name in late_nodes(network.nodes)]
        if not bounds.are_kind:
            found += self._all_unkind(spent)
        found += [
            self._wake(name)
            for name in self._wakers
            if network.nodes[name].is_up and name not in due and spent[Tick, name] < bounds.timers
        ]
        return found

    def _all_unkind(self, spent: Counter[Expense]) -> Iterator[Choice]:
        network, bounds = self._network, self._bounds
        for message in network.transit.messages.values() if self._may_lose or self._may_copy else ():
            if self._may_lose and _may(Drop, bounds.loss, message.receiver, spent):
                yield self._drop(message.id)
            # With more copies than one of each message a run could go on for ever.
            if (
                self._may_copy
                and _may(Duplicate, bounds.duplication, message.receiver, spent)
                and not message.is_duplicate
                and not network.was_duplicated(message)
            ):
                yield self._duplicate(message.id)
        for name, node in network.nodes.items():
            if node.is_up:
                if _may(Crash, bounds.crashes, name, spent):
                    yield self._crash(name)
            elif not node.is_late:
                for state in bounds.states_of(name):
                    yield self._unkind(Restart(name, state))
        if network.transit.groups:
            yield self._unkind(Heal())
        else:
            for apart, choice in self._cuts:
                if _may(Cut, bounds.partitions, apart, spent):
                    yield choice

    def _ordinary(self, decision: Decision) -> Choice:
        return Choice(decision=decision, footprint=footprint(decision, self._network))

    def _unkind(self, decision: Decision, node: str | None = None) -> Choice:
        """What goes wrong, at a node; None: it spends nothing."""
        kind: type[Decision] = type(decision)
        return Choice(
            decision=decision,
            footprint=footprint(decision, self._network),
            ordinary=False,
            spends=() if node is None else (kind, (kind, node)),
        )


def _may(kind: type[Decision], bound: Times, node: str, spent: Counter[Expense]) -> bool:
    if isinstance(bound, Mapping):
        most = bound.get(node, 0)
        return most is None or spent[kind, node] < most
    return bound is None or spent[kind] < bound


def footprint(decision: Decision, network: Run) -> Footprint:
    """What a decision reads or changes, whatever the state. Losses and copies touch what counts them."""
    match decision:
        case Tick(node):
            # Timers share one clock.
            return frozenset((node, "the clock") if network.nodes[node].wakes_itself else (node,))
        case Deliver(message):
            # What its sender puts behind it in the channel does not mind it.
            return frozenset((receiver_of(message), channel_of(message)))
        case Drop(message):
            return frozenset((channel_of(message), "losses"))
        case Duplicate(message):
            return frozenset((channel_of(message), "copies"))
        case _:
            return None


def channel_of(message: str) -> tuple[str, str]:
    """The sender and the receiver of a message, by its id."""
    sender, _, receiver = message.partition("#")[0].partition(">")
    return sender, receiver


def receiver_of(message: str) -> str:
    """The receiver of a message, by its id."""
    return channel_of(message)[1]


def nodes_of(decision: Decision) -> tuple[str, ...]:
    """The nodes that a decision is about, the one where it happens last."""
    match decision:
        case Tick(node) | Crash(node) | Join(node) | Restart(node=node) | Send(node=node):
            return (node,)
        case Cut() | Heal():
            return ()
        case _:
            return channel_of(decision.message)


def _may_happen(times: Times) -> bool:
    return any(count != 0 for count in times.values()) if isinstance(times, Mapping) else times != 0


def _in_words(times: Times) -> str:
    if isinstance(times, Mapping):
        return " and ".join(f"{_in_words(count)} at {node}" for node, count in times.items() if count != 0)
    return "without bound" if times is None else f"up to {times}"


def _cuts(nodes: Sequence[str], bounds: Bounds) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """The ways in which a network may fall apart, each with the node that is cut off where one is chosen, else ""."""
    if not _may_happen(bounds.partitions):
        return
    if not isinstance(bounds.partitions, Mapping):
        yield from (("", groups) for groups in _in_two(nodes))
    elif len(nodes) > 1:
        for name in bounds.partitions:
            yield name, ((name,), tuple(other for other in nodes if other != name))


def _in_two(nodes: Sequence[str]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The ways in which a network may fall in two, each once."""
    count = len(nodes)
    for size in range(1, count // 2 + 1) if count <= MOST_CUT_IN_EVERY_WAY else (1,):
        for apart in combinations(nodes, size):
            # Of two halves each is the rest of the other one.
            if 2 * size < count or nodes[0] in apart:
                yield (apart, tuple(node for node in nodes if node not in apart))
    if count > MOST_CUT_IN_EVERY_WAY:
        yield (tuple(nodes[: count // 2]), tuple(nodes[count // 2 :]))
