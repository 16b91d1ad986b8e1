"""The type of an edge in one sentence: what is the same in every run, what may differ, and since which operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from hydroflow_nb.correctness.check import Verdict
from hydroflow_nb.correctness.codes import KINDS, Weakens
from hydroflow_nb.correctness.levels import Level
from hydroflow_nb.ir.graph import Node
from hydroflow_nb.operators.rules.content import Cause, Content, Holds, Time

# What a view holds, as the subject of a sentence.
_HELD: Final = {
    Holds.ITEMS: "its items are",
    Holds.VALUE: "its value is",
    Holds.LATTICE: "its lattice value is",
    Holds.TABLE: "its table is",
}


def sentence(verdict: Verdict, node_of: Callable[[Cause], Node]) -> str:
    """What is known of an edge, in one sentence without its full stop; `node_of` gives the operator of a cause."""
    content = verdict.content
    if verdict.level is Level.UNKNOWN:
        cause = _deciding(verdict.because)
        at = "" if cause is None else f" in {_place(node_of(cause), cause)},"
        return f"unknown: whether it is the same in every run depends on a function{at} that the check cannot judge"
    if content.varies:
        said, cause = "it may differ from run to run", _deciding(verdict.because)
    else:
        said, cause = "; ".join(_said(content)), next(iter(causes_of(verdict)), None)
    return said if cause is None else f"{said}, since {_place(node_of(cause), cause)}"


def causes_of(verdict: Verdict) -> Sequence[Cause]:
    """The causes of what the sentence says may differ, first one first; where nothing is promised, those with the codes
    of the causes that decide.
    """
    if verdict.content.varies or verdict.level is Level.UNKNOWN:
        codes = {cause.code for cause in verdict.because if cause.decides}
        return [cause for cause in verdict.because if cause.code in codes] or verdict.because[:1]
    weaker = _weaker(verdict.content)
    return [cause for cause in verdict.content.because if cause.code in weaker]


def _said(content: Content) -> Iterator[str]:
    """What is the same, then what may differ."""
    held = _HELD[content.shape]
    match content.time:
        case Time.PULSE:
            yield "a timer: it comes again and again in every run"
            yield "when and how often may differ"
            return
        case Time.ONCE | Time.STREAM:
            yield _items(content)
        case Time.CONST:
            yield f"a view that stays: in each tick {held} the same, in every run"
        case Time.GROWING:
            yield f"a view that grows: at the end {held} the same in every run, and nothing is taken back"
        case Time.SETTLING:
            yield f"a view that is revised: at the end {held} the same in every run"
            yield "what was shown before may be taken back"
        case Time.RISING:
            yield "lattice values that rise: merged, they are the same in every run"
        case Time.LATEST:
            yield "the last value is the same in every run"
            yield "those before it may differ"
    if content.is_part:
        yield "some of it may be missing"


def _items(content: Content) -> str:
    """What is the same of items, with what may differ of them."""
    if content.is_part:
        return "a part: nothing that comes is wrong"
    differ = [] if content.is_ordered else ["order"]
    if content.repeats:
        differ.append("repeats")
    if not differ:
        return "a sequence: the same items in the same order in every run"
    word, each = ("set", "") if content.repeats else ("bag", ", each as often")
    what = "the order" if differ == ["order"] else " and ".join(differ)
    return f"a {word}: the same items in every run{each}; {what} may differ"


def _weaker(content: Content) -> frozenset[str]:
    """The codes of what the sentence says may differ."""
    found: set[Weakens] = set()
    if content.is_part:
        found.add(Weakens.WHOLENESS)
    elif content.is_batch and content.is_items:
        found |= set() if content.is_ordered else {Weakens.ORDER}
        found |= {Weakens.COPIES} if content.repeats else set()
    elif content.time is Time.SETTLING:
        found.add(Weakens.VIEW)
    return frozenset(code for code, kind in KINDS.items() if kind.weakens in found)


def _deciding(because: Sequence[Cause]) -> Cause | None:
    """The cause that left nothing to promise: the last one of those that decide, else the first one."""
    deciding = [cause for cause in because if cause.decides]
    return deciding[-1] if deciding else next(iter(because), None)


def _place(node: Node, cause: Cause) -> str:
    of = f" of {cause.where}" if cause.where else ""
    return f"`{node.word}`{of}, line {node.place.line}"
