"""The kernel side of the stepper, one subject a module; its script and style sheet are in `static/stepper/`."""

from __future__ import annotations

from hydroflow_nb.widgets.stepper.node_stepper import NodeStepper
from hydroflow_nb.widgets.stepper.stepper import Stepper

__all__ = ["NodeStepper", "Stepper"]
