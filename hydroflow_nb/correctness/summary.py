"""What a report comes to: whether outputs end the same, in a sentence, and what to call next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from hydroflow_nb.correctness.levels import NETWORKS, WHAT_DIFFERS, Level, classes_in
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.ir.text import input_names, printable
from hydroflow_nb.item_paths import text_of
from hydroflow_nb.operators.rules.rule import Differences

# The most names in one list, and the most letters of one of them.
_MOST_NAMED: Final = 8
LONGEST_NAME: Final = 40


def in_short(levels: Mapping[str, Level], differences: Differences, *, of_network: bool) -> str:
    """In what two runs may differ here, and which outputs then end differently, in one sentence; empty without an
    output.
    """
    said = "; ".join(_endings(levels))
    interleaves = "which message arrives first" if of_network else "how inputs interleave"
    what = ["where ticks end", interleaves, *(WHAT_DIFFERS[word] for word in classes_in(differences)[1:])]
    if not levels:
        return ""
    return f"Two runs may differ here in {_listed(what)}: {said}."


def shards_in_short(sharded: Mapping[str, str]) -> str:
    """By what the members of each sharded cluster share their items, in one sentence; empty without one."""
    clusters = _listed([f"`{name}` by `{place}`" for name, place in sharded.items()])
    if not clusters:
        return ""
    is_one = len(sharded) == 1
    return (
        f"Sharded {'is' if is_one else 'are'} {clusters}: all state there is kept for each key, so that any number of "
        "members gives together what one gives."
    )


def _endings(levels: Mapping[str, Level]) -> Iterator[str]:
    def those(level: Level) -> str:
        return named([name for name, one in levels.items() if one is level])

    if differ := those(Level.DIFFERS):
        yield f"{differ} may end differently"
    if unknown := those(Level.UNKNOWN):
        yield f"whether {unknown} may end differently cannot be told"
    if part := those(Level.PART):
        yield f"something may be missing in {part}"
    if not (differ or unknown or part):
        yield "all outputs end the same in both" if len(levels) > 1 else f"{named(levels)} ends the same in both"


def how_to_see(
    output: str, differences: Differences, pictured: PartitionedGraph | None, differs: Callable[[Differences], bool]
) -> str:
    """What to call to see two runs in which an output of a flow, or of a network (None), ends differently; empty where
    a search cannot show them. `differs` tells whether the output does where runs differ so.
    """
    if len(output) > _LONGEST_CALLED:
        return ""
    if pictured is None:
        return f"To see two runs that end differently, send items into the network, and call `net.find({output!r})`"
    # A search runs one copy of the flow.
    alone = replace(differences, replication=False, shard=None)
    inputs = list(input_names(pictured))
    if not inputs or not differs(alone):
        return ""
    network = _network(differences)
    over = f", network={network!r}" if network is not None else ""
    more = ", ..." if len(inputs) > _MOST_INPUTS else ""
    examples = ", ".join(f"{name!r}: [...]" for name in inputs[:_MOST_INPUTS])
    call = f"{_called(pictured.name)}.find({output!r}{over}, examples={{{examples}{more}}})"
    return f"To see two runs that end differently, write some items for the dots in `{call}`"


def how_to_mend(flow: str, differences: Differences) -> str:
    """What to call to get the flow with its first fix, in a notebook."""
    network = _network(differences)
    options = [
        f"--network {network}" if network is not None else "",
        "--replicas 2" if differences.replication else "",
        f"--shard {text_of(differences.shard)}" if differences.shard is not None else "",
    ]
    words = " ".join(["%hydroflow check", _called(flow), *filter(None, options), "--fix 1"])
    return f"To put the flow with the first fix into the next cell, run `{words}`"


def _network(differences: Differences) -> str | None:
    """The network by its name in which runs differ so, replicas and shards left aside."""
    messages = replace(differences, replication=False, shard=None)
    return next((name for name, one in NETWORKS.items() if one == messages), None)


def _called(flow: str) -> str:
    return flow if flow.isidentifier() and len(flow) <= _LONGEST_CALLED else "flow"


_MOST_INPUTS: Final = 4
# A call that is longer than a line or two is not one to copy.
_LONGEST_CALLED: Final = 200


def named(names: Iterable[str]) -> str:
    """Names of outputs in a sentence, each in its quotes, and of very many the first ones; empty without a name."""
    found = list(names)
    left_out = len(found) - _MOST_NAMED
    quoted = [f"`{shortened(name)}`" for name in found[:_MOST_NAMED]]
    return _listed(quoted + [f"{left_out:,} more"] * (left_out > 0))


def shortened(name: str) -> str:
    """A name on one line, without its middle where it is very long."""
    name = printable(name)
    half = LONGEST_NAME // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[1 - half :]}"


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts or [""]
    return f"{', '.join(first)} and {last}" if first else last
