"""The stepper: a widget that shows a flow's graph and steps through its ticks."""

from __future__ import annotations

from hydroflow_nb.widgets.stepper import Stepper

__all__ = ["Stepper"]
