"""Operators that items come from: no item of the flow explains what they emit."""

from __future__ import annotations

from collections.abc import Iterator

from hydroflow_nb.operators.explaining.explaining import (
    Because,
    Family,
    ItemView,
    Origin,
    Sought,
    Stop,
    Stopped,
    View,
    Wanted,
)


class Given(Family):
    """Emits what it was given when the flow was compiled, or what happens by itself."""

    origin: Origin = "literal"
    words: str = "stands in the text"

    def because(self, view: ItemView) -> Because:
        """It is there from the start."""
        return Because(words=self.words, origin=self.origin)

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It is not among them."""
        yield Stopped(stop=Stop.NEVER_CAME, words=f"it never gave {wanted.text}")


class FromOutside(Given):
    """Emits what came from outside."""

    origin = "input"
    words = "came from outside"

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It never came, or in another tick."""
        yield Stopped(stop=Stop.NEVER_CAME, words=f"{wanted.text} did not come in tick {view.tick}")
