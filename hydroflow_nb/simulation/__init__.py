"""A network in one kernel, in which what happens when is decided, recorded and replayed."""

from __future__ import annotations

from hydroflow_nb.simulation.model.decisions import (
    Crash,
    Cut,
    Decision,
    Delay,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    ImpossibleDecision,
    Join,
    Point,
    Reorder,
    Resend,
    Restart,
    Send,
    State,
    Tick,
    from_dict,
)
from hydroflow_nb.simulation.model.properties import PropertyViolated
from hydroflow_nb.simulation.model.schedule import Rates
from hydroflow_nb.simulation.network import Network
from hydroflow_nb.simulation.search.outcome import Exploration

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
    "Point",
    "PropertyViolated",
    "Rates",
    "Reorder",
    "Resend",
    "Restart",
    "Send",
    "State",
    "Tick",
    "from_dict",
]
