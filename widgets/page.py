r"""A run as a page of its own: the stepper with a recording, no kernel, and no request to anywhere.

Everything is in the one file: script, style sheet, data, and the picture for readers without scripts. What comes from a
run is data in it, never markup: each `<` of it is written `\u003c`. A policy in the page allows its one script, known
by its hash, and no connection.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any, Final

from hydroflow_nb.render.counts import counted
from hydroflow_nb.trace.cells import cells_of
from hydroflow_nb.trace.saving import MOST_BYTES, Savable, version
from hydroflow_nb.trace.ticks import LONGEST_SHOWN, LONGEST_TEXT, Moved, RecordedTick, text_of
from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.image import image

_MOUNT: Final = """
const stage = document.querySelector("[data-hydroflow]");
const still = stage.innerHTML;
function page() {
  const copy = document.documentElement.cloneNode(true);
  copy.querySelector("[data-hydroflow]").innerHTML = still;
  copy.removeAttribute("class");
  return `<!doctype html>\\n${copy.outerHTML}\\n`;
}
const data = JSON.parse(document.querySelector("script[type='application/json']").textContent);
const framed = document.documentElement.classList.contains("framed");
mount(stage, { ...data, page, framed });
if (window.top === window) stage.querySelector(".hf").focus({ preventScroll: true, focusVisible: false });
"""

_STYLE: Final = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 12px; background: Canvas; color: CanvasText; font: 13px/20px system-ui, sans-serif; }
.framed body { padding: 0; }
[data-hydroflow] > svg { display: block; margin: 0 auto; }
.hf-saved { margin: 6px 2px 0; opacity: .75; }
"""

_PAGE: Final = """<!doctype html>
<html lang="en"{attributes}><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="{generator}">
<title>{title}</title><style>{style}</style></head>
<body><div data-hydroflow>{still}</div>{note}
<script type="application/json">{data}</script>
<script type="module">{script}</script></body></html>
"""


def page_of(recording: Savable, most: int = MOST_BYTES, *, framed: bool = False) -> str:
    """The page of a recording, as HTML of at most so many bytes where that can be: the oldest ticks are left out, and
    the page says so. `framed` is for a page within another one.
    """
    told = recording.to_dict()
    graph = told["graph"]
    fields = {
        "attributes": ' class="framed"' if framed else "",
        "policy": _policy(),
        "generator": f"hydroflow_nb {version()}",
        "title": escape(f"Run of {graph['name']}"),
        "style": bundle.compact(bundle.stylesheet("stepper")) + _STYLE,
        "still": recording.svg(),
        "script": _script(),
    }
    head = {name: value for name, value in told.items() if name not in ("ticks", "dropped")}
    head["cells"] = cells_of(graph, recording.ticks)
    frame = len(_PAGE.format(**fields, note="", data=_json(head)).encode())
    ticks, cut = _fitting(recording.ticks, most - frame)
    left_out = len(recording.ticks) - len(ticks)
    tail = f'"dropped":{recording.dropped + left_out},"ticks":[{",".join(ticks)}]}}'
    return _PAGE.format(**fields, note=_note(left_out, cut, most), data=f"{_json(head)[:-1]},{tail}")


def frame_of(recording: Savable, most: int = MOST_BYTES) -> str:
    """The page of a recording in a frame that keeps it apart from the page around it. Where frames are taken away, as
    in a notebook that is not trusted, the picture is seen in its place.
    """
    title = escape(f"Run of {recording.graph.to_dict()['name']}")
    page = escape(page_of(recording, most, framed=True), quote=True)
    return (
        "<style>.hf-frame + img { display: none; }</style>"
        f'<iframe class="hf-frame" title="{title}" sandbox="allow-scripts allow-downloads" '
        f'style="width:100%;height:{HEIGHT}px;border:0;resize:vertical;overflow:hidden" srcdoc="{page}"></iframe>'
        f"{image(recording.svg())}"
    )


# Pixels of a frame: the graph, the tables beside it, and what stands above and below.
HEIGHT: Final = 620


@cache
def _script() -> str:
    return f"\n{bundle.compact(bundle.script('stepper'))}{_MOUNT}"


@cache
def _policy() -> str:
    digest = b64encode(sha256(_script().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


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
    return f'<p class="hf-saved">{sentence[0].upper()}{sentence[1:]}, as the page has at most {most:,} bytes.</p>'


def _fitting(ticks: Sequence[RecordedTick], room: int) -> tuple[list[str], int]:
    """The newest ticks as JSON that fit, oldest first, and of how many of them items are left out. Of the newest tick
    at least the counts are there.
    """
    found: list[str] = []
    for tick in reversed(ticks):
        text = _json(_whole(tick))
        if len(text) + 1 > room:
            break
        room -= len(text) + 1
        found.append(text)
    if found or not ticks:
        return found[::-1], 0
    for form in (ticks[-1].to_dict(), _counts(ticks[-1].to_dict())):
        text = _json(form)
        if len(text) <= room:
            break
    return [text], 1


def _whole(tick: RecordedTick) -> dict[str, Any]:
    """A tick as JSON, with all items that are kept, and the whole texts of those that are shown in part."""
    found = tick.to_dict()
    for step, told in zip(tick.steps, found["steps"], strict=True):
        for edge, moved in step.moves.items():
            told["moves"][edge] |= _items(moved)
    return found


def _items(moved: Moved) -> dict[str, Any]:
    items = [text_of(item, LONGEST_SHOWN) for item in moved.items]
    whole = {
        str(index): text_of(moved.items[index], LONGEST_TEXT) for index, text in enumerate(items) if text.count("…")
    }
    return {"items": items, **({"whole": whole} if whole else {})}


def _counts(tick: dict[str, Any]) -> dict[str, Any]:
    """A tick as JSON without its items."""
    bare: Mapping[str, Any] = {"items": []}
    for step in tick["steps"]:
        step["moves"] = {edge: {**moved, **bare} for edge, moved in step["moves"].items()}
    tick["batch"] = {name: {**moved, **bare} for name, moved in tick["batch"].items()}
    return tick


def _json(data: Any) -> str:
    """Data for a script element: nothing in it can end the element, or begin another one."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
