"""A failing run made short, by leaving decisions out.

Delta debugging: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on
Software Engineering 28(2), 2002. Decisions that name one subject, such as a node, are tried together first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from math import inf
from typing import Generic, TypeAlias, TypeVar

from hydroflow_nb.records import dataclass

Step = TypeVar("Step", bound=Hashable)
# Runs a list leniently, leaving out what is impossible. Returns the steps that were taken where the run fails in the
# way that is looked for, None where it does not.
Fails: TypeAlias = "Callable[[Sequence[Step]], Sequence[Step] | None]"


@dataclass(frozen=True, kw_only=True)
class Shrunk(Generic[Step]):
    """A failing run made short, in so many `trials`. `is_minimal`: no single step can be left out."""

    steps: list[Step]
    is_minimal: bool
    trials: int


def shrink(
    steps: Sequence[Step],
    fails: Fails[Step],
    *,
    subjects: Sequence[Callable[[Step], bool]] = (),
    simpler: Callable[[Sequence[Step]], Iterable[Sequence[Step]]] = lambda _: (),
    keeps: Callable[[Step], bool] = lambda _: False,
    limit: int = 2_000,
    seconds: float = inf,
) -> Shrunk[Step]:
    """The shortest run found that still fails, of one that fails; at most `limit` runs and `seconds` are tried.

    `subjects` say which steps belong to one subject; they are tried in this order. `simpler` gives variants of a run,
    the simplest first, that are preferred to it although they are not shorter. Steps for which `keeps` is true are not
    left out. The same run gives the same result. An interrupt ends it with the shortest so far.
    """
    attempts = _Attempts(steps, fails, keeps, limit, time.monotonic() + seconds)
    try:
        attempts.try_out([step for step in attempts.best if keeps(step)])
        for belongs in subjects:
            attempts.try_out([step for step in attempts.best if keeps(step) or not belongs(step)])
        _halve(attempts)
        _leave_out_each(attempts)
        # Each variant taken is simpler than the one before, and a limit stands above all.
        while any(attempts.try_out(variant, shorter=False) for variant in simpler(attempts.best)):
            _leave_out_each(attempts)
    except (_LimitReached, KeyboardInterrupt):
        return Shrunk(steps=attempts.best, is_minimal=False, trials=attempts.trials)
    return Shrunk(steps=attempts.best, is_minimal=True, trials=attempts.trials)


def _halve(attempts: _Attempts[Step]) -> None:
    """Leave out halves, then quarters, and so on down to pairs of steps."""
    size = len(attempts.best) // 2
    while size > 1:
        _leave_out_pieces(attempts, size)
        size //= 2


def _leave_out_each(attempts: _Attempts[Step]) -> None:
    """Leave out single steps until none can be left out any more."""
    before = None
    # What an earlier step needed may be gone after a round.
    while len(attempts.best) != before:
        before = len(attempts.best)
        _leave_out_pieces(attempts, 1)


def _leave_out_pieces(attempts: _Attempts[Step], size: int) -> None:
    """Leave out so many steps in a row, the last ones first."""
    end = len(attempts.best)
    while end > 0:
        best = attempts.best
        end = min(end, len(best))
        begin = max(0, end - size)
        attempts.try_out(best[:begin] + [step for step in best[begin:end] if attempts.keeps(step)] + best[end:])
        end -= size


class _LimitReached(Exception):
    """As many runs were tried as may be, or time is over."""


class _Attempts(Generic[Step]):
    """The best run so far, and what is known of others."""

    def __init__(
        self, steps: Sequence[Step], fails: Fails[Step], keeps: Callable[[Step], bool], limit: int, until: float
    ) -> None:
        self.best = list(steps)
        self.trials = 0
        self.keeps = keeps
        self._fails = fails
        self._limit = limit
        self._until = until
        self._passed: set[tuple[Step, ...]] = set()

    def try_out(self, candidate: Sequence[Step], *, shorter: bool = True) -> bool:
        """Run a candidate; one that fails and is shorter, or may be as long, is the best from then on."""
        key = tuple(candidate)
        if key in self._passed or (shorter and len(key) >= len(self.best)):
            return False
        if self.trials >= self._limit or time.monotonic() > self._until:
            raise _LimitReached
        self.trials += 1
        taken = self._fails(key)
        if taken is None:
            self._passed.add(key)
            return False
        self.best = list(taken)
        return True
