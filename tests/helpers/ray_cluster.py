"""A cluster of Ray with two nodes, in a network namespace of the tests that is cut off from all else.

What stands here runs in the namespace. Ray listens on all interfaces, so it is never started anywhere else.
"""

from __future__ import annotations

import re
import secrets
import socket
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

import ray_deaths

# Ports of the agents of a node. Where they are not said, a node waits for what its agents choose, and only so long that
# a busy machine is too slow. Nobody else has ports in the namespace.
_AGENTS: Final = ("dashboard_agent_listen_port", "metrics_agent_port", "metrics_export_port", "runtime_env_agent_port")
_PORTS: Final = count(20_000)
_BYTES: Final = 80 * 2**20


def environment(folder: str) -> dict[str, str]:
    """What the environment of the namespace says: whoever comes to Ray shows a token, and files are in this folder."""
    deaths = Path(folder) / "deaths"
    deaths.mkdir(exist_ok=True)
    return {
        ray_deaths.FOLDER: str(deaths),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_TMPDIR": folder,
        "RAY_USAGE_STATS_ENABLED": "0",
        # On a busy machine a process takes long to start. The first driver would wait for some, for ever when one of
        # them has taken longer than a minute.
        "RAY_worker_register_timeout_seconds": "600",
        "RAY_prestart_worker_first_driver": "0",
    }


class Cluster:
    """Ray's processes, and the node that this process belongs to."""

    def __init__(self) -> None:
        from ray._private import services
        from ray.cluster_utils import Cluster as Nodes

        start = services.start_ray_process

        def start_knowing_the_port(command: list[str], kind: str, *arguments: Any, **named: Any) -> Any:
            # Ray tells the agent its port, but not the raylet, which would wait for it.
            port = re.search(r"--listen-port=(\d+)", " ".join(command)) if kind == "raylet" else None
            told = [f"--dashboard_agent_listen_port={port[1]}"] if port else []
            return start([*command, *told], kind, *arguments, **named)

        services.start_ray_process = start_knowing_the_port
        self._nodes: Any = Nodes(initialize_head=True, head_node_args=_node())
        self.address: str = self._nodes.address
        self.add()

    def add(self) -> Any:
        """Another node."""
        return self._nodes.add_node(**_node())

    def remove(self, node: Any) -> None:
        """Kill a node: its raylet, and all that runs there."""
        self._nodes.remove_node(node, allow_graceful=False)

    @property
    def others(self) -> list[Any]:
        """The nodes beside the one that the others have joined."""
        return list(self._nodes.worker_nodes)


@cache
def cluster() -> Cluster:
    """The cluster of this namespace."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], (
        "Ray is started where there is nothing but the loopback"
    )
    return Cluster()


def begin() -> str:
    """Start the cluster. Returns its address."""
    return cluster().address


def _node() -> dict[str, Any]:
    agents = dict(zip(_AGENTS, _PORTS, strict=False))
    return {
        "num_cpus": 4,
        "node_ip_address": "127.0.0.1",
        "object_store_memory": _BYTES,
        "include_dashboard": False,
        "include_log_monitor": False,
        **agents,
    }
