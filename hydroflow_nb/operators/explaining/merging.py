"""Operators that merge lattice values: a value is explained by those that changed it, as that of a fold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydroflow_nb.operators.explaining.explaining import (
    EVERY,
    Because,
    Family,
    ItemView,
    Since,
    Sought,
    Stop,
    Stopped,
    View,
    Wanted,
)
from hydroflow_nb.operators.explaining.folding import ALONE, Folding, Step, merged
from hydroflow_nb.operators.explaining.passing import nearest


class Merging(Folding):
    """Merges lattice values into one. `begin`: as for a fold; `own`: it begins with the bottom of the lattice that the
    type argument names. `f`: the position of a function that makes a lattice value of an item, -1 for none.
    """

    begin: int | None = None
    f: int = -1
    own: bool = False

    def _start(self, view: View) -> Any:
        return view.bottom() if self.own else super()._start(view)

    def _step(self, view: View) -> Step:
        if self.f < 0:
            return merged
        lattice_of = view.function(self.f)
        return lambda accumulator, value: merged(accumulator, lattice_of(value))


class Stating(Merging):
    """Merges items into a state: the output `state` gives the value, another one the items that changed it."""

    def because(self, view: ItemView) -> Because:
        """The item, or all that changed the value."""
        if view.port == "state":
            return super().because(view)
        return Because(words="came, and changed the value", items=[nearest(view)])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It changed nothing."""
        if view.port == "state":
            yield from super().stops(view, wanted)
            return
        for one in view.came():
            if wanted.fits(one.value):
                words = "it changed nothing: the value held it already"
                yield Stopped(stop=Stop.SEEN_BEFORE, words=words, item=one)
        for port in dict.fromkeys(view.input_ports):
            yield Sought(port=port, wanted=wanted)


class MergingBatch(Merging):
    """Merges the items of `input` until something comes to `signal`."""

    def because(self, view: ItemView) -> Because:
        """What came since the last signal, and the signal."""
        signals = view.came("signal", Since.EVER)
        here = view.came("signal", Since.RUN) or signals[-1:]
        before = [one for one in signals if here and one.order < here[0].order]
        since = before[-1].order if before else (-1, -1, -1)
        items = [one for one in view.came("input", Since.EVER) if one.order > since]
        return Because(
            words="is merged from the items since the last signal",
            items=[*here[-1:], *reversed(items)],
            absent=["a signal before"],
            doubt=view.lost(EVERY, Since.EVER),
        )

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """No signal came, or the value is another one."""
        if not view.came("signal"):
            yield Stopped(stop=Stop.BLOCKED, words="nothing came to `[signal]`")
            return
        came = view.came("input", Since.EVER)
        words = "the value that was merged until the signal is another one"
        yield Stopped(stop=Stop.OTHER_VALUE, words=words, item=came[-1] if came else None)


class Combining(Family):
    """Makes one value of the new items of two inputs and of the states of both."""

    def because(self, view: ItemView) -> Because:
        """The new items; the states are what its arguments read."""
        came = view.came(EVERY, Since.PERIOD)
        return Because(words="is made of the new items and both states", items=came[::-1], absent=[ALONE])

    def stops(self, view: View, wanted: Wanted) -> Iterator[Stopped | Sought]:
        """It made something else, or nothing came."""
        came = view.came()
        words = "nothing came to it" if not came else "what it made of the items is something else"
        yield Stopped(stop=Stop.OTHER_VALUE, words=words, item=came[-1] if came else None)
