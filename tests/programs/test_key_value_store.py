"""The key-value store on one node: a look-up joins all that was ever put with the gets of this tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import hydroflow_nb as hf


class Message:
    """What clients and the server say."""


@dataclass(frozen=True)
class Put(Message):
    key: str
    value: str
    client: Any = None


@dataclass(frozen=True)
class Get(Message):
    key: str
    client: Any = None


@dataclass(frozen=True)
class Response(Message):
    key: str
    value: str


SERVER = """
    outbound_chan = dest_sink_serde(outbound);
    inbound_chan = source_stream_serde::<Put | Get>(inbound)
        -> map(|(message, client)| replace(message, client=client))
        -> demux_enum::<Put | Get>();
    puts = inbound_chan[Put] -> tee();
    gets = inbound_chan[Get] -> tee();

    puts -> for_each(|(key, value, client)| log.append(f"PUT {key}, {value}"));
    gets -> for_each(|(key, client)| log.append(f"GET {key}"));

    # every value that was ever put is kept; gets live for a tick
    puts -> map(|Put(key, value, _)| (key, value)) -> [0]lookup;
    gets -> map(|Get(key, client)| (key, client)) -> [1]lookup;
    lookup = join::<'static, 'tick>();

    lookup -> map(|(key, (value, client))| (Response(key, value), client)) -> outbound_chan;
"""

CLIENT = """
    source_stream(lines) -> filter_map(parse_command) -> map(|message| (message, server_addr))
        -> dest_sink_serde(outbound);
    source_stream_serde::<Response>(inbound) -> for_each(|(Response(key, value), _)| answers.append((key, value)));
"""


def parse_command(line: str) -> Message | None:
    """`PUT key, value` and `GET key`, in any case."""
    word, _, rest = line.strip().partition(" ")
    key, comma, value = (part.strip() for part in rest.partition(","))
    match word.upper():
        case "PUT" if key and comma:
            return Put(key, value)
        case "GET" if key and not comma:
            return Get(key)
    return None


def replace(message: Put | Get, client: Any) -> Message:
    return Put(message.key, message.value, client) if isinstance(message, Put) else Get(message.key, client)


SERVER_NAMES: dict[str, Any] = {"Put": Put, "Get": Get, "Response": Response, "replace": replace}
CLIENT_NAMES: dict[str, Any] = {"Response": Response, "parse_command": parse_command}


@pytest.mark.parametrize("seed", range(5))
def test_a_get_is_answered_with_every_value_that_was_put(seed: int) -> None:
    net = hf.Network(seed, recording=0)
    net.node("server", SERVER, log=[], **SERVER_NAMES)
    for name in ("alice", "bob"):
        net.node(name, CLIENT, lines=hf.channel(), answers=[], server_addr="server", **CLIENT_NAMES)
    for line in ("PUT a, 7", "put a, 8", "what?", "PUT b, 9"):
        net.send("alice", "lines", line)
    net.run()

    for line in ("GET a", "GET nothing"):
        net.send("bob", "lines", line)
    net.run()

    assert sorted(net["bob"]["answers"]) == [("a", "7"), ("a", "8")]
    assert net["alice"]["answers"] == []
    assert net["server"]["log"] == ["PUT a, 7", "PUT a, 8", "PUT b, 9", "GET a", "GET nothing"]


def test_it_runs_over_tcp(sockets: Any) -> None:
    async def go() -> None:
        async with (
            await hf.net.bind_tcp(0) as server_ends,
            await hf.net.connect_tcp(server_ends.address) as client_ends,
        ):
            lines, answers = hf.channel(["PUT a, 7", "GET a"]), []
            server = hf.compile(SERVER, {**SERVER_NAMES, **server_ends._asdict(), "log": []})
            names = {"lines": lines, "answers": answers, "server_addr": server_ends.address}
            client = hf.compile(CLIENT, {**CLIENT_NAMES, **client_ends._asdict(), **names})
            async with sockets.running(server, client):
                await sockets.eventually(lambda: answers == [("a", "7")])

    sockets.run(go)
