"""A recording as a file: what kinds of files there are, by the ends of their names.

`.json` is the recording itself, which `Recording.load` reads. `.html` is the page that shows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final, Protocol

from hydroflow_nb.errors import HydroflowError
from hydroflow_nb.state.saved import SavedHistory
from hydroflow_nb.trace.lines import Line, Lines
from hydroflow_nb.trace.listing import listing
from hydroflow_nb.trace.plain import to_plain
from hydroflow_nb.trace.saved_lines import SavedLines, saved
from hydroflow_nb.trace.ticks import RecordedTick
from hydroflow_nb.whole_file import write_whole

# What a file is that cannot be read by a package that knows an older form only. It is raised when the form changes so
# that older packages would read it wrongly.
FORMAT: Final = 3
# The formats that are read: the first one had the current branch alone, in the second one nothing was carried over.
READ: Final = (1, 2, FORMAT)
KIND: Final = "hydroflow_nb recording"
# The bytes that a page has at most, if nothing else is asked for.
MOST_BYTES: Final = 20_000_000


class Graph(Protocol):
    """The graph of the flow that was recorded."""

    def to_dict(self) -> dict[str, Any]:
        """The graph as data for JSON."""

    def svg(self) -> str:
        """Its picture."""


class Savable(Protocol):
    """A recording, as far as a file holds it."""

    @property
    def graph(self) -> Graph:
        """The graph of the flow."""

    @property
    def budget(self) -> int:
        """How many items it keeps at most."""

    @property
    def dropped(self) -> int:
        """How many older ticks it has dropped."""

    @property
    def ticks(self) -> Sequence[RecordedTick]:
        """The ticks, oldest first."""

    @property
    def lines(self) -> Lines:
        """The lines of the run, with the ticks of those that are not the current one."""

    @property
    def changed_on(self) -> Callable[[Line], tuple[str, ...]]:
        """The names whose values have changed on a line."""

    @property
    def history(self) -> SavedHistory | None:
        """What the operators held after them, as far as that is kept."""

    def svg(self) -> str:
        """The picture of the newest tick."""

    def causes(self, since: int, *, seconds: float, room: int) -> tuple[str, int] | None:
        """What directly made the items of the ticks from `since` on; None where nobody can be asked."""

    def to_dict(self) -> dict[str, Any]:
        """All of it as a page shows it."""


def as_json(recording: Savable, most: int | None = None) -> str:
    """A recording as JSON, with its graph, the picture and the source text, and what every tick took in."""
    data = {
        "kind": KIND,
        "format": FORMAT,
        "written_by": version(),
        "graph": recording.graph.to_dict(),
        "svg": recording.graph.svg(),
        "budget": recording.budget,
        "dropped": recording.dropped,
        "ticks": [to_plain(tick, RecordedTick) for tick in recording.ticks],
        "branches": to_plain(saved(recording.lines, recording.changed_on), SavedLines),
        "states": to_plain(recording.history, SavedHistory | None),
    }
    return json.dumps(data, separators=(",", ":"), allow_nan=False) + "\n"


def as_page(recording: Savable, most: int) -> str:
    """The recording as a page of at most so many bytes."""
    # What pages are made of is not imported before one is asked for.
    from hydroflow_nb.widgets.page import page_of

    return page_of(recording, most)


def forms_of(recording: Savable) -> dict[str, str]:
    """What a notebook shows of a recording, by media type: the page in a frame, the picture, and the ticks as text."""
    from hydroflow_nb.widgets.page import frame_of

    return {"text/html": frame_of(recording), "image/svg+xml": recording.svg(), "text/plain": listing(recording)}


class Page:
    """The page of a recording, as a notebook shows it; `str()` gives its HTML."""

    def __init__(self, recording: Savable) -> None:
        self.recording = recording

    def __str__(self) -> str:
        return as_page(self.recording, MOST_BYTES)

    def __repr__(self) -> str:
        return listing(self.recording)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return forms_of(self.recording)


def version() -> str:
    """The version of this package."""
    return str(import_module("hydroflow_nb").__version__)


# By the end of a file's name: what it is, for a reader, and what writes it.
WRITERS: Final[Mapping[str, tuple[str, Callable[[Savable, int], str]]]] = {
    ".html": ("a page that steps through it without a kernel", as_page),
    ".json": ("the recording itself, which `hydroflow_nb.Recording.load` reads", as_json),
}


def save(recording: Savable, path: str | PathLike[str], most: int) -> None:
    """Write a recording to a file, in the form that its name asks for. A file that is there is replaced when the new
    one is whole. Raises HydroflowError for another name, OSError where the file cannot be written.
    """
    target = Path(fspath(path))
    write_whole(target, writer_for(target)(recording, most))


def as_text(recording: Savable, path: Path) -> str:
    """What `save` would write to a file of this name; of a name that asks for no form, such as a pipe's, the JSON."""
    found = [end for end in WRITERS if path.name.lower().endswith(end)]
    write = WRITERS[max(found, key=len)][1] if found else as_json
    return write(recording, MOST_BYTES)


def writer_for(path: Path) -> Callable[[Savable, int], str]:
    """What writes a file of this name. Raises HydroflowError for a name that asks for no form that there is."""
    found = [end for end in WRITERS if path.name.lower().endswith(end)]
    if not found:
        known = "; ".join(f"`{end}`: {what}" for end, (what, _) in WRITERS.items())
        raise HydroflowError(message=f"the name {path.name!r} says not how a recording is to be saved. {known}")
    return WRITERS[max(found, key=len)][1]
