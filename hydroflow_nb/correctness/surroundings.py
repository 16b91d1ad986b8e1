"""What a flow runs in, as a person asks for it, and in what runs differ there."""

from __future__ import annotations

from hydroflow_nb.correctness.levels import NETWORKS
from hydroflow_nb.item_paths import path_from
from hydroflow_nb.operators.rules.rule import Differences, together
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a flow runs in: a network by name, or None, how many replicas, and the place of the key, such as `[0]`, by
    which items are split among shards, or None.
    """

    network: str | None = None
    replicas: int = 1
    shard: str | None = None

    def __post_init__(self) -> None:
        if self.network is not None and self.network not in NETWORKS:
            raise ValueError(f"{self.network!r} is not the name of a network: {', '.join(NETWORKS)} are")
        if self.replicas < 1:
            raise ValueError(f"replicas are at least 1, not {self.replicas!r}")
        if self.shard is not None:
            path_from(self.shard)

    @property
    def differences(self) -> Differences:
        """In what runs may differ in them."""
        found = NETWORKS[self.network] if self.network is not None else Differences()
        shard = path_from(self.shard) if self.shard is not None else None
        return together(found, Differences(replication=self.replicas > 1, shard=shard))
