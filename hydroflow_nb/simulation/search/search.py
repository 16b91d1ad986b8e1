"""The runs of a simulated network tried out: all of them where they are few, some by chance where they are many.

A depth-first search runs each schedule anew from the start, so that nothing of a node's state has to be kept. Of
decisions that are independent, such as ticks of different nodes, it tries one order only, by sleep sets: P. Godefroid,
"Partial-Order Methods for the Verification of Concurrent Systems", LNCS 1032, 1996. Sleep sets leave out transitions
but no states, so that what must always hold needs no other care. Where only the ends of runs are checked, the states
on the way do not matter, and a decision is tried besides another one only where the two are in a race (`races`).

How many schedules there are is estimated before, by some runs by chance: D. E. Knuth, "Estimating the Efficiency of
Backtrack Programs", Mathematics of Computation 29, 1975. The estimate counts all orders, and so is divided by that of
the orders in which such a run can be made by swapping what is independent.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from fractions import Fraction
from random import Random
from typing import Final, Generic

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.decisions import (
    Decision,
    ImpossibleDecision,
)
from hydroflow_nb.simulation.model.properties import When
from hydroflow_nb.simulation.model.schedule import below
from hydroflow_nb.simulation.search.choices import (
    Choice,
    Choices,
    Expense,
    Footprint,
    asleep_behind,
    fingerprint,
)
from hydroflow_nb.simulation.search.counterexample import shortened
from hydroflow_nb.simulation.search.global_state import CannotMerge
from hydroflow_nb.simulation.search.orders import orders
from hydroflow_nb.simulation.search.outcome import (
    BoundReached,
    Ended,
    Exploration,
    Finding,
    Searched,
    Verdict,
    Violation,
    are_complete,
)
from hydroflow_nb.simulation.search.plan import SearchPlan
from hydroflow_nb.simulation.search.progress import Listener, Progress, SoFar
from hydroflow_nb.simulation.search.races import Races
from hydroflow_nb.simulation.search.states import StateSearch, Watching
from hydroflow_nb.simulation.search.trial import LONGEST_RUN, Failed, NotAtRest, Trial

# How many runs estimate the number of schedules.
PROBES: Final = 20
# A search through all schedules begins where the rough estimate is at most this many times the runs to try; it makes at
# most so many decisions for each run to try. One that is broken off has seen one corner only.
HOPE: Final = 2
EFFORT: Final = 500
# The probability of a fault where one is possible, and of one more when the run is at rest.
UNKIND: Final = 0.1
UNKIND_AT_REST: Final = 0.5


def explore(network: Searched, plan: SearchPlan, *, progress: bool | Listener | None = None) -> Exploration[Searched]:
    """Try runs of a network until one fails, all were tried, or it is enough.

    The network then stands at the start of the plan. An interrupt ends the search, not the program. Raises what a
    predicate raises.
    """
    with Progress(progress) as line:
        return _Search(network, plan, line).result()


@dataclass(slots=True)
class _Level:
    """A state on the way down: what is to be tried in it, and what need not be, for it was tried before."""

    awake: list[Choice]
    asleep: dict[Decision, Footprint]
    chosen: int = -1
    # What is tried only if a race asks for it.
    spare: list[Choice] = field(default_factory=list)

    def below(self) -> dict[Decision, Footprint]:
        """What need not be tried after the choice."""
        return asleep_behind(self.awake, self.chosen, self.asleep)

    def try_on_request(self) -> None:
        """Try the first choice alone, until more are asked for."""
        self.awake, self.spare = self.awake[:1], self.awake[1:]

    def possible(self) -> set[Decision]:
        """All that may be decided in the state."""
        return {choice.decision for choice in (*self.awake, *self.spare)} | self.asleep.keys()

    def ask_for(self, any_of: Sequence[Decision]) -> None:
        """Try one of some decisions, if none is or was tried."""
        if not any(one in self.asleep or any(one == choice.decision for choice in self.awake) for one in any_of):
            # Where none of them is possible yet, what makes them so may be anything.
            asked = [choice for choice in self.spare if choice.decision in any_of][:1] or self.spare
            self.awake += asked
            self.spare = [choice for choice in self.spare if choice not in asked]


@dataclass
class _Search(Generic[Searched]):
    network: Searched
    plan: SearchPlan
    line: Progress
    tried: int = 0
    unfinished: int = 0
    cut_off: int = 0
    estimate: int | None = None
    # The run under way: what was chosen in it, what that has spent of the bounds, whether it may be over as it is, and
    # whether decisions beyond the path were made to see how it ends.
    path: list[Choice] = field(default_factory=list)
    spent: Counter[Expense] = field(default_factory=Counter)
    is_over: bool = False
    is_beyond: bool = False
    is_cut_off: bool = False
    # The schedules that were run, so that one which chance chooses again counts once.
    seen: set[int] = field(default_factory=set)
    # The search through all states, once it has begun; and why there is none, though a person asked for it.
    through: StateSearch | None = None
    unmerged: str = ""

    def result(self) -> Exploration[Searched]:
        """All of it: search, make short what was found, and sum up."""
        self._began = began = time.monotonic()
        self._until = None if self.plan.seconds is None else began + self.plan.seconds
        # Only where states are merged it matters what properties ask for.
        self._trial = Watching(self.network) if self.plan.states else Trial(self.network)
        self._choices = Choices(self.network, self.plan.bounds)
        self._random = Random(self.plan.seed)
        with self.network.tried():
            ended, violation = self._searched()
        self._back_to_the_start()
        trial = self._trial
        return Exploration(
            network=self.network,
            tried=self._runs(ended),
            total=self.tried if ended is Ended.ALL and self.through is None else None,
            states=None if self.through is None else self.through.met,
            goes_on=self.through is not None and self.through.goes_on,
            unmerged=self.unmerged,
            estimate=self.estimate,
            ended=ended,
            findings=self._findings(violation, ended),
            violation=violation,
            unfinished=self.unfinished,
            cut_off=self.cut_off,
            decisions=trial.decisions,
            seconds=time.monotonic() - began,
            seed=self.plan.seed,
            depth=self.plan.depth,
            bounds=self.plan.bounds,
            begin=self.plan.begin,
            forgotten=self.plan.forgotten,
            wakes_itself=any(node.wakes_itself for node in self.network.nodes.values()),
        )

    def _runs(self, ended: Ended) -> int:
        """How many runs were tried, each schedule once; all of those through states."""
        if self.through is not None:
            return self.through.runs
        return self.tried if ended is Ended.ALL else len(self.seen)

    def _searched(self) -> tuple[Ended, Violation | None]:
        try:
            return self._search(), None
        except Failed as failed:
            if self.through is None:
                self._count()
            return Ended.VIOLATED, shortened(
                failed,
                self._trial,
                keeps_sends=self.plan.keeps_sends,
                seconds=self.plan.seconds,
                tell=lambda: self.line.tell(lambda: self._so_far(is_shortening=True)),
            )

    def _back_to_the_start(self) -> None:
        """Leave the network where each run began, so that the next search has the same start."""
        self.network.reset()
        try:
            for decision in self.plan.begin:
                self.network.apply(decision)
        except Exception:
            # The decisions at the start fail themselves.
            self.network.reset()

    def _findings(self, violation: Violation | None, ended: Ended) -> list[Finding]:
        found = []
        is_complete = are_complete(ended, self.unfinished, self.cut_off)
        for one in self.network.properties:
            if violation is not None and (violation.when, violation.property) == (one.when, one.name):
                verdict = Verdict.VIOLATED
            elif one.when is When.EVENTUALLY and not self._trial.met[one.name]:
                verdict = Verdict.NEVER_MET
            else:
                verdict = Verdict.HOLDS if is_complete else Verdict.NOT_REFUTED
            found.append(Finding(name=one.name, when=one.when, verdict=verdict))
        return found

    # --- which runs --------------------------------------------------------------------------------------------------

    def _search(self) -> Ended:
        try:
            self._estimate()
            if self.plan.states and (ended := self._through_states()) is not None:
                return ended
            if self.estimate is not None and self.estimate <= HOPE * self.plan.runs:
                probed, seen = self.tried, self.seen
                self.tried, self.cut_off, self.seen = 0, 0, set()
                if self._all(self._trial.decisions + EFFORT * self.plan.runs):
                    return Ended.ALL
                self.tried += probed
                self.seen |= seen
            while True:
                self._by_chance()
        except BoundReached as enough:
            return enough.ended
        except KeyboardInterrupt:
            return Ended.INTERRUPTED

    def _through_states(self) -> Ended | None:
        """Go through all states; None where equal ones cannot be told."""
        through = self.through = StateSearch(
            self._trial if isinstance(self._trial, Watching) else Watching(self.network),
            self._choices,
            self.plan,
            until=self._until,
            tell=lambda: self.line.tell(self._so_far),
        )
        try:
            through.search()
        except CannotMerge as why:
            self.unmerged, self.through = str(why), None
            return None
        except BoundReached as reached:
            return reached.ended
        finally:
            if self.through is not None:
                self.unfinished, self.cut_off = through.unfinished, through.cut_off
        return Ended.ALL

    def _estimate(self) -> None:
        """Estimate the number of schedules, none where runs have no end."""
        counts = []
        for _ in range(min(PROBES, self.plan.runs)):
            counts.append(self._probe())
            if self.unfinished:
                return
        self.estimate = max(1, round(sum(counts, Fraction()) / len(counts)))

    def _probe(self) -> Fraction:
        """One run by chance; returns how many schedules there are if all choices are like those of this run."""
        self._begin()
        races = Races(self.network, in_order=self._in_order)
        # Whole numbers, for the ways are often more than a float can count.
        schedules = 1
        while True:
            awake = self._choices_now()
            # A run that may be over may also go on where a fault is still possible: to end is one more choice.
            chosen = below(self._random, len(awake) + self.is_over)
            schedules *= len(awake) + self.is_over
            if chosen == len(awake):
                self._finish()
                return schedules / (orders(races.before, self._random) if self.plan.reduced else Fraction(1))
            self._take(awake[chosen])
            races.made(awake[chosen])

    def _all(self, most: int) -> bool:
        """Depth first through all schedules. Returns False where it is given up, after `most` decisions in all."""
        self._begin()
        races = Races(self.network, in_order=self._in_order) if self._ends_only else None
        levels = [self._level({})]
        possible: list[set[Decision]] = []
        while True:
            if self.is_over:
                self._finish()
            elif races is not None:
                levels[-1].try_on_request()
            while levels and levels[-1].chosen + 1 == len(levels[-1].awake):
                levels.pop()
                self.is_beyond = True
            if not levels:
                return True
            if self._trial.decisions > most:
                return False
            if self.is_beyond:
                self.path = [level.awake[level.chosen] for level in levels[:-1]]
                self._repeat()
            level = levels[-1]
            level.chosen += 1
            choice = level.awake[level.chosen]
            if races is not None:
                races.back_to(len(levels) - 1)
                possible[len(levels) - 1 :] = [level.possible()]
                for race in races.of(choice, possible):
                    levels[race.at].ask_for(race.instead)
            self._take(choice)
            if races is not None:
                races.made(choice)
            levels.append(self._level(level.below() if self.plan.reduced else {}))

    @property
    def _in_order(self) -> bool:
        return self.network.fifo or not self.plan.bounds.reorder

    @property
    def _ends_only(self) -> bool:
        """True where only the ends of runs matter, and nothing but the order of ticks and deliveries is chosen."""
        network, plan = self.network, self.plan
        return (
            plan.reduced
            and plan.depth is None
            and plan.bounds.are_kind
            and not network.properties.of(When.ALWAYS)
            and not any(node.wakes_itself for node in network.nodes.values())
        )

    def _by_chance(self) -> None:
        """One run in which chance chooses."""
        self._begin()
        while True:
            awake = self._choices_now()
            kind, unkind = awake, []
            if awake and not awake[-1].ordinary:
                kind = [one for one in awake if one.ordinary]
                unkind = awake[len(kind) :]
            # A fault may disturb a run that is at rest, but need not.
            if self.is_over and not (unkind and self._random.random() < UNKIND_AT_REST):
                self._finish()
                return
            among = unkind if unkind and (not kind or self._random.random() < UNKIND) else kind
            self._take(among[below(self._random, len(among))])

    # --- one run -----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.path = []
        self.is_beyond = False
        self.spent = Counter()
        self._trial.begin(self.plan.begin)

    def _repeat(self) -> None:
        """Go back to the state at the end of the path."""
        self.is_beyond = False
        self._trial.repeat([*self.plan.begin, *(choice.decision for choice in self.path)])
        self.spent = Counter(one for choice in self.path for one in choice.spends)

    def _take(self, choice: Choice) -> None:
        if self._until is not None and time.monotonic() > self._until:
            raise BoundReached(Ended.SECONDS)
        self.path.append(choice)
        for one in choice.spends:
            self.spent[one] += 1
        try:
            self._trial.take(choice.decision)
        except ImpossibleDecision as impossible:
            raise self._trial.unrepeatable(choice.decision, impossible) from impossible

    def _level(self, asleep: dict[Decision, Footprint]) -> _Level:
        """What is to be tried in the state as it is; tells whether a run may be over there."""
        found = self._choices_now()
        return _Level(awake=[one for one in found if one.decision not in asleep] if asleep else found, asleep=asleep)

    def _choices_now(self) -> list[Choice]:
        """What may be chosen in the state as it is, the ordinary first; tells whether a run may be over there."""
        depth = self.plan.depth
        cut_off = depth is not None and len(self.path) >= depth
        given_up = len(self.path) >= LONGEST_RUN
        found = self._choices.now(self.spent)
        self.is_cut_off = bool(found) and (cut_off or given_up)
        if self.is_cut_off:
            found = []
        # Messages that a cut holds back arrive when it is healed, which is to be chosen as well.
        self.is_over = not found or not (found[0].ordinary or self.network.transit.groups)
        return found

    def _finish(self) -> None:
        """Count a run that may be over here, and see how it ends."""
        if self.tried >= self.plan.runs:
            raise BoundReached(Ended.RUNS)
        before = len(self.network.decisions)
        try:
            self._trial.finish(LONGEST_RUN)
        except NotAtRest:
            is_at_rest = False
        else:
            is_at_rest = True
        if self._count():
            self.unfinished += not is_at_rest
            self.cut_off += self.is_cut_off
        self.is_beyond = len(self.network.decisions) > before
        self.line.tell(self._so_far)

    def _so_far(self, *, is_shortening: bool = False) -> SoFar:
        seconds = time.monotonic() - self._began
        left = [] if self.plan.seconds is None else [max(0.0, self.plan.seconds - seconds)]
        if self.tried and self.through is None:
            left.append((self.plan.runs - self.tried) * seconds / self.tried)
        return SoFar(
            tried=self.tried if self.through is None else self.through.runs,
            runs=self.plan.runs,
            states=None if self.through is None else self.through.met,
            estimate=self.estimate,
            decisions=self._trial.decisions,
            seconds=seconds,
            left=None if is_shortening else min(left, default=None),
            is_shortening=is_shortening,
        )

    def _count(self) -> bool:
        """Count a run; true where its schedule is new."""
        self.tried += 1
        before = len(self.seen)
        self.seen.add(fingerprint(self.path, reduced=self.plan.reduced))
        return len(self.seen) > before
