"""The search through all states of a network, where equal states are merged.

Depth first, each state once, by the digest of what it is; the run that met it first is the one that leads there, so a
run that fails is replayed as any other. Of independent decisions one order is tried, by sleep sets. Where a state is
met again, what was left out in it before and may not be left out now is tried then, so no state is lost: P. Godefroid,
"Partial-Order Methods for the Verification of Concurrent Systems", LNCS 1032, 1996, section 5.4.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.checked import CheckedRun
from hydroflow_nb.simulation.model.decisions import Decision, ImpossibleDecision
from hydroflow_nb.simulation.model.node import Asked
from hydroflow_nb.simulation.model.properties import Property
from hydroflow_nb.simulation.search.choices import Choice, Choices, Expense, Footprint, asleep_behind
from hydroflow_nb.simulation.search.global_state import CannotMerge, GlobalStates, Parts
from hydroflow_nb.simulation.search.outcome import BoundReached, Ended
from hydroflow_nb.simulation.search.plan import SearchPlan
from hydroflow_nb.simulation.search.trial import LONGEST_RUN, NotAtRest, Trial
from hydroflow_nb.simulation.search.visited import Asleep, Visited


class Watching(Trial):
    """A trial that sees what properties ask for beside the state of the network."""

    def __init__(self, network: CheckedRun) -> None:
        super().__init__(network)
        self.asked = Asked.NOTHING
        self.reads_way = ""

    def _holds(self, one: Property, index: int, decision: Decision | None) -> bool:
        network = self.network
        nodes = network.nodes.values()
        network.way_was_read = False
        for node in nodes:
            node.asked = Asked.NOTHING
        held = super()._holds(one, index, decision)
        if network.way_was_read:
            self.reads_way = one.name
        for node in nodes:
            self.asked |= node.asked
        return held


@dataclass(slots=True)
class _Level:
    """A state on the way down: what is to be tried in it, and what need not be."""

    awake: Sequence[Choice]
    asleep: dict[Decision, Footprint]
    parts: Parts
    digest: bytes
    chosen: int = -1

    def below(self) -> dict[Decision, Footprint]:
        """What need not be tried after the choice."""
        return asleep_behind(self.awake, self.chosen, self.asleep)


class StateSearch:
    """All states of a network within the bounds of a plan, each met once.

    `met` counts them, `runs` the runs that it took, `unfinished` and `cut_off` those that were given up. `goes_on`:
    some run meets a state again that it has met, and so may go on for ever. `tell` is called after each run.
    """

    def __init__(
        self,
        trial: Watching,
        choices: Choices,
        plan: SearchPlan,
        *,
        until: float | None,
        tell: Callable[[], None],
    ) -> None:
        self._trial = trial
        self._network = trial.network
        self._choices = choices
        self._plan = plan
        self._until = until
        self._tell = tell
        self._start_anew()

    def _start_anew(self) -> None:
        plan, network = self._plan, self._network
        self._asked = self._trial.asked
        self._states = GlobalStates(
            network,
            in_order=network.fifo or not plan.bounds.reorder,
            symmetric=plan.symmetric,
            asked=self._asked,
        )
        self._visited = Visited()
        self._path: list[Choice] = []
        self._spent: Counter[Expense] = Counter()
        self._on_the_way: Counter[bytes] = Counter()
        self._is_beyond = False
        self.runs = self.unfinished = self.cut_off = 0
        self.goes_on = False

    @property
    def met(self) -> int:
        """How many states were met."""
        return len(self._visited)

    def search(self) -> None:
        """Go through all states. Raises Failed, BoundReached where that is enough, and CannotMerge."""
        while not self._went_through():
            # What a property asks for is part of a state after all.
            self._start_anew()

    def _went_through(self) -> bool:
        self._trial.begin(self._plan.begin)
        levels = [self._level({}, self._states.parts())]
        while True:
            while levels and levels[-1].chosen + 1 == len(levels[-1].awake):
                self._on_the_way[levels.pop().digest] -= 1
                self._is_beyond = True
            if not levels:
                return not self._has_to_start_anew()
            if self._is_beyond:
                self._path = [level.awake[level.chosen] for level in levels[:-1]]
                self._repeat()
            level = levels[-1]
            level.chosen += 1
            asleep = level.below() if self._plan.reduced else {}
            choice = level.awake[level.chosen]
            self._take(choice)
            if self._has_to_start_anew():
                return False
            levels.append(self._level(asleep, self._states.parts(level.parts, choice.decision)))

    def _has_to_start_anew(self) -> bool:
        if self._trial.reads_way:
            raise CannotMerge(f"{self._trial.reads_way!r} asks for the decisions of the run")
        return self._trial.asked != self._asked

    def _level(self, asleep: dict[Decision, Footprint], parts: Parts) -> _Level:
        """The state as it is, and what is to be tried in it."""
        network, choices = self._network, self._choices
        length = None if self._plan.depth is None else len(self._path)
        digest, at = self._states.digest(parts, choices.left(self._spent), length)
        found = choices.now(self._spent)
        is_cut_off = bool(found) and len(self._path) >= (LONGEST_RUN if length is None else self._plan.depth or 0)
        if is_cut_off:
            found = []
        # What has one name leads to one state, as two messages of one content do.
        named: dict[Hashable, Choice] = {}
        for choice in found:
            named.setdefault(self._states.name(choice.decision, at), choice)
        sleeping = {self._states.name(decision, at): decision for decision in asleep} if asleep else {}
        before = self._visited.get(digest)
        now: Asleep = frozenset(sleeping if before is None else before & sleeping.keys())
        if before is None:
            if self.met >= self._plan.states:
                raise BoundReached(Ended.STATES)
            awake = [choice for name, choice in named.items() if name not in sleeping]
        else:
            awake = [choice for name, choice in named.items() if name in before and name not in sleeping]
            asleep = {sleeping[name]: asleep[sleeping[name]] for name in now}
            self.goes_on = self.goes_on or self._on_the_way[digest] > 0
        if now != before:
            self._visited.put(digest, now)
        self._on_the_way[digest] += 1
        is_over = not found or not (network.transit.groups or any(one.ordinary for one in found))
        if before is None and is_over:
            self._finish(is_cut_off=is_cut_off)
        if not awake:
            self.runs += 1
            self._tell()
        return _Level(awake=awake, asleep=asleep, parts=parts, digest=digest)

    def _finish(self, *, is_cut_off: bool) -> None:
        """See how a run ends that may be over here."""
        before = len(self._network.decisions)
        try:
            self._trial.finish(LONGEST_RUN)
        except NotAtRest:
            self.unfinished += 1
        self.cut_off += is_cut_off
        self._is_beyond = len(self._network.decisions) > before

    def _take(self, choice: Choice) -> None:
        if self._until is not None and time.monotonic() > self._until:
            raise BoundReached(Ended.SECONDS)
        self._path.append(choice)
        for one in choice.spends:
            self._spent[one] += 1
        try:
            self._trial.take(choice.decision)
        except ImpossibleDecision as impossible:
            raise self._trial.unrepeatable(choice.decision, impossible) from impossible

    def _repeat(self) -> None:
        """Go back to the state at the end of the path."""
        self._is_beyond = False
        self._trial.repeat([*self._plan.begin, *(choice.decision for choice in self._path)])
        self._spent = Counter(one for choice in self._path for one in choice.spends)
