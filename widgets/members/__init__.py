"""The kernel side of a running system's widget; its script and style sheet: `static/members/`."""

from __future__ import annotations

from hydroflow_nb.widgets.members.members_widget import MembersWidget

__all__ = ["MembersWidget"]
