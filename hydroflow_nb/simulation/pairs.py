"""The search for two runs of a network that are one decision apart, and in which an output differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final, TypeAlias

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.explorable import Explorable
from hydroflow_nb.simulation.finding.aim import Trail, Where
from hydroflow_nb.simulation.finding.found import Found
from hydroflow_nb.simulation.finding.witness import Witness
from hydroflow_nb.simulation.finding.wording import words_of
from hydroflow_nb.simulation.finding.yardstick import Outcome, Yardstick, failed, repeated
from hydroflow_nb.simulation.model.decisions import Crash, Cut, Decision, ImpossibleDecision, Restart, Send
from hydroflow_nb.simulation.model.properties import Properties

# The check of a network promises nothing of a run that has one of these.
_UNCHECKED: Final = (Crash, Cut, Restart)

# A run that has a decision, the same run without it, and the decision.
Pair: TypeAlias = "tuple[Sequence[Decision], Sequence[Decision], Decision]"


@dataclass(kw_only=True)
class PairSearch:
    """A search for a run that does not come to rest as the reference does, which is `begin` and then `settle()`. It
    changes the run and the properties of the network.
    """

    net: Explorable
    output: str
    node: str
    stick: Yardstick
    trail: Trail
    # What a run that differs refutes, and how often a run is made again, to see whether it gives the same.
    refuted: str
    repeats: int
    begin: Sequence[Decision]
    # The payloads of the messages that decisions are about, as JSON.
    _payloads: Mapping[Decision, str] = field(default_factory=dict)

    def found(self, bounds: Mapping[str, Any]) -> Found:
        """What the search comes to, within the bounds of `explore`. Raises what the reference raises."""
        net = self.net
        net.properties = Properties()
        expected = self._settled(self.begin)
        assert expected is not None
        if expected.raised is not None:
            raise expected.raised
        witness = self._twice(self.begin, expected)
        if witness is not None:
            return Found(output=self.output, words=self.stick.words, witness=witness, tried=0)
        net.eventually(lambda _: self.stick.agree(self._outcome(), expected), f"{self.output} is as in the reference")
        explored = net.explore(**bounds, after=self.begin, keep="sends", progress=False)
        net.properties = Properties()
        if explored.violation is not None:
            differs = list(explored.violation.decisions)
            self._payloads = dict(zip(differs, explored.violation.payloads, strict=False))
            witness = self._between(differs, expected, is_minimal=explored.violation.is_minimal)
        return Found(
            output=self.output,
            words=self.stick.words,
            witness=witness,
            tried=explored.tried,
            total=explored.total if explored.total is not None else explored.estimate,
            seed=None if explored.is_complete else explored.seed,
        )

    def _outcome(self) -> Outcome:
        return self.stick.outcome(self.trail.watch.ticks(self.net[self.node].flow))

    def _settled(self, decisions: Sequence[Decision]) -> Outcome | None:
        """What comes of a run when it settles; None where it is not possible."""
        self.net.reset()
        try:
            self.net.replay(list(decisions))
            self.net.settle()
        except ImpossibleDecision:
            return None
        except Exception as raised:  # whatever the user's code raises
            return failed(raised)
        return self._outcome()

    def _agrees(self, decisions: Sequence[Decision], expected: Outcome) -> bool | None:
        outcome = self._settled(decisions)
        return None if outcome is None else self.stick.agree(outcome, expected)

    # --- two runs ----------------------------------------------------------------------------------------------------

    def _between(self, differs: Sequence[Decision], expected: Outcome, *, is_minimal: bool) -> Witness:
        """The pair at which a run that differs and the reference part."""
        while differs and not isinstance(differs[-1], Send) and self._agrees(differs[:-1], expected) is False:
            # To settle raises the same.
            differs = differs[:-1]
        pair = self._without_one(differs, expected)
        if pair is None:
            is_minimal = False
            pair = self._on_the_way(differs, expected)
        for run in pair[:2]:
            outcome = self._settled(run)
            witness = None if outcome is None else self._twice(run, outcome)
            if witness is not None:
                return witness
        return self._told(*pair, is_minimal=is_minimal)

    def _without_one(self, differs: Sequence[Decision], expected: Outcome) -> Pair | None:
        """The run, and it without one decision, the last one without which it settles like the reference."""
        for at in reversed(range(len(differs))):
            shorter = [*differs[:at], *differs[at + 1 :]]
            if not isinstance(differs[at], Send) and self._agrees(shorter, expected):
                return differs, shorter, differs[at]
        return None

    def _on_the_way(self, differs: Sequence[Decision], expected: Outcome) -> Pair:
        """Two runs on the way from the reference to one that differs: what the reference does between its sends is left
        out one by one, the last first, where the other one lacks it; then the run goes on, decision by decision.
        """
        agrees = list(self.begin)
        sent = max((at + 1 for at, one in enumerate(differs) if isinstance(one, Send)), default=0)
        for at in _left_out(self.begin, differs[:sent]):
            shorter = [*agrees[:at], *agrees[at + 1 :]]
            agreed = self._agrees(shorter, expected)
            if agreed is False:
                return agrees, shorter, agrees[at]
            if agreed:
                agrees = shorter
        for end in range(sent + 1, len(differs) + 1):
            longer = list(differs[:end])
            agreed = self._agrees(longer, expected)
            if agreed is False:
                return longer, agrees, longer[-1]
            if agreed:
                agrees = longer
        return differs, agrees, differs[-1]

    # --- a witness ---------------------------------------------------------------------------------------------------

    def _twice(self, run: Sequence[Decision], outcome: Outcome) -> Witness | None:
        """The same run twice; None where it gives the same again."""
        other = repeated(outcome, lambda: self._settled(run) or outcome, self.repeats)
        if other is None:
            return None
        recorded = self.trail.recorded(self.net[self.node].flow)
        return self._witness(run, run, (outcome, other), self._where(recorded, recorded))

    def _told(
        self, first: Sequence[Decision], second: Sequence[Decision], decision: Decision, *, is_minimal: bool
    ) -> Witness:
        outcome = self._settled(first)
        of_first = self.trail.recorded(self.net[self.node].flow)
        wanted = self._settled(second)
        assert outcome is not None
        assert wanted is not None
        # A run that raises was broken off, and says nothing of what the check promises of runs at rest.
        raises = outcome.raised is not None or wanted.raised is not None
        of_second = of_first if raises else self.trail.recorded(self.net[self.node].flow)
        is_checked = not (raises or any(isinstance(one, _UNCHECKED) for one in (*first, *second)))
        return self._witness(
            first,
            second,
            (outcome, wanted),
            self._where(of_first, of_second),
            decision=decision,
            words=words_of(decision, self._payloads.get(decision, "")),
            is_minimal=is_minimal,
            refuted=self.refuted if is_checked else "",
        )

    def _where(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> Where:
        return self.trail.where(self.net[self.node].flow.graph.partitioned, one, other)

    def _witness(
        self,
        first: Sequence[Decision],
        second: Sequence[Decision],
        outcomes: tuple[Outcome, Outcome],
        where: Where,
        *,
        decision: Decision | None = None,
        words: str = "",
        is_minimal: bool = True,
        refuted: str = "",
    ) -> Witness:
        one, other = outcomes
        return Witness(
            output=self.output,
            node=self.node,
            first=first,
            second=second,
            decision=decision,
            words=words,
            outputs=(one.shown, other.shown),
            at=where.edge,
            place=where.words,
            network=self.net,
            watch=self.trail.watch,
            is_minimal=is_minimal,
            refuted=refuted,
            raises=one.raised is not None or other.raised is not None,
        )


def _left_out(whole: Sequence[Decision], part: Sequence[Decision]) -> list[int]:
    """The indices, the last first, of what a part of a list leaves out of it."""
    left = list(part)
    found = []
    for at, decision in enumerate(whole):
        if left and left[0] == decision:
            left.pop(0)
        elif not isinstance(decision, Send):
            found.append(at)
    return found[::-1]
