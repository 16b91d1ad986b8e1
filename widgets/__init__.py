"""The stepper: a widget that shows a flow's graph and steps through its ticks."""

from __future__ import annotations

from hydroflow_nb.widgets.stepper import NodeStepper, Stepper

__all__ = ["NodeStepper", "Stepper"]
