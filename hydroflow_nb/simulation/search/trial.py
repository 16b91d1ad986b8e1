"""One run of a simulated network, checked after every decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.portable import Portable
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.model.checked import CheckedRun
from hydroflow_nb.simulation.model.decisions import Crash, Decision, ImpossibleDecision, Tick
from hydroflow_nb.simulation.model.properties import Property, PropertyViolated, When
from hydroflow_nb.simulation.model.settling import settling

# A network that is not at rest after so many decisions is given up.
LIMIT: Final = 10_000
# A search gives up a run that goes on after so many.
LONGEST_RUN: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a run failed: a property does not hold, or a node's code raised an error."""

    error: Exception
    name: str
    when: When | None

    @property
    def kind(self) -> tuple[object, ...]:
        """What a shorter run has to have in common with it."""
        return (self.when, self.name)


class Failed(Portable):
    """A run failed. `decisions` are those up to its failure. Where a run at rest fails, those by which it came to rest
    are left out, because they are always the same.
    """

    def __init__(self, failure: Failure, decisions: Sequence[Decision]) -> None:
        super().__init__(failure.name)
        self.failure = failure
        self.decisions = list(decisions)


class NotAtRest(Exception):
    """A run does not come to rest within the limit."""


class Trial:
    """Runs a network from its start, again and again.

    `met` counts by name how often a property held in a run that came to rest, `decisions` counts all decisions that
    were made. What a predicate raises is raised unchanged.
    """

    def __init__(self, network: CheckedRun) -> None:
        self.network = network
        self.decisions = 0
        self.met: Counter[str] = Counter()
        self._always = network.properties.of(When.ALWAYS)
        self._eventually = network.properties.of(When.EVENTUALLY)

    def begin(self, decisions: Iterable[Decision] = ()) -> None:
        """Start anew with some decisions, and check all properties after each."""
        self.network.reset()
        self._check(None)
        for decision in decisions:
            self.take(decision)

    def repeat(self, decisions: Sequence[Decision]) -> None:
        """Start anew with decisions that did not fail before."""
        network = self.network
        network.reset()
        self.decisions += len(decisions)
        try:
            for decision in decisions:
                network.apply(decision)
        except ImpossibleDecision as impossible:
            raise self.unrepeatable(decision, impossible) from impossible

    def unrepeatable(self, decision: Decision, impossible: ImpossibleDecision) -> HydroflowError:
        """The error to raise for a decision that was possible after the same decisions before."""
        return HydroflowError(
            message=f"a run cannot be repeated: after the same {len(self.network.decisions)} decisions as before, "
            f"`{decision}` is not possible: {impossible}. Something in a node depends on more than its messages: the "
            f"time of day, chance, or an object that nodes or runs share"
        )

    def take(self, decision: Decision) -> None:
        """Make a decision and check what must always hold. Raises Failed, ImpossibleDecision."""
        self.decisions += 1
        try:
            self.network.apply(decision)
        except ImpossibleDecision:
            raise
        except Exception as exception:
            if not isinstance(decision, (Tick, Crash)):
                raise
            # A crash may be one within a tick.
            name = f"{decision.node} raises {type(exception).__name__}"
            raise Failed(Failure(error=exception, name=name, when=None), self.network.decisions) from None
        self._check(decision)

    def finish(self, limit: int = LIMIT) -> None:
        """Come to rest and check what must hold then. Raises Failed, NotAtRest after a number of decisions."""
        network = self.network
        before = len(network.decisions)
        for decision in settling(network):
            if len(network.decisions) >= before + limit:
                raise NotAtRest
            self.take(decision)
        index = len(network.decisions) - 1
        last = network.decisions[-1] if index >= 0 else None
        for one in self._eventually:
            if not self._holds(one, index, last):
                raise Failed(_failure(one, index, last), network.decisions[:before])
            self.met[one.name] += 1

    def fails(self, decisions: Sequence[Decision], failure: Failure) -> Failed | None:
        """How a run fails that takes what is possible of some decisions, if it fails in the same way."""
        try:
            self._take_possible(decisions)
            if failure.when is When.EVENTUALLY:
                self.finish()
        except Failed as failed:
            return failed if failed.failure.kind == failure.kind else None
        except NotAtRest:
            pass
        return None

    def holds(self, decisions: Sequence[Decision]) -> bool:
        """Whether a run that takes what is possible of some decisions, and then comes to rest, does not fail."""
        try:
            self._take_possible(decisions)
            self.finish()
        except (Failed, NotAtRest):
            return False
        return True

    def _take_possible(self, decisions: Sequence[Decision]) -> None:
        """Start anew, and take what is possible of some decisions."""
        self.begin()
        for decision in decisions:
            with suppress(ImpossibleDecision):
                self.take(decision)

    def _check(self, decision: Decision | None) -> None:
        for one in self._always:
            index = len(self.network.decisions) - 1
            if not self._holds(one, index, decision):
                raise Failed(_failure(one, index, decision), self.network.decisions)

    def _holds(self, one: Property, index: int, decision: Decision | None) -> bool:
        return one.holds_in(self.network, index, decision)


def _failure(violated: Property, index: int, decision: Decision | None) -> Failure:
    return Failure(error=PropertyViolated(violated, index, decision), name=violated.name, when=violated.when)
