"""A run as a page of its own: the stepper with a recording, no kernel, and no request to anywhere."""

from __future__ import annotations

from typing import Final

from hydroflow_nb.render.counts import counted
from hydroflow_nb.trace.cells import cells_of
from hydroflow_nb.trace.saving import MOST_BYTES, Savable
from hydroflow_nb.widgets.image import image
from hydroflow_nb.widgets.one_page import as_data, fitting, in_frame, written

# Pixels of a frame: the graph, the tables beside it, and what stands above and below.
HEIGHT: Final = 620


def page_of(recording: Savable, most: int = MOST_BYTES, *, framed: bool = False) -> str:
    """The page of a recording, as HTML of at most so many bytes where that can be: the oldest ticks are left out, and
    the page says so. `framed` is for a page within another one.
    """
    told = recording.to_dict()
    head = {name: value for name, value in told.items() if name not in ("ticks", "dropped")}
    head["cells"] = cells_of(told["graph"], recording.ticks)

    def page(data: str, note: str = "") -> str:
        title = f"Run of {told['graph']['name']}"
        return written("stepper", title=title, still=recording.svg(), data=data, note=note, framed=framed)

    frame = len(page(as_data(head)).encode())
    ticks, cut = fitting(recording.ticks, most - frame)
    left_out = len(recording.ticks) - len(ticks)
    tail = f'"dropped":{recording.dropped + left_out},"ticks":[{",".join(ticks)}]}}'
    return page(f"{as_data(head)[:-1]},{tail}", _note(left_out, cut, most))


def frame_of(recording: Savable, most: int = MOST_BYTES) -> str:
    """The page of a recording in a frame; where frames are taken away, the picture is seen in its place."""
    title = f"Run of {recording.graph.to_dict()['name']}"
    return in_frame(page_of(recording, most, framed=True), title, HEIGHT, image(recording.svg()))


def _note(left_out: int, cut: int, most: int) -> str:
    """What the page has not, for its reader; empty where it has everything."""
    words = []
    if left_out:
        verb = "is" if left_out == 1 else "are"
        words.append(f"the oldest {counted(left_out, 'tick')} of the recording {verb} left out")
    if cut:
        words.append(f"items of {counted(cut, 'tick')} are left out")
    if not words:
        return ""
    sentence = ", and ".join(words)
    return f"{sentence[0].upper()}{sentence[1:]}, as the page has at most {most:,} bytes."
