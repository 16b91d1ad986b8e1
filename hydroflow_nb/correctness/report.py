"""What a check tells: levels by output and class of runs, causes, laws, and what holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property, partial
from html import escape
from types import MappingProxyType
from typing import Any, Final, Protocol

from hydroflow_nb.correctness.check import CheckedOutput, Verdict
from hydroflow_nb.correctness.findings import findings, timed
from hydroflow_nb.correctness.judge import Judge, verdicts_on
from hydroflow_nb.correctness.levels import Level, class_named, classes_of, level_named
from hydroflow_nb.correctness.marking import Known, Pictured
from hydroflow_nb.correctness.shown import as_text, report_as_html
from hydroflow_nb.correctness.summary import how_to_mend, how_to_see, in_short, shards_in_short
from hydroflow_nb.diagnostics import Diagnostic, error
from hydroflow_nb.errors import GuaranteeError
from hydroflow_nb.ir.graph import Edge, Node
from hydroflow_nb.item_paths import text_of
from hydroflow_nb.operators.rules.content import Cause, Content, Time
from hydroflow_nb.operators.rules.rule import Differences
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.graph import Graph
from hydroflow_nb.source import Span

# The name that a flow alone has among the nodes of a network.
_ALONE: Final = ""
_NO_PICTURES: Final[Mapping[str, Pictured]] = MappingProxyType({})
_NO_JUDGES: Final[Mapping[str, Judge]] = MappingProxyType({})
_NOT_SHARDED: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Fix:
    """An edit of a flow's text that was tried: `text` is the edited text, `diff` what was edited, `words` what that
    means for a reader of the flow, `report` what a check of the edited text tells in the same surroundings. In a
    network `node` runs the flow; all nodes that run it run the edited one.
    """

    words: str
    text: str
    diff: str
    node: str = ""
    report: Report = field(compare=False)

    def __str__(self) -> str:
        return f"{self.words}\n\n{self.diff}"

    def __repr__(self) -> str:
        return f"<Fix: {self.words}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        style = "font-family: var(--jp-code-font-family, monospace); white-space: pre; overflow-x: auto"
        diff = escape(self.diff)
        return f'<p>{escape(self.words, quote=False)}</p><pre class="hydroflow-diff" style="{style}">{diff}</pre>'


class Mending(Protocol):
    """What finds the fixes of a flow's outputs."""

    def fixes(self, output: str, *, sorts: bool = False) -> Sequence[Fix]:
        """The edits that lift the level of an output and weaken no other one, the smallest first."""

    def hint(self, output: str, code: str) -> str:
        """What the first fix for a finding says; empty where there is none."""


# How it is said of a law that it does not hold by what is read of the function, or cannot be told.
_HOW: Final[Mapping[bool | None, str]] = {False: "does not hold", None: "unknown"}


