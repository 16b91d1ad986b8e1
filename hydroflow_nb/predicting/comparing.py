"""What two collections of items have in common, as a sequence, a bag or a set; items need no hash and no order."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.records import dataclass
from hydroflow_nb.suggestions import Suggestions
from hydroflow_nb.trace.ticks import LONGEST_TEXT, Text


class Manner(StrEnum):
    """How two collections of items are compared."""

    SEQUENCE = "sequence"
    BAG = "bag"
    SET = "set"

    @property
    def words(self) -> str:
        """What it means for the one who answers."""
        return _WORDS[self]


_WORDS = {
    Manner.SEQUENCE: "in this order",
    Manner.BAG: "in any order",
    Manner.SET: "in any order, each one once",
}


def manner_named(word: str) -> Manner:
    """A manner by its word. Raises ValueError, which names all of them."""
    if word in list(Manner):
        return Manner(word)
    close = Suggestions().closest(str(word), list(Manner))
    meant = f": did you mean {close.value!r}?" if isinstance(close, Manner) else ""
    raise ValueError(f'`level` is "sequence", "bag" or "set", not {shown(word)}{meant}')


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The items of an answer that were said, those that were missing, and what was said too much. `first_difference` is
    the number of the first item, from 0, that stands at another place in a sequence; None where all stand right.
    """

    right: Sequence[Any]
    missing: Sequence[Any]
    too_much: Sequence[Any]
    first_difference: int | None = None

    @property
    def is_equal(self) -> bool:
        """True where nothing is missing, nothing too much and everything at its place."""
        return not self.missing and not self.too_much and self.first_difference is None


def compare(guess: Sequence[Any], answer: Sequence[Any], manner: Manner) -> Comparison:
    """Compare what was said with what is so."""
    if manner is Manner.SET:
        guess, answer = _each_once(guess), _each_once(answer)
    place = next(
        (number for number, (said, item) in enumerate(zip(guess, answer, strict=False)) if not same(said, item)), None
    )
    too_much = list(guess)
    right, missing = [], []
    for item in answer:
        number = next((number for number, said in enumerate(too_much) if same(said, item)), None)
        if number is None:
            missing.append(item)
        else:
            del too_much[number]
            right.append(item)
    return Comparison(
        right=right,
        missing=missing,
        too_much=too_much,
        first_difference=place if manner is Manner.SEQUENCE else None,
    )


def _each_once(items: Sequence[Any]) -> list[Any]:
    """The items, each as often as a set has it."""
    found: list[Any] = []
    for item in items:
        if not any(same(item, other) for other in found):
            found.append(item)
    return found


def same(said: Any, item: Any) -> bool:
    """Whether a person meant this item. Of a recorded item that can change, the text alone may be known."""
    if isinstance(item, Text):
        return shown(said, LONGEST_TEXT) == item or _holds(lambda: said == literal_eval(item))
    return _holds(lambda: said == item)


def _holds(question: Callable[[], Any]) -> bool:
    try:
        return bool(question())
    except Exception:  # such as a comparison of arrays, or a text that is no literal
        return False
