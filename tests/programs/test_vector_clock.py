"""Vector clocks: an echo server and its clients, each with a clock that counts the steps of all of them.

Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering" (1988); Mattern (1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import MapUnion, Max

VecClock = MapUnion[str, Max[int]]


@dataclass(frozen=True)
class EchoMsg:
    payload: str
    vc: VecClock


def bump_and_merge(old: VecClock, vc: VecClock, my_addr: Any) -> None:
    me = str(my_addr)
    old.merge(MapUnion({me: Max(old[me].reveal() + 1 if me in old else 1)}))
    old.merge(vc)


SERVER = """
    inbound_chan = source_stream_serde::<EchoMsg>(inbound) -> tee();
    inbound_chan[print] -> for_each(|(msg, addr)| log.append((msg, addr)));

    # the clock of each message into this one
    inbound_chan[merge] -> map(|(msg, _addr)| msg.vc) -> mergevc;
    mergevc = fold::<'static>(MapUnion, |old, vc| bump_and_merge(old, vc, address));

    # echo with the new clock
    inbound_chan[1] -> map(|(EchoMsg(payload, *_), addr)| (payload, addr)) -> [0]stamped_output;
    mergevc -> [1]stamped_output;
    stamped_output = cross_join::<'tick, 'tick>() -> map(|((payload, addr), vc)| (EchoMsg(payload, vc), addr))
        -> dest_sink_serde(outbound);
"""

CLIENT = """
    inbound_chan = source_stream_serde::<EchoMsg>(inbound) -> tee();
    outbound_chan = dest_sink_serde(outbound);
    inbound_chan[print] -> for_each(|(m, a)| replies.append(m));

    # what comes in moves the clock on, and so does each line
    inbound_chan[merge] -> map(|(msg, _sender)| msg.vc) -> [net]mergevc;
    mergevc = union() -> fold::<'static>(MapUnion, |old, vc| bump_and_merge(old, vc, address));
    input = source_stream(lines) -> tee();
    input[tick] -> map(|_| MapUnion()) -> [input]mergevc;

    # each line is stamped with the clock of this tick
    input[send] -> [0]stamped_output;
    mergevc[useful] -> [1]stamped_output;
    stamped_output = cross_join::<'tick, 'tick>() -> map(|(l, the_vc)| (EchoMsg(l, the_vc), server_addr));
    stamped_output[send] -> outbound_chan;
"""

NAMES: dict[str, Any] = {"EchoMsg": EchoMsg, "MapUnion": MapUnion, "Max": Max, "bump_and_merge": bump_and_merge}


def test_an_answer_comes_after_its_question_over_udp(sockets: Any) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as server_ends, await hf.net.bind_udp(0) as client_ends:
            lines, replies, log = hf.channel(), [], []
            server = hf.compile(SERVER, {**NAMES, **server_ends._asdict(), "log": log})
            names = {"lines": lines, "replies": replies, "server_addr": server_ends.address}
            client = hf.compile(CLIENT, {**NAMES, **client_ends._asdict(), **names})
            async with sockets.running(server, client):
                for number, line in enumerate(["a", "b"], start=1):
                    lines.send(line)
                    await sockets.eventually(lambda number=number: len(replies) == number)
        here, there = str(client_ends.address), str(server_ends.address)
        assert [m.vc.deep_reveal() for m, _ in log] == [{here: 1}, {here: 3, there: 1}]
        assert [m.vc.deep_reveal() for m in replies] == [{here: 1, there: 1}, {here: 3, there: 2}]

    sockets.run(go)


@pytest.mark.parametrize("seed", range(8))
def test_an_answer_knows_all_that_its_question_knew(seed: int) -> None:
    net = hf.Network(seed, fifo=False, recording=0)
    net.node("server", SERVER, log=[], **NAMES)
    for name in ("alice", "bob", "carol"):
        lines = hf.channel(f"{name} {number}" for number in range(4))
        net.node(name, CLIENT, lines=lines, replies=[], server_addr="server", **NAMES)

    net.run()

    asked = {message.payload: message.vc for message, _ in net["server"]["log"]}
    last = MapUnion()
    for name in ("alice", "bob", "carol"):
        answers = {reply.payload: reply.vc for reply in net[name]["replies"]}
        assert len(answers) == 4
        for payload, vc in answers.items():
            assert asked[payload] <= vc
            assert not vc <= asked[payload]
            last.merge(vc)
    # The server took a step for each message, and knows of every step of the clients that led to one.
    assert last["server"] == Max(12)
    assert all(last[name].reveal() >= 4 for name in ("alice", "bob", "carol"))


def test_clients_that_never_heard_of_each_other_are_concurrent() -> None:
    net = hf.Network(0)
    net.node("server", SERVER, log=[], **NAMES)
    for name in ("alice", "bob"):
        net.node(name, CLIENT, lines=hf.channel(["x"]), replies=[], server_addr="server", **NAMES)

    net.run()

    (one, _), (other, _) = net["server"]["log"]
    assert not one.vc <= other.vc
    assert not other.vc <= one.vc
