"""What may be decided next in a simulated network, and which decisions commute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.cuts import cut_off, some_cuts
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
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
from hydroflow_nb.simulation.model.legal import legal, waking
from hydroflow_nb.simulation.model.run import Run

# What a decision reads or changes; None: anything. Decisions with disjoint footprints commute: they lead to the same
# state in either order, and neither makes the other one possible or impossible.
Footprint: TypeAlias = "frozenset[Hashable] | None"
# How often a fault may happen, None: without bound; or how often at which node, and at no other.
Times: TypeAlias = "int | Mapping[str, int | None] | None"

# What a choice uses up of the bounds: one of its kind in all, and one at its node.
Expense: TypeAlias = "type[Decision] | tuple[type[Decision], str]"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How often each kind of fault may happen in a run; None: without bound. `resends` is how often durable nodes
    connect again, `points` are those at which they crash, None: all, and between two ticks. `timers` is how often each
    node may be woken by its timer while it could rest, `states` what a crashed node may come up with; without `reorder`
    messages of one channel arrive in their order though the network would let them overtake each other.

    By node, a loss or a duplicate is that of a message to the node, and a partition cuts the node off alone.
    """

    loss: Times = 0
    duplication: Times = 0
    crashes: Times = 0
    partitions: Times = 0
    resends: int = 0
    points: frozenset[Point] | None = None
    states: tuple[State, ...] | Mapping[str, tuple[State, ...]] = (State.KEPT,)
    reorder: bool = True
    timers: int = 0

    @property
    def are_kind(self) -> bool:
        """True where no faults may happen."""
        return not any(map(_may_happen, (self.loss, self.duplication, self.crashes, self.partitions, self.resends)))

    def states_of(self, node: str) -> tuple[State, ...]:
        """What a node that crashed may come up with."""
        return self.states.get(node, (State.KEPT,)) if isinstance(self.states, Mapping) else self.states

    def __str__(self) -> str:
        counts = {
            "losses": self.loss,
            "duplicates": self.duplication,
            "crashes": self.crashes,
            "partitions": self.partitions,
            "resends": self.resends,
        }
        return ", ".join(f"{name} {_in_words(times)}" for name, times in counts.items() if _may_happen(times))


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A decision that may be made now. An `ordinary` one happens without faults; where there is none, a run is over.

    `spends` is what it uses up of the bounds.
    """

    decision: Decision
    footprint: Footprint
    ordinary: bool = True
    spends: tuple[Expense, ...] = ()


def are_independent(one: Footprint, other: Footprint) -> bool:
    """True where two decisions that are both possible commute."""
    return one is not None and other is not None and one.isdisjoint(other)


def asleep_behind(
    awake: Sequence[Choice], chosen: int, asleep: Mapping[Decision, Footprint]
) -> dict[Decision, Footprint]:
    """What need not be tried after a choice: what was tried instead of it, or slept already, and commutes with it."""
    taken = awake[chosen].footprint
    before = {one.decision: one.footprint for one in awake[:chosen]}
    return {decision: touched for decision, touched in {**asleep, **before}.items() if are_independent(touched, taken)}


def fingerprint(path: Sequence[Choice], *, reduced: bool) -> int:
    """A number that is the same for schedules that differ only in the order of independent decisions.

    Decisions are dependent where they touch one thing, so the decisions about each thing identify a schedule.
    """
    if not reduced:
        return hash(tuple(choice.decision for choice in path))
    touched = {key for choice in path for key in choice.footprint or ()}
    about: dict[Hashable, list[Decision]] = {key: [] for key in touched}
    everything: list[Decision] = []
    for choice in path:
        if choice.footprint is None:
            everything.append(choice.decision)
        for key in touched if choice.footprint is None else choice.footprint:
            about[key].append(choice.decision)
    return hash((frozenset((key, tuple(made)) for key, made in about.items()), tuple(everything)))


class Choices:
    """What may be decided in the runs of a network, within bounds.

    The runs of a search have most choices in common, which are made once.
    """

    def __init__(self, run: Run, bounds: Bounds) -> None:
        self._run = run
        self._bounds = bounds
        self._wakers = {name: bounds.timers for name, node in run.nodes.items() if node.wakes_itself}
        most: dict[type[Decision], Times] = {
            Drop: bounds.loss,
            Duplicate: bounds.duplication,
            Crash: bounds.crashes,
            Cut: bounds.partitions,
            Resend: bounds.resends,
        }
        most = {kind: times for kind, times in most.items() if _may_happen(times)}
        self._in_all = {kind: times for kind, times in most.items() if isinstance(times, int)}
        self._by_node = {kind: times for kind, times in most.items() if isinstance(times, Mapping)}
        self._by_node[Tick] = self._wakers
        self._faults = frozenset[type[Decision]]((*most, Restart, Heal) if most else ())
        self._cuts = list(_cuts(run.inside(), bounds))
        self._late = [node for node in run.nodes.values() if node.plan.joins_later]
        self._ticks, self._deliveries, self._joins = (_Ordinary(kind, run) for kind in (Tick, Deliver, Join))
        self._unkind = cache(self._made_unkind)

    def now(self, spent: Counter[Expense]) -> list[Choice]:
        """All that may be decided now; the ordinary first, in the order in which `settling` has them, and ticks of
        nodes that only wake themselves last. `spent` counts what the choices of the run so far have spent.
        """
        # The first part of `legal`, without a decision that is made anew: every state of every run comes here.
        run, transit = self._run, self._run.transit
        ticks, deliveries = self._ticks, self._deliveries
        arriving = run.deliverable()
        if not self._bounds.reorder:
            arriving = [message for message in arriving if transit.is_first(message)]
        found = [ticks[node.name] for node in run.due()]
        found += [deliveries[message.id] for message in arriving]
        if self._late:
            found += [self._joins[node.name] for node in self._late if node.is_late]
        last = [self._unkind(Tick(node.name)) for node in waking(run)] if self._wakers else []
        last = [choice for choice in last if self._may(choice, spent)]
        if self._faults:
            over = [kind for kind, most in self._in_all.items() if spent.get(kind, 0) >= most]
            found += [
                choice
                for decision in legal(run, self._faults.difference(over), self._cuts)
                if self._is_wanted(decision) and self._may(choice := self._unkind(decision), spent)
            ]
            if run.links:
                # What was under way when its connection broke has arrived or not, whatever else is lost.
                found += [
                    Choice(decision=Drop(id), footprint=frozenset((channel_of(id),)), ordinary=False)
                    for id, message in transit.messages.items()
                    if message.is_stranded
                ]
        return found + last

    def left(self, spent: Counter[Expense]) -> list[tuple[str, str, int]]:
        """What is left of the bounds: the kind of decision, the node (empty: any), and how many may come."""
        in_all = [(kind.__name__, "", most - spent[kind]) for kind, most in self._in_all.items()]
        return in_all + [
            (kind.__name__, node, most - spent[kind, node])
            for kind, by_node in self._by_node.items()
            for node, most in by_node.items()
            if most is not None
        ]

    def _is_wanted(self, decision: Decision) -> bool:
        if type(decision) is Duplicate:
            # With more copies than one of each message a run could go on for ever.
            return self._run.transit.may_be_doubled(self._run.transit.messages[decision.message])
        if type(decision) is Drop:
            return not self._run.transit.messages[decision.message].is_stranded
        if type(decision) is Crash:
            points = self._bounds.points
            return points is None or decision.at in points or not self._run.nodes[decision.node].plan.durable
        if type(decision) is not Restart:
            return True
        wanted = self._bounds.states_of(decision.node)
        return decision.state in map(self._run.nodes[decision.node].restarts_with, wanted)

    def _may(self, choice: Choice, spent: Counter[Expense]) -> bool:
        """True where the bounds leave enough at the node of a choice."""
        kind = type(choice.decision)
        if kind not in self._by_node:
            return True
        node = _place_of(choice.decision)
        most = self._by_node[kind].get(node, 0)
        return most is None or spent[kind, node] < most

    def _made_unkind(self, decision: Decision) -> Choice:
        """A fault, an early tick, or what mends a fault, which spends nothing."""
        kind = type(decision)
        spends = () if kind in (Restart, Heal) else (kind, (kind, _place_of(decision)))
        return Choice(decision=decision, footprint=footprint(decision, self._run), ordinary=False, spends=spends)


class _Ordinary(dict[str, Choice]):
    """The ordinary choices of one kind by the name of their node or message; each is made once."""

    def __init__(self, kind: type[Tick] | type[Deliver] | type[Join], run: Run) -> None:
        super().__init__()
        self._kind = kind
        self._run = run

    def __missing__(self, name: str) -> Choice:
        decision = self._kind(name)
        made = self[name] = Choice(decision=decision, footprint=footprint(decision, self._run))
        return made


def _place_of(decision: Decision) -> str:
    """The node where a fault happens; of a cut the first node of its first group, which is the one cut off alone."""
    return decision.groups[0][0] if isinstance(decision, Cut) else nodes_of(decision)[-1]


def footprint(decision: Decision, network: Run) -> Footprint:
    """What a decision reads or changes, whatever the state. Losses and copies touch what counts them."""
    match decision:
        case Tick(node):
            # Timers share one clock.
            return frozenset((node, "the clock") if network.nodes[node].wakes_itself else (node,))
        case Deliver(message):
            # It commutes with what its sender puts behind it in the channel.
            return frozenset((receiver_of(message), channel_of(message)))
        case Drop(message) if not _is_numbered(message, network):
            return frozenset((channel_of(message), "losses"))
        case Duplicate(message):
            return frozenset((channel_of(message), "copies"))
        case Crash(node) if network.holds and not network.nodes[node].plan.durable:
            # What is sent to it waits, as it does while it is slow.
            return frozenset((node, "crashes"))
        case Restart(node) if network.holds and not network.nodes[node].plan.durable:
            # One that begins anew asks the clock when that is.
            return frozenset((node, "the clock"))
        case _:
            return None


def _is_numbered(message: str, network: Run) -> bool:
    """True where a message is one between durable nodes, whose connection breaks when it is lost."""
    return all(node in network.nodes and network.nodes[node].plan.durable for node in channel_of(message))


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
        case Resend(one, other):
            return (one, other)
        case Cut() | Heal():
            return ()
        case Reorder(first=(message, *_)):
            return channel_of(message)
        case Reorder():
            return ()
        case _:
            return channel_of(decision.message)


def _may_happen(times: Times) -> bool:
    return any(count != 0 for count in times.values()) if isinstance(times, Mapping) else times != 0


def _in_words(times: Times) -> str:
    if isinstance(times, Mapping):
        return " and ".join(f"{_in_words(count)} at {node}" for node, count in times.items() if count != 0)
    return "without bound" if times is None else f"up to {times}"


def _cuts(nodes: Sequence[str], bounds: Bounds) -> Iterator[Cut]:
    """The ways to cut a network; where nodes are chosen, each is cut off alone."""
    if isinstance(bounds.partitions, Mapping):
        return (cut_off((name,), nodes) for name in bounds.partitions if len(nodes) > 1)
    return some_cuts(nodes)
