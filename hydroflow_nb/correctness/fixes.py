"""Fixes: edits of a flow's text that were tried, by a check of the edited text. Nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from functools import cached_property
from itertools import islice
from typing import Final

from hydroflow_nb.correctness.check import Checked, FlowOutput
from hydroflow_nb.correctness.edits import Candidate, candidates
from hydroflow_nb.correctness.levels import CLASSES, Level
from hydroflow_nb.correctness.marking import Pictured
from hydroflow_nb.correctness.report import Fix, Report
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.ir.graph import PartitionedGraph
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.source import Source

# For a hint that was not asked for: the most candidates tried for a finding, and the most operators of a flow.
_MOST_TRIED_FOR_HINT: Final = 4
_MOST_OPERATORS_FOR_HINT: Final = 100

# The class of runs that a finding is about, where it is about one.
_CLASS_OF: Final[Mapping[str, str]] = {"HF301": "order", "HF302": "duplication", "HF310": "loss"}


@dataclass(kw_only=True)
class Mender:
    """Finds the fixes of a flow that is checked, in its surroundings. `graph` is the flow as it is drawn, `compiled`
    gives that of another text with the same names, and raises HydroflowError for one that is not a flow. Each edited
    text is checked once.
    """

    checked: Checked
    differences: Differences
    graph: PartitionedGraph
    compiled: Callable[[Source], PartitionedGraph]
    _trials: dict[str, Mender | None] = field(default_factory=dict)

    @cached_property
    def report(self) -> Report:
        """What the check tells, with the fixes of each output."""
        pictured = Pictured(
            graph=self.graph,
            typing=lambda differences, assumed: self.checked.typing(differences, assumed=assumed),
            node_of=self.checked.node_of,
        )
        return Report(self.checked.outputs, self.differences, {"": pictured}, self)

    def fixes(self, output: str, *, sorts: bool = False) -> Sequence[Fix]:
        """The edits that lift the level of an output and weaken no other one: those that lift it in the surroundings
        before those that lift it in one class of runs, of these the smallest first.
        """
        position, one = self._output(output)
        lifted = list(self._tried(position, self._candidates(one, sorts=sorts)))
        lifted.sort(key=lambda found: not self._lifts(position, found[1], self.differences))
        return [self._fix(candidate, mended) for candidate, mended in lifted]

    def hint(self, output: str, code: str) -> str:
        """What the first fix for a finding says; empty where there is none, or where finding it would take long."""
        if len(self.checked.graph.nodes) > _MOST_OPERATORS_FOR_HINT:
            return ""
        position, one = self._output(output)
        for_code = (candidate for candidate in self._candidates(one) if candidate.code == code)
        found = next(self._tried(position, islice(for_code, _MOST_TRIED_FOR_HINT)), None)
        return found[0].words if found is not None else ""

    def _output(self, name: str) -> tuple[int, FlowOutput]:
        return next((at, one) for at, one in enumerate(self.checked.outputs) if one.name == name)

    def _candidates(self, output: FlowOutput, *, sorts: bool = False) -> Sequence[Candidate]:
        verdict = output.verdict(self.differences)
        if verdict.level is Level.SEQUENCE:
            return ()
        return candidates(self.checked.graph, output.node, verdict.because, sorts=sorts)

    def _tried(
        self, position: int, some: Iterator[Candidate] | Sequence[Candidate]
    ) -> Iterator[tuple[Candidate, Mender]]:
        """The candidates that lift the level of an output and weaken none, each with the check of the edited text."""
        for candidate in some:
            mended = self._trial(candidate.apply(self.checked.graph.source.text))
            if mended is None or self._weakens(mended):
                continue
            kind = _CLASS_OF.get(candidate.code)
            classes = [
                self.differences,
                *([CLASSES[kind]] if kind is not None and self._happens(CLASSES[kind]) else ()),
            ]
            if any(self._lifts(position, mended, differences) for differences in classes):
                yield candidate, mended

    def _happens(self, differences: Differences) -> bool:
        """Whether a class of runs belongs to the surroundings."""
        own = self.differences
        return (
            (own.order and differences.order)
            or (own.duplication and differences.duplication)
            or (own.loss and differences.loss)
        )

    def _trial(self, text: str) -> Mender | None:
        """The check of an edited text; None where it is not a flow, or has other outputs."""
        if text not in self._trials:
            self._trials[text] = self._checked_anew(text)
        return self._trials[text]

    def _checked_anew(self, text: str) -> Mender | None:
        checked = self.checked
        try:
            graph = self.compiled(replace(checked.graph.source, text=text))
        except HydroflowError:
            return None
        anew = Checked(graph=graph.flat, names=checked.names, examples=checked.examples)
        if len(anew.outputs) != len(checked.outputs):
            return None
        return Mender(checked=anew, differences=self.differences, graph=graph, compiled=self.compiled)

    def _weakens(self, mended: Mender) -> bool:
        pairs = zip(self.checked.outputs, mended.checked.outputs, strict=True)
        return any(
            not after.verdict(self.differences).level.is_at_least(before.verdict(self.differences).level)
            for before, after in pairs
        )

    def _lifts(self, position: int, mended: Mender, differences: Differences) -> bool:
        before = self.checked.outputs[position].verdict(differences).level
        after = mended.checked.outputs[position].verdict(differences).level
        return after is not Level.UNKNOWN and not before.is_at_least(after)

    def _fix(self, candidate: Candidate, mended: Mender) -> Fix:
        source = self.checked.graph.source
        text = mended.checked.graph.source.text
        diff = unified_diff(
            source.text.splitlines(), text.splitlines(), source.label, f"{source.label}, mended", lineterm=""
        )
        return Fix(words=candidate.words, text=text, diff="\n".join(diff), report=mended.report)
