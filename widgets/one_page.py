r"""A widget as a page of its own: no kernel, and no request to anywhere.

Everything is in the one file: script, style sheet, data, and the picture for readers without scripts. What comes from a
run is data in it, never markup: each `<` of it is written `\u003c`. The script is packed, which makes a small page half
as large. A policy in the page allows that script and the one that unpacks it, known by their hashes, and no connection.
A page in a frame asks the page around it whether to be light or dark; unless that answers, it is as the machine is.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from gzip import compress
from hashlib import sha256
from html import escape
from typing import Any, Final

from hydroflow_nb.render.counts import counted
from hydroflow_nb.trace.continued import base_of
from hydroflow_nb.trace.saving import Savable, version
from hydroflow_nb.trace.ticks import LONGEST_SHOWN, LONGEST_TEXT, Moved, RecordedTick
from hydroflow_nb.widgets import bundle

# The seconds of processor time in which the causes of a page's items are found.
SECONDS: Final = 1.5
# Without so many bytes a page has no causes: the places of a flow take some.
LEAST_ROOM: Final = 10_000

_MOUNT: Final = """
const stage = document.querySelector("[data-hydroflow]");
const still = stage.innerHTML;
function page() {
  const copy = document.documentElement.cloneNode(true);
  copy.querySelector("[data-hydroflow]").innerHTML = still;
  copy.querySelector("script[data-unpacked]").remove();
  copy.removeAttribute("class");
  return `<!doctype html>\\n${copy.outerHTML}\\n`;
}
const data = JSON.parse(document.querySelector("script[type='application/json']").textContent);
const framed = document.documentElement.classList.contains("framed");
mount(stage, { ...data, page, framed });
if (framed) {
  addEventListener("message", ({ source, data }) => {
    const theme = source === window.parent && data?.["hydroflow-theme"];
    if (theme !== "light" && theme !== "dark") return;
    document.documentElement.dataset.jpThemeLight = String(theme === "light");
    document.documentElement.style.colorScheme = theme;
  });
  window.parent.postMessage("hydroflow-theme?", "*");
}
if (window.top === window) stage.querySelector(".hf").focus({ preventScroll: true, focusVisible: false });
"""

_UNPACK: Final = """
(async () => {
  const packed = document.querySelector("script[type='application/gzip']").textContent;
  const bytes = new Blob([Uint8Array.from(atob(packed), (character) => character.charCodeAt(0))]);
  const script = document.createElement("script");
  script.type = "module";
  script.dataset.unpacked = "";
  script.textContent = await new Response(bytes.stream().pipeThrough(new DecompressionStream("gzip"))).text();
  document.body.append(script);
})();
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
<script type="application/gzip">{packed}</script>
<script>{unpack}</script></body></html>
"""


def written(entry: str, *, title: str, still: str, data: str, note: str = "", framed: bool = False) -> str:
    """The page of a widget, `entry` its room in `static/`, as HTML. `data` is what it mounts, as `as_data` gives it,
    `still` a picture of our own drawing, `note` what the page has not, as text. `framed` is for a page within another.
    """
    return _PAGE.format(
        attributes=' class="framed"' if framed else "",
        policy=_policy(entry),
        generator=f"hydroflow_nb {version()}",
        title=escape(title),
        style=bundle.compact(bundle.stylesheet(entry)) + _STYLE,
        still=still,
        packed=_packed(entry),
        unpack=_UNPACK,
        note=f'<p class="hf-saved">{escape(note)}</p>' if note else "",
        data=data,
    )


def in_frame(page: str, title: str, height: int, still: str) -> str:
    """A page in a frame that keeps it apart from the page around it. Where frames are taken away, as in a notebook that
    is not trusted, `still` is seen in its place.
    """
    return (
        "<style>.hf-frame + img { display: none; }</style>"
        f'<iframe class="hf-frame" title="{escape(title)}" sandbox="allow-scripts allow-downloads" '
        f'style="width:100%;height:{height}px;border:0;resize:vertical;overflow:hidden" '
        f'srcdoc="{escape(page, quote=True)}"></iframe>{still}'
    )


def as_data(data: Any) -> str:
    """Data for a script element: nothing in it can end the element, or begin another one."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _script(entry: str) -> str:
    return f"\n{bundle.compact(bundle.script(entry))}{_MOUNT}"


@cache
def _packed(entry: str) -> str:
    return b64encode(compress(_script(entry).encode(), mtime=0)).decode()


@cache
def _policy(entry: str) -> str:
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (_UNPACK, _script(entry))]
    scripts = " ".join(f"'sha256-{found}'" for found in hashes)
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def fitting(ticks: Sequence[RecordedTick], room: int) -> tuple[list[str], int]:
    """The newest ticks as JSON that fit, oldest first, and of how many of them items are left out. Of the newest tick
    at least the counts are there.
    """
    found: list[str] = []
    for tick in reversed(ticks):
        text = as_data(_whole(tick))
        if len(text) + 1 > room:
            break
        room -= len(text) + 1
        found.append(text)
    if found:
        # What it carries over comes from ticks that are not in the page.
        first = ticks[-len(found)]
        base = {edge: {**moved.to_dict(), **_items(moved)} for edge, moved in base_of(first).items()}
        text = as_data({**_whole(first), "base": base})
        if base and len(text) - len(found[-1]) <= room:
            found[-1] = text
        return found[::-1], 0
    if not ticks:
        return [], 0
    for form in (ticks[-1].to_dict(), _counts(ticks[-1].to_dict())):
        text = as_data(form)
        if len(text) <= room:
            break
    return [text], 1


def causes_of(recording: Savable, ticks: int, room: int) -> tuple[str, int]:
    """What directly made the items of the newest ticks, so many of them, as a member of a JSON object that fits; and of
    how many items it is left out.
    """
    if not ticks or room < LEAST_ROOM:
        return "", sum(
            len(moved.sent.items) for one in recording.ticks for step in one.steps for moved in step.moves.values()
        )
    told = recording.causes(recording.ticks[-ticks].tick, seconds=SECONDS, room=room - LEAST_ROOM)
    return ("", 0) if told is None else (f'"causes":{told[0]},', told[1])


def unknown_note(items: int) -> str:
    """What the page says of items whose causes are left out."""
    return (
        f"Why is not told of {counted(items, 'item')}: it is found in at most {SECONDS:g} s, newest ticks first, and "
        "takes the bytes that are left."
    )


def _whole(tick: RecordedTick) -> dict[str, Any]:
    """A tick as JSON, with all items that are kept, and the whole texts of those that are shown in part."""
    found = tick.to_dict()
    for step, told in zip(tick.steps, found["steps"], strict=True):
        for edge, moved in step.moves.items():
            told["moves"][edge] |= _items(moved)
    return found


def _items(moved: Moved) -> dict[str, Any]:
    # What was carried over stands where it was sent.
    moved = moved.sent
    items = [moved.text(item, LONGEST_SHOWN) for item in moved.items]
    whole = {
        str(index): moved.text(moved.items[index], LONGEST_TEXT) for index, text in enumerate(items) if text.count("…")
    }
    return {"items": items, **({"whole": whole} if whole else {})}


def _counts(tick: dict[str, Any]) -> dict[str, Any]:
    """A tick as JSON without its items."""
    bare: Mapping[str, Any] = {"items": []}
    for step in tick["steps"]:
        step["moves"] = {edge: {**moved, **bare} for edge, moved in step["moves"].items()}
    tick["batch"] = {name: {**moved, **bare} for name, moved in tick["batch"].items()}
    return tick
