"""How what comes into a flow from outside is split among shards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from hydroflow_nb.ir.graph import Node
from hydroflow_nb.item_paths import Path
from hydroflow_nb.locations import Route
from hydroflow_nb.operators.rules.content import Cause
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread, mixed_spread
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Split:
    """How what comes into a flow from outside is split among shards: by the key that the path leads to, in the payload
    of a message. With `own_inputs` what is no message is given to each shard by itself, and has any key.
    """

    key: Path
    own_inputs: bool = False

    def of_input(self, node: Node, cause: Cause) -> Spread:
        """How what an operator takes in is split, where it tells no channels apart."""
        if node.operator.facts.meets_network:
            return self._by_key(cause).below(0)
        if self.own_inputs:
            return Spread(because=(replace(cause, words="takes in items of any key at each shard"),))
        return self._by_key(cause)

    def of_channel(self, channel: str, routes: Iterable[Route], cause: Cause) -> Spread:
        """How the messages of a channel of a system are split, by how they are sent, where its name is still on them.
        Those of programs of other make bear no name.
        """
        sent = [self._sent(route, cause) for route in routes]
        # By a channel without a route members come to be known, and each has to know all.
        payload = reduce(mixed_spread, sent) if sent else EVERYWHERE
        return payload.below(0, 1) if channel else payload.below(0)

    def _sent(self, route: Route, cause: Cause) -> Spread:
        """How items are split that are sent by a route."""
        match route:
            case Route.DIRECT | Route.BY:
                return self._by_key(cause)
            case Route.ALL:
                return EVERYWHERE
            case Route.OTHERS:
                return Spread(copied=True, because=(replace(cause, words="brings items to several shards"),))
            case Route.NEXT:
                return Spread(because=(replace(cause, words="brings items of any key to each shard"),))

    def _by_key(self, cause: Cause) -> Spread:
        return Spread(keys=frozenset({self.key}), because=(cause,))
