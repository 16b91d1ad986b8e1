"""Outputs of which somebody else says whether they are right: what the clients of a network are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from hydroflow_nb.correctness.summary import named


class Judge(Protocol):
    """Somebody who says of what nodes send whether it is right, whatever may differ from run to run."""

    @property
    def title(self) -> str:
        """Who it is."""

    @property
    def nodes(self) -> Sequence[str]:
        """The nodes that are judged."""

    @property
    def verdict(self) -> str:
        """What there is to say of the run so far, to stand behind a colon."""


def verdicts_on(judged: Mapping[str, Judge]) -> Sequence[str]:
    """Who judges which outputs, and what is said of the run so far, a sentence for each judge."""
    own: dict[str, list[str]] = {}
    for name, judge in judged.items():
        own.setdefault(judge.title, []).append(name)
    return [
        f"{named(names)} {'are' if len(names) > 1 else 'is'} judged by {title}, as answers may differ from run to run "
        f"and be right: {judged[names[0]].verdict}."
        for title, names in own.items()
    ]
