"""Going back to an earlier tick: whether that can be, and what is said of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hydroflow_nb.engine import returning
from hydroflow_nb.engine.engine import Engine
from hydroflow_nb.errors import HydroflowError

if TYPE_CHECKING:
    from hydroflow_nb.running.branches import Branches

_LOG = logging.getLogger("hydroflow_nb")


def kept_ticks(engine: Engine) -> list[int]:
    """The ticks that an engine can go back to, oldest first."""
    return [] if engine.snapshots is None else engine.snapshots.ticks


def rewind(engine: Engine, branches: Branches, tick: int, branch: str | None, name: str, *, is_running: bool) -> None:
    """Let an engine go back to just before a tick, where a branch begins. Where it is there already nothing happens,
    unless the branch has a name.

    Raises HydroflowError where it cannot go back.
    """
    problem = _why_not(engine, tick, name, is_running=is_running)
    if problem is not None:
        raise HydroflowError(message=problem)
    branches.check_name(branch)
    is_there = tick == engine.context.tick and not engine.is_within_tick
    if is_there and branch is None:
        return
    kept = branches.leave(engine)
    uncopied: frozenset[type] = frozenset() if is_there else returning.rewind(engine, tick)
    branches.fork(kept, tick, branch)
    _tell_of(uncopied, name)


def switch(engine: Engine, branches: Branches, branch: str, name: str, *, is_running: bool) -> None:
    """Let an engine go to the end of another branch. Raises HydroflowError where it cannot, KeyError for its name."""
    problem = _why_not_at_all(engine, name, is_running=is_running)
    if problem is not None:
        raise HydroflowError(message=problem)
    _tell_of(branches.switch(engine, branch), name)


def _tell_of(uncopied: frozenset[type], name: str) -> None:
    if uncopied:
        names = ", ".join(sorted(kind.__qualname__ for kind in uncopied))
        _LOG.warning("the flow `%s` has gone back, except for state that cannot be copied: %s", name, names)


def _why_not(engine: Engine, tick: int, name: str, *, is_running: bool) -> str | None:
    problem = _why_not_at_all(engine, name, is_running=is_running)
    if problem is not None:
        return problem
    current, kept = engine.context.tick, kept_ticks(engine)
    if tick in kept or (tick == current and not engine.is_within_tick):
        return None
    if tick > current:
        return f"tick {tick} of the flow `{name}` has not begun: the flow is at tick {current}"
    if not kept:
        return f"tick {tick} of the flow `{name}` is not kept, nor is any other: `flow.reset()` starts again at tick 0"
    return f"tick {tick} of the flow `{name}` is not kept: it can go back to tick {in_ranges(kept)}"


def _why_not_at_all(engine: Engine, name: str, *, is_running: bool) -> str | None:
    if engine.snapshots is None:
        return f"the flow `{name}` is not recorded: `flow.record()` before its ticks, or `flow.reset()` to start again"
    if is_running:
        return f"the flow `{name}` is running: `flow.stop()` ends that, then it can go back"
    if engine.turn.is_elsewhere():
        return f"the flow `{name}` is within a tick in another thread: it can go back when the tick is over"
    if engine.turn.is_at_work():
        return f"the flow `{name}` cannot go back while a tick calls a function: do it when the tick is over"
    return None


def in_ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers in words: `3, 5 to 9 or 12`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[1]}" for run in runs]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
