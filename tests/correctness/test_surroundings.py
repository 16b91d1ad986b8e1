"""What a flow runs in, and in what runs differ there."""

from __future__ import annotations

from typing import Any

import pytest

from hydroflow_nb.correctness.surroundings import Surroundings
from hydroflow_nb.operators.rules.rule import Differences


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, Differences()),
        ({"network": "tcp"}, Differences(order=True)),
        ({"network": "udp", "replicas": 2}, Differences(order=True, duplication=True, loss=True, replication=True)),
        ({"replicas": 1}, Differences()),
        ({"shard": "[0].key"}, Differences(shard=(0, "key"))),
    ],
)
def test_runs_differ_by_the_network_the_replicas_and_the_shards(asked: dict[str, Any], found: Differences) -> None:
    assert Surroundings(**asked).differences == found


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"network": "pigeon"}, "'pigeon' is not the name of a network: tcp, udp, at-least-once are"),
        ({"replicas": 0}, "replicas are at least 1, not 0"),
        ({"shard": "key"}, "a key has a place in each item"),
    ],
)
def test_other_surroundings_are_refused_when_they_are_made(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Surroundings(**asked)
