"""The outcome of a search: how many runs were tried, which properties hold, and how to see a violation."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import field
from enum import Enum
from html import escape
from typing import Any, Generic, TypeVar, assert_never

from hydroflow_nb.engine.notes import described, notes_of
from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.portable import Portable
from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.drawing.diagram import Diagram
from hydroflow_nb.simulation.model.checked import CheckedRun
from hydroflow_nb.simulation.model.decisions import Decision, Send, State
from hydroflow_nb.simulation.model.properties import PropertyViolated, When
from hydroflow_nb.simulation.model.words import brief, clean, counted
from hydroflow_nb.simulation.search.choices import Bounds
from hydroflow_nb.simulation.search.progress import about
from hydroflow_nb.simulation.search.trial import Trial

# The network that was searched: a person gets it back with its own type.
Searched = TypeVar("Searched", bound=CheckedRun)

LONGEST_COMMENT = 60
MOST_SHOWN = 60
MOST_LEFT_OUT = 5


class Ended(Enum):
    """Why no further run was tried."""

    ALL = "all were tried"
    VIOLATED = "one failed"
    RUNS = "as many as asked for were tried"
    STATES = "as many states as asked for were met"
    SECONDS = "time was over"
    INTERRUPTED = "interrupted"


class Verdict(Enum):
    """What the runs say of a property. It holds where all schedules were tried to their ends; where only some were, it
    is not refuted. It is never met where no run came to a point at which it is checked.
    """

    HOLDS = "holds"
    NOT_REFUTED = "not refuted"
    VIOLATED = "violated"
    NEVER_MET = "never met"


class BoundReached(Portable):
    """As many runs were tried, or states met, as may be, or time is over."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(ended)
        self.ended = ended


def are_complete(ended: Ended, unfinished: int, cut_off: int) -> bool:
    """True where the runs of a search are all schedules, each to its end."""
    return ended is Ended.ALL and not unfinished and not cut_off


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A property and what the runs say of it."""

    name: str
    when: When
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.when.value} {self.name!r}: {self.verdict.value}"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A run that fails.

    `property` is the name of what does not hold, or says which node raises what; `error` is what was raised.
    `decisions` is the run made as short as possible, and `found` as it was met with; `trials` is how many runs that
    took, and `is_minimal` is true where none of the decisions can be left out. Where `when` is `When.EVENTUALLY`, the
    run comes to rest after them by `ending`, which is what `net.settle()` does, and fails then. `payloads` has a text
    for each of these decisions: the payload of its message as JSON, or an empty text for a decision without a message.
    """

    property: str
    when: When | None
    error: Exception
    decisions: Sequence[Decision]
    ending: Sequence[Decision]
    payloads: Sequence[str] = field(repr=False)
    found: Sequence[Decision]
    trials: int
    is_minimal: bool


