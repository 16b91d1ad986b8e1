"""Topolotree: counters on the nodes of a tree; each node tells each neighbour the sum of all that lies on its own side.

A node's contribution never comes back to it, so that sums travel as single numbers. Pings tell which neighbours are
alive; one that was silent for five seconds is told nothing more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf


@dataclass(frozen=True)
class Timestamped:
    timestamp: int
    data: int


@dataclass(frozen=True)
class Payload:
    key: int
    contents: Timestamped


@dataclass(frozen=True)
class Ping:
    pass


@dataclass(frozen=True)
class Pong:
    pass


@dataclass(frozen=True)
class OperationPayload:
    key: int
    change: int


@dataclass(frozen=True)
class QueryResponse:
    key: int
    value: int


# By key and source (None: this node) the newest number, and the tick in which it came.
Contributions = dict[int, dict[str | None, tuple[Timestamped, int]]]


def hear(
    acc: Contributions, source: str, key: int, val: Timestamped, self_timestamp: dict[int, int], tick: int
) -> None:
    sources = acc.setdefault(key, {})
    if source not in sources or val.timestamp > sources[source][0].timestamp:
        sources[source] = val, tick
        self_timestamp[key] = self_timestamp.get(key, 0) + 1


def operate(agg: Contributions, key: int, change: int, tick: int) -> None:
    sources = agg.setdefault(key, {})
    stamped, _ = sources.get(None, (Timestamped(0, 0), tick))
    sources[None] = Timestamped(0, stamped.data + change), tick


def bump(change: OperationPayload, self_timestamp: dict[int, int]) -> None:
    self_timestamp[change.key] = self_timestamp.get(change.key, 0) + 1


NODE = """
    parsed_input = source_stream_serde(inbound)
        -> map(|(msg, src)| (src, msg))
        -> demux(|(src, msg), (payload, ping, pong)|
            payload.give((src, msg)) if isinstance(msg, Payload)
            else ping.give((src, ())) if isinstance(msg, Ping)
            else pong.give((src, ())));

    from_neighbors = parsed_input[payload] -> tee();
    pings = parsed_input[ping] -> tee();
    pongs = parsed_input[pong];

    pings -> map(|(src, _)| (src, Pong())) -> output;

    # a ping every second
    neighbors -> [0]ping_generator;
    source_interval(1) -> [1]ping_generator;
    ping_generator = cross_join_multiset()
        -> map(|(src, _)| (src, Ping()))
        -> output;

    pongs -> dead_neighbors;
    pings -> dead_neighbors;
    new_neighbors -> map(|neighbor| (neighbor, ())) -> dead_neighbors; # as if there had been a pong
    dead_neighbors = union() -> fold_keyed::<'static>(now, |_acc, _| now())
        -> filter_map(|(node_id, acc)| node_id if now() - acc > 5 else None);

    from_neighbors
        -> map(|(_, Payload(key, _))| key)
        -> touched_keys;

    operations
        -> map(|op| op.key)
        -> touched_keys;

    touched_keys = union() -> unique() -> [0]from_neighbors_unfiltered;

    from_neighbors
        -> map(|(src, Payload(key, contents))| (src, (key, contents)))
        -> fold::<'static>(dict, |acc, (source, (key, val))|
            hear(acc, source, key, val, self_timestamp, context.current_tick()))
        -> from_neighbors_to_filter;

    from_neighbors_to_filter = union() -> [1]from_neighbors_unfiltered;
    from_neighbors_unfiltered =
        cross_join() ->
        flat_map(|(key, hashmap)| [
            ((key, source), (stamped.data, tick)) for source, (stamped, tick) in hashmap.get(key, {}).items()
        ]) ->
        from_neighbors_or_local;

    operations = source_stream(increment_requests)
        -> map(|(key, change)| OperationPayload(key, change))
        -> tee();
    local_values = operations
        -> inspect(|change| bump(change, self_timestamp))
        -> map(|OperationPayload(key, change)| (key, (change, context.current_tick())))
        -> fold::<'static>(dict, |agg, (key, (change, tick))| operate(agg, key, change, tick));

    local_values -> from_neighbors_to_filter;

    from_neighbors_or_local = tee();
    from_neighbors_or_local -> [0]all_neighbor_data;

    new_neighbors = source_iter(neighbors)
        -> map(str)
        -> tee();

    new_neighbors
        -> persist::<'static>()
        -> [pos]neighbors;
    dead_neighbors -> [neg]neighbors;
    neighbors = difference()
        -> tee();

    neighbors -> [1]all_neighbor_data;

    query_result = from_neighbors_or_local
        -> map(|((key, _), payload)| (key, payload))
        -> reduce_keyed(|(total, last), (data, change_tick)| (total + data, max(last, change_tick)))
        -> filter(|(_, (_, change_tick))| change_tick == context.current_tick())
        -> for_each(|(key, (data, _))| query_send.send(QueryResponse(key, data)));

    all_neighbor_data = cross_join_multiset()
        -> filter(|(((_, aggregate_from_this_guy), _), target_neighbor)| aggregate_from_this_guy != target_neighbor)
        -> map(|(((key, _), payload), target_neighbor)| ((key, target_neighbor), payload))
        -> reduce_keyed(|(total, last), (data, change_tick)| (total + data, max(last, change_tick)))
        -> filter(|(_, (_, change_tick))| change_tick == context.current_tick())
        -> map(|((key, target_neighbor), (data, _))|
            (target_neighbor, Payload(key, Timestamped(self_timestamp.get(key, 0), data))))
        -> output;

    output = union() -> map(|(target_neighbor, output)| (output, target_neighbor)) -> dest_sink_serde(outbound);
