"""What may be decided next in a simulated network, and which decisions do not mind their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

from hydroflow_nb.simulation.decisions import (
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
from hydroflow_nb.simulation.schedule import late_nodes

if TYPE_CHECKING:
    from hydroflow_nb.simulation.network import Network

# What a decision reads or changes; None: anything. Decisions that have nothing in common lead to the same state in
# either order, and neither makes the other one possible or impossible.
Footprint: TypeAlias = "frozenset[Hashable] | None"
# How often something may go wrong, None as often as can be; or how often at which node, and nowhere else.
Times: TypeAlias = "int | Mapping[str, int | None] | None"

# Up to so many nodes a network is cut in two in every way; beyond it each node is cut off alone, and the halves.
MOST_CUT_IN_EVERY_WAY: Final = 4


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How often a run may be treated unkindly, by kind; None: as often as can be. `timers` is how often each node may
    be woken by its timer while it could rest, `states` what a crashed node may come up with; without `reorder` messages
    of one channel arrive in their order though the network would let them overtake each other. The first `since`
    decisions of a run are given, and what went wrong in them is not counted.

    By node, a loss or a duplicate is that of a message to the node, and a partition cuts the node off alone.
    """

    loss: Times = 0
    duplication: Times = 0
    crashes: Times = 0
    partitions: Times = 0
    states: tuple[State, ...] | Mapping[str, tuple[State, ...]] = (State.KEPT,)
    reorder: bool = True
    timers: int = 0
    since: int = 0

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
    """A decision that may be made now. An `ordinary` one is what a kind network does; without any a run is over."""

    decision: Decision
    footprint: Footprint
    ordinary: bool = True


def are_independent(one: Footprint, other: Footprint) -> bool:
    """True where two decisions that are both possible may be swapped."""
    return one is not None and other is not None and one.isdisjoint(other)


def choices(network: Network, bounds: Bounds, wakes: Counter[str]) -> list[Choice]:
    """All that may be decided now; the ordinary first, in the order in which `settling` has them.

    `wakes` counts by node how often it has ticked though it could rest.
    """
    due = [name for name, node in network.nodes.items() if node.is_up and node.is_due()]
    found = [_of(Tick(name), network) for name in due]
    found += [
        _of(Deliver(message.id), network)
        for message in network.deliverable()
        if bounds.reorder or network.transit.is_first(message)
    ]
    found += [_of(Join(name), network) for name in late_nodes(network.nodes)]
    found += _unkind(network, bounds)
    found += [
        _of(Tick(name), network, ordinary=False)
        for name, node in network.nodes.items()
        if node.wakes_itself and node.is_up and name not in due and wakes[name] < bounds.timers
    ]
    return found


def footprint(decision: Decision, network: Network) -> Footprint:
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


def _of(decision: Decision, network: Network, *, ordinary: bool = True) -> Choice:
    return Choice(decision=decision, footprint=footprint(decision, network), ordinary=ordinary)


def _unkind(network: Network, bounds: Bounds) -> Iterator[Choice]:
    if bounds.are_kind:
        return
    run = network.decisions
    spent = Counter(where for one in run[bounds.since :] for where in _spent(one))

    def may(kind: type[Decision], bound: Times, node: str) -> bool:
        if isinstance(bound, Mapping):
            most = bound.get(node, 0)
            return most is None or spent[kind, node] < most
        return bound is None or spent[kind] < bound

    losing, copying = _may_happen(bounds.loss), _may_happen(bounds.duplication)
    for message in network.transit.messages.values() if losing or copying else ():
        if may(Drop, bounds.loss, message.receiver):
            yield _of(Drop(message.id), network, ordinary=False)
        # With more copies than one of each message a run could go on for ever.
        if (
            may(Duplicate, bounds.duplication, message.receiver)
            and not message.is_duplicate
            and Duplicate(message.id) not in run
        ):
            yield _of(Duplicate(message.id), network, ordinary=False)
    for name, node in network.nodes.items():
        if node.is_up:
            if may(Crash, bounds.crashes, name):
                yield _of(Crash(name), network, ordinary=False)
        elif not node.is_late:
            for state in bounds.states_of(name):
                yield _of(Restart(name, state), network, ordinary=False)
    if network.transit.groups:
        yield _of(Heal(), network, ordinary=False)
    elif isinstance(bounds.partitions, Mapping):
        for name in bounds.partitions:
            if len(network.nodes) > 1 and may(Cut, bounds.partitions, name):
                rest = tuple(other for other in network.nodes if other != name)
                yield _of(Cut(((name,), rest)), network, ordinary=False)
    elif may(Cut, bounds.partitions, ""):
        for groups in _in_two(list(network.nodes)):
            yield _of(Cut(groups), network, ordinary=False)


def _spent(decision: Decision) -> tuple[Hashable, ...]:
    """What a decision uses up of the bounds: in all, and at its node."""
    kind = type(decision)
    match decision:
        case Crash(node):
            return (kind, (kind, node))
        case Drop(message) | Duplicate(message):
            return (kind, (kind, receiver_of(message)))
        case Cut(groups):
            return (kind, (kind, groups[0][0] if groups and len(groups[0]) == 1 else ""))
    return ()


def _may_happen(times: Times) -> bool:
    return any(count != 0 for count in times.values()) if isinstance(times, Mapping) else times != 0


def _in_words(times: Times) -> str:
    if isinstance(times, Mapping):
        return " and ".join(f"{_in_words(count)} at {node}" for node, count in times.items() if count != 0)
    return "without bound" if times is None else f"up to {times}"


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
