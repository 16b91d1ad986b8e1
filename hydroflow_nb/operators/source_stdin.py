r"""Emits the lines that come in on the standard input, without their ends (`\n`, `\r\n` or `\r`).

The input is read from the first tick on, in its order. A tick takes in the lines that have come before it begins, and
`run_async` runs a tick whenever a line comes. If a flow is closed while lines that were read wait, the next flow that
reads the standard input gets them. A notebook has no standard input of its own: use a channel there, with
`source_stream`.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import FromOutside
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator
from hydroflow_nb.operators.rules.sources import Arrives


def _produce(e: Emission) -> Lines:
    inbox = e.fixed("inbox", f"{e.runtime('StandardInput')}()", Part.INBOX)
    batch = e.batch()
    return [f"{batch} = {inbox}.take()", *e.emit_each(batch, stable=True)]


SOURCE_STDIN = Operator(
    name="source_stdin",
    category=Category.SOURCE,
    summary="The lines of the standard input.",
    manual=__doc__,
    example="source_stdin() -> map(int) -> assert_eq([1, 2]);",
    inputs=NONE,
    external=True,
    reads_standard_input=True,
    rule=Arrives(own=True),
    explains=FromOutside(),
    cost="O(1) per line; holds what was read until the next tick",
    produce=_produce,
)
