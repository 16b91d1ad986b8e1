"""The page of a run, as text; tests/browser/test_saved_page.py opens it."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from gzip import decompress
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from subprocess import run as run_command
from typing import Any

import pytest

import hydroflow_nb as hf
from hydroflow_nb.widgets.page import frame_of, page_of

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)>"
Run = Callable[..., hf.Recording]


@pytest.fixture
def run() -> Run:
    def make(*batches: list[Any], text: str = "source_stream(numbers) -> map(|x| x) -> null();") -> hf.Recording:
        numbers = hf.channel()
        flow = hf.compile(text, {"numbers": numbers}, name="paged")
        flow.record()
        for batch in batches:
            numbers.extend(batch)
            flow.run_tick()
        return flow.recording

    return make


class Read(HTMLParser):
    """What a page holds: its scripts and how often each element is there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, Any], str]] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.meta: dict[str, str] = {}
        self._inside: dict[str, Any] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "poster")]
        if tag == "meta" and "http-equiv" in given:
            self.meta[str(given["http-equiv"])] = given["content"] or ""
        self._inside = given if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.scripts.append((self._inside, data))

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.scripts[0][1])
        return found


def test_the_page_holds_the_recording_and_asks_for_nothing(run: Run) -> None:
    recording = run([1, 2], [3])

    page = Read(page_of(recording))

    wanted = recording.to_dict()
    assert {name: page.data[name] for name in wanted} == wanted
    assert page.addresses == []
    assert "link" not in page.tags
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org/(2000/svg|1999))", page_of(recording))


def test_its_policy_allows_its_own_scripts_and_no_connection(run: Run) -> None:
    page = Read(page_of(run([1])))

    (_, data), (kind, packed), (loading, unpack) = page.scripts
    script = decompress(b64decode(packed)).decode()
    policy = page.meta["Content-Security-Policy"]
    assert (kind, loading) == ({"type": "application/gzip"}, {})
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in (unpack, script)]
    assert f"script-src {' '.join(hashes)};" in policy
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy
    assert "<" not in data


def test_what_was_made_to_harm_stays_data(run: Run) -> None:
    page = Read(page_of(run([HOSTILE], text=f"source_stream(numbers) -> map(|x| (x, {HOSTILE!r})) -> null();")))

    assert page.tags.count("script") == 3
    assert "img" not in page.tags
    assert HOSTILE in page.data["graph"]["source"]
    assert page.data["ticks"][0]["steps"][0]["moves"]["edge-1"]["items"] == [repr(HOSTILE)]


def test_the_picture_is_in_the_page_for_readers_without_scripts(run: Run) -> None:
    recording = run([1])

    assert f"<div data-hydroflow>{recording.svg()}</div>" in page_of(recording)


def test_all_kept_items_are_in_it_and_the_whole_texts_of_long_ones(run: Run) -> None:
    page = Read(page_of(run([*range(700), "x" * 5_000])))

    moved = page.data["ticks"][0]["steps"][0]["moves"]["edge-1"]
    assert len(moved["items"]) == moved["count"] == 701
    assert len(moved["items"][700]) < 250
    assert moved["whole"] == {"700": repr("x" * 5_000)}


def test_above_the_limit_the_oldest_ticks_are_left_out_and_the_page_says_so(run: Run) -> None:
    recording = run(*[["x" * 3_000, tick] for tick in range(100)])
    most = len(page_of(run([1]))) + 100_000

    page = page_of(recording, most)

    ticks = [tick["tick"] for tick in Read(page).data["ticks"]]
    assert most - 15_000 < len(page.encode()) <= most
    assert ticks == list(range(ticks[0], 100))
    assert 0 < ticks[0] == Read(page).data["dropped"]
    assert f"The oldest {ticks[0]} ticks of the recording are left out, as the page has at most {most:,} bytes." in page


def test_of_a_tick_that_is_too_large_the_counts_are_there(run: Run) -> None:
    page = page_of(run([1], ["x" * 9_000] * 900), 1)

    (tick,) = Read(page).data["ticks"]
    assert tick["steps"][0]["moves"]["edge-1"] == {"count": 900, "items": []}
    assert "The oldest 1 tick of the recording is left out, and items of 1 tick are left out" in page


def test_a_recording_without_a_tick_has_a_page(run: Run) -> None:
    assert Read(page_of(run())).data["ticks"] == []


def test_a_page_of_a_small_run_is_small(run: Run) -> None:
    assert 30_000 < len(page_of(run([1, 2], [3]))) < 200_000


def test_the_frame_holds_the_page_as_text_and_the_picture_where_frames_are_taken_away(run: Run) -> None:
    recording = run([HOSTILE])

    frame = Read(frame_of(recording))

    assert frame.tags == ["style", "iframe", "img"]
    (_, picture) = frame.addresses[-1].split(",")
    assert picture == b64encode(recording.svg().encode()).decode()


def test_a_page_is_made_without_the_libraries_of_live_widgets(tmp_path: Path) -> None:
    code = (
        "import sys, hydroflow_nb as hf\n"
        "flow = hf.compile('source_iter([1]) -> null();')\n"
        "flow.record(); flow.run_tick()\n"
        f"flow.recording.save({str(tmp_path / 'run.html')!r})\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('anywidget', 'ipywidgets', 'IPython')])"
    )

    assert run_command([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_page_has_the_ticks_of_all_branches_as_far_as_there_is_room() -> None:
    numbers = hf.channel()
    flow = hf.compile("source_stream(numbers) -> map(|x| x) -> null();", {"numbers": numbers}, name="paged")
    flow.record()
    for number in range(6):
        numbers.extend([f"{number} " + "x" * 150] * 20)
        flow.run_tick()
    flow.rewind(1, branch="what if")
    flow.run_available()

    whole = page_of(flow.recording)
    small = page_of(flow.recording, len(whole) - 5_000)

    assert [len(one["ticks"]) for one in Read(whole).data["branches"]] == [5, 0]
    assert [len(one["ticks"]) for one in Read(small).data["branches"]] == [4, 0]
    assert len(Read(small).data["ticks"]) == 6
    assert "1 tick of other branches is left out" in small
