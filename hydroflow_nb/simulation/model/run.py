"""A run of a simulated network: what each decision does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from hydroflow_nb.engine.listeners import Listeners
from hydroflow_nb.engine.notes import annotate
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.net.addresses import written
from hydroflow_nb.net.frames import framed
from hydroflow_nb.simulation.model import history as events
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
    Join,
    Point,
    Reorder,
    Resend,
    Restart,
    Send,
    State,
    Tick,
)
from hydroflow_nb.simulation.model.ends import Endpoint
from hydroflow_nb.simulation.model.history import History, Lane
from hydroflow_nb.simulation.model.links import Frame
from hydroflow_nb.simulation.model.message import Message
from hydroflow_nb.simulation.model.node import Node
from hydroflow_nb.simulation.model.situation import Situation

# A tick that ends there has not run.
_BEFORE_TICK: Final = (Point.JOURNAL, Point.ACKNOWLEDGE)


class Run(Situation):
    """The nodes, what is in flight between them, and the decisions that led there."""

    def __init__(self, *, fifo: bool, holds: bool) -> None:
        super().__init__(fifo=fifo, holds=holds)
        self._listeners = Listeners()
        self._is_tried = False

    def _begin(self) -> None:
        super()._begin()
        # The first message that each batch of a durable node went as.
        self._batches: dict[tuple[str, str, int], str] = {}

    def reset(self) -> None:
        """Go back to the start: all nodes as new, nothing in flight, nothing decided."""
        self._begin()
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

    @property
    def history(self) -> History:
        """What happened in the run so far."""
        self.way_was_read = True
        return self._history

    def _new_history(self) -> None:
        self._history = History(
            lanes=[
                Lane(node=node.name, address=written(node.address), joins_later=node.plan.joins_later)
                for node in self.nodes.values()
            ]
        )

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
                self.transit.hold(
                    message, 0 if decision.decisions is None else len(self._decisions) + decision.decisions
                )
                self._happened(events.Delayed(row=self._row, message=message.id))
            case Reorder():
                first, then = self._may_reorder(decision)
                self._decided(decision)
                self.transit.reorder(first, then)
                for message in then:
                    self._happened(events.Delayed(row=self._row, message=message.id, behind=decision.first))
            case Cut():
                self._cut(decision)
            case Heal():
                self._may_heal()
                self._decided(decision)
                self.transit.heal()
                self._happened(events.Healed(row=self._row))
                self.links.look_again()
            case Crash():
                self._crash(decision)
            case Restart():
                self._restart(decision)
            case Join():
                node = self._may_join(decision)
                self._decided(decision)
                node.is_late, node.is_up = False, True
                self.transit.look_again()
                self._happened(events.Joined(row=self._row, node=node.name))
                self.links.look_again()
            case Resend():
                self._resend(decision)
            case Send():
                self._give(decision)
            case _:
                raise TypeError(f"{shown(decision)} is not a decision: {WRITE_A_DECISION}")

    def _decided(self, decision: Decision) -> None:
        """The decision is possible, and part of the run from now on."""
        self._decisions.append(decision)
        self._history.rows = len(self._decisions)

    @property
    def _row(self) -> int:
        return len(self._decisions) - 1

    def _happened(self, event: events.Event) -> None:
        self._history.events.append(event)

    def _tick(self, decision: Tick) -> None:
        __tracebackhide__ = True
        node = self._may_tick(decision)
        self._decided(decision)
        self._run_tick(node, node.tick)

    def _run_tick(self, node: Node, tick: Callable[[], None], *, at: Point | None = None) -> None:
        """Run a tick of a node, or as much of it as there is before a point."""
        __tracebackhide__ = True
        number = node.current_tick()
        position = len(self._history.events)
        raised: BaseException | None = None
        by_timer = node.waits_for_time()
        unread = node.undecodable
        self._ticking = node.name
        try:
            tick()
        except BaseException as exception:
            at, raised = None, exception
            place, decision = "hydroflow: in node", self._decisions[-1]
            annotate(exception, f"{place} {node.name}, decision {self._row} of the run: {decision}", replacing=place)
            raise
        finally:
            self._ticking = None
            notes = [f"by its timer, {self.now:g} s after the start"] if by_timer else []
            if unread := node.undecodable - unread:
                notes.append(f"{unread} message{'s' * (unread > 1)} could not be read")
            note = "; ".join(notes)
            error, aside = node.failed(raised)
            ticked = events.Ticked(row=self._row, node=node.name, tick=number, error=error, note=note, set_aside=aside)
            if at not in _BEFORE_TICK:
                self._history.events.insert(position, ticked)

    def _sent(self, sender: str, endpoint: Endpoint, address: Hashable, bodies: list[bytes]) -> None:
        """Put in flight what a node's tick sent to an address."""
        if self._ticking != sender:
            raise HydroflowError(
                message=f"{sender} sends within a simulated network, where its ticks are decisions: "
                f"`net.tick({sender!r})` in place of `flow.run_tick()`"
            )
        found = self._receivers.get(address)
        receiver = written(address) if found is None else found[0].name
        decode = (self.nodes[sender] if found is None else found[0]).decode
        transit, happened, row = self.transit, self._history.events, self._row
        for body in bodies:
            message = Message(
                id=transit.next_id(sender, receiver),
                sender=sender,
                receiver=receiver,
                origin=endpoint.address,
                address=address,
                body=body,
                decode=decode,
            )
            happened.append(
                events.Sent(row=row, message=message.id, sender=sender, receiver=receiver, text=message.text)
            )
            if found is None:
                self.undeliverable.append(message)
                self._happened(events.Dropped(row=row, message=message.id, reason="no node has this address"))
                continue
            transit.put(message)
            if not self.holds:
                self._lose_if_unreachable(message)

    def _deliver(self, decision: Deliver) -> None:
        message = self._may_deliver(decision)
        node, address = self._receivers[message.address]
        self._decided(decision)
        self.transit.take(message)
        unread, position = "", len(self._history.events)
        if message.frame is None:
            node.deliver(address, message.body, message.origin)
        else:
            unread = message.frame.side.link.arrive(message.frame)
        self._history.events.insert(position, events.Delivered(row=self._row, message=message.id, unread=unread))

    def _lose(self, message: Message, reason: str = "") -> None:
        self.transit.take(message)
        self._happened(events.Dropped(row=self._row, message=message.id, reason=reason))
        if message.frame is not None:
            self._break_behind(message.frame)

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
        named = self._may_cut(decision)
        self._decided(decision)
        self.transit.cut(decision.groups)
        rest = tuple(name for name in self.inside() if name not in named)
        groups = [group for group in (*decision.groups, rest) if group]
        self._happened(events.Divided(row=self._row, groups=groups))
        self._lose_the_unreachable()

    def _crash(self, decision: Crash) -> None:
        node = self._may_crash(decision)
        self._decided(decision)
        if decision.at is None or not decision.at.is_within_tick:
            node.crash(decision.at)
        else:
            self._run_tick(node, partial(node.crash, decision.at), at=decision.at)
        self.has_crashed = True
        self.transit.look_again()
        at = "" if decision.at is None else decision.at.value
        self._happened(events.Crashed(row=self._row, node=node.name, at=at, again=node.runs_again))
        self._break_links(node)
        self._lose_the_unreachable()

    def _lose_the_unreachable(self) -> None:
        if not self.holds:
            for message in list(self.transit.messages.values()):
                if message.id in self.transit.messages:
                    self._lose_if_unreachable(message)

    def _restart(self, decision: Restart) -> None:
        node = self._may_restart(decision)
        self._decided(decision)
        # All of a durable node is in its folder, so with its state kept it goes on from there.
        is_durable = decision.state is State.DURABLE or (decision.state is State.KEPT and node.plan.durable)
        is_kept = decision.state is State.KEPT and not is_durable
        if not is_kept:
            node.start(durable=is_durable)
        node.is_up = True
        self.transit.look_again()
        self._happened(events.Restarted(row=self._row, node=node.name, kept=is_kept, durable=is_durable))
        self.links.look_again()

    # --- durable nodes ------------------------------------------------------------------------------------------------

    def _fly(self, frame: Frame) -> None:
        """Put in flight what a link carries."""
        end, peer = frame.side.end, frame.side.peer
        message = Message(
            id=self.transit.next_id(end.node, peer.node),
            sender=end.node,
            receiver=peer.node,
            origin=end.address,
            address=peer.address,
            body=framed(frame.pieces),
            frame=frame,
            decode=self.nodes[peer.node].decode,
        )
        batch = frame.batch
        first = message.id if batch is None else self._batches.setdefault(batch, message.id)
        self._happened(
            events.Sent(
                row=self._row,
                message=message.id,
                sender=end.node,
                receiver=peer.node,
                text=message.text,
                again="" if first == message.id else first,
            )
        )
        self.transit.put(message)
        if not self.holds:
            self._lose_if_unreachable(message)

    def _break_links(self, node: Node) -> None:
        """The connections of a node end, and what is on its way to it over them is lost."""
        for link in self.links.of(node.name):
            self.links.close(link)
        for message in list(self.transit.messages.values()):
            if message.frame is not None and message.receiver == node.name and message.id in self.transit.messages:
                self._lose(message, f"{node.name} is {node.state}")

    def _break_behind(self, frame: Frame) -> None:
        """A frame is lost: what follows it does not arrive, and the connection is made again."""
        side = frame.side
        others = [
            (one, one.frame)
            for one in self.transit.messages.values()
            if one.frame is not None and one.frame.side is side
        ]
        if frame.ahead < 1 or any(other.number == frame.number for _, other in others):
            # Another copy of it arrives, or has arrived.
            return
        for one, other in others:
            if other.number > frame.number:
                self.transit.take(one)
                self._happened(events.Dropped(row=self._row, message=one.id, reason="its connection broke"))
        self.links.close(side.link)
        self.links.look_again()

    def _resend(self, decision: Resend) -> None:
        self._may_resend(decision)
        self._decided(decision)
        self._happened(events.Resent(row=self._row, node=decision.node, peer=decision.peer))
        for link in self.links.between(decision.node, decision.peer):
            self.links.close(link)
        self.links.look_again()

    def _give(self, decision: Send) -> None:
        node, item = self._may_give(decision)
        self._decided(decision)
        node.put(decision.input, item)
        self._happened(events.Given(row=self._row, node=node.name, input=decision.input, text=decision.item))
