"""What is raised for a decision that a network cannot perform."""

from __future__ import annotations

from hydroflow_nb.errors import HydroflowError


class ImpossibleDecision(HydroflowError):
    """A decision that is not possible as the network is: of a message that is not in flight, of a node that is down."""
