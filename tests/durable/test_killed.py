from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from killing import POINTS
from nightly import IS_NIGHTLY
from replicas import Replicas
from star import Star

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")

# With 25 kills each, a night has a thousand.
SEEDS = 20 if IS_NIGHTLY else 1
KILLS = 25 if IS_NIGHTLY else 15
KINDS = ["tcp", "unix"]
OPTIONS = [
    ("--durable-snapshot-every", "5"),
    ("--durable-snapshot-every", "20"),
    ("--durable-write", "state"),
    ("--durable-snapshot-every", "1000"),
]


def addresses(folder: Path, kind: str, *names: str) -> dict[str, str]:
    """Free addresses of members."""
    if kind == "unix":
        return {name: str(folder / f"{name}.sock") for name in names}
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    found = {name: f"127.0.0.1:{probe.getsockname()[1]}" for name, probe in zip(names, probes, strict=True)}
    for probe in probes:
        probe.close()
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_star_of_processes_that_are_killed_loses_nothing_and_hears_nothing_twice(tmp_path: Path, seed: int) -> None:
    where = addresses(tmp_path, KINDS[seed % 2], "server", "c0", "c1")
    star = Star(tmp_path, where, 20 * KILLS, seed, *OPTIONS[seed % 4])

    star.run(KILLS, seconds=380)
    print(star.cluster.account())


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_replicas_that_are_killed_hold_each_write_once_and_in_order(tmp_path: Path, seed: int) -> None:
    where = addresses(tmp_path, KINDS[seed % 2], "r0", "r1", "r2", "c0", "c1")
    members = {"replicas": {name: where[name] for name in ("r0", "r1", "r2")}}
    members["clients"] = {name: where[name] for name in ("c0", "c1")}
    store = Replicas(tmp_path, members, 20 * KILLS, seed, *OPTIONS[seed % 4])

    store.run(KILLS, seconds=380)
    print(store.cluster.account())


def test_each_point_of_the_protocol_is_there() -> None:
    assert all(callable(getattr(kind, name)) for kind, name in POINTS.values())
