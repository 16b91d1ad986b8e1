"""A run as a page of its own: the stepper with a recording, no kernel, and no request to anywhere."""

from __future__ import annotations

from typing import Any, Final

from hydroflow_nb.render.counts import counted
from hydroflow_nb.trace.cells import cells_of
from hydroflow_nb.trace.saving import MOST_BYTES, Savable
from hydroflow_nb.widgets.image import image
from hydroflow_nb.widgets.one_page import as_data, causes_of, fitting, in_frame, unknown_note, written

# Pixels of a frame: the graph, the tables beside it, and what stands above and below.
HEIGHT: Final = 620
# Bytes that the words below a page may take.
_NOTE: Final = 600


def page_of(recording: Savable, most: int = MOST_BYTES, *, framed: bool = False) -> str:
    """The page of a recording, as HTML of at most so many bytes where that can be: the oldest ticks are left out, and
    the page says so. `framed` is for a page within another one.
    """
    told = recording.to_dict()
    head = {name: value for name, value in told.items() if name not in ("ticks", "dropped", "branches")}
    head["cells"] = cells_of(told["graph"], recording.ticks)

    def page(data: str, note: str = "") -> str:
        title = f"Run of {told['graph']['name']}"
        return written("stepper", title=title, still=recording.svg(), data=data, note=note, framed=framed)

    frame = len(page(as_data(head)).encode())
    ticks, cut = fitting(recording.ticks, most - frame)
    left_out = len(recording.ticks) - len(ticks)
    room = most - frame - sum(len(tick) + 1 for tick in ticks) - _NOTE
    branches, missing = _branches(recording, told["branches"], room)
    causes, unknown = causes_of(recording, len(ticks), room - len(branches))
    dropped = recording.dropped + left_out
    tail = f'"branches":{branches},"dropped":{dropped},{causes}"ticks":[{",".join(ticks)}]}}'
    return page(f"{as_data(head)[:-1]},{tail}", _note(left_out, cut, missing, unknown, most))


def _branches(recording: Savable, told: list[dict[str, Any]], room: int) -> tuple[str, int]:
    """The branches as JSON, with as many of the ticks that are not on the way to the current one as there is room for,
    the newest ones of each; and how many are left out.
    """
    found, left_out = [], 0
    for one, line in zip(told, recording.lines, strict=True):
        head = as_data({name: value for name, value in one.items() if name != "ticks"})
        room -= len(head)
        ticks = fitting(line.ticks, room)[0] if room > 0 else []
        size = sum(map(len, ticks))
        if size > room:
            ticks, size = [], 0
        room -= size
        left_out += len(line.ticks) - len(ticks)
        found.append(f'{head[:-1]},"ticks":[{",".join(ticks)}]}}')
    return f"[{','.join(found)}]", left_out


def frame_of(recording: Savable, most: int = MOST_BYTES) -> str:
    """The page of a recording in a frame; where frames are taken away, the picture is seen in its place."""
    title = f"Run of {recording.graph.to_dict()['name']}"
    return in_frame(page_of(recording, most, framed=True), title, HEIGHT, image(recording.svg()))


def _note(left_out: int, cut: int, missing: int, unknown: int, most: int) -> str:
    """What the page has not, for its reader; empty where it has everything."""
    words = []
    if left_out:
        verb = "is" if left_out == 1 else "are"
        words.append(f"the oldest {counted(left_out, 'tick')} of the recording {verb} left out")
    if missing:
        words.append(f"{counted(missing, 'tick')} of other branches {'is' if missing == 1 else 'are'} left out")
    if cut:
        words.append(f"items of {counted(cut, 'tick')} are left out")
    notes = []
    if words:
        sentence = ", and ".join(words)
        notes.append(f"{sentence[0].upper()}{sentence[1:]}, as the page has at most {most:,} bytes.")
    if unknown:
        notes.append(unknown_note(unknown))
    return " ".join(notes)
