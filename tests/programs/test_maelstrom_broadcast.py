"""Maelstrom's broadcast workload: nodes take numbers in, gossip them to their neighbours, and tell which they know.

Kingsbury's Maelstrom, workload "broadcast"; a client's requests and a node's answers are JSON objects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf


@dataclass(frozen=True)
class Broadcast:
    msg_id: int
    message: int

    def respond(self) -> dict[str, Any]:
        return {"type": "broadcast_ok", "in_reply_to": self.msg_id}


@dataclass(frozen=True)
class Topology:
    msg_id: int
    topology: dict[str, list[str]]

    def respond(self) -> dict[str, Any]:
        return {"type": "topology_ok", "in_reply_to": self.msg_id}


@dataclass(frozen=True)
class Read:
    msg_id: int

    def respond(self, messages: list[int]) -> dict[str, Any]:
        return {"type": "read_ok", "in_reply_to": self.msg_id, "messages": messages}


NODE = """
    broadcast = source_stream(broadcast_in) -> map(|text| Broadcast(**loads(text))) -> tee();
    topology = source_stream(topology_in) -> map(|text| Topology(**loads(text))) -> tee();
    read = source_stream(read_in) -> map(|text| Read(**loads(text)));

    broadcastok = map(dumps) -> dest_sink(broadcastok_out);
    topologyok = map(dumps) -> dest_sink(topologyok_out);
    readok = map(dumps) -> dest_sink(readok_out);

    gossip = source_stream_serde::<int>(inbound) -> map(|(message, peer)| (peer, message));
    gossipout = map(|(peer, message)| (message, peer)) -> dest_sink_serde(outbound);

    # requests of these kinds are acknowledged
    topology -> map(|top| top.respond()) -> topologyok;
    broadcast -> map(|b| b.respond()) -> broadcastok;

    # the neighbours of this node
    topology -> flat_map(|Topology(_, neighbours)| neighbours[node_name]) -> map(|name| node_ids[name]) -> [0]forwards;

    gossip_message = gossip -> map(|(_, message)| message) -> tee();

    # what was gossiped is gossiped on, and known
    gossip_message -> forward_message;
    gossip_message -> messages;

    # each new message goes to each neighbour
    forwards = cross_join::<'static, 'tick>() -> gossipout;
    forward_message = union() -> unique::<'static>() -> [1]forwards;

    # messages of clients are gossiped, too
    message -> forward_message;
    message = broadcast -> map(|Broadcast(_, message)| message) -> tee();

    # one list of all that is known
    messages = union() -> unique::<'static>() -> fold::<'static>(list, |accum, elem| accum.append(elem)) -> [1]output;
    message -> messages;

    # a read is answered with the list
    read -> [0]output;
    output = cross_join() -> map(|(read, messages)| read.respond(messages)) -> readok;
"""

# A ring with a tail.
NEIGHBOURS = {"n1": ["n2", "n3"], "n2": ["n1", "n3"], "n3": ["n1", "n2", "n4"], "n4": ["n3"]}
NAMES: dict[str, Any] = {
    "loads": json.loads,
    "dumps": json.dumps,
    "Broadcast": Broadcast,
    "Topology": Topology,
    "Read": Read,
    "node_ids": {name: name for name in NEIGHBOURS},
}
PORTS = ("broadcast", "topology", "read")


def cluster(seed: int, **settings: Any) -> hf.Network:
    net = hf.Network(seed, recording=0, **settings)
    for name in NEIGHBOURS:
        ports = {f"{port}_in": hf.channel() for port in PORTS} | {f"{port}ok_out": hf.channel() for port in PORTS}
        net.node(name, NODE, node_name=name, **ports, **NAMES)
    for name in NEIGHBOURS:
        net.send(name, "topology_in", json.dumps({"msg_id": 1, "topology": NEIGHBOURS}))
    return net


def answers(net: hf.Network, name: str, port: str) -> list[Any]:
    return [json.loads(text) for text in net[name][f"{port}ok_out"].drain()]


def read_all(net: hf.Network) -> dict[str, list[int]]:
    for name in NEIGHBOURS:
        net.send(name, "read_in", json.dumps({"msg_id": 7}))
    net.run()
    found = {}
    for name in NEIGHBOURS:
        (answer,) = answers(net, name, "read")
        assert (answer["type"], answer["in_reply_to"]) == ("read_ok", 7)
        found[name] = sorted(answer["messages"])
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("settings", [{}, {"fifo": False, "duplication": 0.2}])
def test_each_number_becomes_known_to_every_node(seed: int, settings: dict[str, Any]) -> None:
    net = cluster(seed, **settings)
    net.run()
    for number, name in enumerate(["n1", "n4", "n2", "n3", "n4"]):
        net.send(name, "broadcast_in", json.dumps({"msg_id": number, "message": 100 + number}))
    net.run()

    assert read_all(net) == {name: [100, 101, 102, 103, 104] for name in NEIGHBOURS}
    acknowledged = [answer["in_reply_to"] for name in NEIGHBOURS for answer in answers(net, name, "broadcast")]
    assert sorted(acknowledged) == [0, 1, 2, 3, 4]
    assert all(answers(net, name, "topology") == [{"type": "topology_ok", "in_reply_to": 1}] for name in NEIGHBOURS)


def test_what_was_read_earlier_stays_what_it_was() -> None:
    net = cluster(0)
    net.run()
    net.send("n1", "broadcast_in", json.dumps({"msg_id": 1, "message": 5}))
    net.run()
    first = read_all(net)
    net.send("n1", "broadcast_in", json.dumps({"msg_id": 2, "message": 6}))
    net.run()

    assert first == {name: [5] for name in NEIGHBOURS}
    assert read_all(net) == {name: [5, 6] for name in NEIGHBOURS}
