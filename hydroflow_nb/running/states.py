"""Reading what the operators of a running flow hold: now, and at the end of a tick that is kept."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.running.rewinding import in_ranges
from hydroflow_nb.state.memory import Memory, one_or_several
from hydroflow_nb.state.operator_state import OperatorState, StatesByOperator
from hydroflow_nb.state.saved import SavedHistory, history_of, page_of


class Again(Protocol):
    """Runs ticks of a flow again, in a copy, to see what it held."""

    def after(self, tick: int) -> Mapping[str, Any] | str:
        """The values by variable at the end of a tick, or why they cannot be told."""


class RunningStates:
    """The states of a flow that runs: of now from its engine, of earlier ticks from the snapshots of a recorded run.

    What is held when a tick ends is what is held when the next one begins, and that is in the next one's snapshot.
    Where that one has none, the ticks since the last snapshot run again in a copy of the flow, if it has copies.
    """

    def __init__(self, memory: Memory, engine: Engine, name: str, again: Again | None = None) -> None:
        self.memory = memory
        self._again = again
        # The engine's observer holds the recording, and that holds this.
        self._engine_of = weakref.ref(engine)
        self._name = name

    @property
    def _engine(self) -> Engine:
        engine = self._engine_of()
        if engine is None or engine.is_closed:
            raise HydroflowError(message=f"the flow `{self._name}` is closed, and its state is gone")
        return engine

    def state(self, place: str, tick: int | None = None) -> OperatorState | StatesByOperator:
        """What the operators of a place hold, now or at the end of a tick. Raises HydroflowError."""
        nodes = self.memory.at(place)
        named = place.strip() if len(nodes) == 1 else None
        return self._engine.turn.alone(lambda: self._read(nodes, named, tick))

    def at_work(self, place: str) -> tuple[Sequence[Node], Callable[[], OperatorState | StatesByOperator]]:
        """The operators of a place, and a function that gives what they hold between two strata of a tick at work.

        Raises HydroflowError for a place that remembers nothing.
        """
        nodes = self.memory.at(place)

        def read() -> OperatorState | StatesByOperator:
            engine = self._engine
            values = engine.program.held()
            return one_or_several(
                self.memory.read(
                    node, values, lambda: None, place=place.strip(), tick=engine.context.tick, is_within=True
                )
                for node in nodes
            )

        return nodes, read

    def _must_be_readable(self) -> None:
        engine = self._engine
        if engine.turn.is_elsewhere():
            raise HydroflowError(
                message=f"the flow `{self._name}` is within a tick in another thread: wait for its end"
            )
        if engine.turn.is_at_work():
            raise HydroflowError(
                message=f"the state of the flow `{self._name}` cannot be read while a tick calls a function: do it "
                "when the tick is over"
            )

    def _read(self, nodes: Sequence[Node], named: str | None, tick: int | None) -> OperatorState | StatesByOperator:
        self._must_be_readable()
        engine = self._engine
        if tick is None:
            values: Mapping[str, Any] = engine.program.held()
            is_within = engine.is_within_tick
            shown = engine.context.tick if is_within else engine.context.tick - 1
        else:
            is_within, shown = False, tick
            values = self._after(tick)
        return one_or_several(
            self.memory.read(
                node,
                values,
                lambda: self._before(shown),
                place=named,
                tick=None if shown < 0 else shown,
                is_within=is_within,
            )
            for node in nodes
        )

    def history(self, ticks: Iterable[int]) -> SavedHistory | None:
        """The states after some ticks; None where they cannot be read now, or nothing remembers."""
        if not any(self.memory.remembering):
            return None
        try:
            return self._engine.turn.alone(lambda: self._history(list(ticks)))
        except (HydroflowError, RuntimeError):
            # It is closed, or a tick has been under way in another thread for long: the rest is saved all the same.
            return None

    def _history(self, ticks: Sequence[int]) -> SavedHistory:
        self._must_be_readable()
        return history_of(self.memory, self._kept_after, ticks)

    def pages(self, tick: int | None, elements: Iterable[str]) -> dict[str, Any]:
        """For a front end: how much each operator holds, now or at the end of a tick, and pages of what some hold.

        Raises HydroflowError where that cannot be read now, or is not kept.
        """
        return self._engine.turn.alone(lambda: self._pages(tick, set(elements)))

    def _pages(self, tick: int | None, elements: set[str]) -> dict[str, Any]:
        self._must_be_readable()
        values = self._engine.program.held() if tick is None else self._after(tick)
        states = {}
        for node in self.memory.remembering:
            if node.element in elements:
                state = self._read([node], None, tick)
                assert isinstance(state, OperatorState)
                states[node.element] = page_of(state)
        return {"sizes": self.memory.sizes(values), "states": states}

    def _before(self, tick: int) -> Mapping[str, Any] | None:
        if tick > 0 and self._again is not None:
            return self._found_after(tick - 1)[0]
        return self._of_snapshot(tick)

    def _of_snapshot(self, tick: int) -> Mapping[str, Any] | None:
        snapshots = self._engine.snapshots
        return None if snapshots is None else snapshots.held_before(tick)

    def _kept_after(self, tick: int) -> Mapping[str, Any] | None:
        engine = self._engine
        if tick + 1 == engine.context.tick and not engine.is_within_tick:
            return engine.program.held()
        return self._of_snapshot(tick + 1)

    def _found_after(self, tick: int) -> tuple[Mapping[str, Any] | None, str]:
        """What was held at the end of a tick, kept or found by running ticks again; else why there is nothing."""
        values, engine = self._kept_after(tick), self._engine
        if values is not None or engine.snapshots is None or self._again is None:
            return values, ""
        found = self._again.after(tick)
        return (None, found) if isinstance(found, str) else (found, "")

    def _after(self, tick: int) -> Mapping[str, Any]:
        values, problem = self._found_after(tick)
        if values is None:
            raise HydroflowError(message=self._why_not(tick, problem))
        return values

    def _why_not(self, tick: int, problem: str) -> str:
        engine, name = self._engine, self._name
        if engine.snapshots is None:
            return f"the flow `{name}` is not recorded: only its state of now is there; `flow.record()` before ticks"
        if tick >= engine.context.tick:
            return f"tick {tick} of the flow `{name}` has not ended: the flow is at tick {engine.context.tick}"
        kept = sorted({one - 1 for one in engine.snapshots.ticks if one > 0} | {engine.context.tick - 1})
        told = f"; {problem}" if problem else ""
        return (
            f"the state after tick {tick} of the flow `{name}` is not kept, but that after tick {in_ranges(kept)}{told}"
        )
