"""Marks on the wires of a picture: words beside them, which a line's form underlines but never replaces."""

from __future__ import annotations

from collections.abc import Mapping

from hydroflow_nb.ir.graph import Edge, EdgeId, element_of
from hydroflow_nb.ir.partitioned import Wire
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a picture says of an edge.

    `word` is written at it where it enters its target, as ports are; it may be empty. `thick` draws a thicker line,
    `open_head` an open arrow head; Mermaid has none, and writes one beside the line; `dashed` a dashed line. `title` is
    shown when a pointer rests on the wire.
    """

    word: str = ""
    thick: bool = False
    open_head: bool = False
    dashed: bool = False
    title: str = ""


# The marks of a picture, by edge.
Marks = Mapping[EdgeId, Mark]
PLAIN = Mark()


def mark_of(marks: Marks, edge: Edge) -> Mark:
    """The mark of an edge; one that says nothing where there is none."""
    return marks.get(edge.id, PLAIN)


def word_at(mark: Mark, wire: Wire) -> str:
    """The word at a wire: of the two wires of an edge with a handoff, the second one has it."""
    return mark.word if wire.target == element_of(wire.edge.target) else ""
