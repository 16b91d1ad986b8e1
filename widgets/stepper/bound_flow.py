"""The flow of a stepper, and whether it still has its name in the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.questions import Refusal


class BoundFlow:
    """A flow, and the notebook's names, one of which it is bound to."""

    def __init__(self, flow: RunningFlow, names: Mapping[str, Any]) -> None:
        self.flow = flow
        self.names = names

    def is_replaced(self) -> bool:
        """True where the flow is closed, another flow has its name, and the notebook has no other name for it."""
        return (
            self.flow.is_closed
            and isinstance(self.names.get(self.flow.name), RunningFlow)
            # Under names with an underscore IPython keeps former results.
            and not any(found is self.flow for name, found in list(self.names.items()) if not name.startswith("_"))
        )

    def why_closed(self) -> str | None:
        """Why the flow is closed, for a reader of the widget; None while it is open."""
        if not self.flow.is_closed:
            return None
        if self.is_replaced():
            return "this flow was replaced by a newer run of the cell"
        return "this flow is closed: run its cell again to go on"

    def require_open(self) -> None:
        """Raise Refusal where the flow is closed."""
        why = self.why_closed()
        if why is not None:
            raise Refusal(why)
