"""A cluster of Ray as we start one: nobody else can reach it, and whoever comes has to show the token."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import ray_cluster
from namespaces import listeners

pytestmark = pytest.mark.timeout(235)

# What joins a cluster first asks for its number. `ray.init` would try again for half a minute.
CLIENT = "import sys; from ray._raylet import GcsClient; print(GcsClient(address=sys.argv[1]).cluster_id.hex())"


def test_nothing_of_it_listens_beyond_the_loopback(namespace):
    seen = namespace.call(listeners)

    assert len({one.port for one in seen}) > 3
    assert all(one.is_on_loopback for one in seen), seen


def joined(token: str | None) -> str:
    """What a client is told that comes with a token, or with none."""
    environment = {name: value for name, value in os.environ.items() if name != "RAY_AUTH_TOKEN"}
    shows = {"RAY_AUTH_MODE": "disabled"} if token is None else {"RAY_AUTH_TOKEN": token}
    client = subprocess.run(
        [sys.executable, "-c", CLIENT, ray_cluster.cluster().address],
        env={**environment, **shows},
        capture_output=True,
        text=True,
        check=False,
    )
    return client.stdout + client.stderr


def test_a_client_without_the_token_is_refused(namespace):
    assert "InvalidAuthToken" in namespace.call(joined, None)
