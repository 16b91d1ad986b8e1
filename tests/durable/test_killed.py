from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from nightly import IS_NIGHTLY
from star import POINTS, Star, check

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(34 if IS_NIGHTLY else 1))
def test_a_star_of_processes_that_are_killed_loses_nothing_and_hears_nothing_twice(tmp_path: Path, seed: int) -> None:
    names = ["server", "c0", "c1"]
    if seed % 3 == 2:
        addresses = {name: str(tmp_path / f"{name}.sock") for name in names}
        star = Star(tmp_path, addresses, count=80, seed=seed, is_unix=True, snapshot_every=20)
    else:
        tcp = {name: f"127.0.0.1:{free_port()}" for name in names}
        write = "state" if seed % 3 == 1 else "journal"
        star = Star(tmp_path, tcp, count=80, seed=seed, write=write, snapshot_every=20)

    star.run(kills=30, seconds=380)

    check(star)


def test_each_point_of_the_protocol_is_there() -> None:
    assert all(callable(getattr(kind, name)) for kind, name in POINTS.values())
