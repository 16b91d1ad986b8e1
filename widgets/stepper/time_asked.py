"""Time, as a front end asks for it: going back, branches, breakpoints, watches, differences, and looking for a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.running import RunningFlow
from hydroflow_nb.trace.ticks import LONGEST_SHOWN
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.news import News
from hydroflow_nb.widgets.stepper.recorded_ticks import RecordedTicks
from hydroflow_nb.widgets.stepper.work import Work

_HITS: Final = 200  # places of a text that one answer holds
_LONGEST_ASKED: Final = 1_000  # characters of a text that is asked for


class TimeAsked:
    """Answers the questions about a flow's time."""

    def __init__(
        self, bound: BoundFlow, work: Work, recorded: RecordedTicks, news: News, *, is_node: bool = False
    ) -> None:
        self._bound = bound
        self._flow: RunningFlow = bound.flow
        self._work = work
        self._recorded = recorded
        self._news = news
        self._is_node = is_node

    @property
    def answers(self) -> Answers:
        """What answers the questions."""
        return {
            "rewind": self._rewind,
            "switch": self._switch,
            "delete_branch": self._delete_branch,
            "break": self._break,
            "unbreak": self._unbreak,
            "watch": self._watch,
            "unwatch": self._unwatch,
            "diff": self._diff,
            "search": self._search,
            "passed": self._passed,
        }

    # --- going back --------------------------------------------------------------------------------------------------

    def _rewind(self, question: Mapping[str, Any]) -> None:
        self._rests()
        self._said(lambda: self._flow.rewind(question["tick"], branch=question.get("branch") or None))

    def _switch(self, question: Mapping[str, Any]) -> None:
        self._rests()
        self._said(lambda: self._flow.switch(question["branch"]))

    def _delete_branch(self, question: Mapping[str, Any]) -> None:
        self._rests()
        self._said(lambda: self._flow.delete_branch(question["branch"]))

    def _must_be_own(self) -> None:
        """Raise Refusal for the flow of a node, whose whole ticks are decisions of its network."""
        self._bound.require_open()
        if self._is_node:
            raise Refusal("a node's ticks are decisions of its network")

    def _rests(self) -> None:
        self._must_be_own()
        if self._work.doing or self._flow.is_running:
            raise Refusal("the flow is running: stop it first")

    def _said(self, do: Callable[[], object]) -> None:
        try:
            do()
        except HydroflowError as problem:
            raise Refusal(str(problem)) from None
        except KeyError as problem:
            raise Refusal(str(problem.args[0])) from None
        except (TypeError, ValueError) as problem:
            raise Refusal(str(problem)) from None
        self._news.tell()

    # --- breakpoints and watches -------------------------------------------------------------------------------------

    def _break(self, question: Mapping[str, Any]) -> None:
        self._must_be_own()
        predicate, stratum = (question.get("predicate") or "").strip() or None, question.get("stratum")
        place = question.get("place") if stratum is None else None
        nth, grows = (question.get(name) or None for name in ("nth", "grows"))
        state = (question.get("state") or "").strip() or None
        self._said(lambda: self._flow.break_on(place, predicate, stratum=stratum, nth=nth, grows=grows, state=state))

    def _unbreak(self, question: Mapping[str, Any]) -> None:
        for one in self._flow.breakpoints:
            if one.number == question["number"]:
                one.remove()
        self._news.tell()

    def _watch(self, question: Mapping[str, Any]) -> None:
        self._bound.require_open()
        self._recorded.begin()
        self._said(lambda: self._flow.watch(question["expression"], on=question.get("place") or None))

    def _unwatch(self, question: Mapping[str, Any]) -> None:
        for one in self._flow.watches:
            if one.number == question["number"]:
                one.remove()
        self._news.tell()

    # --- looking -----------------------------------------------------------------------------------------------------

    def _diff(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """How a branch differs from the one that the flow is on."""
        recording = self._recorded.recording
        if recording is None:
            raise Refusal("nothing is recorded")
        try:
            other = recording.of_branch(question["branch"])
        except KeyError as problem:
            raise Refusal(str(problem.args[0])) from None
        found = replace(other.diff(recording), names=(question["branch"], recording.lines.current.name))
        return {"diff": found.to_dict()}

    def _search(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Where a text is in what was recorded, in the order of the run: the first places, and how many there are."""
        wanted = question["text"][:_LONGEST_ASKED]
        hits: list[dict[str, Any]] = []
        ticks: list[int] = []
        count = searched = unkept = 0
        for tick in self._recorded.ticks:
            found_here = False
            for index, step in enumerate(tick.steps):
                for edge, moved in step.moves.items():
                    unkept += moved.count - len(moved.items)
                    for at, item in enumerate(moved.items):
                        searched += 1
                        text = moved.text(item, 10_000)
                        if wanted in text:
                            found_here = True
                            count += 1
                            if len(hits) < _HITS:
                                shown = moved.text(item, LONGEST_SHOWN)
                                hits.append(
                                    {"tick": tick.tick, "done": index + 1, "edge": edge, "at": at, "text": shown}
                                )
            if found_here:
                ticks.append(tick.tick)
        return {"hits": hits, "count": count, "ticks": ticks, "searched": searched, "unkept": unkept}

    def _passed(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The ticks in which items went over some edges."""
        edges = set(question["edges"])
        return {
            "ticks": [
                tick.tick
                for tick in self._recorded.ticks
                if any(not edges.isdisjoint(step.moves) for step in tick.steps)
            ]
        }
