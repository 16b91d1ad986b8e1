"""The kernel side of a system's widget; its script and style sheet: `static/system/`."""

from __future__ import annotations

from hydroflow_nb.widgets.system.system_widget import SystemWidget

__all__ = ["SystemWidget"]
