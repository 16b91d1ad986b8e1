"""A simulated network at one moment: how it is, and what may be decided there."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NoReturn

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.codec import JSON, Undecodable
from hydroflow_nb.simulation.model.clock import Clock
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Delay,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    ImpossibleDecision,
    Join,
    Point,
    Reorder,
    Resend,
    Restart,
    Send,
    Tick,
)
from hydroflow_nb.simulation.model.links import Frame, Links
from hydroflow_nb.simulation.model.message import Message, Messages
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.transit import Transit


class Situation:
    """The nodes, and what is in flight between them after some decisions."""

    def __init__(self, *, fifo: bool, holds: bool) -> None:
        self.fifo = fifo
        self.holds = holds
        self.nodes: dict[str, Node] = {}
        # The names of the nodes that stand for what is outside of the network.
        self._outside: set[str] = set()
        self._clock = Clock()
        # Where messages reach which node: by each of its addresses, and by its name.
        self._receivers: dict[Hashable, tuple[Node, Hashable]] = {}
        # Whoever wants to know whether somebody asks how the network came to be as it is sets this to False before.
        self.way_was_read = False
        self._begin()

    def _begin(self) -> None:
        self._decisions: list[Decision] = []
        self.transit = Transit(fifo=self.fifo, outside=self._outside, is_up=lambda name: self.nodes[name].is_up)
        self.links = Links(self._fly, self._reach_each_other)
        self.undeliverable: list[Message] = []
        self._clock.now = 0.0
        self._ticking: str | None = None
        self.has_crashed = False

    def _fly(self, frame: Frame) -> None:
        """Put in flight what a link carries."""
        raise NotImplementedError

    def _reach_each_other(self, one: str, other: str) -> bool:
        return self.nodes[one].is_up and self.nodes[other].is_up and not self.transit.are_apart(one, other)

    # --- how it is ----------------------------------------------------------------------------------------------------

    @property
    def decisions(self) -> list[Decision]:
        """The decisions of the run so far: how the network came to be as it is."""
        self.way_was_read = True
        return self._decisions

    def __getitem__(self, node: str | Node) -> Node:
        """The node of a name. Raises `ImpossibleDecision` for a name that no node has."""
        name = node.name if isinstance(node, Node) else node
        try:
            return self.nodes[name]
        except (KeyError, TypeError):
            known = ", ".join(self.nodes) or "none yet"
            raise ImpossibleDecision(message=f"there is no node {shown(name)}; the nodes are: {known}") from None

    def __iter__(self) -> Iterator[str]:
        """The names of the nodes, as of a dict."""
        return iter(self.nodes)

    def __contains__(self, name: object) -> bool:
        return name in self.nodes

    def inside(self) -> list[str]:
        """The names of the nodes to which faults happen: all but those that stand for what is outside."""
        return [name for name in self.nodes if name not in self._outside]

    @property
    def in_flight(self) -> Messages:
        """The messages in flight, in the order in which they were sent, or doubled."""
        return Messages(list(self.transit.messages.values()))

    @property
    def now(self) -> float:
        """The seconds of simulated time since the start of the run. Time passes only where a timer is next."""
        return self._clock.now

    def is_quiet(self) -> bool:
        """True where no node has work to do, timers aside, and nothing can be delivered."""
        return not self.due() and not self.deliverable()

    def due(self) -> list[Node]:
        """The nodes that have work to do."""
        return [node for node in self.nodes.values() if node.is_up and node.is_due()]

    def deliverable(self) -> Sequence[Message]:
        """What may be delivered now. Look at it before the next decision."""
        found = self.transit.may_arrive(len(self._decisions))
        if self.fifo or not self.links:
            return found
        return [one for one in found if one.frame is None or one.frame.is_next]

    def is_reachable(self, message: Message) -> bool:
        """True where the receiver of a message is up, and no cut is between."""
        return self._receivers[message.address][0].is_up and not self.transit.is_cut_off(message)

    # --- what is possible ---------------------------------------------------------------------------------------------

    def why_not(self, decision: Decision) -> str | None:
        """Why a decision is not possible as the network is, in a sentence; None where it is. Nothing changes."""
        try:
            match decision:
                case Tick():
                    self._may_tick(decision)
                case Deliver():
                    self._may_deliver(decision)
                case Drop() | Duplicate() | Delay():
                    self._found(decision.message)
                case Reorder():
                    self._may_reorder(decision)
                case Cut():
                    self._may_cut(decision)
                case Heal():
                    self._may_heal()
                case Crash():
                    self._may_crash(decision)
                case Restart():
                    self._may_restart(decision)
                case Join():
                    self._may_join(decision)
                case Resend():
                    self._may_resend(decision)
                case Send():
                    self._may_give(decision)
        except ImpossibleDecision as impossible:
            return str(impossible)
        return None

    def _impossible(self, why: str) -> NoReturn:
        raise ImpossibleDecision(message=why)

    def _may_tick(self, decision: Tick) -> Node:
        node = self[decision.node]
        if not node.is_up:
            self._impossible(f"{node.name} is {node.state}, so it does not tick")
        if self._ticking is not None:
            self._impossible(f"{self._ticking} is within a tick")
        return node

    def _may_deliver(self, decision: Deliver) -> Message:
        message = self._found(decision.message)
        node = self._receivers[message.address][0]
        if not node.is_up:
            self._impossible(f"{node.name} is {node.state}, so {message.id} cannot be delivered")
        if self.transit.is_cut_off(message):
            self._impossible(f"the cut is between {message.sender} and {message.receiver}: {message.id} cannot pass")
        if self.fifo and not self.transit.is_first(message):
            self._impossible(
                f"{message.id} is not the oldest from {message.sender} to {message.receiver}: messages overtake each "
                f"other only in a network with `fifo=False`"
            )
        if message.frame is not None and not message.frame.is_next:
            self._impossible(f"{message.id} is behind others on its connection, where nothing overtakes")
        return message

    def _may_reorder(self, decision: Reorder) -> tuple[list[Message], list[Message]]:
        first, then = ([self._found(id) for id in ids] for ids in (decision.first, decision.then))
        if not first or not then or not {one.id for one in first}.isdisjoint(one.id for one in then):
            self._impossible("messages are reordered before others: name both, `net.reorder(first, then)`")
        if held := next((one for one in first if one.is_held), None):
            self._impossible(f"{held.id} is held, so nothing can wait for it: deliver it")
        places = {id: place for place, id in enumerate(self.transit.messages)}
        for one in first if self.fifo else ():
            for other in then:
                is_one_way = (one.sender, one.receiver) == (other.sender, other.receiver)
                if is_one_way and places[other.id] < places[one.id]:
                    self._impossible(
                        f"{one.id} is behind {other.id} on one way: messages overtake each other only in a network "
                        f"with `fifo=False`"
                    )
        return first, then

    def _may_cut(self, decision: Cut) -> set[str]:
        """The nodes that the cut names."""
        named: set[str] = set()
        for name in (name for group in decision.groups for name in group):
            if self[name].name in named:
                self._impossible(f"{name} is in two groups of the cut")
            named.add(name)
        if not named or (named.issuperset(self.inside()) and sum(map(bool, decision.groups)) == 1):
            self._impossible("a cut needs nodes on both of its sides")
        return named

    def _may_heal(self) -> None:
        if not self.transit.groups:
            self._impossible("the network is not cut")

    def _may_crash(self, decision: Crash) -> Node:
        node = self[decision.node]
        if not node.is_up:
            self._impossible(f"{node.name} is {node.state}, so it cannot crash")
        if decision.at is not None and not node.plan.durable:
            self._impossible(f"{node.name} is not durable, so there is no {decision.at.value} at which it crashes")
        if decision.at is Point.ACCEPT and not node.has_accepted:
            self._impossible(f"{node.name} has accepted nothing from a durable node since its last tick")
        if decision.at is not None and decision.at.is_within_tick and self._ticking is not None:
            self._impossible(f"{self._ticking} is within a tick")
        return node

    def _may_restart(self, decision: Restart) -> Node:
        node = self[decision.node]
        if node.is_up or node.is_late:
            self._impossible(f"{node.name} is {node.state}: only a node that crashed restarts")
        return node

    def _may_join(self, decision: Join) -> Node:
        node = self[decision.node]
        if not node.is_late:
            self._impossible(f"{node.name} is not a node that joins later, or it has joined")
        return node

    def _may_resend(self, decision: Resend) -> None:
        one, other = self[decision.node], self[decision.peer]
        for node in (one, other):
            if not node.plan.durable:
                self._impossible(f"{node.name} is not durable: its messages are sent once")
            if not node.is_up:
                self._impossible(f"{node.name} is {node.state}, so nothing is sent to it again")
        if self.transit.are_apart(one.name, other.name):
            self._impossible(f"the cut is between {one.name} and {other.name}")
        if not self.links.owes(one.name, other.name):
            self._impossible(f"all that {one.name} and {other.name} have sent each other is acknowledged")

    def _may_give(self, decision: Send) -> tuple[Node, Any]:
        """The node, and the item that it is given."""
        node = self[decision.node]
        if not node.is_up:
            self._impossible(f"{node.name} is {node.state}, so nothing can be put into it")
        if decision.input not in node.inputs:
            known = ", ".join(node.inputs) or "none"
            self._impossible(f"{node.name} has no input {shown(decision.input)}; its inputs are: {known}")
        if not decision.is_readable():
            self._impossible(
                f"the item of a `Send` is a text in JSON, as in `Send({node.name!r}, {decision.input!r}, '3')`, "
                f"not {shown(decision.item)}; `net.send` takes the item itself"
            )
        try:
            return node, node.decode(JSON.head + decision.item.encode())
        except Undecodable as undecodable:
            self._impossible(f"the item {decision.item} cannot be read: {undecodable.reason}")

    def _found(self, id: str) -> Message:
        message = self.transit.messages.get(id)
        if message is None:
            flying = list(self.transit.messages)
            others = f"; in flight are {', '.join(flying[:5])}{', ...' * (len(flying) > 5)}" if flying else ""
            self._impossible(f"the message {shown(id)} is not in flight{others}")
        return message
