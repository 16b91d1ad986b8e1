"""Why an item is in a node: through messages, back to what came from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.simulation.reasons.joined import Joining, NetworkDerivation
from hydroflow_nb.trace.ticks import Text

SERVER = """
    messages = source_stream_serde(inbound) -> tee();
    messages -> map(|(m, a)| a) -> unique::<'static>() -> [0]everybody;
    messages -> filter(|(m, a)| m != "join") -> map(|(m, a)| m) -> [1]everybody;
    everybody = cross_join::<'static, 'tick>() -> map(|(a, m)| (m, a)) -> dest_sink_serde(outbound);
"""
CLIENT = """
    send = union() -> map(|m| (m, "server")) -> dest_sink_serde(outbound);
    source_iter(["join"]) -> send;
    source_stream(lines) -> send;
    source_stream_serde(inbound) -> map(|(m, _)| m) -> for_each(seen.append);
"""
# Everybody tells its neighbours what is new to it; of two things that it knows it makes a third one.
GOSSIP = """
    known = union() -> unique::<'static>() -> tee();
    source_stream(facts) -> known;
    source_stream_serde(inbound) -> map(|(fact, _)| fact) -> known;
    known -> filter(|fact| len(fact) < 2) -> map(|fact| (len(fact), fact)) -> tee() -> [0]pairs;
    pairs = join::<'static, 'static>() -> filter_map(|(_, (a, b))| a + b if a < b else None) -> known;
    known -> filter(|fact| len(fact) < 2) -> map(|fact| (len(fact), fact)) -> [1]pairs;
    known -> flat_map(|fact| [(fact, peer) for peer in peers]) -> dest_sink_serde(outbound);
