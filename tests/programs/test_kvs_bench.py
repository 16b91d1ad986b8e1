"""The benchmark of a replicated key-value store, with a small load: servers write by themselves, gossip in batches, and
answer what clients ask.

A value is a lattice: the newest time wins. The servers need no order, and may hear of a write more than once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import DomPair, MapUnion, Max, SetUnion


@dataclass(frozen=True)
class Put:
    key: int
    value: bytes


@dataclass(frozen=True)
class Gossip:
    key: int
    reg: DomPair[Max[tuple[int, int]], Max[bytes]]


@dataclass(frozen=True)
class Get:
    key: int


@dataclass(frozen=True)
class GetResponse:
    key: int
    value: bytes


def last_write(marker: tuple[int, int], value: bytes) -> DomPair[Any, Any]:
    return DomPair(Max(marker), Max(value))


SERVER = """
    simulated_put_requests = spin() -> flat_map(|_| next_puts(puts_left)) -> map(|put| (put, None));

    union_puts_and_gossip_requests = union();

    source_stream_serde::<Gossip | Get>(inbound)
        -> map(|(req, addr)| (req, addr))
        -> union_puts_and_gossip_requests;
    simulated_put_requests -> union_puts_and_gossip_requests;

    client_input = union_puts_and_gossip_requests
        -> enumerate::<'static>()
        -> demux(|(e, (req, addr)), (gets, store, broadcast)| route(e, req, addr, number, gets, store, broadcast));

    # what was written here goes to the other servers, in batches
    client_input[broadcast] -> map(|(key, reg)| MapUnion({key: reg})) -> [input]batcher;
    source_interval(0.1) -> [signal]batcher;
    batcher = _lattice_fold_batch::<MapUnion>()
        -> flat_map(|updates| [Gossip(key, reg) for key, reg in updates.items()]) -> [0]to_peers;
    source_iter(peers) -> [1]to_peers;
    to_peers = cross_join_multiset::<'tick, 'static>() -> dest_sink_serde(outbound);

    # the look-up joins what was stored with what is asked for
    lookup = _lattice_join_fused_join::<'static, 'tick, DomPair, SetUnion>();
    client_input[store] -> [0]lookup;
    client_input[gets] -> map(|(key, addr, e)| (key, SetUnion({(addr, e)}))) -> [1]lookup;

    # answers go back to who has asked
    lookup
        -> flat_map(|found| [(key, reg, gets) for key, pair in found.items() for reg, gets in [pair.reveal()]])
        -> flat_map(|(key, reg, gets)| [(GetResponse(key, reg.value.reveal()), dest) for dest, _ in gets])
        -> dest_sink_serde(outbound);
"""

CLIENT = """
    source_stream(keys) -> flat_map(|key| [(Get(key), server) for server in servers]) -> dest_sink_serde(outbound);
    source_stream_serde::<GetResponse>(inbound) -> for_each(|(GetResponse(key, value), server)| (
        answers.setdefault(server, {}).update({key: value})
    ));
"""


def next_puts(puts_left: list[Put], at_once: int = 10) -> list[Put]:
    """The load of one tick."""
    taken, puts_left[:] = puts_left[:at_once], puts_left[at_once:]
    return taken


def route(e: int, req: Any, addr: Any, number: int, gets: Any, store: Any, broadcast: Any) -> None:
    match req:
        case Put(key, value):
            # Later writes of a server are newer; between servers the number decides.
            reg = last_write((e, number), value)
            broadcast.give((key, reg))
            store.give((key, reg))
        case Gossip(key, reg):
            store.give((key, reg))
        case Get(key):
            gets.give((key, addr, e))


OF_SERVER = (Gossip, Get, GetResponse, DomPair, MapUnion, SetUnion, next_puts, route)
SERVER_NAMES: dict[str, Any] = {one.__name__: one for one in OF_SERVER}
CLIENT_NAMES: dict[str, Any] = {"Get": Get, "GetResponse": GetResponse}
SERVERS = ("s0", "s1", "s2")
KEYS = 12


def load(server: int) -> Iterator[Put]:
    """Sixty writes; some keys are written more often than others."""
    weights = itertools.cycle([0, 0, 0, 1, 1, 2, 3, *range(4, KEYS)])
    for write, key in zip(range(60), weights, strict=False):
        yield Put(key, f"{server}-{write}".encode())


def servers(seed: int, **settings: Any) -> hf.Network:
    net = hf.Network(seed, recording=0, **settings)
    for number, name in enumerate(SERVERS):
        net.node(
            name,
            SERVER,
            number=number,
            puts_left=list(load(number)),
            peers=[peer for peer in SERVERS if peer != name],
            **SERVER_NAMES,
        )
    net.node("client", CLIENT, servers=list(SERVERS), keys=hf.channel(), answers={}, **CLIENT_NAMES)
    return net


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("settings", [{}, {"fifo": False, "duplication": 0.2}])
def test_all_servers_answer_with_the_same_value_for_each_key(seed: int, settings: dict[str, Any]) -> None:
    net = servers(seed, **settings)
    # `spin` makes a node work as often as it is let: until the whole load is written and gossiped.
    net.run(200_000, timers=20)
    assert all(not net[name]["puts_left"] for name in SERVERS)

    for key in range(KEYS):
        net.send("client", "keys", key)
    net.run(200_000)

    answers = net["client"]["answers"]
    assert set(answers) == set(SERVERS)
    assert answers["s0"] == answers["s1"] == answers["s2"]
    assert sorted(answers["s0"]) == list(range(KEYS))


def test_the_value_that_wins_is_one_that_was_written_last_by_its_server() -> None:
    net = servers(1)
    net.run(200_000, timers=20)
    for key in range(KEYS):
        net.send("client", "keys", key)
    net.run(200_000)

    last = {(server, put.key): put.value for server in range(3) for put in load(server)}
    for key, value in net["client"]["answers"]["s0"].items():
        assert value in {last[server, key] for server in range(3)}


def test_a_key_that_nobody_has_written_is_not_answered() -> None:
    net = servers(2)
    net.send("client", "keys", 999)

    net.run(200_000)

    assert net["client"]["answers"] == {}


def test_servers_gossip_over_tcp(sockets: Any) -> None:
    async def go() -> None:
        async with (
            await hf.net.bind_tcp(0) as one,
            await hf.net.bind_tcp(0) as other,
            await hf.net.bind_tcp(0) as client_ends,
        ):
            both = [one, other]
            flows = [
                hf.compile(
                    SERVER,
                    {
                        **SERVER_NAMES,
                        **ends._asdict(),
                        "number": number,
                        "puts_left": list(load(number)),
                        "peers": [both[1 - number].address],
                    },
                )
                for number, ends in enumerate(both)
            ]
            answers: dict[Any, dict[int, bytes]] = {}
            keys = hf.channel()
            names = {"servers": [one.address, other.address], "keys": keys, "answers": answers}
            client = hf.compile(CLIENT, {**CLIENT_NAMES, **client_ends._asdict(), **names})

            def agree() -> bool:
                keys.extend(range(KEYS))
                found = list(answers.values())
                return len(found) == 2 and found[0] == found[1] and len(found[0]) == KEYS

            async with sockets.running(*flows, client):
                await sockets.eventually(agree)

    sockets.run(go)
