"""How what comes into a flow from outside is split among shards."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import field, replace

from hydroflow_nb.ir.graph import Node
from hydroflow_nb.item_paths import Path
from hydroflow_nb.operators.rules.content import Cause
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread
from hydroflow_nb.passes.made_text import tells_of_members
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Split:
    """How what comes into a flow from outside is split among shards.

    By the key that the path leads to, in the payload of a message, unless `channels` says something else of a channel
    of a system, by its name, or `inputs` of what is no message. `members` are the names that stand for the shards.
    """

    key: Path
    channels: Mapping[str, Spread] = field(default_factory=dict)
    inputs: Spread | None = None
    members: Set[str] = frozenset()

    def of_input(self, node: Node, cause: Cause) -> Spread:
        """How what an operator takes in is split, where it tells no channels apart."""
        if node.operator.facts.meets_network:
            return self._by(cause).below(0)
        if self.inputs is None:
            return self._by(cause)
        return _told(self.inputs, replace(cause, words="takes in items of any key at each shard"))

    def of_channel(self, channel: str, cause: Cause) -> Spread:
        """How the messages of a channel are split, where its name is still on them. Those of programs of other make
        bear no name.
        """
        if tells_of_members(channel):
            return EVERYWHERE
        known = self.channels.get(channel)
        payload = self._by(cause) if known is None else _told(known, cause)
        return payload.below(0, 1) if channel else payload.below(0)

    def _by(self, cause: Cause) -> Spread:
        return Spread(keys=frozenset({self.key}), because=(cause,))


def _told(spread: Spread, cause: Cause) -> Spread:
    """A spread with the place where the items are split."""
    return spread if spread.everywhere else Spread(keys=spread.keys, copied=spread.copied, because=(cause,))
