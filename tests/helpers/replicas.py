"""A replicated store, written as a text with locations: each client writes at one replica, which tells the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from killing import Cluster

import hydroflow_nb as hf
from hydroflow_nb.lattices import MapUnion, Max

STORE = """
replicas = cluster();
clients = cluster();

@clients {
    source_interval(0.02) -> enumerate::<'static>() -> map(|(number, _)| number) -> filter(|number| number < count)
        -> map(|number| ((f"key {number % 5}", number), nearest)) ~> written;
    acknowledged = map(|(number, _)| number) -> fold::<'static>(|| [], |numbers, number| numbers.append(number))
        -> map(len) -> for_each(print);
}

@replicas {
    written = map(|((key, number), client)| (client, number, key)) -> tee();
    written ~> @replicas.others heard;
    heard = map(|(write, _)| write);
    written -> known;
    heard -> known;
    known = union() -> tee();

    known -> map(|(client, number, key)| MapUnion({key: Max((number, client))})) -> store;
    store = state::<'static, MapUnion>();
    known -> log;
    log = fold::<'static>(|| [], |log, write| log.append(write)) -> map(len) -> for_each(print);

    written -> map(|(client, number, _)| (number, client)) ~> acknowledged;
}
"""


class Replicas:
    """A cluster of replicas and of clients, of which each writes `count` numbers at the one that is nearest."""

    def __init__(
        self, folder: Path, addresses: Mapping[str, Mapping[str, str]], count: int, seed: int, *options: str
    ) -> None:
        self.replicas = list(addresses["replicas"])
        self.nearest = {
            name: self.replicas[number % len(self.replicas)] for number, name in enumerate(addresses["clients"])
        }
        self.count = count
        files = {
            "peers.json": json.dumps(addresses),
            "store.hf": STORE,
            "names.py": f"from hydroflow_nb.lattices import MapUnion, Max\ncount, nearest = {count}, ''",
        }
        for name, text in files.items():
            (folder / name).write_text(text)
        of = ["run", str(folder / "store.hf"), "--python", str(folder / "names.py"), *options]
        of += ["--directory", str(folder / "peers.json")]
        members = {name: [*of, "--flow", "store@replicas", "--name", name] for name in self.replicas}
        for name, nearest in self.nearest.items():
            members[name] = [*of, "--flow", "store@clients", "--name", name, "--set", f"nearest={nearest}"]
        totals = {name: count if name in self.nearest else count * len(self.nearest) for name in members}
        self.cluster = Cluster(folder, members, totals, seed)

    def run(self, kills: int, seconds: float) -> None:
        """Run until so many were killed, look at what all hold, and go on until all is written everywhere."""
        self.cluster.run(kills, seconds)
        self.check()
        self.cluster.finish(seconds)
        self.check()
        assert len({json.dumps(self._held(name)[1], sort_keys=True) for name in self.replicas}) == 1

    def check(self) -> None:
        """Each replica holds each write once, those of each client in order, and in its store the newest of each key.
        What a client was told to be written, its replica holds.
        """
        logs = {}
        for name in self.replicas:
            log, stored = self._held(name)
            newest: dict[str, tuple[int, str]] = {}
            for client, number, key in log:
                newest[key] = max((number, client), newest.get(key, (-1, "")))
            assert {key: tuple(stamp) for key, stamp in stored.items()} == newest, name
            for client in self.nearest:
                logs[name, client] = [number for who, number, _ in log if who == client]
                assert logs[name, client] == list(range(len(logs[name, client]))), (name, client)
        for client, nearest in self.nearest.items():
            (acknowledged,) = self._read(client, "clients", "fold")
            numbers = acknowledged or []
            assert numbers == list(range(len(numbers))), client
            assert len(numbers) <= len(logs[nearest, client]), client

    def _held(self, name: str) -> tuple[list[Any], dict[str, Any]]:
        log, stored = self._read(name, "replicas", "log", "store")
        return log or [], {} if stored is None else stored.deep_reveal()

    def _read(self, name: str, location: str, *places: str) -> list[Any]:
        names = {"MapUnion": MapUnion, "Max": Max, "count": self.count, "nearest": self.nearest.get(name)}
        around = {"replicas": tuple(self.replicas), "clients": tuple(self.nearest)}
        system = hf.compile(STORE, names)
        return self.cluster.held(name, lambda ends: system.flow_at(location, {**around, **ends}), *places)
