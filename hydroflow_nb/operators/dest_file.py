"""Writes each item, which has to be a text, as a line to a file, in the order of arrival.

The file is opened in UTF-8 when the flow is compiled, and emptied then, unless `append` is True. A flow that cannot be
compiled leaves the file as it is. If a file that is appended to ends within a line, that line is ended first. When the
operator's stratum has run, other programs can read the lines of the tick. `flow.close()` closes the file;
`flow.reset()` opens it anew.
"""

from __future__ import annotations

from hydroflow_nb.operators.explaining.families import Dropping
from hydroflow_nb.operators.record.emission import Emission, Item, Lines, Part
from hydroflow_nb.operators.record.facts import Emits, Facts
from hydroflow_nb.operators.record.operator import NONE, Category, Operator, value
from hydroflow_nb.operators.rules.functions import Same


def _file(e: Emission) -> str:
    return e.fixed("file", f"{e.runtime('LineFile')}({e.value(0)}, {e.value(1)})", Part.FILE)


def _receive(e: Emission, port: str, item: Item) -> Lines:
    return [f"{_file(e)}.write({item.once})"]


def _receive_all(e: Emission, port: str, iterable: str) -> Lines:
    return [f"{_file(e)}.write_all({iterable})"]


def _produce(e: Emission) -> Lines:
    return [f"{_file(e)}.flush()"]


DEST_FILE = Operator(
    name="dest_file",
    category=Category.SINK,
    summary="Writes the items to a text file, a line each.",
    manual=__doc__,
    example='source_iter([1, 2]) -> map(str) -> dest_file(file_of(""), False);',
    outputs=NONE,
    arguments=(
        value("path", "where the file is, from the directory in which Python runs"),
        value("append", "True: lines are put behind those that are there; False: the file is emptied first"),
    ),
    rule=Same(),
    explains=Dropping(),
    facts=Facts(emits=Emits.NOTHING, pure=False),
    cost="O(1) per item; keeps nothing",
    receive=_receive,
    receive_all=_receive_all,
    produce=_produce,
)
