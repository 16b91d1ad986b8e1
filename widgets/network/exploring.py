"""The search for a run that fails, beside the network: how far it has come, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hydroflow_nb.simulation.model.decisions import Decision
from hydroflow_nb.simulation.search.outcome import Exploration
from hydroflow_nb.simulation.search.progress import SoFar
from hydroflow_nb.widgets.network.deciding import Deciding
from hydroflow_nb.widgets.network.happenings import whole_run
from hydroflow_nb.widgets.network.run_news import RunNews
from hydroflow_nb.widgets.questions import Answers, Refusal
from hydroflow_nb.widgets.stepper.work import Work

if TYPE_CHECKING:
    from hydroflow_nb.simulation import Network

# What a page may ask for. A number of faults is at most that; what is not given follows the network.
_NUMBERS: Final = {"loss": 100, "duplication": 100, "crashes": 100, "partitions": 100}
_MOST_RUNS: Final = 1_000_000
_MOST_SECONDS: Final = 3_600.0


class Exploring:
    """Searches when a front end asks, and tells it how far it has come. An interrupt ends the search."""

    def __init__(
        self, net: Network, work: Work, deciding: Deciding, news: RunNews, send: Callable[[dict[str, Any]], None]
    ) -> None:
        self._net = net
        self._work = work
        self._deciding = deciding
        self._news = news
        self._send = send

    @property
    def answers(self) -> Answers:
        """What answers the question of the pane."""
        return {"explore": self._explore}

    def _explore(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if self._work.doing:
            raise Refusal("the network is running: stop it first")
        wanted = _bounds(question)
        before = list(self._net.decisions)
        self._work.begin("explore")
        try:
            found = self._net.explore(**wanted, progress=self._tell)
            if found.violation is None:
                self._net.repeat(before)
                return {"told": _told(found), "fails": False}
            return {"told": _told(found), "fails": True, **self._opened(found)}
        finally:
            self._work.end()
            self._news.tell()

    def _opened(self, found: Exploration[Network]) -> dict[str, Any]:
        """Stand at the end of the counterexample, and give the nearest run that holds, with the first difference."""
        near = found.nearest()
        beside = None
        if near is not None:
            with self._net.tried():
                self._net.repeat(near)
            beside = whole_run(self._net.history)
        found.replay()
        failing = list(self._net.decisions)
        self._deciding.put_ahead(failing)
        parts = None if near is None else _parting(failing, near)
        return {"beside": beside, "parts": parts, "cell": found.cell}

    def _tell(self, so_far: SoFar) -> None:
        told = {
            "tried": so_far.tried,
            "runs": so_far.runs,
            "seconds": so_far.seconds,
            "left": so_far.left,
            "words": str(so_far),
        }
        self._send({"kind": "news", "side": "explore", **told})


def _bounds(question: Mapping[str, Any]) -> dict[str, Any]:
    """The bounds of a search that a page asks for."""
    runs, seconds = question.get("runs", 1_000), question.get("seconds", 10)
    if type(runs) is not int or not 1 <= runs <= _MOST_RUNS:
        raise Refusal(f"runs to try are a number from 1 to {_MOST_RUNS:,}")
    if type(seconds) not in (int, float) or not 0 < seconds <= _MOST_SECONDS:
        raise Refusal(f"the seconds are a number up to {_MOST_SECONDS:,.0f}")
    wanted: dict[str, Any] = {"runs": runs, "seconds": seconds}
    for name, most in _NUMBERS.items():
        value = question.get(name)
        if value is None:
            continue
        if type(value) is not int or not 0 <= value <= most:
            raise Refusal(f"{name} is a number from 0 to {most}")
        wanted[name] = value
    return wanted


def _told(found: Exploration[Network]) -> list[str]:
    """The outcome in lines: what is known of each property, and the counterexample's decisions."""
    return str(found).splitlines()


def _parting(one: Sequence[Decision], other: Sequence[Decision]) -> int:
    """The index from which on two runs differ."""
    for index, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            return index
    return min(len(one), len(other))
