"""A recording read from a file. Nothing in the file is run or trusted: it is data, and is checked part by part."""

from __future__ import annotations

import json
from collections.abc import Iterable
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NoReturn

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.records import dataclass
from hydroflow_nb.state.saved import SavedHistory
from hydroflow_nb.trace.lines import Lines
from hydroflow_nb.trace.plain import Damaged, from_plain
from hydroflow_nb.trace.saved_graph import SavedGraph
from hydroflow_nb.trace.saved_lines import SavedLines, restored
from hydroflow_nb.trace.saving import FORMAT, KIND, READ, version
from hydroflow_nb.trace.ticks import RecordedTick


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What a file holds of a recording."""

    graph: SavedGraph
    ticks: list[RecordedTick]
    dropped: int
    budget: int
    lines: Lines
    states: SavedHistory | None = None


def load(path: str | PathLike[str]) -> Loaded:
    """The recording that a file holds. Raises HydroflowError for a file that is no recording, is damaged or of another
    format, and OSError where it cannot be read.
    """
    source = Path(fspath(path))
    try:
        return from_json(source.read_bytes())
    except Damaged as damage:
        raise HydroflowError(message=f"{source.name} cannot be read as a recording: {damage}") from None


def from_json(text: str | bytes) -> Loaded:
    """The recording that a text holds. Raises `Damaged`, and HydroflowError for another format."""
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise Damaged("the file", "its values stand too deep in each other") from None
    except (ValueError, UnicodeDecodeError) as problem:
        hint = " (a page, `.html`, shows a run: save it as `.json`, too)" if _is_page(text) else ""
        raise Damaged("the file", f"is not JSON: {problem}{hint}") from None
    try:
        return _recording(data)
    except RecursionError:
        raise Damaged("the file", "its values stand too deep in each other") from None


def _recording(data: Any) -> Loaded:
    if type(data) is not dict or data.get("kind") != KIND:
        raise Damaged("the file", "does not say that it is one; `recording.save('run.json')` writes one")
    _must_be_known(data)
    graph = SavedGraph(data.get("graph"), data.get("svg"))
    ticks = from_plain(data.get("ticks"), list[RecordedTick], "ticks")
    _must_be_in_order(ticks)
    _must_fit(ticks, graph, "ticks")
    lines = _lines(data, graph)
    states = from_plain(data.get("states"), SavedHistory | None, "states")
    return Loaded(
        graph=graph,
        ticks=ticks,
        dropped=_number(data, "dropped"),
        budget=_number(data, "budget"),
        lines=lines,
        states=states,
    )


def _lines(data: dict[str, Any], graph: SavedGraph) -> Lines:
    """The branches; a file of the first format has one."""
    if data["format"] == 1:
        return Lines()
    found = restored(from_plain(data.get("branches"), SavedLines, "branches"))
    for number, line in enumerate(found):
        _must_fit(line.ticks, graph, f"branches.lines[{number}].ticks")
    return found


def _must_be_known(data: dict[str, Any]) -> None:
    """Raise HydroflowError for a file of another format."""
    found = data.get("format")
    if found in READ and type(found) is int:
        return
    if type(found) is not int:
        raise Damaged("format", "is not a number")
    writer = data.get("written_by")
    by = f"hydroflow_nb {writer[:40]}" if isinstance(writer, str) else "another version of hydroflow_nb"
    if found > FORMAT:
        way_out = "install a newer hydroflow_nb, or have the run saved by this one"
    else:
        way_out = "read it with the version that wrote it, or record and save the run anew"
    raise HydroflowError(
        message=f"the recording has format {found}, written by {by}; hydroflow_nb {version()} reads "
        f"formats {READ[0]} to {FORMAT}: {way_out}"
    )


def _must_be_in_order(ticks: list[RecordedTick]) -> None:
    """Raise `Damaged` for ticks with a gap."""
    for number, tick in enumerate(ticks):
        if tick.tick != ticks[0].tick + number:
            raise Damaged(f"ticks[{number}].tick", "is not the number after that of the tick before")


def _must_fit(ticks: Iterable[RecordedTick], graph: SavedGraph, where: str) -> None:
    """Raise `Damaged` for ticks that name what the graph has not."""
    for number, tick in enumerate(ticks):
        for at, step in enumerate(tick.steps):
            through = {edge for moved in step.moves.values() for edge in moved.through}
            unknown = {step.operator, *step.moves, *through} - graph.elements
            if unknown:
                raise Damaged(f"{where}[{number}].steps[{at}]", f"names {min(unknown)[:40]!r}, which the graph has not")
        for moved in (*tick.batch.values(), *(moved for step in tick.steps for moved in step.moves.values())):
            if moved.carried < 0 or moved.count < moved.carried + len(moved.items):
                raise Damaged(f"{where}[{number}]", "has a count that is less than its items")


def _number(data: dict[str, Any], name: str) -> int:
    number = data.get(name)
    if type(number) is not int or number < 0:
        raise Damaged(name, "is not a count")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _is_page(text: str | bytes) -> bool:
    start = text[:100].lstrip()
    return start[:1] in ("<", b"<")
