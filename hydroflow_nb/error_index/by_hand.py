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
        meaning="What is put into it would wait for ever. A handoff is read by the subgraphs that name it among their "
        "`reads`.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
    Entry(
        code="HF261",
        title="Nothing is put into a handoff",
        meaning="Its readers would never get an item. A handoff is filled by the subgraphs that name it among their "
        "`writes`, or by an input.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers])(print)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
    Entry(
        code="HF262",
        title="A subgraph's function has the wrong number of parameters",
        meaning="It is called with the context, a list for each handoff that it reads and an output for each that it "
        "writes, in the order of `reads` and `writes`.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda doubled: print(doubled))\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
    Entry(
        code="HF263",
        title="A subgraph cannot run in the stratum that was chosen for it",
        meaning="A reader runs in the stratum of its writers or in a later one, the reader of a complete handoff in a "
        "later one, and the subgraphs of a cycle in one. Without `stratum` one that is possible is found.",
        wrong=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled.complete], stratum=0)(lambda context, doubled: print(doubled))\nflow = b.build()",
        right=_BY_HAND + "b.subgraph(reads=[numbers], writes=[doubled])(double)\n"
        "b.subgraph(reads=[doubled.complete])(lambda context, doubled: print(doubled))\nflow = b.build()",
        by_hand=True,
    ),
)
