r"""Emits the lines that come in on the standard input, without their ends, whether these are `\n`, `\r\n` or `\r`.

The input is read from the first tick on; a tick takes in the lines that have come until it begins, and `run_async`
runs one whenever a line comes. A line that was read when its flow was closed waits for the next flow that reads the
standard input. A notebook has no standard input of its own: there a channel is the way, with `source_stream`.
"""

from __future__ import annotations

from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, Promise
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
    promise=Promise(order="that of the input", duplicates="kept", monotone=True),
    cost="O(1) a line; holds what was read until the next tick",
    produce=_produce,
)
