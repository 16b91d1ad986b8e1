"""Emits the value in a JSON file, as one item in the first tick.

The file is read when the flow is compiled, as UTF-8 with or without a byte order mark, so a wrong path or wrong JSON is
an error there. Objects become dicts, and arrays become lists: `-> flatten()` emits the elements of an array.
`flow.reset()` reads the file anew.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.sources import Begins


def _produce(e: Emission) -> Lines:
    inbox = e.fixed("inbox", f"{e.runtime('json_of')}({e.value(0)})", Part.INBOX)
    batch = e.batch()
    return [f"{batch} = {inbox}.take()", *e.emit_each(batch, stable=True)]


SOURCE_JSON = Operator(
    name="source_json",
    category=Category.SOURCE,
    summary="The value in a JSON file, as one item.",
    manual=__doc__,
    example='source_json(file_of("[1, 2]")) -> flatten() -> assert_eq([1, 2]);',
    inputs=NONE,
    arguments=(value("path", "where the file is, from the directory in which Python runs"),),
    external=True,
    rule=Begins(own=True),
    explains=Given(words="is in the file"),
    cost="O(1); holds the value from compiling until the first tick",
    produce=_produce,
)
