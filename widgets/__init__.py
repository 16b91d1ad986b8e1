"""The stepper: a widget that shows a flow's graph and steps through its ticks, and a page that does so by itself."""

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
