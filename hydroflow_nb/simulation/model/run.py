"""A run of a simulated network: what each decision does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.notes import annotate, described
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.addresses import written
from hydroflow_nb.net.messages.codec import JSON, Undecodable
from hydroflow_nb.simulation.model import history as events
from hydroflow_nb.simulation.model.clock import Clock
from hydroflow_nb.simulation.model.decisions import (
    WRITE_A_DECISION,
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
    Restart,
    Send,
    State,
    Tick,
)
from hydroflow_nb.simulation.model.ends import Endpoint
from hydroflow_nb.simulation.model.history import History, Lane
from hydroflow_nb.simulation.model.message import Message, Messages
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.transit import Transit


class Run:
    """The nodes, what is in flight between them, and the decisions that led there."""

    def __init__(self, *, fifo: bool, holds: bool) -> None:
        self.fifo = fifo
        self.holds = holds
        self.nodes: dict[str, Node] = {}
        self._listeners = Listeners()
        self._is_tried = False
        self._clock = Clock()
        # Where messages reach which node: by each of its addresses, and by its name.
        self._receivers: dict[Hashable, tuple[Node, Hashable]] = {}

    def reset(self) -> None:
        """Go back to the start: all nodes as new, nothing in flight, nothing decided."""
        self.decisions: list[Decision] = []
        self.transit = Transit(fifo=self.fifo)
        self.undeliverable: list[Message] = []
        self._clock.now = 0.0
        self._ticking: str | None = None
        for node in self.nodes.values():
            node.reset()
        self._new_history()
        self._tell()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Subscribe to the run: the function is called after each decision, and when it goes back to the start.

        A search tries runs without telling of them. Returns a function that unsubscribes it.
        """
        return self._listeners.add(callback)

    def _tell(self) -> None:
        if self._listeners and not self._is_tried:
            self._listeners.tell()

    @contextmanager
    def tried(self) -> Iterator[None]:
        """A context in which runs are tried: nothing of them is recorded, and nobody is told of them."""
        kept = {name: node.recording for name, node in self.nodes.items()}
        was_tried, self._is_tried = self._is_tried, True
        for node in self.nodes.values():
            node.recording = 0
        try:
            yield
        finally:
            self._is_tried = was_tried
            for name, recording in kept.items():
                self.nodes[name].recording = recording

    def _new_history(self) -> None:
        self.history = History(
            lanes=[
                Lane(node=node.name, address=written(node.address), joins_later=node.plan.joins_later)
                for node in self.nodes.values()
            ]
        )

    # --- how it is ----------------------------------------------------------------------------------------------------

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

    def deliverable(self) -> list[Message]:
        """What may be delivered now."""
        down = {name for name, node in self.nodes.items() if not node.is_up}
        found = self.transit.may_arrive(len(self.decisions))
        return [message for message in found if message.receiver not in down] if down else found

    def is_reachable(self, message: Message) -> bool:
        """True where the receiver of a message is up, and no cut is between."""
        return self._receivers[message.address][0].is_up and not self.transit.is_cut_off(message)

    # --- one decision -------------------------------------------------------------------------------------------------

    def apply(self, decision: Decision) -> None:
        """Do what a decision says, and add it to the run.

        Raises `ImpossibleDecision` before anything has changed; for a tick, what the user's code raises.
        """
        __tracebackhide__ = True
        try:
            self._apply(decision)
        finally:
            if self._listeners:
                self._tell()

    def _apply(self, decision: Decision) -> None:
        __tracebackhide__ = True
        match decision:
            case Tick():
                self._tick(decision)
            case Deliver():
                self._deliver(decision)
            case Drop():
                message = self._found(decision.message)
                self._decided(decision)
                self._lose(message)
            case Duplicate():
                self._duplicate(decision)
            case Delay():
                message = self._found(decision.message)
                self._decided(decision)
                message.held_until = 0 if decision.decisions is None else len(self.decisions) + decision.decisions
                self._happened(events.Delayed(row=self._row, message=message.id))
            case Cut():
                self._cut(decision)
            case Heal():
                if not self.transit.groups:
                    self._impossible("the network is not cut")
                self._decided(decision)
                self.transit.heal()
                self._happened(events.Healed(row=self._row))
            case Crash():
                self._crash(decision)
            case Restart():
                node = self[decision.node]
                if node.is_up or node.is_late:
                    self._impossible(f"{node.name} is {node.state}: only a node that crashed restarts")
                self._decided(decision)
                if decision.state is State.LOST:
                    node.start()
                node.is_up = True
                kept = decision.state is State.KEPT
                self._happened(events.Restarted(row=self._row, node=node.name, kept=kept))
            case Join():
                node = self[decision.node]
                if not node.is_late:
                    self._impossible(f"{node.name} is not a node that joins later, or it has joined")
                self._decided(decision)
                node.is_late, node.is_up = False, True
                self._happened(events.Joined(row=self._row, node=node.name))
            case Send():
                self._give(decision)
            case _:
                raise TypeError(f"{shown(decision)} is not a decision: {WRITE_A_DECISION}")

    def _decided(self, decision: Decision) -> None:
        """The decision is possible, and part of the run from now on."""
        self.decisions.append(decision)
        self.history.rows = len(self.decisions)

    @property
    def _row(self) -> int:
        return len(self.decisions) - 1

    def _happened(self, event: events.Event) -> None:
        self.history.events.append(event)

    def _impossible(self, why: str) -> NoReturn:
        raise ImpossibleDecision(message=why)

    def _found(self, id: str) -> Message:
        message = self.transit.messages.get(id)
        if message is None:
            flying = list(self.transit.messages)
            others = f"; in flight are {', '.join(flying[:5])}{', ...' * (len(flying) > 5)}" if flying else ""
            self._impossible(f"the message {shown(id)} is not in flight{others}")
        return message

    def _tick(self, decision: Tick) -> None:
        __tracebackhide__ = True
        node = self[decision.node]
        if not node.is_up:
            self._impossible(f"{node.name} is {node.state}, so it does not tick")
        if self._ticking is not None:
            self._impossible(f"{self._ticking} is within a tick")
        self._decided(decision)
        number = node.current_tick()
        position = len(self.history.events)
        error = ""
        by_timer = node.waits_for_time()
        unread = node.undecodable
        self._ticking = node.name
        try:
            node.tick()
        except BaseException as exception:
            error = node.faults[-1].message if node.faults else described(exception)
            place = "hydroflow: in node"
            annotate(exception, f"{place} {node.name}, decision {self._row} of the run: {decision}", replacing=place)
            raise
        finally:
            self._ticking = None
            notes = [f"by its timer, {self.now:g} s after the start"] if by_timer else []
            if unread := node.undecodable - unread:
                notes.append(f"{unread} message{'s' * (unread > 1)} could not be read")
            note = "; ".join(notes)
            self.history.events.insert(
                position, events.Ticked(row=self._row, node=node.name, tick=number, error=error, note=note)
            )

    def _sent(self, sender: str, endpoint: Endpoint, address: Hashable, bodies: list[bytes]) -> None:
        """Put in flight what a node's tick sent to an address."""
        if self._ticking != sender:
            raise HydroflowError(
                message=f"{sender} sends within a simulated network, where its ticks are decisions: "
                f"`net.tick({sender!r})` in place of `flow.run_tick()`"
            )
        found = self._receivers.get(address)
        receiver = written(address) if found is None else found[0].name
        for body in bodies:
            message = Message(
                id=self.transit.next_id(sender, receiver),
                sender=sender,
                receiver=receiver,
                origin=endpoint.address,
                address=address,
                body=body,
                decode=(self.nodes[sender] if found is None else found[0]).decode,
            )
            self._happened(
                events.Sent(row=self._row, message=message.id, sender=sender, receiver=receiver, text=message.text)
            )
            if found is None:
                self.undeliverable.append(message)
                self._happened(events.Dropped(row=self._row, message=message.id, reason="no node has this address"))
                continue
            self.transit.put(message)
            if not self.holds:
                self._lose_if_unreachable(message)

    def _deliver(self, decision: Deliver) -> None:
        message = self._found(decision.message)
        node, address = self._receivers[message.address]
        if not node.is_up:
            self._impossible(f"{node.name} is {node.state}, so {message.id} cannot be delivered")
        if self.transit.is_cut_off(message):
            self._impossible(f"the cut is between {message.sender} and {message.receiver}: {message.id} cannot pass")
        if self.fifo and not self.transit.is_first(message):
            self._impossible(
                f"{message.id} is not the oldest from {message.sender} to {message.receiver}: messages overtake each "
                f"other only in a network with `fifo=False`"
            )
        self._decided(decision)
        self.transit.take(message)
        node.deliver(address, message.body, message.origin)
        self._happened(events.Delivered(row=self._row, message=message.id))

    def _lose(self, message: Message, reason: str = "") -> None:
        self.transit.take(message)
        self._happened(events.Dropped(row=self._row, message=message.id, reason=reason))

    def _lose_if_unreachable(self, message: Message) -> None:
        node = self._receivers[message.address][0]
        if not node.is_up:
            self._lose(message, f"{node.name} is {node.state}")
        elif self.transit.is_cut_off(message):
            self._lose(message, "the network is cut")

    def _duplicate(self, decision: Duplicate) -> None:
        message = self._found(decision.message)
        self._decided(decision)
        copy = self.transit.double(message)
        self._happened(events.Duplicated(row=self._row, message=message.id, copy=copy.id))

    def _cut(self, decision: Cut) -> None:
        named: set[str] = set()
        for name in (name for group in decision.groups for name in group):
            if self[name].name in named:
                self._impossible(f"{name} is in two groups of the cut")
            named.add(name)
        if not named or (len(named) == len(self.nodes) and sum(map(bool, decision.groups)) == 1):
            self._impossible("a cut needs nodes on both of its sides")
        self._decided(decision)
        self.transit.cut(decision.groups)
        rest = tuple(name for name in self.nodes if name not in named)
        groups = [group for group in (*decision.groups, rest) if group]
        self._happened(events.Divided(row=self._row, groups=groups))
        self._lose_the_unreachable()

    def _crash(self, decision: Crash) -> None:
        node = self[decision.node]
        if not node.is_up:
            self._impossible(f"{node.name} is {node.state}, so it cannot crash")
        self._decided(decision)
        node.crash()
        self._happened(events.Crashed(row=self._row, node=node.name))
        self._lose_the_unreachable()

    def _lose_the_unreachable(self) -> None:
        if not self.holds:
            for message in list(self.transit.messages.values()):
                self._lose_if_unreachable(message)

    def _give(self, decision: Send) -> None:
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
            item = node.decode(JSON.head + decision.item.encode())
        except Undecodable as undecodable:
            self._impossible(f"the item {decision.item} cannot be read: {undecodable.reason}")
        self._decided(decision)
        node.put(decision.input, item)
        self._happened(events.Given(row=self._row, node=node.name, input=decision.input, text=decision.item))
