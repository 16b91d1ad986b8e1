"""What a search for two runs that differ came to."""

from __future__ import annotations

from html import escape
from math import log10
from typing import Any

from hydroflow_nb.records import dataclass
from hydroflow_nb.simulation.finding.witness import Witness
from hydroflow_nb.simulation.model.words import counted


@dataclass(frozen=True, kw_only=True)
class Found:
    """The witness, None where no run was found that differs; `words` say what was compared, such as "the same set of
    items". `tried` runs were compared with the reference, of about `total`, or None where that is not known; chosen by
    chance from `seed`, or None where all were tried.
    """

    output: str
    words: str
    witness: Witness | None
    tried: int
    total: int | None = None
    seed: int | None = None

    def __str__(self) -> str:
        if self.witness is not None:
            return str(self.witness)
        if self.seed is None:
            # The reference is a run, too.
            return f"`{self.output}` has {self.words} in all {self.tried + 1:,} runs"
        if not self.tried:
            return f"time was over before a run of `{self.output}` was compared with the reference: give more `seconds`"
        about = "" if self.total is None or self.total <= self.tried else f" of about {_about(self.total)}"
        return f"`{self.output}` has {self.words} in {counted(self.tried, 'run')}{about} (seed {self.seed})"

    def _repr_html_(self) -> str:
        return self.witness._repr_html_() if self.witness is not None else f"<p>{escape(str(self))}</p>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def _about(number: int) -> str:
    return f"{number:,}" if number < 10_000 else f"10^{round(log10(number))}"
