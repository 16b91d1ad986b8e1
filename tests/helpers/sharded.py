"""Clusters of which each member has the items of its keys: what several members give together, and what one gives."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import hydroflow_nb as hf
from hydroflow_nb.compiler import CompiledSystem
from hydroflow_nb.compiler.compiling import compile_text
from hydroflow_nb.correctness.per_key import not_kept_per_key
from hydroflow_nb.diagnostics import Diagnostic
from hydroflow_nb.source import Source

# An input of `front`, with an item that is sent to it.
Send = tuple[str, Any]

_LOCATIONS = "front = process();\nshards = cluster();\n"
# By the name of a statement of the shards, how items come to it.
_CHANNELS = {
    "asked": "@front source_stream(asks) ~> @shards.by(|item| item[0]) asked;\n",
    "told": "@front source_stream(tells) ~> @shards.by(|item| item[0]) told;\n",
    "news": "@front source_stream(alls) ~> @shards.all news;\n",
    "turns": "@front source_stream(nexts) ~> @shards.next turns;\n",
}


def sharded(text: str) -> str:
    """The text of a system whose shards run some statements, which call what comes in `asked`, `told` (each shard has
    those of its keys), `news` (each has all) and `turns` (one after the other has one).
    """
    used = [name for name in _CHANNELS if name in text]
    channels = "".join(_CHANNELS[name] for name in used)
    inside = "".join(f"    {name} = identity();\n" for name in used)
    return f"{_LOCATIONS}{channels}@shards {{\n{inside}    {text}\n}}\n"


def names_of(more: Mapping[str, Any]) -> dict[str, Any]:
    """The names of a system's text."""
    inputs = {name: hf.channel() for name in ("asks", "tells", "alls", "nexts", "own")}
    return {"hf": hf, "log": [], **inputs, **more}


def refused(text: str, **names: Any) -> list[Diagnostic]:
    """What is found in a system whose shards share items by the key of pairs."""
    around = names_of(names)
    found = compile_text(Source(text=text), "sharded", around)
    assert isinstance(found, CompiledSystem)
    return not_kept_per_key(found.parts["shards"].compiled.graph.flat, around, "[0]")


class Outcome:
    """What the shards have given together after a run: all of it, and what they give in a tick once all is at rest."""

    def __init__(self, logs: Iterable[Sequence[Any]], ticks: Iterable[Sequence[Any]]) -> None:
        self._logs = list(logs)
        self._ticks = list(ticks)

    def seen_as(self, level: str) -> Any:
        """What is compared of it: the `bag` or the `set` of all items, the last value of each key (`table`), or the set
        of what is there `at rest`.
        """
        match level:
            case "bag":
                return Counter(map(repr, self._all))
            case "set":
                return set(map(repr, self._all))
            case "table":
                return {repr(key): value for log in self._logs for key, value in log}
        return {repr(item) for tick in self._ticks for item in tick}

    @property
    def _all(self) -> list[Any]:
        return [item for log in self._logs for item in log]


def outcome(system: hf.System, shards: int, sends: Sequence[Send], seed: int = 0) -> Outcome:
    """A run in a simulated network, by chance from a seed: the items are sent in their order, with steps of the network
    between them.
    """
    rng = random.Random(seed)
    net = system.network(shards=shards, seed=seed)
    for channel, item in sends:
        net.send("front", channel, item)
        for _ in range(rng.choice((0, 0, 1, 3))):
            net.step()
    net.run()
    members = [net.nodes[f"shards{number}"] for number in range(1, shards + 1)]
    logs = [list(member["log"]) for member in members]
    for member in members:
        net.tick(member)
    return Outcome(logs, [member["log"][len(log) :] for member, log in zip(members, logs, strict=True)])
