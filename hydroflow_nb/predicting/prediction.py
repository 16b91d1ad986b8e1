"""A prediction that was compared with what happened, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.predicting.comparing import Comparison, Manner
from hydroflow_nb.records import dataclass
from hydroflow_nb.render.palette import PALETTE
from hydroflow_nb.trace.ticks import LONGEST_SHOWN, text_of

# The items of a row that are shown.
_MOST_SHOWN: Final = 30


@dataclass(frozen=True, kw_only=True, repr=False)
class Prediction:
    """What was predicted, and what happened.

    `guess` is what was said, `...` where nothing was said; `answer` what is so. `about` names the question, as in
    "`reached` in tick 0", and is empty for a value. `right`, `missing` and `too_much` are items; without a guess
    everything is missing. `manner` is how items were compared, None for a single value.
    """

    guess: Any
    answer: Any
    about: str
    comparison: Comparison
    manner: Manner | None
    hint: str = ""

    @property
    def is_made(self) -> bool:
        """True where something was said."""
        return self.guess is not ...

    @property
    def is_right(self) -> bool:
        """True where what was said is so."""
        return self.is_made and self.comparison.is_equal

    @property
    def right(self) -> Sequence[Any]:
        """What was said and is so."""
        return self.comparison.right

    @property
    def missing(self) -> Sequence[Any]:
        """What is so and was not said."""
        return self.comparison.missing

    @property
    def too_much(self) -> Sequence[Any]:
        """What was said and is not so."""
        return self.comparison.too_much

    def reveal(self) -> Any:
        """The answer: items as a list, or a value."""
        return self.answer

    # --- as a text ---------------------------------------------------------------------------------------------------

    @property
    def verdict(self) -> str:
        """Whether it is right, in one sentence."""
        about = f": {self.about}" if self.about else ""
        if not self.is_made:
            return f"Your turn{about}. Write your prediction in place of the three dots, and run the cell again."
        return f"{'Right' if self.is_right else 'Not quite'}{about}{self._how}."

    @property
    def _how(self) -> str:
        return f", {self.manner.words}" if self.manner is not None else ""

    @property
    def _rows(self) -> Sequence[tuple[str, str]]:
        """What is shown of a prediction that was made: words, and the items in their row."""
        if not self.is_made:
            return []
        if self.is_right:
            return [("it is", _items(self._answer_items))]
        place = self.comparison.first_difference
        if not self.missing and not self.too_much and place is not None:
            return [("order", f"item {place + 1} is another one"), ("it is", _items(self._answer_items))]
        rows = [("right", self.right), ("missing", self.missing), ("too much", self.too_much)]
        return [(word, _items(items)) for word, items in rows if items]

    @property
    def _answer_items(self) -> Sequence[Any]:
        return [self.answer] if self.manner is None else self.answer

    def __repr__(self) -> str:
        lines = [self.verdict, *(f"  {word:<9} {items}" for word, items in self._rows)]
        if self.hint and not self.is_right:
            lines.append(f"Hint: {self.hint}")
        if not self.is_made:
            lines.append("`.reveal()` behind the call gives the answer.")
        return "\n".join(lines)

    # --- as HTML -----------------------------------------------------------------------------------------------------

    def _repr_html_(self) -> str:
        colour = PALETTE["accent" if self.is_right else "gone" if self.is_made else "edge"].css
        sign = "✓ " if self.is_right else "✗ " if self.is_made else "? "
        rows = "".join(_row(word, items) for word, items in self._rows)
        table = f'<table style="margin: .4em 0; border: 0"><tbody>{rows}</tbody></table>' if rows else ""
        hint = f"<p {_P}><i>Hint:</i> {_coded(self.hint)}</p>" if self.hint and not self.is_right else ""
        answer = "" if self.is_made else _folded("show the answer", _row("it is", _items(self._answer_items)))
        return (
            f'<div class="hydroflow-prediction" style="border-left: 4px solid {colour}; padding: .1em 0 .1em .8em; '
            f'margin: .3em 0"><p {_P}><b>{sign}{_coded(self.verdict)}</b></p>{table}{hint}{answer}</div>'
        )


_P: Final = 'style="margin: .3em 0"'
_CELL: Final = 'style="text-align: left; padding: .2em .6em; vertical-align: top"'


def _items(items: Sequence[Any]) -> str:
    """Items in a row, as their texts; the first ones of many."""
    texts = [text_of(_plain(item), LONGEST_SHOWN) for item in items[:_MOST_SHOWN]]
    more = f", and {len(items) - _MOST_SHOWN:,} more" if len(items) > _MOST_SHOWN else ""
    return f"{', '.join(texts)}{more}" if texts else "nothing"


def _plain(item: Any) -> Any:
    """A word of an enumeration of words as a person writes it."""
    return str(item) if isinstance(item, str) and shown(item).startswith("<") else item


def _row(word: str, items: str) -> str:
    return (
        f"<tr><td {_CELL}>{escape(word)}</td>"
        f'<td {_CELL}><code style="white-space: pre-wrap; overflow-wrap: anywhere">{escape(items)}</code></td></tr>'
    )


def _folded(summary: str, rows: str) -> str:
    """Rows that a press shows, without a script, in a saved notebook too."""
    return (
        f'<details {_P}><summary style="cursor: pointer">{escape(summary)}</summary>'
        f'<table style="margin: .4em 0"><tbody>{rows}</tbody></table></details>'
    )


def _coded(sentence: str) -> str:
    """A sentence with what stands in its quotes as code."""
    parts = escape(sentence, quote=False).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
