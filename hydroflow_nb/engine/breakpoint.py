"""The breakpoint that stands in a flow's text."""

from __future__ import annotations

from typing import Any, Final

from hydroflow_nb.engine.context import Context
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.stopping import Breaks, Hit
from hydroflow_nb.records import dataclass

_LONGEST: Final = 200


@dataclass
class ItemBreakpoint:
    """The breakpoint that stands in a flow's text: it is called with the items for which its predicate holds."""

    context: Context
    # The operator and where it stands, in words.
    place: str = "breakpoint"

    def __call__(self, item: Any) -> None:
        """An item is there for which the run stops."""
        assert self.context.breaks is not None
        self.context.breaks.hit(Hit(place=self.place, what=f"has {shown(item, _LONGEST)}"))


def item_breakpoint(context: Context) -> ItemBreakpoint:
    """A breakpoint in a flow's text; runs of the flow stop at it."""
    if context.breaks is None:
        context.breaks = Breaks()
    return ItemBreakpoint(context)


class NoBreakpoint(ItemBreakpoint):
    """The same where ticks are whole, as in a simulated network: nothing stops."""

    def __call__(self, item: Any) -> None:
        """An item is there; the run goes on."""
