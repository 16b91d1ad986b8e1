"""The errors of a flow that is built by hand, with `hydroflow_nb.core`: HF26x."""

from __future__ import annotations

from hydroflow_nb.error_index.entry import Entry

_BY_HAND = """\
from hydroflow_nb import core

b = core.Builder()
numbers, doubled = b.handoff("numbers"), b.handoff("doubled")
b.input("numbers", into=numbers).send(1)

def double(context, numbers, doubled):
    doubled.extend(2 * number for number in numbers)

"""

BY_HAND: tuple[Entry, ...] = (
    Entry(
        code="HF260",
        title="No subgraph reads a handoff",
        meaning="Items in the handoff would wait for ever. A subgraph reads a handoff if it names it in its `reads`.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
    Entry(
        code="HF261",
        title="Nothing is put into a handoff",
        meaning="The readers of the handoff would never get an item. A subgraph fills a handoff if it names it in its "
        "`writes`; an input can fill it as well.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers])(print)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
    Entry(
        code="HF262",
        title="A subgraph's function has the wrong number of parameters",
        meaning="The function is called with the context, then a list for each handoff that it reads, then an output "
        "for each handoff that it writes, in the order of `reads` and `writes`.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda doubled: print(doubled))\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
    Entry(
        code="HF263",
        title="A subgraph cannot run in the stratum that was chosen for it",
        meaning="A reader runs in the stratum of its writers or in a later one; a reader of a complete handoff runs in "
        "a later one; all subgraphs of a cycle run in the same one. Without the argument `stratum`, the builder finds "
        "a stratum that is possible.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled.complete], stratum=0)(lambda context, doubled: print(doubled))\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled.complete])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
)
