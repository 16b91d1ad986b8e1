"""The widgets: the stepper of a flow and of a node, and its page of its own; `network` has the widget of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hydroflow_nb.widgets.stepper import NodeStepper, Stepper

__all__ = ["NodeStepper", "Stepper"]


def __getattr__(name: str) -> Any:
    # Imported when they are first used: a page is made without the libraries of live widgets.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hydroflow_nb.widgets import stepper

    return getattr(stepper, name)
