"""What all flows have in common, whatever they were made from: they run in ticks, take inputs and can be recorded."""

from __future__ import annotations

from hydroflow_nb.running.copies import Copy
from hydroflow_nb.running.drivable import Drivable
from hydroflow_nb.running.inputs import Input
from hydroflow_nb.running.kept_flow import KeptFlow
from hydroflow_nb.running.on_fault import OnFault
from hydroflow_nb.running.running_flow import RunningFlow
from hydroflow_nb.running.watched_flow import DEFAULT_BUDGET

__all__ = ["DEFAULT_BUDGET", "Copy", "Drivable", "Input", "KeptFlow", "OnFault", "RunningFlow"]
