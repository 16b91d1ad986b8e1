"""Who reaches a cluster of Ray: nobody from another machine, and nobody without the token."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
import ray_cluster
from namespaces import OUTWARD, Listener, Namespace, listeners

import hydroflow_nb as hf
from hydroflow_nb.deploy import Ray

pytestmark = pytest.mark.timeout(600)

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


def refused() -> tuple[str, set[Listener]]:
    """What is said where a cluster cannot be started, and what listens then."""
    system = hf.compile("a = process(); @a source_iter([1]) -> null();", {}, "alone")
    with pytest.raises(hf.HydroflowError) as error:
        asyncio.run(system.deploy(on=Ray()))
    return str(error.value), listeners()


@pytest.mark.usefixtures("namespace")
def test_none_is_started_where_another_machine_would_reach_it():
    with Namespace(outward=True) as outward:
        said, seen = outward.call(refused)

    assert f"listens on all interfaces, v0 ({OUTWARD})" in said
    assert not seen
