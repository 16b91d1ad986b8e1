"""What a search looks for: two runs in which an output differs, by the level that is promised or asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hydroflow_nb.correctness.levels import CLASSES, Level, level_named, level_of
from hydroflow_nb.correctness.report import OutputReport
from hydroflow_nb.flow import Flow
from hydroflow_nb.ir.partitioned import PartitionedGraph
from hydroflow_nb.operators.rules.content import Content
from hydroflow_nb.operators.rules.rule import Differences, together
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.finding.watching import Ticks, Watch, carried
from hydroflow_nb.simulation.finding.yardstick import Yardstick, yardstick

# By these nothing is compared: every run has them.
_NO_LEVELS: Final = frozenset({Level.PART, Level.UNKNOWN, Level.DIFFERS})
_OFTEN: Final = 20
_SELDOM: Final = 3
_NOTHING_PROMISED: Final = frozenset({Level.DIFFERS, Level.UNKNOWN})


def level_asked(level: str | None) -> Level | None:
    """The level that runs are compared by, as a person asks for it. Raises ValueError for one by which all agree."""
    if level is None:
        return None
    found = level_named(level)
    if found in _NO_LEVELS:
        raise ValueError(f"runs cannot be compared by `{found}`: sequence, bag, set and final are levels to ask for")
    return found


@dataclass(frozen=True, kw_only=True)
class Aim:
    """An output in which two runs shall differ. `flow` has the levels of its flow alone, `level` is that asked for."""

    output: OutputReport
    flow: OutputReport
    level: Level | None = None

    def stick(self, differences: Differences) -> Yardstick:
        """How runs that differ so are compared."""
        verdict = self.output.verdict_for(differences)
        return yardstick(verdict.content, self.flow.in_class("batching").content, self.level or verdict.level)

    @property
    def repeats(self) -> int:
        """How often a run is made again, to see whether it gives the same: often where the check names chance."""
        is_chance = any(cause.code == "HF308" for cause in self.output.because_of("batching"))
        return _OFTEN if is_chance else _SELDOM

    def narrowed(self, differences: Differences) -> Differences:
        """Of the differences those that alone suffice, by the check, to have runs differ; all where none does."""
        if self._is_denied(Differences()):
            return Differences()
        guilty = {
            kind for kind, alone in CLASSES.items() if getattr(differences, kind, False) and self._is_denied(alone)
        }
        if not guilty:
            return differences
        return together(*(CLASSES[kind] for kind in guilty))

    def _is_denied(self, differences: Differences) -> bool:
        level = self.output.verdict_for(differences).level
        return level in _NOTHING_PROMISED if self.level is None else not level.is_at_least(self.level)

    def refuted(self, differences: Differences) -> str:
        """What two runs that differ so refute of what the check promises; empty where it promises nothing of it."""
        promised = self.output.verdict_for(differences).level
        if promised in _NOTHING_PROMISED or not promised.is_at_least(self.level or promised):
            return ""
        declared = [(place, law) for place, law, how in self.output.laws if how == "declared"]
        if declared:
            place, law = declared[0]
            return (
                f"the check takes it for `{promised}`, since `{place.text}` in line {place.line} is declared to keep "
                f"to the law `{law}`: these two runs show that it does not"
            )
        return (
            f"the check promises `{promised}`: this is a fault of hydroflow_nb. Please report it with the text of the "
            "flow and `print(witness.cell)`"
        )


@dataclass(frozen=True, kw_only=True)
class Where:
    """An edge by its name in drawings, and in words; these are empty for the one right before the output."""

    edge: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Trail:
    """The edges of a flow that lead to an output, each behind those that lead to it. `types` are their types by the
    names of drawings, where runs differ as they do and where they differ in batches alone; in a network these names
    begin with `prefix`, the node and a dot.
    """

    watch: Watch
    types: Mapping[str, Content]
    batching: Mapping[str, Content]
    prefix: str = ""

    def recorded(self, flow: Flow) -> Mapping[str, Ticks]:
        """What each of the edges carried in a recorded run."""
        return {edge: carried(flow, {edge}) for edge in self.watch.edges(flow)}

    def where(self, graph: PartitionedGraph, one: Mapping[str, Ticks], other: Mapping[str, Ticks]) -> Where:
        """The first edge on which two runs, as they were recorded, are not the same by what its type promises, or by
        what is compared where it promises nothing; the last one where there is none.
        """
        first = next((edge for edge in one if self._differs(edge, one[edge], other[edge])), list(one)[-1])
        if first == list(one)[-1]:
            return Where(edge=f"{self.prefix}{first}", words="")
        wire = next(wire for wire in graph.wires if wire.element == first)
        node = graph.nodes[wire.edge.source]
        return Where(edge=f"{self.prefix}{first}", words=f"behind `{node.operator.name}`, line {node.span.line}")

    def _differs(self, edge: str, one: Ticks, other: Ticks) -> bool:
        content, batching = (types.get(f"{self.prefix}{edge}") for types in (self.types, self.batching))
        if content is None or batching is None:
            return False
        stick = yardstick(content, batching, level_of(content))
        first, second = stick.outcome(one), stick.outcome(other)
        return not (stick.agree(first, second) or stick.agree(second, first))