class OutputReport:
    """What is known of one output. `batching`, `order`, `duplication`, `loss`, `replication` and `sharding` are its
    levels in the classes of runs, each class alone; `level` is that of the surroundings, with all that may happen there
    at once.
    """

    def __init__(self, output: CheckedOutput, differences: Differences, mending: Mending | None = None) -> None:
        self._output = output
        self._differences = differences
        self._mending = mending

    @property
    def name(self) -> str:
        """The name of the output."""
        return self._output.name

    @property
    def batching(self) -> Level:
        """Where ticks end, and how inputs interleave, may differ."""
        return self._verdict("batching").level

    @property
    def order(self) -> Level:
        """The order in which items arrive may differ."""
        return self._verdict("order").level

    @property
    def duplication(self) -> Level:
        """Items may arrive again."""
        return self._verdict("duplication").level

    @property
    def loss(self) -> Level:
        """Items may never arrive."""
        return self._verdict("loss").level

    @property
    def replication(self) -> Level:
        """Copies of the flow get the same items, each in its own order."""
        return self._verdict("replication").level

    @property
    def sharding(self) -> Level | None:
        """Items are split among copies of the flow by a key, and the outputs united; None where no key was given."""
        return self._verdict("sharding").level if self._differences.shard is not None else None

    @property
    def level(self) -> Level:
        """The level in the surroundings."""
        return self._in_surroundings.level

    @property
    def early(self) -> bool:
        """True where what is shown is never taken back: a reader of it needs no coordination."""
        return self._in_surroundings.early

    @property
    def because(self) -> Sequence[Cause]:
        """The causes of the level in the surroundings, first one first."""
        return self._in_surroundings.because

    @property
    def node(self) -> Node:
        """The operator that gives it."""
        return self._output.node

    @property
    def edges(self) -> Sequence[Edge]:
        """The edges over which it leaves for an external location; empty where the operator is a sink."""
        return self._output.edges

    @property
    def verdict(self) -> Verdict:
        """What is known of it in the surroundings."""
        return self._in_surroundings

    def verdict_for(self, differences: Differences) -> Verdict:
        """What is known of it where runs differ in several things at once."""
        return self._output.verdict(differences)

    def in_class(self, word: str) -> Verdict:
        """What is known of it in a class of runs."""
        return self._verdict(word)

    def level_of(self, word: str) -> Level:
        """The level in a class of runs, by its word."""
        return self._verdict(word).level

    def because_of(self, word: str) -> Sequence[Cause]:
        """The causes in a class of runs, first one first."""
        return self._verdict(word).because

    def content_of(self, word: str) -> Content:
        """The type of the output's edge in a class of runs."""
        return self._verdict(word).content

    @cached_property
    def laws(self) -> Sequence[tuple[Span, str, str]]:
        """The laws that were asked of functions before this output, in a network of those of its node: the function's
        place, the law, how it is known.
        """
        found = {}
        for one in self._output.asked(self._differences):
            known = one.function.known(one.law)
            how = known.how if known.holds or known.how == "refuted" else _HOW[known.holds]
            place = one.function.argument.span
            found[place.start, one.law.value] = (place, one.law.value, how)
        return tuple(found.values())

    @cached_property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """What there is to say of it in the surroundings. The hint of a finding is its first fix, where it has one:
        that is tried when the diagnostics are first asked for, so `check` itself tries nothing.
        """
        return tuple(replace(one, hint=self._fixed.get(one.code) or one.hint) for one in self._findings)

    @property
    def is_mended(self) -> bool:
        """True where the hint of a finding is a fix."""
        return any(self._fixed.values())

    @cached_property
    def _fixed(self) -> Mapping[str, str]:
        """What the first fix for each finding says, by code."""
        mending = self._mending
        return {} if mending is None else {one.code: mending.hint(self.name, one.code) for one in self._findings}

    @cached_property
    def fixes(self) -> Sequence[Fix]:
        """Edits of the text, the smallest first. Each was tried: the edited text was compiled and checked, but not run,
        and lifts the level of this output in the surroundings, or in the class of runs that its finding is about; no
        output has a weaker level. In a network it edits the flow of one node. Empty where no edit does.
        """
        return self.fixes_with()

    def fixes_with(self, *, sort: bool = False) -> Sequence[Fix]:
        """The same, also those that sort the items, where `sort`: whether that makes sense is not to be seen."""
        return list(self._mending.fixes(self.name, sorts=sort)) if self._mending is not None else []

    @cached_property
    def _findings(self) -> Sequence[Diagnostic]:
        found = list(
            findings(
                self._output.node_of,
                self.name,
                self._in_surroundings,
                self._output.asked(self._differences),
                shard=text_of(self._differences.shard or ()),
            )
        )
        if not found and self._in_surroundings.content.time is Time.PULSE:
            found.append(timed(self.name, self._output.node))
        return found

    @property
    def hydro(self) -> str:
        """The label that Hydro's own analysis of sinks would give the level in the surroundings. Hydro has no word for
        `part`, `unknown` and a final value that may be taken back: they are `NO_GUARANTEE`.
        """
        if self.level is Level.FINAL and self.early:
            return "CONVERGENT_LATTICE"
        return _HYDRO.get(self.level, "NO_GUARANTEE")

    def expect(self, level: str, *, early: bool = False) -> None:
        """Raise GuaranteeError where the level in the surroundings is weaker than this one, or where what is shown may
        be taken back and `early` is asked for. Raises ValueError for another word.
        """
        wanted = level_named(level)
        if not self.level.is_at_least(wanted):
            what = f"`{self.name}` is `{self.level}`, and at least `{wanted}` is expected"
        elif early and not self.early:
            what = (
                f"`{self.name}` may be taken back until the run is at rest, and is expected never to be (`early=True`)"
            )
        else:
            return
        why = [found.message for found in self._findings]
        raise GuaranteeError([error("HF321", what, self._output.node.span, notes=why)])

    @cached_property
    def _in_surroundings(self) -> Verdict:
        return self._output.verdict(self._differences)

    def _verdict(self, word: str) -> Verdict:
        return self._output.verdict(class_named(word, self._differences))


