"""What a person asks a search for: how many runs, how often each fault may happen and where, how runs begin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Delay,
    Drop,
    Duplicate,
    Point,
    Reorder,
    Resend,
    Send,
    State,
)
from hydroflow_nb.simulation.search.choices import Bounds, Times

# So many states are met where a person asks for all: their digests take 60 MB at most.
MOST_STATES: Final = 1_000_000
# All exchanges of so many nodes are tried for each state.
MOST_SYMMETRIC: Final = 5
# How often a fault may happen, as a person says it: in all, or by node.
Wish: TypeAlias = "bool | int | Mapping[str, bool | int] | None"


@dataclass(frozen=True, kw_only=True)
class SearchPlan:
    """What is to be tried: at most so many runs and seconds. Each run starts with `begin`, and is chosen up to a depth.

    Without `reduced` the order of independent decisions is tried in every way. With `states` equal states are merged,
    and at most so many are met; the `symmetric` nodes may be exchanged in them.
    """

    runs: int
    depth: int | None
    seconds: float | None
    seed: int
    bounds: Bounds
    begin: Sequence[Decision] = ()
    reduced: bool = True
    forgotten: int = 0
    keeps_sends: bool = False
    states: int = 0
    symmetric: Sequence[str] = ()


def start_of_search(made: Sequence[Decision]) -> tuple[Sequence[Decision], int]:
    """What each run begins with where a person does not say it, and how many faults come after that: the run up to the
    last item that was put into an input, since the item may depend on all that had happened before.
    """
    last = max((at for at, decision in enumerate(made) if isinstance(decision, Send)), default=-1)
    forgotten = sum(isinstance(one, (Drop, Duplicate, Delay, Reorder, Cut, Crash, Resend)) for one in made[last + 1 :])
    return made[: last + 1], forgotten


def restarts_with(
    given: str | Mapping[str, str] | None, usual: State, nodes: Collection[str]
) -> tuple[State, ...] | dict[str, tuple[State, ...]]:
    """The states that crashed nodes may come up with; by node, nodes that are not named have the usual one."""
    if isinstance(given, Mapping):
        _must_be_nodes("restarts", given, nodes)
        return {name: (State(given.get(name, usual)),) for name in nodes}
    return (usual if given is None else State(given),)


def points_of(given: str | Iterable[str] | None) -> frozenset[Point] | None:
    """The points at which durable nodes crash; None: all, and between two ticks. Raises ValueError."""
    if given is None:
        return None
    return frozenset(map(Point, [given] if isinstance(given, str) else given))


def most_states(given: bool | int) -> int:
    """At most how many states are to be met; 0: states are not merged. Raises ValueError."""
    if isinstance(given, bool):
        return MOST_STATES if given else 0
    return times("states", given, 1, ", or True or False")


def exchangeable(given: str | Iterable[str], nodes: Collection[str], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """The nodes that may be exchanged: as they are named, or those of a cluster. Raises ValueError."""
    names = list(dict.fromkeys(groups.get(given, [given]) if isinstance(given, str) else given))
    _must_be_nodes("symmetric", names, nodes)
    if len(names) == 1:
        raise ValueError(
            f"symmetric names nodes that may be exchanged, at least two, or a cluster, not {names[0]} alone"
        )
    if len(names) > MOST_SYMMETRIC:
        raise ValueError(f"at most {MOST_SYMMETRIC} nodes can be symmetric, not {len(names)}")
    return names


def _must_be_nodes(option: str, names: Iterable[str], nodes: Collection[str]) -> None:
    for name in names:
        if name not in nodes:
            close = get_close_matches(str(name), nodes, 1)
            meant = f"did you mean {close[0]!r}?" if close else f"the nodes are: {', '.join(nodes) or 'none yet'}"
            raise ValueError(f"{option} names {shown(name)}, which is not a node: {meant}")


def bound(name: str, given: Wish, rate: float, most: int | None, nodes: Collection[str]) -> Times:
    """How often a fault may happen, or how often at which node; None: without bound."""
    if isinstance(given, Mapping):
        _must_be_nodes(name, given, nodes)
        return {node: _often(f"{name} of {node}", times, most) for node, times in given.items()}
    if given is None:
        given = rate > 0
    return _often(name, given, most)


def _often(name: str, given: bool | int, most: int | None) -> int | None:
    if isinstance(given, bool):
        return most if given else 0
    return times(name, given, 0, ", or True or False; exploring has no probabilities")


def duration(seconds: Any) -> float:
    """A number of seconds that a person gave. Raises ValueError for anything else."""
    if not (isinstance(seconds, (int, float)) and seconds >= 0):
        raise ValueError(f"seconds is a number from 0, not {shown(seconds)}")
    return seconds


def must_be_seed(seed: Any) -> None:
    """Raises ValueError for what is not the seed of a search."""
    if not isinstance(seed, int):
        raise ValueError(f"a seed is a number such as 7, not {shown(seed)}")


def times(name: str, value: int, least: int, instead: str = "") -> int:
    """How often, as a person gave it: a whole number, or what is said `instead`. Raises ValueError."""
    if type(value) is not int or value < least:
        raise ValueError(f"{name} is a whole number from {least}{instead}, not {shown(value)}")
    return value