@dataclass(frozen=True, kw_only=True)
class Exploration(Generic[Searched]):
    """The outcome of `net.explore()`; true where no run failed, and `holds` where all schedules were tried besides.

    Where equal states were merged, `states` counts the different ones that were met, `tried` the runs that it took, and
    `goes_on` is true where a run comes back to a state in which it has been, and so may go on for ever; `unmerged` says
    why states were not merged, though that was asked for.

    `tried` counts the schedules that were run, each once, and `total` all that there are, None where that is not known;
    `estimate` is then about their number, or None without an estimate. Schedules that differ only
    in the order of what happens at different nodes count as one. `unfinished` counts those that were given up because
    they did not come to rest within a thousand decisions after the chosen ones, `cut_off` those in which more could
    have been chosen after `depth` decisions, or a thousand. `decisions` counts the decisions of all runs, `seconds` is
    how long it took. `findings` has what is known of each property. Each run began with `begin`; `forgotten` counts the
    faults in the run before the search that are not part of that.
    """

    network: Searched = field(repr=False)
    tried: int
    total: int | None
    estimate: int | None
    states: int | None
    goes_on: bool
    unmerged: str
    ended: Ended
    findings: Sequence[Finding]
    violation: Violation | None
    unfinished: int
    cut_off: int
    decisions: int
    seconds: float
    seed: int
    depth: int | None
    bounds: Bounds
    begin: Sequence[Decision]
    forgotten: int
    wakes_itself: bool

    @property
    def holds(self) -> bool:
        """True where all schedules were tried to their ends, and none failed; of some schedules that is not known."""
        return self.violation is None and self.is_complete

    @property
    def is_complete(self) -> bool:
        """True where all schedules were tried to their ends, within the bounds on what goes wrong."""
        return are_complete(self.ended, self.unfinished, self.cut_off)

    def __bool__(self) -> bool:
        return self.violation is None

    @property
    def counterexample(self) -> list[Decision] | None:
        """The decisions of the shortest run that fails, None where none did.

        For a property that holds eventually they are those before the network comes to rest by `net.settle()`.
        """
        return None if self.violation is None else list(self.violation.decisions)

    @property
    def left_out(self) -> list[Send]:
        """The items that a person put in before the run failed first, and that the counterexample leaves out."""
        if self.violation is None:
            return []
        found, short = (
            [one for one in run if isinstance(one, Send)] for run in (self.violation.found, self.violation.decisions)
        )
        return list((Counter(found) - Counter(short)).elements())

    def replay(self) -> Searched:
        """Run the counterexample, and return the network in the state in which it fails.

        Raises `HydroflowError` where no run failed, or where the run does not fail any more.
        """
        violation = self._violation()
        try:
            self.network.replay(violation.decisions)
            if violation.when is When.EVENTUALLY:
                self.network.settle()
        except type(violation.error) as error:
            if not isinstance(error, PropertyViolated) or error.property == violation.property:
                return self.network
            raise
        raise HydroflowError(
            message=f"the run does not fail any more: {violation.property}. Was a property or a node made anew since?"
        )

    def nearest(self) -> list[Decision] | None:
        """The run nearest to the counterexample that holds: it lacks one decision of it, the last one without which all
        properties hold until the network has come to rest, which is in it. None where every such run fails, too. Items
        that were sent into inputs stay. Afterwards the network stands where the search began.

        Raises `HydroflowError` where no run failed, and what a predicate raises.
        """
        decisions = self._violation().decisions
        network = self.network
        found = None
        with network.tried():
            trial = Trial(network)
            for at in reversed(range(len(decisions))):
                if not isinstance(decisions[at], Send) and trial.holds([*decisions[:at], *decisions[at + 1 :]]):
                    found = list(network.decisions)
                    break
        network.reset()
        for decision in self.begin:
            # What the user's code raises was told by the search.
            with suppress(Exception):
                network.apply(decision)
        return found

    def diagram(self) -> Diagram:
        """The space-time diagram of the counterexample, to its end. Raises what `replay` raises."""
        return Diagram(self.replay().history)

    @property
    def cell(self) -> str:
        """The text of a notebook cell that replays the counterexample, says what fails, and draws it.

        It names the network as the notebook does, or `net`. Raises `HydroflowError` where nothing failed.
        """
        violation = self._violation()
        name = _name_of(self.network)
        error = "Exception" if violation.when is None else "PropertyViolated"
        used = {type(one).__name__ for one in violation.decisions}
        used |= {"State" for one in violation.decisions for value in _values(one) if isinstance(value, State)}
        used |= {error} - {"Exception"}
        settles = violation.when is When.EVENTUALLY
        end = (
            ", when the network has come to rest after these decisions"
            if settles
            else " by the last of these decisions"
        )
        lines = [
            f"# {clean(_title(violation), 200)}{end}",
            *([f"from hydroflow_nb.simulation import {', '.join(sorted(used))}", ""] if used else []),
            "try:",
            *(f"    {line}" for line in _replaying(name, violation)),
            *([f"    {name}.settle()"] if settles else []),
            f"except {error} as violation:",
            # What a flow raises says little without the notes on where.
            '    print(repr(violation), *getattr(violation, "__notes__", ()), sep="\\n")'
            if violation.when is None
            else "    print(violation)",
            f"{name}.diagram()",
        ]
        return "\n".join(lines) + "\n"

    def _violation(self) -> Violation:
        if self.violation is None:
            raise HydroflowError(message="there is no counterexample: no run failed")
        return self.violation

    # --- telling -----------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        lines = [self._summary(), *(f"  {clean(one, 200)}" for one in self._of_properties())]
        if (found := self.violation) is not None:
            lines += ["", f"{clean(_title(found), 200)}: {self._example()}", *self._left_out()]
            lines += [f"{index:>4}  {line}" for index, line in enumerate(self._told())]
            lines += ["", *(f"  {clean(line, 200)}" for line in _error_lines(found))]
            lines += ["  `.cell` is a cell that replays it, `.diagram()` draws it"]
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        parts = [f"<p>{escape(self._summary())}</p>"]
        items = "".join(f"<li>{escape(clean(one, 200))}</li>" for one in self._of_properties())
        parts.append(f"<ul>{items}</ul>")
        if (found := self.violation) is not None:
            parts.append(f"<p><b>{escape(clean(_title(found), 200))}</b>: {escape(self._example())}</p>")
            parts += [f"<p>{escape(line.strip())}</p>" for line in self._left_out()]
            rows = "".join(f"<li>{escape(line)}</li>" for line in self._told())
            parts.append(f"<ol start='0'>{rows}</ol>" if rows else "")
            parts.append(f"<p>{'<br>'.join(escape(clean(line, 500)) for line in _error_lines(found))}</p>")
            parts.append(f"<details><summary>a cell that replays it</summary><pre>{escape(self.cell)}</pre></details>")
        return f"<div>{''.join(parts)}</div>"

    def _of_properties(self) -> list[str]:
        if not self.findings:
            raised = "" if self.is_complete or self.violation else f"; none did {self._in_how_many()}"
            return [f"no property: only what nodes raise was looked for{raised}"]
        return [
            f"{one} {self._in_how_many()}" if one.verdict is Verdict.NOT_REFUTED else str(one) for one in self.findings
        ]

    def _in_how_many(self) -> str:
        if self.states is not None:
            return f"in {counted(self.states, 'state')}"
        return f"in {self.tried:,}{self._of() or ' schedules'}{' schedules' * bool(self._of())}"

    def _summary(self) -> str:
        match self.ended:
            case _ if self.states is not None:
                tried = self._through_states(self.states)
            case Ended.STATES:
                raise AssertionError("states were counted")
            case Ended.ALL:
                tried = f"all {counted(self.tried, 'schedule')}" if self.tried != 1 else "the only schedule there is"
            case Ended.VIOLATED:
                tried = f"{counted(self.tried, 'schedule')} until one failed{self._of()}"
            case Ended.RUNS:
                tried = f"{counted(self.tried, 'schedule')}{self._of()}"
            case Ended.SECONDS:
                tried = f"{counted(self.tried, 'schedule')}{self._of()}, then time was over"
            case Ended.INTERRUPTED:
                tried = f"{counted(self.tried, 'schedule')}{self._of()}, then interrupted"
            case _:
                assert_never(self.ended)
        parts = [tried]
        if any(not isinstance(one, Send) for one in self.begin):
            parts.append(f"each after the {counted(len(self.begin), 'decision')} that it begins with")
        if self.forgotten:
            parts.append(f"without the {counted(self.forgotten, 'fault')} of the run before")
        if self.depth is not None:
            parts.append(f"chosen up to decision {self.depth}")
        if self.cut_off:
            parts.append(f"{self.cut_off:,} of them could have gone on otherwise")
        if self.wakes_itself:
            parts.append(f"early timers up to {self.bounds.timers} a node")
        if kinds := str(self.bounds):
            parts.append(kinds)
        if self.goes_on:
            parts.append("some runs go on for ever")
        if self.unmerged:
            parts.append(f"equal states were not merged: {clean(self.unmerged, 200)}")
        if self.total is None and self.states is None:
            parts.append(f"seed {self.seed}")
        if self.unfinished:
            parts.append(f"{self.unfinished:,} given up before they came to rest")
        return f"{'; '.join(parts)} ({counted(self.decisions, 'decision')} in {self.seconds:.2f} s)"

    def _through_states(self, states: int) -> str:
        """How many states were met."""
        met = f"{counted(states, 'state')} in {counted(self.tried, 'run')}"
        match self.ended:
            case Ended.ALL:
                return f"all {met}" if states != 1 else "the only state there is"
            case Ended.VIOLATED:
                return f"{met} until one failed"
            case Ended.SECONDS:
                return f"{met}, then time was over"
            case Ended.INTERRUPTED:
                return f"{met}, then interrupted"
            case _:
                return f"{met}, and there are more: `states=` says how many are met"

    def _of(self) -> str:
        if self.total is not None:
            return f" of {self.total:,}"
        if self.estimate is None:
            return ""
        # A search through all schedules may show that there are more than estimated.
        if self.estimate < self.tried or (self.estimate == self.tried and self.ended is not Ended.ALL):
            return f" of more than {self.tried:,}" if self.ended is Ended.RUNS else ""
        return f" of about {about(self.estimate)}"

    def _example(self) -> str:
        found = self._violation()
        parts = [counted(len(found.decisions), "decision")]
        if found.ending:
            parts.append(f"then the network comes to rest by {len(found.ending):,} more")
        if len(found.found) > len(found.decisions):
            parts.append(f"shortened from {len(found.found):,} in {counted(found.trials, 'run')}")
        if not found.is_minimal:
            parts.append("perhaps not the fewest")
        return ", ".join(parts)

    def _left_out(self) -> list[str]:
        """The items that a person put in and that the counterexample does not have."""
        sends = self.left_out
        told = ", ".join(clean(str(one), 200) for one in sends[:MOST_LEFT_OUT])
        more = f" and {len(sends) - MOST_LEFT_OUT:,} more" if len(sends) > MOST_LEFT_OUT else ""
        return [f'  left out: {told}{more}; `keep="sends"` keeps what was put in'] if sends else []

    def _told(self) -> Iterator[str]:
        found = self._violation()
        made = [*found.decisions, *found.ending]
        for index, (decision, payload) in enumerate(zip(made[:MOST_SHOWN], found.payloads, strict=False)):
            carried = f": {brief(payload, LONGEST_COMMENT)}" if payload else ""
            settling = " (by itself)" if index >= len(found.decisions) else ""
            yield f"{clean(str(decision), 200)}{carried}{settling}"
        if len(made) > MOST_SHOWN:
            yield f"and {len(made) - MOST_SHOWN:,} more"


