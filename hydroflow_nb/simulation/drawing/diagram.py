"""`net.diagram()`: what happened in a run, as a picture and as text."""

from __future__ import annotations

from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from hydroflow_nb.simulation.drawing.account import Account
from hydroflow_nb.simulation.drawing.listing import as_text
from hydroflow_nb.simulation.drawing.spacetime import draw
from hydroflow_nb.simulation.drawing.wording import summary
from hydroflow_nb.simulation.model.history import History

# A longer run is shown in part.
MOST_ROWS = 400

# A page that removes style sheets from what it does not trust shows the listing alone. Elsewhere the listing is hidden,
# and is there for screen readers.
STYLE = (
    ".hf-run-text{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
    ".hf-run-picture{display:block!important;overflow-x:auto}"
)


class Diagram:
    """The space-time diagram of a run: a lane for each node, a row for each decision.

    It shows the run as it was when the diagram was made. `print` it, display it, or take it as SVG.
    """

    def __init__(
        self, history: History, first: int | None = None, last: int | None = None, *, parts: int | None = None
    ) -> None:
        """The decisions from index `first` to `last`, both included.

        Without both it shows the whole run; of a long one the last 400 decisions, and with one of them given 400 from
        there. Indices beyond the run are moved into it. `parts` is the index from which on another run, drawn beside
        this one, is different: it is marked. Raises ValueError where `first` is after `last`, or negative.
        """
        if (first is not None and first < 0) or (last is not None and last < 0):
            raise ValueError("`first` and `last` are indices of decisions, counted from 0")
        if first is not None and last is not None and first > last:
            raise ValueError(f"`first` is the index of the first decision to show, but {first} is after `last`, {last}")
        self._account = Account(history)
        self._parts = parts
        newest = self._account.rows - 1
        if last is None:
            last = newest if first is None else first + MOST_ROWS - 1
        self.last = min(last, newest)
        if first is None:
            first = self.last - MOST_ROWS + 1
        self.first = max(0, min(first, self.last))
        if self.last - self.first >= MOST_ROWS:
            self.first = self.last - MOST_ROWS + 1

    def svg(self) -> str:
        """The picture as a complete SVG, drawn once and kept. The same run gives the same text."""
        return self._svg

    @cached_property
    def _svg(self) -> str:
        return draw(self._account, self.first, self.last, self._parts)

    def text(self) -> str:
        """The run as lines of text: what happened in each row, and what is in flight at the end."""
        return as_text(self._account, self.first, self.last, self._parts)

    def html(self) -> str:
        """The picture as a piece of a page: it scrolls where it is too wide, and shows more under the pointer."""
        return (
            f"<div><style>{STYLE}</style>"
            f'<pre class="hf-run-text">{escape(self.text())}</pre>'
            f'<div class="hf-run-picture" style="display:none">{self.svg()}</div></div>'
        )

    def save(self, path: str | Path) -> None:
        """Write the diagram to a file: as text for `.txt`, as a page for `.html`, else as SVG. Raises OSError."""
        path = Path(path)
        match path.suffix.lower():
            case ".txt":
                content = self.text() + "\n"
            case ".html" | ".htm":
                content = (
                    '<!doctype html><html lang="en"><meta charset="utf-8">'
                    '<meta name="color-scheme" content="light dark">'
                    f"<title>{escape(summary(self._account))}</title>{self.html()}</html>\n"
                )
            case _:
                content = self.svg() + "\n"
        path.write_text(content, encoding="utf-8")

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Diagram of {summary(self._account)}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "image/svg+xml": self.svg(), "text/plain": self.text()}
