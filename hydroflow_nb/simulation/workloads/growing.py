"""What a workload needs of a network: that nodes can be added to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from hydroflow_nb.flow import Flow
from hydroflow_nb.net.sockets import Ends
from hydroflow_nb.simulation.by_hand import DecisionsByHand
from hydroflow_nb.simulation.checkable import Checkable
from hydroflow_nb.simulation.model.node import Node


class Growing(DecisionsByHand, Checkable, ABC):
    """A network that nodes can be added to."""

    seed: int

    @abstractmethod
    def node(
        self,
        name: str,
        flow: Flow | str,
        /,
        *,
        at: Any = None,
        join_later: bool = False,
        outside: bool = False,
        **names: Any,
    ) -> Node:
        """Add a node."""

    @abstractmethod
    def bind(self, address: Any = 0) -> Ends:
        """The ends of an address."""
