"""The kernel side of the network's widget, one subject a module; its script and style sheet: `static/network/`."""

from __future__ import annotations

from hydroflow_nb.widgets.network.network_widget import NetworkWidget

__all__ = ["NetworkWidget"]
