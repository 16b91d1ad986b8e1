"""How the channels of a system bring items to the members of a cluster, by the routes that the text gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from hydroflow_nb.correctness.places import place_of_result
from hydroflow_nb.correctness.written import written
from hydroflow_nb.ir.graph import FlatGraph
from hydroflow_nb.item_paths import Path
from hydroflow_nb.locations import Crossing, Route
from hydroflow_nb.operators.rules.spread import EVERYWHERE, Spread, mixed_spread
from hydroflow_nb.passes.channels import Channel


def arrivals(
    graph: FlatGraph, channels: Iterable[Channel], shard: Path, names: Mapping[str, Any]
) -> Mapping[str, Spread]:
    """How the payloads of the messages of each channel are spread over the members that take them in, by the channel's
    name. `graph` is that of the whole system; an item without a route goes to the member that the key at `shard`
    belongs to. Of what other programs send it is not known.
    """
    found: dict[str, Spread] = {}
    for channel in channels:
        name = channel.name if channel.tagged else ""
        crossings = [crossing for edge in channel.edges if (crossing := graph.edges[edge].crossing) is not None]
        spreads = [_by_route(one, shard, names) if channel.tagged else Spread() for one in crossings]
        if spreads:
            found[name] = reduce(mixed_spread, spreads, found.get(name, spreads[0]))
    return found


def _by_route(crossing: Crossing, shard: Path, names: Mapping[str, Any]) -> Spread:
    match crossing.route:
        case Route.DIRECT:
            return Spread(keys=frozenset({shard}))
        case Route.ALL:
            return EVERYWHERE
        case Route.OTHERS:
            return Spread(copied=True)
        case Route.BY if crossing.key is not None:
            function = written(crossing.key, names)
            place = place_of_result(function) if function is not None else None
            return Spread(keys=frozenset({place})) if place is not None else Spread()
        case _:
            return Spread()
