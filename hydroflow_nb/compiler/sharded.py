"""Clusters whose members share what is sent to them by a key: each item goes to the member of its key, and all state
there is kept for each key. Then several members give together what one gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hydroflow_nb.compiler.compiled import CompiledSystem
from hydroflow_nb.correctness.per_key import not_kept_per_key
from hydroflow_nb.correctness.places import place_of_result
from hydroflow_nb.correctness.written import written
from hydroflow_nb.diagnostics import Diagnostic, Label, error
from hydroflow_nb.expressions import Closure
from hydroflow_nb.item_paths import path_from
from hydroflow_nb.locations import Crossing, DeclaredLocation, LocationKind, Route


def sharding_diagnostics(system: CompiledSystem, names: Mapping[str, Any] | None) -> list[Diagnostic]:
    """What is wrong with the clusters of a system that are sharded by a key: an item that does not go to the shard of
    its key (HF516), and an operator whose state is not kept for each key (HF313).

    `names` are those of Python, in which functions are read; without them nothing is said of what depends on them.
    """
    found: list[Diagnostic] = []
    for edge in system.graph.edges.values():
        target = system.locations[system.location_of[edge.target]]
        if edge.crossing is not None and target.shards_by is not None:
            source = system.locations[system.location_of[edge.source]]
            found += _wrong_send(edge.crossing, source, target, names)
    if found or names is None:
        return found
    return [one for location in system.parts for one in not_kept_at(system, location, names)]


def not_kept_at(system: CompiledSystem, location: str, names: Mapping[str, Any]) -> list[Diagnostic]:
    """The errors (HF313) of a location that is sharded by a key and has a state that is not kept for each key. `names`
    are those of Python in which functions are read.
    """
    part = system.parts[location]
    shard = part.location.shards_by
    return [] if shard is None else not_kept_per_key(part.compiled.graph.flat, {**names, **part.names}, shard)


def _wrong_send(
    crossing: Crossing, source: DeclaredLocation, target: DeclaredLocation, names: Mapping[str, Any] | None
) -> Iterator[Diagnostic]:
    """The error of a `~>` to a sharded cluster by which an item may come to another member than that of its key."""
    shard, hint = target.shards_by or "", "leave it out: each item goes to the member of its key"
    if source.kind is LocationKind.EXTERNAL:
        message = f"programs of other make choose a member of `{target.name}` by themselves, and not by `{shard}`"
        hint = f"let a process take in what they send, and go on from there: `~> @{target.name}`"
    elif crossing.route is Route.DIRECT:
        return
    elif crossing.route is not Route.BY or crossing.key is None:
        message = f"`.{crossing.route}` sends an item of `{target.name}` to others than the member of its key `{shard}`"
        if crossing.route is Route.ALL:
            hint += f"; a table that each member needs can stand there itself: `@{target.name} source_iter(table)`"
    else:
        function = written(crossing.key, names or {})
        if function is None and not isinstance(crossing.key, Closure) and names is None:
            return
        place = place_of_result(function) if function is not None else None
        if place == path_from(shard):
            return
        gives = "gives another key" if place is not None else "may give another key"
        message = f"`{crossing.key.span.text}` {gives} than `{shard}`, by which `{target.name}` is sharded"
    yield error(
        "HF516",
        message,
        crossing.route_span or crossing.span,
        labels=[Label(span=target.name_span, text=f"sharded by `{shard}`")],
        hint=hint,
    )
