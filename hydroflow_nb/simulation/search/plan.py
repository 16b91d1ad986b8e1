"""What a person asks a search for: how many runs, what may go wrong how often and where, how they begin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.simulation.model.decisions import Crash, Cut, Decision, Delay, Drop, Duplicate, Send, State
from hydroflow_nb.simulation.search.choices import Bounds, Times

if TYPE_CHECKING:
    from hydroflow_nb.simulation.network import Network

# How often something is to go wrong, as a person says it: in all, or by node.
Wish: TypeAlias = "bool | int | Mapping[str, bool | int] | None"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be tried: at most so many runs and seconds, each with a begin, then chosen up to a depth.

    Without `reduced` the order of independent decisions is tried in every way.
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


def exploring(
    network: Network,
    *,
    runs: int,
    depth: int | None,
    loss: Wish,
    duplication: Wish,
    reorder: bool | None,
    crashes: Wish,
    partitions: Wish,
    restarts: str | Mapping[str, str] | None,
    timers: int,
    seconds: float | None,
    seed: int | None,
    after: Iterable[Decision] | None,
    keep: str | None,
) -> Plan:
    """The plan that a person asked for, with what the network has by itself. Raises ValueError."""
    if reorder and network.fifo:
        raise ValueError("messages overtake each other only in a network with `fifo=False`: make it so")
    if seed is not None and not isinstance(seed, int):
        raise ValueError(f"a seed is a number such as 7, not {shown(seed)}")
    if keep not in (None, "sends"):
        raise ValueError(f'keep is "sends", or None to leave out what can be, not {shown(keep)}')
    rates = network.rates
    nodes = network.nodes.keys()
    forgotten = 0
    if after is None:
        # What a person put in may depend on all that had happened by then.
        made = network.decisions
        last = max((at for at, decision in enumerate(made) if isinstance(decision, Send)), default=-1)
        after = made[: last + 1]
        forgotten = sum(isinstance(one, (Drop, Duplicate, Delay, Cut, Crash)) for one in made[last + 1 :])
    after = tuple(after)
    return Plan(
        runs=_times("runs", runs, True, 1),
        depth=None if depth is None else _times("depth", depth, True, 0),
        seconds=None if seconds is None else _duration(seconds),
        seed=network.seed if seed is None else seed,
        begin=after,
        forgotten=forgotten,
        keeps_sends=keep is not None,
        bounds=Bounds(
            loss=_bound("loss", loss, rates.loss, None, nodes),
            duplication=_bound("duplication", duplication, rates.duplication, None, nodes),
            crashes=_bound("crashes", crashes, rates.crashes, 1, nodes),
            partitions=_bound("partitions", partitions, rates.partitions, 1, nodes),
            states=_states(restarts, rates.restarts, nodes),
            reorder=reorder is not False,
            timers=_times("timers", timers, True, 0),
        ),
    )


def _states(
    given: str | Mapping[str, str] | None, usual: State, nodes: Collection[str]
) -> tuple[State, ...] | dict[str, tuple[State, ...]]:
    """What crashed nodes come up with; by node, the others as they usually do."""
    if isinstance(given, Mapping):
        _must_be_nodes("restarts", given, nodes)
        return {name: (State(given.get(name, usual)),) for name in nodes}
    return (usual if given is None else State(given),)


def _must_be_nodes(option: str, names: Iterable[str], nodes: Collection[str]) -> None:
    for name in names:
        if name not in nodes:
            close = get_close_matches(str(name), nodes, 1)
            meant = f"did you mean {close[0]!r}?" if close else f"the nodes are: {', '.join(nodes) or 'none yet'}"
            raise ValueError(f"{option} names {shown(name)}, which is no node: {meant}")


def _bound(name: str, given: Wish, rate: float, most: int | None, nodes: Collection[str]) -> Times:
    """How often something may go wrong, or how often at which node; None: as often as can be."""
    if isinstance(given, Mapping):
        _must_be_nodes(name, given, nodes)
        return {node: _often(f"{name} of {node}", times, most) for node, times in given.items()}
    if given is None:
        given = rate > 0
    return _often(name, given, most)


def _often(name: str, given: bool | int, most: int | None) -> int | None:
    if isinstance(given, bool):
        return most if given else 0
    return _times(name, given, False, 0)


def _duration(seconds: Any) -> float:
    if not (isinstance(seconds, (int, float)) and seconds >= 0):
        raise ValueError(f"seconds is a number from 0, not {shown(seconds)}")
    return seconds


def _times(name: str, value: int, only: bool, least: int) -> int:
    if type(value) is not int or value < least:
        instead = "" if only else ", or True or False; exploring has no probabilities"
        raise ValueError(f"{name} is a whole number from {least}{instead}, not {shown(value)}")
    return value
