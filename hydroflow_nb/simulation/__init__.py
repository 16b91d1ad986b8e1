"""A network in one kernel, in which what happens when is decided, recorded and replayed."""

from __future__ import annotations

from hydroflow_nb.simulation.decisions import (
    Crash,
    Cut,
    Decision,
    Delay,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Join,
    Restart,
    Send,
    State,
    Tick,
    from_dict,
)
from hydroflow_nb.simulation.exploration import Exploration
from hydroflow_nb.simulation.impossible import ImpossibleDecision
from hydroflow_nb.simulation.network import Network
from hydroflow_nb.simulation.properties import PropertyViolated
from hydroflow_nb.simulation.schedule import Rates

__all__ = [
    "Crash",
    "Cut",
    "Decision",
    "Delay",
    "Deliver",
    "Drop",
    "Duplicate",
    "Exploration",
    "Heal",
    "ImpossibleDecision",
    "Join",
    "Network",
    "PropertyViolated",
    "Rates",
    "Restart",
    "Send",
    "State",
    "Tick",
    "from_dict",
]
