r"""Emits the lines of a text file, in the first tick.

The file is read as UTF-8 when the flow is compiled, so a wrong path is an error there. Lines come in the order of the
file, without their ends (`\n`, `\r\n` or `\r`), and the first one without a byte order mark. All lines are held until
the first tick. `flow.reset()` reads the file anew.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Given
from hydroflow_nb.operators.record.emission import Emission, Lines, Part
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.sources import Arrives


def _produce(e: Emission) -> Lines:
    inbox = e.fixed("inbox", f"{e.runtime('lines_of')}({e.value(0)})", Part.INBOX)
    batch = e.batch()
    return [f"{batch} = {inbox}.take()", *e.emit_each(batch, stable=True)]


SOURCE_FILE = Operator(
    name="source_file",
    category=Category.SOURCE,
    summary="The lines of a text file.",
    manual=__doc__,
    example='source_file(file_of("one\\ntwo\\n")) -> assert_eq(["one", "two"]);',
    inputs=NONE,
    arguments=(value("path", "where the file is, from the directory in which Python runs"),),
    external=True,
    rule=Arrives(sent=False, own=True),
    explains=Given(words="is a line of the file"),
    cost="O(1) per line; holds the file's lines from compiling until the first tick",
    produce=_produce,
)
