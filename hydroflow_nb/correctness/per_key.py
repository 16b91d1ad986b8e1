"""Whether a location of a system may be split among shards by a key: whether all its state is kept for each key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from hydroflow_nb.correctness.inference import Typing
from hydroflow_nb.correctness.split import Split
from hydroflow_nb.correctness.subject import Subject
from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.ir.graph import FlatGraph, Node, NodeId
from hydroflow_nb.item_paths import path_from
from hydroflow_nb.operators.record.facts import LooksUp
from hydroflow_nb.operators.rules.content import Cause
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.records import dataclass

_MERGED = "send what all shards give to a process, and let that do it"


def not_kept_per_key(graph: FlatGraph, names: Mapping[str, object], shard: str) -> list[Diagnostic]:
    """The errors (HF313) of a location whose members share its items by a key: one at each operator whose state is not
    kept for each key, so that one member would give something else than several. Empty where all state is.

    `graph` is what runs at the location, `names` are those of Python that its arguments use, `shard` is the place of
    the key in the items, such as `[0]` or `["page"]`. An input of a member's own has items of any key. Of operators
    that depend on each other the first is told. Raises ValueError for what is no place.
    """
    path = path_from(shard)
    typing = Typing(
        subject=Subject(graph, names),
        differences=Differences(shard=path),
        assumed=True,
        split=Split(key=path, own_inputs=True),
    )
    return _Telling(typing.run(), shard).told()


@dataclass
class _Telling:
    """What is said of the operators of one location."""

    typing: Typing
    shard: str
    _found: dict[NodeId, Diagnostic] = field(default_factory=dict)

    def told(self) -> list[Diagnostic]:
        """The errors in the order of the text."""
        subject = self.typing.subject
        refused = self.typing.not_split.keys()
        first: list[NodeId] = []
        for node in sorted(refused, key=lambda one: subject.graph.nodes[one].place.start):
            before = (subject.before(node) & refused) - {node}
            # In a cycle each is before the other.
            if all(node in subject.before(one) and one not in first for one in before):
                first.append(node)
        return [self._error(subject.graph.nodes[one], self.typing.not_split[one]) for one in first]

    def _error(self, node: Node, causes: Sequence[Cause]) -> Diagnostic:
        begins, at_fault = self.typing.subject.graph.nodes[NodeId(causes[0].place)], causes[-1]
        labels, location = [], self.typing.subject.location
        if begins.place != node.place:
            labels = [Label(span=begins.place, text=f"`{begins.word}` {causes[0].words}")]
        return error(
            "HF313",
            f"`{location}` is not the same if split by `{self.shard}`: `{node.word}` {at_fault.words}",
            node.place,
            labels=labels,
            hint=_instead(node),
        )


def _instead(node: Node) -> str:
    """What to write instead of an operator whose state is not kept for each key."""
    operator = node.operator
    if operator.facts.looks_up is LooksUp.KEY:
        return f"let what the members share items by stand in the keys of its pairs; or {_MERGED}"
    if operator.facts.looks_up is LooksUp.ITEM:
        return f"let what the members share items by stand in the items that it is given; or {_MERGED}"
    if operator.keyed_kin:
        return f"`{operator.keyed_kin}` keeps a state for each key; or {_MERGED}"
    return _MERGED
