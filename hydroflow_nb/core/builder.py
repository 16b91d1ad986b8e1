"""The builder: it takes the parts of a flow one by one."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

from hydroflow_nb.core.flow import CoreFlow
from hydroflow_nb.core.parts import Complete, DeclaredInput, DeclaredState, DeclaredSubgraph, Handoff, Part
from hydroflow_nb.core.places import place_of_call, place_of_function
from hydroflow_nb.engine.channel import Channel
from hydroflow_nb.engine.context import StateHandle
from hydroflow_nb.engine.misfit import Misfit
from hydroflow_nb.engine.sources import inbox_of
from hydroflow_nb.operators.record.operator import InputDelay, Persistence

F = TypeVar("F", bound=Callable[..., Any])

_DELAYS: dict[str | None, Literal[InputDelay.TICK, InputDelay.LAZY] | None] = {
    None: None,
    "tick": InputDelay.TICK,
    "lazy": InputDelay.LAZY,
}
_MISSING: Any = object()


class Builder:
    """Takes the parts of a flow and builds it; a builder may build several flows, each with states of its own."""

    def __init__(self, name: str = "flow") -> None:
        self.name = name
        self._handoffs: dict[str, Handoff] = {}
        self._parts: list[Part] = []
        self._states: list[DeclaredState] = []

    def handoff(self, name: str, *, delay: Literal["tick", "lazy"] | None = None) -> Handoff:
        """A new handoff.

        With `delay="tick"` the items of a tick are read in the next tick, which they make due; with `delay="lazy"` in
        the next tick that happens anyway. Raises ValueError for a name that is taken, for `*`, and for another delay.
        """
        if name == "*":
            # The delay of an operator's port `*` holds for all its ports.
            raise ValueError("a handoff cannot be called `*`, which stands for all ports; give it another name")
        if name in self._handoffs:
            raise ValueError(f"the handoff `{name}` already exists")
        if delay not in _DELAYS:
            raise ValueError(f"a delay is 'tick' or 'lazy', not {delay!r}")
        place = place_of_call(sys._getframe(1), "handoff", f'handoff("{name}")')
        self._handoffs[name] = Handoff(name=name, delay=_DELAYS[delay], place=place)
        return self._handoffs[name]

    def input(self, name: str, *, into: Handoff, source: Any = None) -> Any:
        """An input of the flow: the items that have come when a tick begins are put into a handoff.

        `source` is a channel, a queue, or an async iterator that is read while the flow runs in an event loop; the
        default is a new channel. Returns the source: `send` and `extend` of a channel may be called from any thread.
        Raises ValueError for a name that is taken, TypeError for another kind of source.
        """
        if any(isinstance(part, DeclaredInput) and part.name == name for part in self._parts):
            raise ValueError(f"the input `{name}` already exists")
        self._must_be_ours(into)
        source = Channel() if source is None else source
        try:
            inbox_of(source)
        except Misfit as misfit:
            raise TypeError(f"{misfit}: {misfit.hint}") from None
        place = place_of_call(sys._getframe(1), "input", f'input("{name}")')
        self._parts.append(DeclaredInput(name=name, into=into, source=source, place=place))
        return source

    def state(
        self,
        value: Any = _MISSING,
        *,
        factory: Callable[[], Any] | None = None,
        persistence: Literal["tick", "static"] = "static",
        name: str | None = None,
    ) -> StateHandle:
        """A state that the functions read and change by `context.state[handle]`; it begins as a copy of the value.

        `factory` makes the value instead. With `persistence="tick"` each tick begins with that value anew. `name` is
        what `flow.state` and the stepper call it; without one it is called as the functions' variable that holds the
        handle. Raises TypeError without exactly one of value and factory, ValueError for another persistence and for a
        name that is taken.
        """
        if (value is _MISSING) == (factory is None):
            raise TypeError("a state takes either a value or a factory")
        if persistence not in (Persistence.TICK, Persistence.STATIC):
            raise ValueError(f"a persistence is 'tick' or 'static', not {persistence!r}")
        if name is not None and any(state.name == name for state in self._states):
            raise ValueError(f"the state `{name}` already exists")
        handle = StateHandle(len(self._states))
        make = factory or (lambda: copy.deepcopy(value))
        self._states.append(DeclaredState(handle=handle, make=make, persistence=Persistence(persistence), name=name))
        return handle

    def subgraph(
        self,
        *,
        reads: Iterable[Handoff | Complete] = (),
        writes: Iterable[Handoff] = (),
        stratum: int | None = None,
        name: str | None = None,
    ) -> Callable[[F], F]:
        """A decorator that adds a function as a subgraph.

        The function is called with the context, a list of items for each handoff that it reads, and an `Output` for
        each that it writes, in this order. The stratum is computed from the reads; one that is given has to be
        possible. Raises ValueError where a handoff belongs to another builder, or is read or written twice.
        """
        read, written = tuple(reads), tuple(writes)
        for side in ([one.handoff if isinstance(one, Complete) else one for one in read], written):
            for handoff in side:
                self._must_be_ours(handoff)
            if len(set(side)) < len(side):
                raise ValueError("a subgraph reads a handoff only once, and writes a handoff only once")
        if stratum is not None and stratum < 0:
            raise ValueError("strata are counted from 0")

        def add(function: F) -> F:
            known = name or str(getattr(function, "__name__", type(function).__name__))
            self._parts.append(
                DeclaredSubgraph(
                    name=known,
                    function=function,
                    reads=read,
                    writes=written,
                    stratum=stratum,
                    place=place_of_function(function, known),
                )
            )
            return function

        return add

    def build(self) -> CoreFlow:
        """The flow, at tick 0. Raises `GraphError` with all that is wrong with it, at the places of its functions."""
        return CoreFlow(self.name, tuple(self._handoffs.values()), tuple(self._parts), tuple(self._states))

    def _must_be_ours(self, handoff: Handoff) -> None:
        if not isinstance(handoff, Handoff):
            raise TypeError(f"a handoff is made by `Builder.handoff`; this is a {type(handoff).__name__}")
        if self._handoffs.get(handoff.name) is not handoff:
            raise ValueError(f"the handoff `{handoff.name}` belongs to another builder")

    def __repr__(self) -> str:
        return f"<builder of {self.name}: {len(self._parts)} parts, {len(self._handoffs)} handoffs>"
