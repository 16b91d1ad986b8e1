"""Fixes: edits of a flow's text that were tried, by a check of the edited text. Nothing is run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from difflib import unified_diff
from itertools import islice
from typing import Final, Self

from hydroflow_nb.correctness.check import CheckedOutput
from hydroflow_nb.correctness.codes import KINDS
from hydroflow_nb.correctness.edits import Candidate
from hydroflow_nb.correctness.levels import CLASSES, Level
from hydroflow_nb.correctness.report import Fix, Report
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.records import dataclass
from hydroflow_nb.source import Source

# For a hint that was not asked for: the most candidates tried for a finding, and the most operators of all flows.
_MOST_TRIED_FOR_HINT: Final = 4
_MOST_OPERATORS_FOR_HINT: Final = 100


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A text that a candidate makes of another one; `node` is one that runs it in a network, empty in a flow alone."""

    candidate: Candidate
    source: Source
    text: str
    node: str = ""


@dataclass(kw_only=True)
class Trials(ABC):
    """Finds the fixes of what is checked, in its surroundings. Each edited text is checked once."""

    differences: Differences
    _trials: dict[tuple[Source, str], Self | None] = field(default_factory=dict)

    @property
    @abstractmethod
    def outputs(self) -> Sequence[CheckedOutput]:
        """The outputs, in the order of the texts."""

    @property
    @abstractmethod
    def report(self) -> Report:
        """What the check tells, with the fixes of each output."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many operators are checked."""

    @abstractmethod
    def edited(self, output: CheckedOutput, *, sorts: bool) -> Iterable[Edited]:
        """What may lift the level of an output, the smallest edits first. `sorts`: sorting makes sense."""

    @abstractmethod
    def checked_anew(self, edited: Edited) -> Self | None:
        """The check with an edited text; None where it is not a flow."""

    def fixes(self, output: str, *, sorts: bool = False) -> Sequence[Fix]:
        """The edits that lift the level of an output and weaken no other one: those that lift it in the surroundings
        before those that lift it in one class of runs, of these the smallest first.
        """
        position, one = self._output(output)
        lifted = list(self._tried(position, self._edited(one, sorts=sorts)))
        lifted.sort(key=lambda found: not self._lifts(position, found[1], self.differences))
        return [_fix(edited, mended) for edited, mended in lifted]

    def hint(self, output: str, code: str) -> str:
        """What the first fix for a finding says; empty where there is none, or where finding it would take long."""
        if self.size > _MOST_OPERATORS_FOR_HINT:
            return ""
        position, one = self._output(output)
        for_code = (edited for edited in self._edited(one) if edited.candidate.code == code)
        found = next(self._tried(position, islice(for_code, _MOST_TRIED_FOR_HINT)), None)
        return found[0].candidate.words if found is not None else ""

    def _output(self, name: str) -> tuple[int, CheckedOutput]:
        return next((at, one) for at, one in enumerate(self.outputs) if one.name == name)

    def _edited(self, output: CheckedOutput, *, sorts: bool = False) -> Iterable[Edited]:
        is_best = output.verdict(self.differences).level is Level.SEQUENCE
        return () if is_best else self.edited(output, sorts=sorts)

    def _tried(self, position: int, some: Iterable[Edited]) -> Iterator[tuple[Edited, Self]]:
        """The edits that lift the level of an output and weaken none, each with the check of the edited text."""
        for edited in some:
            mended = self._trial(edited)
            if mended is None or self._weakens(mended):
                continue
            found = KINDS.get(edited.candidate.code)
            about = CLASSES[found.about] if found is not None and found.about else None
            classes = [self.differences, *([about] if about is not None and about.happens_in(self.differences) else ())]
            if any(self._lifts(position, mended, differences) for differences in classes):
                yield edited, mended

    def _trial(self, edited: Edited) -> Self | None:
        """The check with an edited text; None where it is not a flow, or has other outputs."""
        key = (edited.source, edited.text)
        if key not in self._trials:
            anew = self.checked_anew(edited)
            has_others = anew is not None and len(anew.outputs) != len(self.outputs)
            self._trials[key] = None if has_others else anew
        return self._trials[key]

    def _weakens(self, mended: Self) -> bool:
        return any(
            not after.verdict(self.differences).level.is_at_least(before.verdict(self.differences).level)
            for before, after in zip(self.outputs, mended.outputs, strict=True)
        )

    def _lifts(self, position: int, mended: Self, differences: Differences) -> bool:
        before = self.outputs[position].verdict(differences).level
        after = mended.outputs[position].verdict(differences).level
        return after is not Level.UNKNOWN and not before.is_at_least(after)


def _fix(edited: Edited, mended: Trials) -> Fix:
    source = edited.source
    diff = unified_diff(
        source.text.splitlines(), edited.text.splitlines(), source.label, f"{source.label}, mended", lineterm=""
    )
    words = edited.candidate.words
    return Fix(words=words, text=edited.text, diff="\n".join(diff), node=edited.node, report=mended.report)
