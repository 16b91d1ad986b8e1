from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import hydroflow_nb as hf

ECHO = "source_stream_serde(inbound) -> map(|(m, a)| (m.upper(), a)) -> dest_sink_serde(outbound);"

CLIENT = """
    source_stream(lines) -> map(|line| (line, server)) -> dest_sink_serde(outbound);
    source_stream_serde(inbound) -> for_each(|(m, a)| seen.append(m));
"""

CHAT_SERVER = """
    messages = source_stream_serde(inbound) -> tee();
    messages -> map(|(m, a)| a) -> unique::<'static>() -> [0]everybody;
    messages -> filter(|(m, a)| m != "join") -> map(|(m, a)| m) -> [1]everybody;
    everybody = cross_join::<'static, 'tick>() -> map(|(a, m)| (m, a)) -> dest_sink_serde(outbound);
"""

CHAT_CLIENT = f"""
    source_iter(["join"]) -> map(|m| (m, server)) -> dest_sink_serde(outbound);
    {CLIENT}
"""

RING = """
    tokens = source_stream_serde(inbound) -> map(|(token, a)| token) -> defer_tick() -> tee();
    tokens -> for_each(seen.append);
    tokens -> filter(|token| token > 0) -> map(|token| (token - 1, neighbour)) -> dest_sink_serde(outbound);
    source_iter(start) -> map(|token| (token, neighbour)) -> dest_sink_serde(outbound);
"""

GOSSIP = """
    source_interval(period) -> flat_map(|_| [(k, p) for k in sorted(known) for p in peers])
        -> dest_sink_serde(outbound);
    source_stream_serde(inbound) -> for_each(|(k, a)| known.add(k));
"""

Build = Callable[..., hf.Network]


@pytest.fixture(scope="session")
def echo() -> Build:
    """A server that answers in capitals, alice and bob."""

    def build(seed: int = 0, **settings: Any) -> hf.Network:
        net = hf.Network(seed, **{"recording": 0, **settings})
        net.node("server", ECHO, at=("127.0.0.1", 2000))
        net.node("alice", CLIENT, lines=hf.channel(["a", "b"]), seen=[], server=("127.0.0.1", 2000))
        net.node("bob", CLIENT, lines=hf.channel(["c"]), seen=[], server="server")
        return net

    return build


@pytest.fixture(scope="session")
def chat() -> Build:
    """A server that sends to all clients what each says, alice, bob and carol."""

    def build(seed: int = 0, **settings: Any) -> hf.Network:
        net = hf.Network(seed, **{"recording": 0, **settings})
        net.node("server", CHAT_SERVER, at="127.0.0.1:2000")
        for name in ("alice", "bob", "carol"):
            lines = hf.channel([f"{name} says {word}" for word in ("hello", "bye")])
            net.node(name, CHAT_CLIENT, lines=lines, seen=[], server=2000)
        return net

    return build


@pytest.fixture(scope="session")
def ring() -> Build:
    """Three nodes that pass a token on, each a tick after it came."""

    def build(seed: int = 0, **settings: Any) -> hf.Network:
        net = hf.Network(seed, **{"recording": 0, **settings})
        for name, neighbour, start in (("a", "b", [7]), ("b", "c", []), ("c", "a", [2])):
            net.node(name, RING, neighbour=neighbour, start=start, seen=[])
        return net

    return build


@pytest.fixture(scope="session")
def gossip() -> Build:
    """Three nodes that tell each other whatever they know, again and again."""

    def build(seed: int = 0, **settings: Any) -> hf.Network:
        net = hf.Network(seed, **{"recording": 0, **settings})
        names = ("a", "b", "c")
        for name in names:
            peers = [other for other in names if other != name]
            net.node(name, GOSSIP, peers=peers, known={f"of {name}"}, period=0.5)
        return net

    return build


SENDS = "source_iter(start) -> dest_sink_serde(outbound);"
KEEPS = "source_stream_serde(inbound) -> for_each(|(m, a)| seen.append((m, a)));"


@pytest.fixture(scope="session")
def two_nodes() -> Build:
    """A node `a` whose first tick has sent some messages to a node `b`, which keeps them."""

    def build(*messages: Any, **settings: Any) -> hf.Network:
        net = hf.Network(**settings)
        net.node("a", SENDS, start=[(message, "b") for message in messages])
        net.node("b", KEEPS, seen=[])
        net.tick("a")
        return net

    return build


@pytest.fixture(scope="session")
def payloads() -> Callable[..., list[Any]]:
    """What a node, `b` if none is named, has kept of the messages to it."""

    def kept(net: hf.Network, node: str = "b") -> list[Any]:
        return [payload for payload, _ in net[node]["seen"]]

    return kept


def _state(net: hf.Network) -> list[Any]:
    found: list[Any] = [net.now, repr(net), [repr(message) for message in net.in_flight]]
    for node in net.nodes.values():
        program = node.flow.drive().engine.program
        cells = [variable.cell.cell_contents for variable in program.variables]
        cells += [*program.handoffs, *(buffer.now for buffer in program.tick_buffers)]
        held = [repr(one) for one in cells if type(one) in (list, set, dict, int, str, bool, tuple)]
        own = {name: repr(node[name]) for name in node.plan.names.fresh()}
        found.append((node.name, node.state, node.current_tick(), held, own))
    return found


@pytest.fixture(scope="session")
def state_of() -> Callable[[hf.Network], list[Any]]:
    """The state of a network's nodes and messages: equal for equal states."""
    return _state
