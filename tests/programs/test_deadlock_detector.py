"""Peers gossip who waits for whom, and each finds every cycle by itself: a distributed deadlock detector.

The transitive closure of the edges as in Datalog, with the path that led to each pair. A path that comes back to where
it began is a deadlock.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

import hydroflow_nb as hf


@dataclass
class Message:
    edges: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True)
class SimplePath:
    """A path without a loop, or one that ends in its first loop, and then grows no more."""

    visited: tuple[int, ...] = ()
    loop_end: int | None = None

    def push(self, item: int) -> SimplePath:
        if self.cycle():
            return self
        if item in self.visited:
            return SimplePath(self.visited, item)
        return SimplePath((*self.visited, item))

    def cycle(self) -> bool:
        return self.loop_end is not None

    def canonical(self) -> tuple[int, ...]:
        if not self.cycle():
            return self.visited
        first = self.visited.index(min(self.visited))
        return self.visited[first:] + self.visited[:first]


def parse_edge(line: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"\s*\(?\s*(\d+)\s*,\s*(\d+)\s*\)?\s*", line)
    return (int(found[1]), int(found[2])) if found else None


def format_cycle(path: tuple[int, ...]) -> str:
    return " -> ".join(map(str, (*path, path[0])))


PEER = """
    # the peers, for several uses
    peers = source_iter(peer_list)
        -> map(str)
        -> tee();

    # channels
    outbound_chan = dest_sink_serde(outbound);
    inbound_chan = source_stream_serde::<Message>(inbound) -> map(|(message, _)| message);

    # gossip to all peers, each time to each with some luck
    gossip_join = cross_join::<'tick>()
        -> filter(|_| gen_bool(0.8)) -> outbound_chan;
    gossip = identity() -> persist::<'static>() -> [0]gossip_join;
    peers[1] -> persist::<'static>() -> [1]gossip_join;
    peers[2] -> for_each(|s| told.append(f"Peer: {s}"));

    # edges as lines
    new_edges = source_stream(lines)
        -> filter_map(parse_edge);

    # a set of edges that lasts
    edges = union() -> tee();
    edges[0] -> defer_tick() -> [1]edges;

    # edges from here
    new_edges -> [0]edges;

    # all edges are gossiped
    edges[1] -> fold::<'static>(Message, |m, edge| m.edges.add(edge)) -> gossip;

    # The transitive closure, from the beginning in each tick, along with the paths.
    # paths(from, to, [from, to]) :- edges(from, to)
    inbound_chan -> flat_map(|Message(edges)| sorted(edges)) -> [2]edges;
    paths = union();
    edges[2] -> map(|(from_, to)| (from_, to, SimplePath().push(from_).push(to))) -> [0]paths;

    # new_paths(from, to, path + [to]) :- paths(from, mid, path), edges(mid, to), no cycle in path
    new_paths = join::<'static>() -> map(|(_mid, ((from_, path), to))| (from_, to, path.push(to))) -> tee();
    paths -> filter_map(|(from_, to, path)| None if path.cycle() else (to, (from_, path))) -> [0]new_paths;
    edges[3] -> map(|(from_, to)| (from_, to)) -> [1]new_paths;

    # a path from a node to itself is a deadlock
    new_paths[0]
        -> filter_map(|(from_, to, path)| path.canonical() if from_ == to else None)
        -> unique::<'static>()
        -> for_each(|path| told.append(f"path found: {format_cycle(path)}"));

    # paths :- new_paths
    new_paths[1] -> [1]paths;
"""

NAMES: dict[str, Any] = {one.__name__: one for one in (Message, SimplePath, parse_edge, format_cycle)}
PEERS = ("p", "q", "r")


def peers(seed: int, lines: dict[str, list[str]]) -> hf.Network:
    net = hf.Network(seed, recording=0)
    luck = random.Random(seed)
    for name in PEERS:
        net.node(
            name,
            PEER,
            peer_list=[peer for peer in PEERS if peer != name],
            lines=hf.channel(lines.get(name, [])),
            told=[],
            gen_bool=lambda odds: luck.random() < odds,
            **NAMES,
        )
    return net


def cycles(net: hf.Network, name: str) -> set[str]:
    return {line for line in net[name]["told"] if line.startswith("path found")}


@pytest.mark.parametrize("seed", range(5))
def test_every_peer_finds_a_cycle_that_none_has_entered_alone(seed: int, stepped: Any) -> None:
    net = peers(seed, {"p": ["(1, 2)", "no edge"], "q": ["2,3", "(7, 8)"], "r": ["(3, 1)"]})

    stepped(net, lambda: all(cycles(net, name) for name in PEERS), 600)

    for name in PEERS:
        assert cycles(net, name) == {"path found: 1 -> 2 -> 3 -> 1"}
        assert [line for line in net[name]["told"] if line.startswith("Peer")] == [
            f"Peer: {peer}" for peer in PEERS if peer != name
        ]


def test_without_a_cycle_nothing_is_found(stepped: Any) -> None:
    net = peers(1, {"p": ["1,2"], "q": ["2,3"], "r": ["1,3"]})

    stepped(
        net,
        lambda: (
            all(net[name].current_tick() > 8 for name in PEERS)
            if hasattr(net["p"], "current_tick")
            else net["p"].flow.current_tick() > 8
        ),
        600,
    )

    assert all(not cycles(net, name) for name in PEERS)


def test_a_cycle_is_told_once_however_often_it_is_found_again(stepped: Any) -> None:
    net = peers(2, {"p": ["1,2", "2,1"], "q": ["2,5", "5,1"]})

    stepped(net, lambda: all(len(cycles(net, name)) == 2 for name in PEERS), 900)
    for _ in range(30):
        net.step()

    for name in PEERS:
        found = [line for line in net[name]["told"] if line.startswith("path found")]
        assert sorted(found) == ["path found: 1 -> 2 -> 1", "path found: 1 -> 2 -> 5 -> 1"]
