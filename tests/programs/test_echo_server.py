"""The echo server and its client: each message comes back with the server's time, over UDP by the codec of messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

import hydroflow_nb as hf


@dataclass(frozen=True)
class EchoMsg:
    payload: str
    ts: datetime


SERVER = """
    # one inbound channel for all
    inbound_chan = source_stream_serde::<EchoMsg>(inbound) -> tee();

    inbound_chan[0] -> for_each(|(msg, addr)| log.append(f"Got {msg.payload} from {addr}"));

    # the same text, with the time here
    inbound_chan[1] -> map(|(EchoMsg(payload, *_), addr)| (EchoMsg(payload, now()), addr))
        -> dest_sink_serde(outbound);
"""

CLIENT = """
    inbound_chan = source_stream_serde::<EchoMsg>(inbound) -> for_each(|(m, _)| replies.append(m));

    source_stream(lines) -> map(|l| (EchoMsg(l, now()), server_addr)) -> dest_sink_serde(outbound);
"""

NAMES: dict[str, Any] = {"EchoMsg": EchoMsg, "now": lambda: datetime.now(UTC)}


def test_a_client_gets_its_lines_back_over_udp(sockets: Any) -> None:
    async def go() -> None:
        async with await hf.net.bind_udp(0) as server_ends, await hf.net.bind_udp(0) as client_ends:
            lines, replies, log = hf.channel(), [], []
            server = hf.compile(SERVER, {**NAMES, **server_ends._asdict(), "log": log})
            client = hf.compile(
                CLIENT,
                {
                    **NAMES,
                    **client_ends._asdict(),
                    "lines": lines,
                    "replies": replies,
                    "server_addr": server_ends.address,
                },
            )
            async with sockets.running(server, client):
                for number, line in enumerate(["hello", "", "größer"], start=1):
                    before = datetime.now(UTC)
                    lines.send(line)
                    await sockets.eventually(lambda number=number: len(replies) == number)
                    assert replies[-1].payload == line
                    assert before <= replies[-1].ts <= datetime.now(UTC)
        assert [line.split()[0] for line in log] == ["Got"] * 3

    sockets.run(go)


@pytest.mark.parametrize("seed", range(5))
def test_every_client_gets_its_own_lines_in_order(seed: int) -> None:
    net = hf.Network(seed, recording=0)
    net.node("server", SERVER, log=[], **NAMES)
    for name in ("alice", "bob", "carol"):
        lines = hf.channel(f"{name} {number}" for number in range(4))
        net.node(name, CLIENT, lines=lines, replies=[], server_addr="server", **NAMES)

    net.run()

    for name in ("alice", "bob", "carol"):
        assert [reply.payload for reply in net[name]["replies"]] == [f"{name} {number}" for number in range(4)]
