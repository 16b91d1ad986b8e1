"""A breakpoint: on edges, on a state, or on the entry of a stratum; when it is hit, and what it says then."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final

from hydroflow_nb.engine.notes import described
from hydroflow_nb.engine.shown import shown
from hydroflow_nb.engine.stopping import Breaks, Hit
from hydroflow_nb.ir.graph import EdgeId
from hydroflow_nb.trace.forms import worded

_LONGEST: Final = 200
# The ticks whose counts are kept, to go back to them.
_MOST_TICKS: Final = 1_000


class Breakpoint(ABC):
    """A breakpoint of a flow, from `flow.break_on`. It prints what it is; `remove()` ends it.

    `hits` counts how often it was hit; `place` is the edge or the stratum in words.
    """

    def __init__(self, number: int, place: str, remove: Callable[[Breakpoint], None]) -> None:
        self.number = number
        self.place = place
        self.hits = 0
        self._remove = remove

    @property
    @abstractmethod
    def condition(self) -> str:
        """When it is hit, in words."""

    @abstractmethod
    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""

    def begin(self) -> None:
        """The flow is at its start: count from here."""
        return

    def remove(self) -> None:
        """End it; nothing happens where it was ended before."""
        self._remove(self)

    def _hit(self, what: str) -> Hit:
        self.hits += 1
        return Hit(place=self.place, what=what, number=self.number)

    def __str__(self) -> str:
        return f"breakpoint {self.number}: {self.place}, {self.condition}"

    def __repr__(self) -> str:
        often = "never hit" if not self.hits else "hit once" if self.hits == 1 else f"hit {self.hits:,} times"
        return f"<{self}; {often}>"


class StratumBreakpoint(Breakpoint):
    """A breakpoint before a stratum."""

    def __init__(self, number: int, stratum: int, remove: Callable[[Breakpoint], None]) -> None:
        super().__init__(number, f"stratum {stratum}", remove)
        self.stratum = stratum

    @property
    def condition(self) -> str:
        """When it is hit, in words."""
        return "before it runs"

    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""
        breaks.entries[self.stratum].append(lambda tick: self._hit("is next"))


class StateBreakpoint(Breakpoint):
    """A breakpoint on what the operators of a place hold: it is hit when its predicate becomes true.

    `strata` are those after which it looks, `elements` the ids of the operators, `text` the predicate's, if it has one.
    """

    def __init__(
        self,
        number: int,
        place: str,
        strata: frozenset[int],
        elements: tuple[str, ...],
        remove: Callable[[Breakpoint], None],
        predicate: Callable[[Any], object],
        text: str | None,
        states: Callable[[], Callable[[], Any]],
    ) -> None:
        super().__init__(number, f"the state of `{place}`", remove)
        self.strata = strata
        self.elements = elements
        self.predicate = predicate
        self.text = text
        self._states = states
        self._held = False

    @property
    def condition(self) -> str:
        """When it is hit, in words."""
        return f"when {'its predicate' if self.text is None else f'`{self.text}`'} becomes true"

    def begin(self) -> None:
        """The flow is at its start: nothing has held yet."""
        self._held = False

    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""
        read = self._states()
        for stratum in self.strata:
            breaks.after[stratum].append(lambda: self._look(read))
        breaks.returns.append(lambda _: self.begin())

    def _look(self, read: Callable[[], Any]) -> Hit | None:
        state = read()
        held, self._held = self._held, False
        try:
            if not self.predicate(state):
                return None
        except Exception as exception:  # the run itself is sound
            return self._hit(f"made its predicate raise {described(exception)}")
        self._held = True
        return None if held else self._hit(f"is {shown(getattr(state, 'value', state), _LONGEST)}")


class EdgeBreakpoint(Breakpoint):
    """A breakpoint on one or more edges: `edges` are their ids in the graph."""

    def __init__(
        self,
        number: int,
        place: str,
        edges: Sequence[EdgeId],
        remove: Callable[[Breakpoint], None],
        *,
        predicate: Callable[[Any], object] | None,
        text: str | None,
        nth: int | None,
        grows: int | None,
        form: str = "",
    ) -> None:
        super().__init__(number, f"`{place}`", remove)
        self._form = form
        self.edges = tuple(edges)
        self.predicate = predicate
        self.text = text
        self.nth = nth
        self.grows = grows
        self._breaks: Breaks | None = None
        # The items that count: in all, in this tick, and in the tick before, if there was one.
        self._all = 0
        self._now = 0
        self._before: int | None = None
        self._at: dict[int, tuple[int, int, int | None]] = {}

    @property
    def condition(self) -> str:
        """When it is hit, in words."""
        which = f" for which `{self.text}` holds" if self.text is not None else ""
        if self.grows is not None:
            return f"a tick with {self.grows:,} more items{which} than the tick before"
        return (
            f"item {self.nth:,} of those{which}"
            if self.nth is not None and which
            else (f"item {self.nth:,}" if self.nth is not None else f"any item{which}")
        )

    def begin(self) -> None:
        """The flow is at its start: count from here."""
        self._all = self._now = 0
        self._before = None
        self._at.clear()

    def listen(self, breaks: Breaks) -> None:
        """Ask an engine to stop at it."""
        self._breaks = breaks
        if self.nth is not None or self.grows is not None:
            breaks.begins.append(self._tick_begins)
            breaks.returns.append(self._has_gone_back)

    def see(self, item: Any) -> None:
        """An item goes over the edge."""
        assert self._breaks is not None
        try:
            if self.predicate is not None and not self.predicate(item):
                return
        except Exception as exception:  # the run itself is sound
            raised = f"on which its predicate raised {described(exception)}"
            self._breaks.hit(self._hit(f"carries {worded(item, self._form, _LONGEST)}, {raised}"))
            return
        self._all += 1
        self._now += 1
        if self.nth is not None and self._all != self.nth:
            return
        what = f"carries {worded(item, self._form, _LONGEST)}"
        if self.nth is not None:
            what += f", item {self.nth:,}"
        if self.grows is not None:
            if self._before is None or self._now != self._before + self.grows:
                return
            what += f", item {self._now:,} of this tick, after {self._before:,} in the tick before"
        self._breaks.hit(self._hit(what))

    def _tick_begins(self, tick: int) -> None:
        if self._at:
            self._before = self._now
        self._at[tick] = (self._all, self._now, self._before)
        self._now = 0
        if len(self._at) > _MOST_TICKS:
            del self._at[next(iter(self._at))]

    def _has_gone_back(self, tick: int) -> None:
        """Count from where the flow has gone back to."""
        known = [one for one in self._at if one < tick]
        if tick in self._at:
            self._all, self._now, self._before = self._at[tick]
        self._at = {one: self._at[one] for one in known}
