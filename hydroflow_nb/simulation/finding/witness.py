"""A witness: two runs that are the same but for one decision, and give something else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import field
from html import escape
from typing import Any

from hydroflow_nb.engine.quiet import quiet
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.finding.watching import Watch
from hydroflow_nb.simulation.model.checked import CheckedRun
from hydroflow_nb.simulation.model.decisions import Decision
from hydroflow_nb.simulation.model.words import clean
from hydroflow_nb.simulation.search.outcome import LONGEST_COMMENT, constructed


@dataclass(frozen=True)
class SideBySide:
    """The diagrams of two runs beside each other."""

    first: Diagram
    second: Diagram
    heads: tuple[str, str]

    def html(self) -> str:
        """Both as a piece of a page."""
        columns = "".join(
            f'<div style="flex:1 1 0;min-width:min-content"><p>{escape(head)}</p>{one.html()}</div>'
            for head, one in zip(self.heads, (self.first, self.second), strict=True)
        )
        # Where both do not fit, the second one stands below: no one would look for a lane that is cut off.
        return f'<div style="display:flex;flex-wrap:wrap;gap:1em;overflow-x:auto">{columns}</div>'

    def text(self) -> str:
        """Both as text, one under the other."""
        return "\n\n".join(
            f"{head}\n{one.text()}" for head, one in zip(self.heads, (self.first, self.second), strict=True)
        )

    def __str__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.text()}


@dataclass(frozen=True, kw_only=True, repr=False)
class Witness:
    """Two runs, one decision apart, in which an output differs.

    `first` is the run that has the `decision`, `second` the one that lacks it, as lists of decisions after which the
    network settles. `decision` is None where one run was made twice and gave two things: it depends on chance, on a
    clock, or on what a function keeps. `outputs` is what the output is in each, and `node` is the node that gives it.
    `at` is the first edge on which they differ by more than its type allows, as `report.edges("order")` names it.
    `is_minimal` is false where the two runs are perhaps not the smallest. `refuted` says what of the check's promises
    they refute; it is empty where they refute nothing. `raises` is true where one of them ends by what the flow raises.
    `network` is what they ran in.
    """

    output: str
    node: str
    first: Sequence[Decision]
    second: Sequence[Decision]
    decision: object
    words: str
    outputs: tuple[Any, Any]
    at: str
    network: CheckedRun = field(repr=False)
    watch: Watch = field(repr=False)
    place: str = ""
    is_minimal: bool = True
    refuted: str = ""
    raises: bool = False
    made: str = field(default="", repr=False)

    def diagram(self) -> SideBySide:
        """Both runs side by side, from where they part marked. The network stands at the end of the second one
        afterwards.
        """
        both = zip(self.first, self.second, strict=False)
        row = next((at for at, (one, other) in enumerate(both) if one != other), min(len(self.first), len(self.second)))
        if self.decision is None:
            return SideBySide(self._drawn(self.first), self._drawn(self.second), ("the run", "the same run again"))
        heads = f"with: {self.words}", "without it"
        return SideBySide(self._drawn(self.first, row), self._drawn(self.second, row), heads)

    def _drawn(self, decisions: Sequence[Decision], row: int | None = None) -> Diagram:
        self.network.reset()
        with quiet(), suppress(Exception):  # the difference may be that one of the runs raises
            self.network.replay(list(decisions))
            self.network.settle()
        return Diagram(self.network.history, parts=row)

    def gave(self) -> list[list[Any]] | None:
        """What the output gave in the run that the network stands in, a list for each tick, where its node `records`;
        None where that is more than a recording keeps.
        """
        ticks = self.watch.ticks(self.network[self.node].flow)
        return None if ticks is None else [list(tick) for tick in ticks]

    @property
    def cell(self) -> str:
        """A cell that replays both runs in `net`, the network, draws each, and asserts that the output differs in them;
        where `decision` is None it asserts nothing, since chance may give the same. Of a flow alone `net` is
        `witness.network`, so that the cell needs the name `witness`.
        """
        names = sorted({type(one).__name__ for one in (*self.first, *self.second)})
        lines = [
            "from contextlib import suppress\n" if self.raises else "",
            f"from hydroflow_nb.simulation import {', '.join(names)}" if names else "",
            self.made,
            f"net[{self.node!r}].records = True",
            *self._replaying("first", self.first, self.outputs[0]),
            *self._replaying("second", self.second, self.outputs[1]),
            "assert first != second" if self.decision is not None else "",
        ]
        return "\n".join(line for line in lines if line) + "\n"

    def _replaying(self, name: str, decisions: Sequence[Decision], output: Any) -> list[str]:
        listed = ", ".join(constructed(one) for one in decisions)
        # In the network that a flow alone was made, sinks drop what they get, and have no names.
        gave = "witness.gave()" if self.made else f"net.gave({self.output!r})"
        ran = [f"net.replay([{listed}])", "net.settle()"]
        if self.raises:
            ran = ["with suppress(Exception):", *(f"    {line}" for line in ran)]
        return [
            *ran,
            f"{name} = {gave}  # compared: {clean(str(output), LONGEST_COMMENT)}",
            "print(net.diagram())",
        ]

    def __str__(self) -> str:
        first, second = self.outputs
        if self.decision is None:
            return (
                f"the same run, made twice: `{self.output}` is {first}, and then {second}. It depends on more than "
                "what arrives and when: on chance, on a clock, on how long something takes, or on what a function keeps"
            )
        doubt = "" if self.is_minimal else " (perhaps not the smallest)"
        place = f"; they differ first {self.place}" if self.place else ""
        refuted = f"\n{self.refuted}" if self.refuted else ""
        return f"the same run, but {self.words}: `{self.output}` is {first}, not {second}{place}{doubt}{refuted}"

    def __repr__(self) -> str:
        return f"<Witness: {self}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"{self}\n\n{self.diagram()}")

    def _repr_html_(self) -> str:
        words = escape(str(self)).replace("\n", "<br>")
        return f"<p>{words}</p>{self.diagram().html()}"
