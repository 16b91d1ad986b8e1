"""What a check tells of a flow, for the button "same?"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from hydroflow_nb.running import RunningFlow
from hydroflow_nb.widgets.questions import Answers, Refusal

if TYPE_CHECKING:
    from hydroflow_nb.correctness.report import Report


@runtime_checkable
class Checkable(Protocol):
    """A flow that can be checked: one that has a text."""

    def check(self, network: str | None = None, replicas: int = 1) -> Report:
        """Whether each output is the same in every run, in these surroundings."""


class Checking:
    """Checks a flow each time that a front end asks, and never else."""

    def __init__(self, flow: RunningFlow) -> None:
        self._flow = flow

    @property
    def answers(self) -> Answers:
        """What answers the question of the button and of its chooser."""
        return {"check": self._check}

    def _check(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """What is known of each edge and output, by its id."""
        if not isinstance(self._flow, Checkable):
            raise Refusal("this flow was built by hand: there is no text that can be checked")
        report = self._flow.check(network=question["network"], replicas=question["replicas"])
        return {
            "known": {
                element: {
                    "level": str(known.level),
                    "early": known.early,
                    "sentence": known.sentence,
                    "causes": [{"op": op, "words": words} for op, words in known.causes],
                    "output": known.output,
                }
                for element, known in report.known.items()
            }
        }
