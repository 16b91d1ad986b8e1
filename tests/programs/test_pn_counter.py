"""Counters that go up and down on several replicas: each tells the others what every replica has added and taken away.

Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data Types"
(2011), the PN-Counter. The replicas send what has changed in a tick to all others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

import hydroflow_nb as hf


@dataclass(frozen=True)
class Gossip:
    counters: list[tuple[int, tuple[list[int], list[int]]]]


@dataclass(frozen=True)
class Increment:
    key: int
    change: int


@dataclass(frozen=True)
class QueryResponse:
    key: int
    value: int


@dataclass
class State:
    counters: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)
    modified: set[int] = field(default_factory=set)
    last_tick: int = -1


def take_in(state: State, message: Gossip | Increment, my_id: int, num_replicas: int, tick: int) -> None:
    """Merge what another replica has told, or count here."""
    if tick != state.last_tick:
        state.modified.clear()

    def counter(key: int) -> tuple[list[int], list[int]]:
        return state.counters.setdefault(key, ([0] * num_replicas, [0] * num_replicas))

    match message:
        case Gossip(counters):
            for key, theirs in counters:
                for mine, other in zip(counter(key), theirs, strict=True):
                    for replica, count in enumerate(other):
                        if count > mine[replica]:
                            mine[replica] = count
                            state.modified.add(key)
        case Increment(key, change):
            up, down = counter(key)
            if change > 0:
                up[my_id] += change
            else:
                down[my_id] -= change
            state.modified.add(key)
    state.last_tick = tick


REPLICA = """
    next_state = union()
        -> fold::<'static>(State, |state, goi| take_in(state, goi, my_id, num_replicas, context.current_tick()))
        -> filter(|(_, _, tick)| tick == context.current_tick())
        -> filter(|(_, modified_tweets, _)| len(modified_tweets) > 0)
        -> map(|(state, modified_tweets, _)| [(t, state[t]) for t in sorted(modified_tweets)])
        -> tee();

    source_stream_serde::<Gossip>(inbound)
        -> map(|(gossip, _)| gossip)
        -> next_state;

    source_stream(increment_requests)
        -> map(|(key, change)| Increment(key, change))
        -> next_state;

    all_peers = source_iter(range(num_replicas))
        -> filter(|x| x != my_id);

    all_peers -> [0]broadcaster;
    next_state -> [1]broadcaster;
    broadcaster = cross_join::<'static, 'tick>()
        -> map(|(peer, state)| (Gossip(state), f"replica {peer}"))
        -> dest_sink_serde(outbound);

    next_state
        -> flat_map(|a| [QueryResponse(k, sum(pos) - sum(neg)) for k, (pos, neg) in a])
        -> dest_sink(query_responses);
"""

REPLICAS = 3
REQUESTS = {0: [(1, 5), (2, 1), (1, -2)], 1: [(1, 10), (3, -4)], 2: [(2, -1), (2, 7), (1, -1)]}
NAMES: dict[str, Any] = {one.__name__: one for one in (Gossip, Increment, QueryResponse, State, take_in)} | {
    "num_replicas": REPLICAS
}
TOTALS = {1: 12, 2: 7, 3: -4}


def replicas(seed: int, **settings: Any) -> hf.Network:
    net = hf.Network(seed, recording=0, **settings)
    for my_id in range(REPLICAS):
        net.node(
            f"replica {my_id}",
            REPLICA,
            my_id=my_id,
            increment_requests=hf.channel(REQUESTS[my_id]),
            query_responses=hf.channel(),
            **NAMES,
        )
    return net


def told(net: hf.Network, my_id: int) -> list[QueryResponse]:
    return list(net[f"replica {my_id}"]["query_responses"].drain())


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("settings", [{}, {"fifo": False, "duplication": 0.3}])
def test_all_replicas_come_to_the_same_totals(seed: int, settings: dict[str, Any]) -> None:
    net = replicas(seed, **settings)

    net.run()

    for my_id in range(REPLICAS):
        last = {response.key: response.value for response in told(net, my_id)}
        assert last == TOTALS


def test_a_quiet_tick_tells_nobody_anything() -> None:
    net = replicas(0)
    net.run()
    told(net, 0)

    net.tick("replica 0")
    net.run()

    assert told(net, 0) == []


def test_what_was_told_once_is_not_told_again() -> None:
    net = replicas(0)
    net.run()
    for my_id in range(REPLICAS):
        told(net, my_id)

    net.send("replica 1", "increment_requests", (1, 1))
    net.run()

    assert [told(net, my_id) for my_id in range(REPLICAS)] == [[QueryResponse(1, 13)]] * REPLICAS


def test_two_replicas_agree_over_sockets(sockets: Any) -> None:
    async def go() -> None:
        async with await hf.net.bind_tcp(0) as one, await hf.net.bind_tcp(0) as other:
            responses = [hf.channel(), hf.channel()]
            requests = [hf.channel([(1, 5)]), hf.channel([(1, -2)])]
            text = REPLICA.replace('f"replica {peer}"', "addresses[peer]")
            flows = [
                hf.compile(
                    text,
                    {
                        **NAMES,
                        **ends._asdict(),
                        "my_id": my_id,
                        "num_replicas": 2,
                        "addresses": [one.address, other.address],
                        "increment_requests": requests[my_id],
                        "query_responses": responses[my_id],
                    },
                )
                for my_id, ends in enumerate((one, other))
            ]
            seen: list[list[int]] = [[], []]

            def agree() -> bool:
                for values, channel in zip(seen, responses, strict=True):
                    values += [response.value for response in channel.drain()]
                return all(values[-1:] == [3] for values in seen)

            async with sockets.running(*flows):
                await sockets.eventually(agree)

    sockets.run(go)