class Report(Mapping[str, OutputReport]):
    """What a check of a flow tells: an `OutputReport` for each output, by name, in the order of the text. Of a network
    it has the outputs of all nodes, each as `node.output`. `differences` are those of the surroundings, `pictured` the
    flows by the names of their nodes; a flow alone has the empty name. Of the outputs that are `judged` by somebody
    else it tells the levels and the verdict, and finds no fault with them. `sharded` has the place of the key by which
    the members of a cluster share their items, such as `[0]`, by the cluster's name.
    """

    def __init__(
        self,
        outputs: Iterable[CheckedOutput],
        differences: Differences,
        pictured: Mapping[str, Pictured] = _NO_PICTURES,
        mending: Mending | None = None,
        judged: Mapping[str, Judge] = _NO_JUDGES,
        sharded: Mapping[str, str] = _NOT_SHARDED,
    ) -> None:
        self.sharded = sharded
        self._judged = judged
        self._differences = differences
        self._pictured = pictured
        self._classes = classes_of(differences)
        self._outputs = {output.name: OutputReport(output, differences, mending) for output in outputs}

    def __getitem__(self, name: str) -> OutputReport:
        """The report on an output. Raises KeyError, which names all outputs."""
        found = self._outputs.get(name)
        if found is None:
            raise KeyError(f"{name!r} is not an output: {', '.join(self._outputs) or 'there is no output'}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)

    @property
    def heads(self) -> Sequence[str]:
        """The heads of the table that is shown."""
        return ("output", *self._classes, "early")

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The table that is shown, a row for each output."""
        return [
            (name, *(one.level_of(word) for word in self._classes), "yes" if one.early else "no")
            for name, one in self._outputs.items()
        ]

    @property
    def is_of_network(self) -> bool:
        """True where the outputs are those of the nodes of a network."""
        return _ALONE not in self._pictured

    @property
    def summary(self) -> str:
        """In what two runs may differ in the surroundings, and which outputs may end differently, in one sentence."""
        levels = {name: one.level for name, one in self._unjudged.items()}
        return in_short(levels, self._differences, of_network=self.is_of_network)

    @property
    def _unjudged(self) -> Mapping[str, OutputReport]:
        return {name: one for name, one in self._outputs.items() if name not in self._judged}

    @property
    def shards(self) -> str:
        """By what the members of clusters share their items, in one sentence; empty where there is no such cluster."""
        return shards_in_short(self.sharded)

    @property
    def verdicts(self) -> Sequence[str]:
        """Who says of which outputs whether they are right, and what is said of the run so far."""
        return verdicts_on(self._judged)

    @property
    def next_steps(self) -> Sequence[str]:
        """What to call to see two runs in which an output differs, and to get the flow with its first fix; each where
        there is one.
        """
        alone = self._pictured.get(_ALONE)
        graph = alone.graph if alone is not None else None
        steps = (
            how_to_see(name, self._differences, graph, partial(_differs_in, output))
            for name, output in self._unjudged.items()
            if output.level is Level.DIFFERS
        )
        mends = graph is not None and any(output.is_mended for output in self._outputs.values())
        return [
            *([step] if (step := next(filter(None, steps), "")) else []),
            *([how_to_mend(graph.name, self._differences)] if graph is not None and mends else []),
        ]

    @cached_property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """What there is to say of all outputs in the surroundings, in the order of the outputs, but for those that
        somebody else judges.
        """
        return tuple(found for output in self._unjudged.values() for found in output.diagnostics)

    @cached_property
    def fixes(self) -> Sequence[Fix]:
        """The fixes of all outputs, in the order of the outputs, each edited text once."""
        by_text: dict[str, Fix] = {}
        for output in self._outputs.values():
            for fix in output.fixes:
                by_text.setdefault(fix.text, fix)
        return list(by_text.values())

    @property
    def graph(self) -> Graph:
        """The flow's picture with the levels in the surroundings: the word stands where a level becomes weaker, and at
        each output; `!` is behind `differs`, `?` behind `unknown`. It has all that `flow.graph` has. Raises ValueError
        for a network, whose nodes each have a picture: `graph_of`.
        """
        if list(self._pictured) != [_ALONE]:
            raise ValueError(f"each node has a graph of its own: `report.graph_of(name)`; {self._nodes()}")
        return self.graph_of(_ALONE)

    def graph_of(self, node: str) -> Graph:
        """The picture of one node of a network, with the levels in it. Raises KeyError, which names all nodes."""
        found = self._pictured.get(node)
        if found is None:
            raise KeyError(f"{node!r} is not a node: {self._nodes()}")
        return found.marked(self._differences)

    def edges(self, word: str) -> Mapping[str, Content]:
        """The types of all edges in a class of runs, by the ids of drawings: `edge-3`, in a network `oslo.edge-3`. An
        edge with a handoff is drawn as two, which have the same type. Raises ValueError for another word.
        """
        return self.edges_for(class_named(word, self._differences))

    def edges_for(self, differences: Differences) -> Mapping[str, Content]:
        """The same where runs differ in several things at once."""
        return {
            f"{node}.{element}" if node else element: content
            for node, pictured in self._pictured.items()
            for element, content in pictured.contents(differences).items()
        }

    @property
    def known(self) -> Mapping[str, Known]:
        """What is known in the surroundings of all edges, and of the operators that are outputs, by the ids of
        drawings: `edge-3`, `op-5`, in a network `oslo.edge-3`.
        """
        return {
            f"{node}.{element}" if node else element: known
            for node, pictured in self._pictured.items()
            for element, known in pictured.known(self._differences).items()
        }

    def _nodes(self) -> str:
        return f"there are {', '.join(self._pictured)}" if any(self._pictured) else "the flow is not in a network"

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return report_as_html(self)

    def __bool__(self) -> bool:
        raise TypeError("a report is neither true nor false: ask `report.holds(level)`")

    def holds(self, level: str) -> bool:
        """True where each output is at least of this level in the surroundings. Raises ValueError for another word."""
        wanted = level_named(level)
        return all(output.level.is_at_least(wanted) for output in self._outputs.values())


_HYDRO: Final[Mapping[Level, str]] = {
    Level.SEQUENCE: "SEQ_CONSISTENT",
    Level.BAG: "CONVERGENT_MULTISET",
    Level.SET: "CONVERGENT_SET",
    Level.DIFFERS: "INCONSISTENT",
}


def _differs_in(output: OutputReport, differences: Differences) -> bool:
    return output.verdict_for(differences).level is Level.DIFFERS