"""

CLASSES = (Timestamped, Payload, Ping, Pong, OperationPayload, QueryResponse)
NAMES: dict[str, Any] = {one.__name__: one for one in (*CLASSES, hear, operate, bump)}
#     a
#    / \
#   b   c
#  / \
# d   e
TREE = {"a": ["b", "c"], "b": ["a", "d", "e"], "c": ["a"], "d": ["b"], "e": ["b"]}


def grown(seed: int, tree: dict[str, list[str]] = TREE, now: Any = time.monotonic, **settings: Any) -> hf.Network:
    net = hf.Network(seed, recording=0, **settings)
    for name, neighbors in tree.items():
        net.node(
            name,
            NODE,
            neighbors=neighbors,
            increment_requests=hf.channel(),
            query_send=hf.channel(),
            self_timestamp={},
            now=now,
            **NAMES,
        )
    return net


def told(net: hf.Network, name: str) -> dict[int, int]:
    return {response.key: response.value for response in net[name]["query_send"].drain()}


@pytest.mark.parametrize("seed", range(8))
def test_every_node_learns_the_sum_of_the_whole_tree(seed: int) -> None:
    net = grown(seed)
    for name, key, change in [("d", 1, 5), ("c", 1, 7), ("a", 2, 1), ("e", 1, -2), ("d", 1, 1), ("b", 3, 9)]:
        net.send(name, "increment_requests", (key, change))

    net.run(20_000)

    assert {name: told(net, name) for name in TREE} == {name: {1: 11, 2: 1, 3: 9} for name in TREE}


@pytest.mark.parametrize("seed", range(4))
def test_messages_that_come_twice_or_late_change_nothing(seed: int) -> None:
    net = grown(seed, fifo=False, duplication=0.3)
    for number in range(6):
        net.send("abcde"[number % 5], "increment_requests", (1, 10**number))
        net.run(20_000)

    assert {told(net, name)[1] for name in TREE} == {111_111}


def test_a_node_alone_answers_what_it_was_asked_to_add() -> None:
    net = grown(0, {"a": []})
    net.send("a", "increment_requests", (1, 2))
    net.run()
    net.send("a", "increment_requests", (1, 3))
    net.run()

    assert told(net, "a") == {1: 5}


def test_a_neighbour_that_is_silent_is_told_nothing_more() -> None:
    clock = [0.0]
    out: list[Any] = []
    requests = hf.channel()
    inbound, outbound = hf.Network().bind("here")[1], out
    names = {"neighbors": ["b"], "increment_requests": requests, "query_send": hf.channel(), "self_timestamp": {}}
    text = NODE.replace("dest_sink_serde(outbound)", "for_each(outbound.append)")
    flow = hf.compile(text, {**NAMES, **names, "now": lambda: clock[0], "inbound": inbound, "outbound": outbound})
    requests.send((1, 2))
    flow.run_tick()
    assert Payload(1, Timestamped(1, 2)) in [message for message, _ in out]

    clock[0] = 6.0
    out.clear()
    requests.send((1, 3))
    flow.run_tick()

    assert out == []
