"""The check of flows that send each other messages: what one sends is what others take in.

There is one type for each kind of message, for all nodes together, since it is not known before a run who sends to
whom. The nodes are checked again until no type changes; types only become weaker, so this ends.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import field, replace
from functools import cached_property

from hydroflow_nb.correctness import shapes
from hydroflow_nb.correctness.check import Verdict, believed, given_by, nodes_before
from hydroflow_nb.correctness.halves import with_halves_joined
from hydroflow_nb.correctness.inference import ANY_KIND, FOREIGN, Typing
from hydroflow_nb.correctness.kinds import KindsOfEdges
from hydroflow_nb.correctness.outputs import Output, outputs_of
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.correctness.view import Asked
from hydroflow_nb.expressions import Binding, Closure
from hydroflow_nb.ir.graph import Edge, Node, NodeId
from hydroflow_nb.operators.rules.content import (
    Cause,
    Content,
    Copies,
    Holds,
    ItemOrder,
    Loss,
    Place,
    Time,
    causes,
    mixed,
    normal,
    varying,
    weakened,
)
from hydroflow_nb.operators.rules.functions import Mapped
from hydroflow_nb.operators.rules.rule import STATE, Differences
from hydroflow_nb.records import dataclass

_MOST_ROUNDS = 60


class Member:
    """A node of a network: its flow, and the parts of it that send messages and take them in."""

    def __init__(self, name: str, subject: Subject) -> None:
        self.name = name
        self.subject = subject
        self.kinds = KindsOfEdges(subject)

    @cached_property
    def inboxes(self) -> Sequence[Node]:
        """Where messages come in."""
        return [node for node in self._ends if not self.subject.graph.inputs(node.id)]

    @cached_property
    def branches(self) -> Sequence[Edge]:
        """The edges over which messages leave for nodes of the network, before they are united."""
        found: list[Edge] = []
        for node in self._ends:
            for edge in self.subject.graph.inputs(node.id):
                found += self._before(edge, set())
        return [edge for edge in found if not edge.leaves]

    @cached_property
    def _ends(self) -> Sequence[Node]:
        return [node for node in self.subject.graph.nodes.values() if node.operator.facts.meets_network]

    def _before(self, edge: Edge, seen: set[NodeId]) -> Iterator[Edge]:
        graph = self.subject.graph
        node = graph.nodes[edge.source]
        unites = node.operator.rule.takes_what_is_known or self._wraps(node)
        if edge.leaves or not unites or node.id in seen:
            yield edge
            return
        for one in graph.inputs(node.id):
            yield from self._before(one, seen | {node.id})

    def _wraps(self, node: Node) -> bool:
        """Whether a node only puts an address behind each message."""
        match node.call.arguments:
            case (Closure(parameters=(Binding(name=name),), body=ast.Tuple(elts=[ast.Name(id=first), _])),):
                return (
                    name == first and not self.subject.graph.reads_by(node.id) and not self.subject.reaching_out(node)
                )
        return False

    def uncovered(self, branch: Edge, typing: Typing) -> Set[str]:
        """The kinds of what a branch tells, without those that another branch tells again and again: the first tells
        the items of a state, the other one the state itself.
        """
        kinds, state = self.kinds.of(branch), self._told_by(branch)
        if state is None:
            return kinds
        graph = self.subject.graph
        for other in self.branches:
            content = typing.edges.get(other.id)
            if other.id == branch.id or content is None or not content.again:
                continue
            reads = any(read.source == state for read in graph.reads_by(other.source))
            if reads and content.time in (Time.RISING, Time.VARIES):
                kinds -= self.kinds.of(other)
        return kinds

    def _wraps_items(self, node: Node) -> bool:
        """Whether a node only puts something around each item."""
        if not isinstance(node.operator.rule, Mapped) or not node.call.arguments:
            return False
        text = self.subject.function(node, 0).text
        return text is not None and shapes.is_display(text)

    def _told_by(self, branch: Edge) -> NodeId | None:
        """The state whose items a branch carries, each as it is or with something around it."""
        graph, edge = self.subject.graph, branch
        while True:
            node = graph.nodes[edge.source]
            if node.operator.publishes:
                return node.id if edge.source_port.text != STATE else None
            before = graph.inputs(node.id)
            if len(before) != 1 or not (node.operator.hands_on or self._wraps_items(node)):
                return None
            edge = before[0]


@dataclass(kw_only=True)
class NetTyping:
    """The types of all edges of a network, in one class of runs and under one assumption.

    `agreement`: what varies from run to run counts as given, since all nodes are told the same. `has_strangers`:
    programs outside of the network send messages, too. These are the same in all runs but for their order, as faults
    happen between nodes.
    """

    members: Sequence[Member]
    differences: Differences
    assumed: bool
    agreement: bool = False
    has_strangers: bool = False
    typings: dict[str, Typing] = field(default_factory=dict)
    _arriving: dict[str, Content] = field(default_factory=dict)

    @property
    def has_unknown(self) -> bool:
        """True where a rule asked for a law that cannot be told."""
        return any(typing.has_unknown for typing in self.typings.values())

    @property
    def asked(self) -> Sequence[Asked]:
        """The laws that rules asked for."""
        return [one for typing in self.typings.values() for one in typing.asked]

    def run(self) -> NetTyping:
        """Check the nodes until no type of a message changes."""
        for _ in range(_MOST_ROUNDS):
            for member in self.members:
                self.typings[member.name] = self._typed(member)
            before = dict(self._arriving)
            for kind, content in self._sent():
                known = self._arriving.get(kind)
                self._arriving[kind] = content if known is None else weakened(known, content)
            if self._arriving == before:
                return self
        raise AssertionError("the types of messages do not come to an end")

    def _typed(self, member: Member) -> Typing:
        arriving = {node.id: self._at(member, node) for node in member.inboxes}
        return Typing(subject=member.subject, differences=Differences(), assumed=self.assumed, arriving=arriving).run()

    def _at(self, member: Member, node: Node) -> Mapping[str, Content]:
        """What comes into an inbox, by kind."""
        taken = member.kinds.taken_by(node)
        found = {
            kind: self._come_in(member, node, content)
            for kind, content in self._arriving.items()
            if kind == ANY_KIND or taken & {kind, ANY_KIND}
        }
        if FOREIGN in taken:
            found[FOREIGN] = _given(member, node)
        elif self.has_strangers and not node.channels:
            given = _given(member, node)
            found[ANY_KIND] = mixed([given, found[ANY_KIND]]) if ANY_KIND in found else given
        return found

    def _come_in(self, member: Member, node: Node, content: Content) -> Content:
        """The type of messages where they come in, with what may happen to them on the way."""
        because: list[Cause] = []

        def cause(code: str, words: str) -> None:
            because.append(Cause(code=code, place=Place(node.id), port="", words=words, where=member.name))

        order, copies, loss = content.order, content.copies, content.loss
        if content.varies:
            return content
        if self.differences.order:
            cause("HF301", "takes in what may come in another order")
            order = ItemOrder.ANY
        elif not content.is_ordered:
            cause("HF301", "takes in what several nodes send")
        if self.differences.duplication:
            cause("HF302", "takes in what may come twice")
            copies = Copies.REPEATS
        if self.differences.loss and not content.again:
            cause("HF310", "takes in what may be lost")
            loss = Loss.PART
        return normal(content.but(order=order, copies=copies, loss=loss, because=because))

    def _sent(self) -> Iterator[tuple[str, Content]]:
        """What is under way, by kind: what each node sends of it, together."""
        sent: dict[str, list[Content]] = {}
        for member in self.members:
            typing = self.typings[member.name]
            of_member: dict[str, Content] = {}
            for branch, content in with_halves_joined(member.subject.graph, typing.edges, member.branches):
                for kind in sorted(member.uncovered(branch, typing)):
                    under_way = self._under_way(member, branch, content)
                    known = of_member.get(kind)
                    of_member[kind] = under_way if known is None else mixed([known, under_way])
            for kind, content in of_member.items():
                sent.setdefault(kind, []).append(content)
        for kind, contents in sent.items():
            yield kind, mixed(contents)

    def _under_way(self, member: Member, branch: Edge, content: Content) -> Content:
        """The type of what was sent over a branch."""
        because = tuple(cause if cause.where else replace(cause, where=member.name) for cause in content.because)
        content = replace(content, because=because)
        if content.varies or (content.is_view and not content.is_items and not content.is_rising_lattice):
            if self.agreement:
                # It differs from run to run, and all nodes are told the same.
                return Content(
                    time=Time.STREAM,
                    order=ItemOrder.ANY,
                    copies=Copies.REPEATS,
                    loss=Loss.PART if content.is_part and not content.varies else Loss.WHOLE,
                    again=content.again,
                    because=because,
                )
            if content.varies:
                return content
            # All `~>` share one sink, and each has operators of its own before it.
            made = member.subject.graph.nodes[branch.source].made
            sends = Cause(
                code="HF305",
                place=Place(branch.target if made is None else branch.source),
                port="",
                words="sends answers that are revised",
                where=member.name,
                decides=True,
            )
            return varying(causes(because, [sends]), again=content.again)
        if content.is_rising_lattice:
            return content.but(time=Time.RISING, order=ItemOrder.ANY, copies=Copies.REPEATS, shape=Holds.LATTICE)
        if content.is_view or content.time is Time.PULSE:
            return content.but(time=Time.STREAM, order=ItemOrder.ANY, copies=Copies.REPEATS)
        if content.time is Time.LATEST:
            return varying(because, again=content.again)
        copies = Copies.COUNTED if content.copies is Copies.DISTINCT else None
        return content.but(time=Time.STREAM, copies=copies)


def _given(member: Member, node: Node) -> Content:
    """What programs outside of the network send to an inbox."""
    several = Cause(
        code="HF301", place=Place(node.id), port="", words="takes in what other programs send", where=member.name
    )
    return Content(time=Time.STREAM, order=ItemOrder.ANY, because=causes([several]))


@dataclass(kw_only=True)
class NetChecked:
    """A network that is checked. `own` is what may happen to messages in it; `has_strangers`: programs outside of it
    send messages to its nodes.
    """

    members: Sequence[Member]
    own: Differences
    has_strangers: bool = False
    _typings: dict[tuple[Differences, bool], NetTyping] = field(default_factory=dict)

    @cached_property
    def outputs(self) -> Sequence[NetOutput]:
        """The outputs of all nodes, each with the name of its node before a dot."""
        return [
            NetOutput(
                name=f"{member.name}.{output.name}", node=output.node, edges=output.edges, member=member, checked=self
            )
            for member in self.members
            for output in outputs_of(member.subject.graph)
            if output.edges or output.node.made is None
        ]

    def node_of(self, member: Member, cause: Cause) -> Node:
        """The operator that a cause is about: of the node that the cause names, else of this member."""
        found = next((one for one in self.members if one.name == cause.where), member)
        return found.subject.graph.nodes[NodeId(cause.place)]

    def typing(self, differences: Differences, *, assumed: bool = False) -> NetTyping:
        """The types of all edges in a class of runs; that of replication asks whether nodes agree, in the network as it
        is.
        """
        key = (differences, assumed)
        typing = self._typings.get(key)
        if typing is None:
            agreement = differences.replication
            differences = self.own if agreement else differences
            typing = self._typings[key] = NetTyping(
                members=self.members,
                differences=differences,
                assumed=assumed,
                agreement=agreement,
                has_strangers=self.has_strangers,
            ).run()
        return typing

    def typing_of(self, name: str, differences: Differences, assumed: bool) -> Typing:
        """The types of the edges of one node."""
        return self.typing(differences, assumed=assumed).typings[name]


@dataclass(frozen=True, kw_only=True)
class NetOutput(Output):
    """An output of a node of a network."""

    member: Member
    checked: NetChecked

    @property
    def is_sent(self) -> bool:
        """True where it is what the node sends: to programs outside of the network, or to any."""
        return bool(self.edges) or self.node.operator.facts.meets_network

    def verdict(self, differences: Differences) -> Verdict:
        """What is known of it in a class of runs."""

        def content(assumed: bool) -> Content:
            typing = self.checked.typing(differences, assumed=assumed).typings[self.member.name]
            return given_by(self, typing, self.member.subject.graph)

        return believed(content, lambda: self.checked.typing(differences).has_unknown)

    def asked(self, differences: Differences) -> Sequence[Asked]:
        """The laws that were asked of functions before it, in its own node."""
        before = nodes_before(self, self.member.subject)
        return [one for one in self.checked.typing(differences).typings[self.member.name].asked if one.node in before]

    def node_of(self, cause: Cause) -> Node:
        """The operator that a cause is about."""
        return self.checked.node_of(self.member, cause)
