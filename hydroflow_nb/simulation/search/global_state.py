"""The global state of a network as a digest: equal states have equal ones, whatever way led there.

A state is what every node remembers, what waits for it, what is in flight, how the network is cut, what the clock
says, and what is left of the bounds on faults; also what has failed in the nodes and how often they have ticked, where
a property asks for it. How many messages were sent before is no part of it, so a decision has a
name that does not tell the message's number.

Symmetric nodes are those that may be exchanged: of all states that an exchange makes of one, the least digest stands
for all. E. A. Emerson, A. P. Sistla, "Symmetry and Model Checking", Formal Methods in System Design 9, 1996.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any, Final, TypeAlias

from msgspec.structs import astuple

from hydroflow_nb.engine.canonical import Forms, NoForm, digest
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages.codec import Undecodable
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Resend,
    Restart,
    Tick,
)
from hydroflow_nb.simulation.model.links import Side
from hydroflow_nb.simulation.model.message import Message
from hydroflow_nb.simulation.model.node import Asked, Node
from hydroflow_nb.simulation.model.run import Run
from hydroflow_nb.simulation.search.choices import nodes_of

# Of each node its digest under each exchange.
Parts: TypeAlias = "tuple[tuple[bytes, ...], ...]"

# A body with one of these depends on the order in which a set gave its members.
_OF_SETS: Final = (b"$set", b"$frozenset")
# The forms of so many bodies are kept.
_MOST_KNOWN: Final = 20_000


class CannotMerge(Exception):
    """Equal states cannot be told; the message says why."""


class GlobalStates:
    """The digests of a network's states, and the names that decisions have there.

    `in_order`: messages of one channel arrive in their order. `asked` is what of each node
    is part of a state beside what its ticks depend on. `symmetric` are the nodes that may be exchanged.
    """

    def __init__(
        self, network: Run, *, in_order: bool, symmetric: Collection[str] = (), asked: Asked = Asked.NOTHING
    ) -> None:
        self._network = network
        self._in_order = in_order
        self._asked = asked
        self._forms = Forms()
        self._nodes = list(network.nodes.values())
        self._exchanges = [_Exchange(network, moved) for moved in _exchanges(symmetric)]
        self._bodies: dict[tuple[bytes, int], bytes] = {}

    def parts(self, before: Parts | None = None, decision: Decision | None = None) -> Parts:
        """The digests of all nodes, where those `before` a decision are known. Raises CannotMerge."""
        if before is None or decision is None:
            return tuple(map(self._of_node, self._nodes))
        changed = nodes_of(decision)[-1:]
        # The connections of durable nodes, and what is acknowledged over them, change by what happens to their peers.
        return tuple(
            self._of_node(node) if node.name in changed or node.plan.durable else known
            for node, known in zip(self._nodes, before, strict=True)
        )

    def digest(self, parts: Parts, left: Sequence[tuple[str, str, int]], length: int | None) -> tuple[bytes, int]:
        """The digest of the network, where so much is left of the bounds, and `length` decisions were chosen (None:
        that makes no difference); and which exchange leads to it. Raises CannotMerge.
        """
        return min(
            (digest(b"".join(exchange.ordered(parts, at)) + self._between(at, exchange, left, length)), at)
            for at, exchange in enumerate(self._exchanges)
        )

    def name(self, decision: Decision, at: int) -> Hashable:
        """The name of a decision in the state that an exchange leads to: one of those that have it is as another."""
        of = self._exchanges[at].of
        match decision:
            case Deliver(id) | Drop(id) | Duplicate(id):
                message = self._network.transit.messages[id]
                which = (
                    self._network.transit.place(message)
                    if self._in_order
                    else self._forms.of(
                        [self._message(message, at, _sides(self._network.transit.beside(message)))],
                        self._exchanges[at].renamed,
                    )
                )
                return (decision.kind, of(message.sender), of(message.receiver), which)
            case Tick(node) | Join(node):
                return (decision.kind, of(node))
            case Crash(node, at_point):
                return (decision.kind, of(node), at_point)
            case Resend(node, peer):
                return (decision.kind, frozenset((of(node), of(peer))))
            case Restart(node, state):
                return (decision.kind, of(node), state)
            case Cut(groups):
                return (decision.kind, frozenset(frozenset(map(of, group)) for group in groups))
            case Heal():
                return decision.kind
        raise AssertionError(decision)

    def _of_node(self, node: Node) -> tuple[bytes, ...]:
        try:
            return tuple(
                digest(
                    self._forms.of(
                        node.remembers(lambda body, at=at: self._body(body, node.decode, at), asked=self._asked),  # type: ignore[misc]
                        exchange.renamed,
                    )
                )
                for at, exchange in enumerate(self._exchanges)
            )
        except NoForm as exception:
            raise CannotMerge(f"{node.name} holds {exception}, which has no canonical form") from exception

    def _between(self, at: int, exchange: _Exchange, left: Iterable[tuple[str, str, int]], length: int | None) -> bytes:
        """The form of all that is not in a node."""
        network, of = self._network, exchange.of
        transit = network.transit
        flying = []
        for sender, receiver, messages in transit.by_channel():
            sides = _sides(messages)
            forms = [self._forms.of([self._message(one, at, sides)], exchange.renamed) for one in messages]
            flying.append((of(sender), of(receiver), forms if self._in_order else sorted(forms)))
        lost = [
            self._forms.of((one.sender, one.address, self._body(one.body, one.decode, at)), exchange.renamed)
            for one in network.undeliverable
        ]
        cut = frozenset(frozenset(map(of, group)) for group in transit.groups)
        bounds = sorted((kind, of(node), count) for kind, node, count in left)
        return self._forms.of([sorted(flying), lost, cut, network.now, network.has_crashed, bounds, length])

    def _message(self, message: Message, at: int, sides: Mapping[Side, int]) -> tuple[Any, ...]:
        transit, frame = self._network.transit, message.frame
        if frame is None:
            content: Any = self._body(message.body, message.decode, at)
        else:
            bodies = [self._body(body, message.decode, at) for body in frame.bodies]
            way = (sides.get(frame.side), frame.side.is_open, frame.ahead)
            content = (*astuple(frame.control), bodies, way)
        return (
            message.address,
            message.origin,
            content,
            transit.may_be_doubled(message),
            transit.waits_until(message, len(self._network.decisions)),
        )

    def _body(self, body: bytes, decode: Callable[[bytes], Any], at: int) -> bytes:
        """What stands for a body: the form of its value where that may differ from the body, else the body itself."""
        if len(self._exchanges) == 1 and not any(mark in body for mark in _OF_SETS):
            return body
        found = self._bodies.get((body, at))
        if found is None:
            if len(self._bodies) >= _MOST_KNOWN:
                self._bodies.clear()
            try:
                found = self._forms.of([decode(body)], self._exchanges[at].renamed)
            except (Undecodable, NoForm):
                found = body
            self._bodies[body, at] = found
        return found


def _sides(messages: Iterable[Message]) -> Mapping[Side, int]:
    """The connections that messages of a channel are on, in the order in which they come there."""
    sides: dict[Side, int] = {}
    for one in messages:
        if one.frame is not None:
            sides.setdefault(one.frame.side, len(sides))
    return sides


def must_be_symmetric(network: Run, symmetric: Sequence[str]) -> None:
    """Raises ValueError where some nodes are not alike at their start, in what the nodes are given by name.

    Of what has all symmetric nodes as its members the order does not count: it is the group.
    """
    forms, same = Forms(), _Exchange(network, {name: name for name in symmetric})

    def form(value: Any, exchange: _Exchange) -> bytes:
        is_group = isinstance(value, (tuple, list)) and all(name in value for name in symmetric)
        return forms.of([set(value) if is_group else value], exchange.renamed)

    first = symmetric[0]
    for other in symmetric[1:]:
        exchange = _Exchange(network, {**same.renamed, first: other, other: first})
        for name, node in network.nodes.items():
            image = network.nodes[exchange.of(name)]
            if node.plan.flow.source.text != image.plan.flow.source.text:
                raise ValueError(f"{name} and {image.name} are not symmetric: they run different flows")
            ours, theirs = node.plan.names.values, image.plan.names.values
            for key in dict.fromkeys((*ours, *theirs)):
                values = ours.get(key), theirs.get(key)
                if form(values[0], exchange) != form(values[1], same):
                    raise ValueError(
                        f"{first} and {other} are not symmetric: `{key}` is {shown(values[0])} at {name}, and "
                        f"{shown(values[1])} at {image.name}"
                    )


class _Exchange:
    """Which node stands in the place of which: `renamed` has names and addresses."""

    def __init__(self, network: Run, moved: Mapping[str, str]) -> None:
        nodes = network.nodes
        self.renamed: dict[Any, Any] = dict(moved)
        for name, other in moved.items():
            for one, another in zip(nodes[name].plan.endpoints, nodes[other].plan.endpoints, strict=True):
                self.renamed[one.address] = another.address
        places = {name: place for place, name in enumerate(nodes)}
        self._order = sorted(range(len(nodes)), key=lambda place: places[self.of([*nodes][place])])

    def of(self, name: str) -> str:
        """The node that stands in the place of one."""
        found: str = self.renamed.get(name, name)
        return found

    def ordered(self, parts: Parts, at: int) -> list[bytes]:
        """The digests of the nodes in their places after the exchange, which has a number."""
        return [parts[place][at] for place in self._order]


def _exchanges(symmetric: Collection[str]) -> Iterable[dict[str, str]]:
    """Every exchange of some nodes; the first one leaves them where they are."""
    names = list(symmetric)
    for order in permutations(names):
        # With those that stay where they are, so that forms of all exchanges are written alike.
        yield dict(zip(names, order, strict=True))