"""
CHAT = ("load", "messages", "server-flow", "client-names", "client-flow", "simulated")
STORE = ("load", "messages", "naive-names", "client-names", "nodes", "known", "replica-flow", "terminal")
STORE = (*STORE, "teller-flow", "storm-names")
Names = Callable[..., dict[str, Any]]


def chat(seed: int = 0, **settings: Any) -> hf.Network:
    net = hf.Network(seed, **settings)
    net.node("server", SERVER)
    for name in ("alice", "bob"):
        net.node(name, CLIENT, lines=hf.channel(), seen=[])
    return net


def gossip(seed: int) -> hf.Network:
    random = Random(seed)
    net = hf.Network(seed, fifo=bool(seed % 2), duplication=0.3)
    names = "abcd"[: 2 + seed % 3]
    for name in names:
        peers = [other for other in names if other != name and random.random() < 0.7] or [names[0]]
        net.node(name, GOSSIP, facts=hf.channel(), peers=peers)
    return net


def all_reasons(net: hf.Network, most: int) -> list[NetworkDerivation]:
    """Why some of all that was recorded is there."""
    joining = Joining(net, net.name_of)
    found = [
        (node.name, life, edge, tick.tick, number, index)
        for node in net.nodes.values()
        for life, flow in node.lives
        for tick in flow.recording.ticks
        for number, step in enumerate(tick.steps)
        for edge, moved in step.moves.items()
        for index, _ in moved.numbered()
    ]
    some = Random(1).sample(found, min(most, len(found)))
    return [joining.of(node, life, joining.at(node, life, *place)) for node, life, *place in some]


def gives_again(net: hf.Network, derivation: NetworkDerivation, names: Mapping[str, Any]) -> bool:
    """Whether the network, run anew on the cited inputs alone, puts the item onto the same edge of the same node."""
    net.reset()
    for node, inputs in derivation.inputs.items():
        for name, ticks in inputs.items():
            for item in (item for items in ticks.values() for item in items):
                net.send(node, name, eval(item, dict(names)) if isinstance(item, Text) else item)
    net.run()
    edge = derivation.root.edge
    steps = [step for tick in net[derivation.node].flow.recording.ticks for step in tick.steps if edge in step.moves]
    return any(item == derivation.item for step in steps for item in step.moves[edge].items)


def keeps_the_law(net: hf.Network, most: int, names: Mapping[str, Any] = MappingProxyType({})) -> int:
    """How many derivations were monotone; on the cited inputs alone each of them gave its item again."""
    derivations = all_reasons(net, most)
    assert all(one.is_exact for one in derivations)
    monotone = [one for one in derivations if one.is_monotone]
    for one in monotone:
        assert gives_again(net, one, names), one
    return len(monotone)


@pytest.mark.parametrize("seed", range(3))
def test_on_the_cited_inputs_alone_a_random_network_gives_the_item_again(seed: int) -> None:
    net = gossip(seed)
    for node, fact in zip(net.nodes, "abcd", strict=False):
        net.send(node, "facts", fact)
    net.run()

    assert keeps_the_law(net, 15) == 15


def test_on_the_cited_inputs_alone_the_chat_of_the_tutorial_gives_the_item_again(notebook_names: Names) -> None:
    ends = hf.Network().bind("server")._asdict()
    names = notebook_names("03_chat.ipynb", *CHAT, **ends, role="notebook", host="", port=0)
    net = names["chat"](seed=2, fifo=False, duplication=0.3)
    names["talk"](net)
    net.run()

    assert keeps_the_law(net, 25) > 15


def test_on_the_cited_inputs_alone_the_store_of_the_tutorial_gives_the_item_again(notebook_names: Names) -> None:
    names = notebook_names("05_replicated_store.ipynb", *STORE)
    net = names["shops"](names["replica"], names["teller"], seed=0, **{**names["bad"], "recording": 20_000})
    names["put_a_lot"](net, puts=2)
    net.run()

    assert keeps_the_law(net, 30, names) > 2


def test_a_derivation_goes_through_messages_back_to_inputs_and_literals_of_all_nodes() -> None:
    net = chat()
    net.run()
    net.send("alice", "lines", "hi")
    net.send("bob", "lines", "unrelated")
    net.run()

    found = net.why(("hi", "server"), node="bob")

    assert found.inputs == {"alice": {"lines": {1: ["hi"]}}}
    assert {cause.node for cause in found.literals} == {"bob"}
    assert found.messages == ["server>bob#2", "bob>server#1", "alice>server#2"]
    assert found.is_monotone
    lines = str(found).splitlines()
    assert lines[0] == "('hi', 'server')   bob: source_stream_serde -> map, tick 2"
    assert lines[1] == "  source_stream_serde: came as message server>bob#2"
    assert lines[2] == "  ('hi', 'bob')   server: map -> dest_sink_serde, tick 2"
    assert lines[-1] == "inputs: lines of alice 1 in tick 1"
    assert "<small>server: map -&gt; dest_sink_serde, tick 2</small>" in found._repr_mimebundle_()["text/html"]
    (step, *_) = found.to_dict()["steps"]
    assert (step["node"], step["life"], step["message"]) == ("bob", 0, "server>bob#2")


def test_of_equal_messages_each_leads_to_its_own_and_a_copy_to_the_first() -> None:
    net = chat(fifo=False)
    net.run()
    net.send("alice", "lines", "hi")
    net.tick("alice")
    net.send("alice", "lines", "hi")
    net.tick("alice")
    copy = net.duplicate("alice>server#3")
    for message in (copy, "alice>server#2"):
        net.deliver(message)
    net.tick("server")

    joining = Joining(net, net.name_of)
    ticks = {
        message: [cause.tick for cause in joining.of(*found) if cause.input == "lines"]
        for message in ("alice>server#2", copy.id)
        if (found := joining.of_message(message)) is not None
    }

    assert ticks == {"alice>server#2": [1], copy.id: [2]}


def test_a_life_before_a_restart_without_its_state_is_told_apart() -> None:
    net = chat()
    net.run()
    net.send("alice", "lines", "hi")
    net.run()
    net.crash("server")
    net.restart("server", "lost")
    net.send("bob", "lines", "join")
    net.send("alice", "lines", "again")
    net.run()

    found = net.why(("again", "server"), node="bob")
    before = net.why(("hi", "server"), node="bob")

    assert {cause.life for cause in found if cause.node == "server"} == {1}
    assert {cause.life for cause in before if cause.node == "server"} == {0}


def test_what_cannot_be_told_says_why() -> None:
    net = chat()
    net.run()
    with pytest.raises(HydroflowError, match="no 'hi' that is kept went over an edge of any node"):
        net.why("hi")
    with pytest.raises(HydroflowError, match="there is no node 'carol'; the nodes are: server, alice, bob"):
        net.why("hi", node="carol")
    with pytest.raises(HydroflowError, match="no node is recorded: make the network with `recording=20_000`"):
        chat(recording=0).why("hi")

    half = chat()
    half["server"].recording = 0
    half.reset()
    half.send("alice", "lines", "hi")
    half.run()

    (doubt,) = half.why(("hi", "server")).doubts
    assert doubt == "what sent it is not recorded (`source_stream_serde`, tick 1)"
