"""What the front ends show of a flow's time: its branches, breakpoints and watches."""

from __future__ import annotations

from typing import Any, Final

from hydroflow_nb.running import RunningFlow

_VALUES: Final = 200  # the newest values of a watch that news hold


def time_of(flow: RunningFlow) -> dict[str, Any]:
    """What the front ends show of a flow's time, for the news; it asks for nothing that is not there."""
    found: dict[str, Any] = {"branches": [], "breakpoints": [], "watches": [], "kept": []}
    if flow.is_closed:
        return found
    found["breakpoints"] = flow.breakpoints.to_list()
    if flow.is_recorded:
        found["kept"] = flow.kept_ticks
        found["watches"] = [one.to_dict(_VALUES) for one in flow.watches]
        if len(flow.recording.lines) > 1:
            found["branches"] = flow.recording.branch_dicts()
    return found
