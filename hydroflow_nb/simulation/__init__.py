"""A network in one kernel, in which what happens when is decided, recorded and replayed."""

from __future__ import annotations

from hydroflow_nb.simulation.decisions import Decision, State, from_dict
from hydroflow_nb.simulation.network import ImpossibleDecision, Network
from hydroflow_nb.simulation.schedule import Rates

__all__ = ["Decision", "ImpossibleDecision", "Network", "Rates", "State", "from_dict"]
