"""The decisions that a person makes: a method each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.codec import JSON, Undecodable, encoded, readable
from hydroflow_nb.simulation.model.checked import CheckedRun
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
    State,
    Tick,
)
from hydroflow_nb.simulation.model.message import Message
from hydroflow_nb.simulation.model.node import Node

# How a message is named: itself, its id, or a function that is true of the one that is meant.
Which: TypeAlias = Message | str | Callable[[Message], bool]


class DecisionsByHand(CheckedRun):
    """A run in which a person decides."""

    def tick(self, node: str | Node) -> None:
        """Run one tick of a node, whether it has work to do or not. Raises what the user's code raises."""
        __tracebackhide__ = True
        self.perform(Tick(self[node].name))

    def send(self, node: str | Node, input: str, item: Any) -> None:
        """Put an item into an input of a node, which is named by its channel in the flow's text.

        The item travels as messages do. Raises Misfit for one that cannot.
        """
        self.perform(Send(self[node].name, input, readable(encoded(JSON, item))))

    def deliver(self, message: Which) -> None:
        """Deliver a message.

        `message` is the message, its id, or a function; the oldest message for which the function is true is delivered.
        """
        self.perform(Deliver(self._which(message)))

    def drop(self, message: Which) -> None:
        """Lose a message for good."""
        self.perform(Drop(self._which(message)))

    def duplicate(self, message: Which) -> Message:
        """Put a copy of a message in flight, and return the copy."""
        before = set(self.transit.messages)
        self.perform(Duplicate(self._which(message)))
        return next(one for id, one in self.transit.messages.items() if id not in before)

    def hold(self, message: Which, decisions: int | None = None) -> None:
        """Hold a message in flight, for a number of decisions, or until it is delivered by hand.

        In a network with `fifo` those behind it on its way wait too.
        """
        self.perform(Delay(self._which(message), decisions))

    def reorder(self, first: Which | Sequence[Which], then: Which | Sequence[Which]) -> None:
        """Let messages arrive before others: those of `then` wait until those of `first` have arrived or are lost, or
        until they are delivered by name.

        Both are a message or a list of messages, each as for `deliver`. In a network with `fifo` a message cannot come
        before an older one of its sender and receiver.
        """
        self.perform(Reorder(self._several(first), self._several(then)))

    def _several(self, messages: Which | Sequence[Which]) -> tuple[str, ...]:
        some = [messages] if isinstance(messages, (Message, str)) or callable(messages) else messages
        return tuple(self._which(one) for one in some)

    def cut(self, *groups: str | Node | Iterable[str | Node]) -> None:
        """Let no message pass between the groups of nodes; nodes in no group are one more group.

        `net.cut("a")` cuts one node off, `net.cut({"a"}, {"b", "c"})` names both sides. It replaces an earlier
        cut, and lasts until `heal`. What is in flight from one group to another waits, or without `holds` is lost.
        """
        for group in groups:
            if not isinstance(group, (str, Node, Iterable)):
                raise TypeError(
                    f'a cut is between groups of nodes, as in `net.cut("a", {{"b", "c"}})`, not {shown(group)}'
                )
        wanted = [{group} if isinstance(group, (str, Node)) else set(group) for group in groups]
        named = [{self[one].name for one in group} for group in wanted]
        # In the order of the nodes, because sets have no order.
        self.perform(Cut(tuple(tuple(name for name in self.nodes if name in group) for group in named)))

    def heal(self) -> None:
        """Let all messages pass again."""
        self.perform(Heal())

    def crash(self, node: str | Node, at: str | None = None) -> None:
        """Take a node down: it does not tick, and what reached it after its last tick is lost.

        What is in flight to it waits for its restart, or without `holds` is lost.

        A durable node may go down `at` a point of its protocol: at "accept" a message has come, and is not in the
        journal. At the others it begins a tick, and does not come beyond: at "journal" what the tick takes in is in
        the journal, at "acknowledge" it is acknowledged too, at "tick" the tick has run, and nothing has left, at
        "send" what it sends has left, and the journal does not say that the tick has ended. Raises ValueError for
        another word, and what user code raises in the tick: then the node is up.
        """
        self.perform(Crash(self[node].name, None if at is None else Point(at)))

    def restart(self, node: str | Node, state: str = "kept") -> None:
        """Bring a node up again: with the state that it had ("kept"), as new ("lost"), or as new but for what its
        `'durable` operators held ("durable"). A durable node goes on from its folder, unless that is "lost".
        """
        self.perform(Restart(self[node].name, State(state)))

    def resend(self, node: str | Node, peer: str | Node) -> None:
        """Break the connection of two durable nodes, and make it again: what either has sent to the other, and is not
        acknowledged, is sent once more.
        """
        self.perform(Resend(self[node].name, self[peer].name))

    def join(self, node: str | Node) -> None:
        """Bring up a node that was added with `join_later`."""
        self.perform(Join(self[node].name))

    def undo(self) -> Decision:
        """Take the last decision back, and return it: the run is replayed without it.

        What user code raises in a tick on the way, and what a property says, is not raised again. Chance starts anew
        from the seed. Raises `ImpossibleDecision` where nothing has been decided.
        """
        if not self.decisions:
            raise ImpossibleDecision(message="nothing has been decided yet: there is nothing to take back")
        *rest, last = self.decisions
        self.repeat(rest)
        return last

    def repeat(self, decisions: Iterable[Decision]) -> None:
        """Go back to the start and make decisions that were made before, whatever code and properties say of them.

        Raises `ImpossibleDecision` where one is not possible any more.
        """
        chosen = list(decisions)
        self.reset()
        for decision in chosen:
            try:
                self.perform(decision)
            except ImpossibleDecision:
                raise
            except Exception:  # it was raised before, where the decision was made
                continue

    def _which(self, message: Which) -> str:
        match message:
            case Message():
                return message.id
            case str():
                return message
        if not callable(message):
            raise TypeError(
                f'a message is named by itself, by its id such as "alice>bob#1", or by a function that is true of it, '
                f"as in `lambda message: message.value == 3`, not {shown(message)}"
            )
        found = next((one.id for one in self.in_flight if _is_true_of(message, one)), None)
        if found is None:
            raise ImpossibleDecision(message="the function is true of no message in flight")
        return found


def _is_true_of(condition: Callable[[Message], bool], message: Message) -> bool:
    try:
        return bool(condition(message))
    except Undecodable:
        # A message that cannot be read has no value to ask for.
        return False
