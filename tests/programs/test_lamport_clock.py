"""Lamport's clock: an echo server and its clients stamp each message with a clock that only goes forwards.

Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System" (1978).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.lattices import Max


@dataclass(frozen=True)
class EchoMsg:
    payload: str
    lamport_clock: Max[int]


def tick_and_merge(clock: Max[int], other: Max[int]) -> None:
    clock.merge(Max(clock.reveal() + 1))
    clock.merge(other)


SERVER = """
    inbound_chan = source_stream_serde::<EchoMsg>(inbound) -> tee();
    inbound_chan[print] -> for_each(|(msg, addr)| log.append((msg, addr)));

    # the clock of each message into this one
    inbound_chan[merge] -> map(|(msg, _addr)| msg.lamport_clock) -> mergevc;
    mergevc = fold::<'static>(|| Max(0), tick_and_merge);

    # echo with the new clock
    inbound_chan[1] -> map(|(EchoMsg(payload, *_), addr)| (payload, addr)) -> [0]stamped_output;
    mergevc -> [1]stamped_output;
    stamped_output = cross_join::<'tick, 'tick>()
        -> map(|((payload, addr), the_clock)| (EchoMsg(payload, the_clock), addr))
        -> dest_sink_serde(outbound);
"""

CLIENT = """
    inbound_chan = source_stream_serde::<EchoMsg>(inbound) -> tee();
    outbound_chan = dest_sink_serde(outbound);
    inbound_chan[print] -> for_each(|(m, a)| replies.append(m));

    # what comes in moves the clock on, and so does each line
    inbound_chan[merge] -> map(|(msg, _sender)| msg.lamport_clock) -> [net]mergevc;
    mergevc = union() -> fold::<'static>(|| Max(0), tick_and_merge);
    input = source_stream(lines) -> tee();
    input[tick] -> map(|_| Max(0)) -> [input]mergevc;

    # each line is stamped with the clock of this tick
    input[send] -> [0]stamped_output;
    mergevc[useful] -> [1]stamped_output;
    stamped_output = cross_join::<'tick, 'tick>() -> map(|(l, the_clock)| (EchoMsg(l, the_clock), server_addr));
    stamped_output[send] -> outbound_chan;
"""

NAMES: dict[str, Any] = {"EchoMsg": EchoMsg, "Max": Max, "tick_and_merge": tick_and_merge}


def clock_of(message: EchoMsg) -> int:
    clock: int = message.lamport_clock.reveal()
    return clock


def test_the_clock_goes_forwards_from_message_to_answer_over_udp(sockets: Any) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as server_ends, await hf.net.bind_udp(0) as client_ends:
            lines, replies, log = hf.channel(), [], []
            server = hf.compile(SERVER, {**NAMES, **server_ends._asdict(), "log": log})
            names = {"lines": lines, "replies": replies, "server_addr": server_ends.address}
            client = hf.compile(CLIENT, {**NAMES, **client_ends._asdict(), **names})
            async with sockets.running(server, client):
                for number, line in enumerate(["a", "b", "c"], start=1):
                    lines.send(line)
                    await sockets.eventually(lambda number=number: len(replies) == number)
        # The line moves the client's clock on by one, the message the server's: 1 -> 1, 3 -> 3, 5 -> 5.
        assert [(m.payload, clock_of(m)) for m, _ in log] == [("a", 1), ("b", 3), ("c", 5)]
        assert [(m.payload, clock_of(m)) for m in replies] == [("a", 1), ("b", 3), ("c", 5)]

    sockets.run(go)


@pytest.mark.parametrize("seed", range(8))
def test_an_answer_is_never_earlier_than_its_question_whatever_the_order(seed: int) -> None:
    net = hf.Network(seed, fifo=False, recording=0)
    net.node("server", SERVER, log=[], **NAMES)
    for name in ("alice", "bob", "carol"):
        lines = hf.channel(f"{name} {number}" for number in range(5))
        net.node(name, CLIENT, lines=lines, replies=[], server_addr="server", **NAMES)

    net.run()

    asked = {message.payload: clock_of(message) for message, _ in net["server"]["log"]}
    for name in ("alice", "bob", "carol"):
        answered = {reply.payload: clock_of(reply) for reply in net[name]["replies"]}
        assert len(answered) == 5
        assert all(clock >= asked[payload] for payload, clock in answered.items())
    # The server's clock has moved with every message.
    assert max(clock_of(reply) for name in ("alice", "bob", "carol") for reply in net[name]["replies"]) >= 15