def constructed(decision: Decision) -> str:
    """The decision as Python text that makes it, with the names of `hydroflow_nb.simulation`."""
    values = _values(decision)
    while values and values[-1] is None:
        values.pop()
    return f"{type(decision).__name__}({', '.join(map(_literal, values))})"


def _values(decision: Decision) -> list[Any]:
    return [getattr(decision, name) for name in decision.__struct_fields__]


def _literal(value: Any) -> str:
    match value:
        case State():
            return f"State.{value.name}"
        case str():
            # As Python writes it, but in the quotes of the other text.
            return json.dumps(value) if value.isascii() and value.isprintable() else repr(value)
        case tuple():
            return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    return repr(value)


def _replaying(name: str, violation: Violation) -> Iterator[str]:
    if not violation.decisions:
        yield f"{name}.replay([])"
        return
    yield f"{name}.replay(["
    for decision, payload in zip(violation.decisions, violation.payloads, strict=False):
        yield f"    {constructed(decision)},{f'  # {brief(payload, LONGEST_COMMENT)}' if payload else ''}"
    yield "])"


def _title(violation: Violation) -> str:
    if violation.when is None:
        return violation.property
    return f"{violation.when.value} {violation.property!r} is violated"


def _error_lines(violation: Violation) -> list[str]:
    """What was raised. For an error of a flow also its class, and the notes that say where."""
    error = violation.error
    if violation.when is not None:
        return str(error).splitlines()[:5]
    return [described(error), *notes_of(error)]


def _name_of(network: object) -> str:
    """What the notebook calls the network."""
    names = vars(sys.modules["__main__"])
    return next((name for name, value in list(names.items()) if value is network and not name.startswith("_")), "net")
