"""A star of durable flows, written by hand: a server that sends to all what it hears, and its clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from killing import Cluster

import hydroflow_nb as hf

SERVER = """
    said = source_stream_serde(inbound) -> map(|(message, _)| message) -> tee();
    said -> fold::<'static>(|| [], |log, message| log.append(message)) -> map(len) -> for_each(print);
    said -> flat_map(|message| [(message, client) for client in clients]) -> dest_sink_serde(outbound);
"""
CLIENT = """
    source_interval(0.02) -> enumerate::<'static>() -> map(|(number, _)| number) -> filter(|number| number < count)
        -> map(|number| ((address, number), "server")) -> dest_sink_serde(outbound);
    source_stream_serde(inbound) -> map(|(message, _)| message)
        -> fold::<'static>(|| [], |log, message| log.append(message)) -> map(len) -> for_each(print);
"""


class Star:
    """A cluster of a server and its clients, of which each says `count` numbers."""

    def __init__(self, folder: Path, addresses: dict[str, str], count: int, seed: int, *options: str) -> None:
        self.clients = [name for name in addresses if name != "server"]
        self.count = count
        (folder / "peers.json").write_text(json.dumps(addresses))
        for name, text in (("server", SERVER), ("client", CLIENT)):
            (folder / f"{name}.hf").write_text(text)
        where = ["--directory", str(folder / "peers.json")]
        members = {
            name: [
                *("run", str(folder / ("server.hf" if name == "server" else "client.hf"))),
                *("--set", f"clients={self.clients}" if name == "server" else f"count={count}"),
                *("--name", name, *where, *options),
            ]
            for name in addresses
        }
        self.cluster = Cluster(folder, members, dict.fromkeys(members, count * len(self.clients)), seed)

    def run(self, kills: int, seconds: float) -> None:
        """Run until so many were killed, look at what all hold, and go on until all have heard all."""
        self.cluster.run(kills, seconds)
        self.check()
        self.cluster.finish(seconds)
        self.check()

    def check(self) -> None:
        """All hold each message once, those of each client in order, and all in the order of the server; where not all
        has come yet, what has.
        """
        logs = {name: self._log(name) for name in self.cluster.members}
        for name, log in logs.items():
            for client in self.clients:
                numbers = [number for who, number in log if who == client]
                assert numbers == list(range(len(numbers))), (name, client)
            assert log == logs["server"][: len(log)], name

    def _log(self, name: str) -> list[Any]:
        def flow(ends: dict[str, Any]) -> hf.Flow:
            names = {"clients": self.clients, "count": self.count, **ends}
            return hf.compile(SERVER if name == "server" else CLIENT, names)

        (log,) = self.cluster.held(name, flow, "fold")
        return list(log or [])
