"""The stepper's page, without a notebook: a recorded run, and a kernel that plays it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from stepper_page import UNREACHED, Recorded, Start

import hydroflow_nb as hf
from hydroflow_nb.widgets import bundle

BATCHES = ([], [(0, 5)], [(5, 10), (0, 3)], [(10, 3)], [(7, 8), (8, 7)], [(3, 1), (1, 2), (0, 4)])

PAGE = """<!doctype html><meta charset="utf-8"><style>{style}</style>
<style>body {{ margin: 16px; color-scheme: light dark; background: light-dark(#fff, #111); }}
[data-jp-theme-light="true"] {{ color-scheme: light; }} [data-jp-theme-light="false"] {{ color-scheme: dark; }}</style>
<body data-jp-theme-light="true"><div id="stage"></div><div id="second"></div><input id="outside">
<script>{kernel}</script><script type="module">{script}
window.start = (recording, options, stage = "stage") => {{
  const widget = {{ graph: recording.graph, svg: recording.svg }};
  window.kernel = options ? scriptedKernel(recording, options) : null;
  window.cleanup = mount(document.getElementById(stage), options ? widget : recording, window.kernel, window.makers);
}};
</script></body>"""


@pytest.fixture(scope="session")
def unreached() -> Recorded:
    edges = hf.channel()
    flow = hf.compile(UNREACHED, {"edges": edges, "found": []}, name="unreach")
    recording = flow.record()
    for batch in BATCHES:
        edges.extend(batch)
        flow.run_tick()
    return dict(recording.to_dict())


@pytest.fixture
def recorded(unreached: Recorded) -> Recorded:
    """Six ticks of a flow with a cycle, two strata and one input; a copy that the test may change."""
    return deepcopy(unreached)


@pytest.fixture
def start(browser: Browser, repository: Path, recorded: Recorded) -> Iterator[Start]:
    """Opens a page with the stepper: `start(known=4)` with a kernel that ran 4 ticks, `start(kernel=False)` saved."""
    script = (repository / "tests" / "widgets" / "page" / "scripted_kernel.js").read_text(encoding="utf-8")
    html = PAGE.format(style=bundle.stylesheet("stepper"), kernel=script, script=bundle.script("stepper"))
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(
        recording: Recorded | None = None,
        *,
        kernel: bool = True,
        width: int = 1200,
        before: str = "() => {}",
        **options: object,
    ) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 1000})
        pages.append(page)
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_content(html)
        page.wait_for_function("() => Boolean(window.start)")
        page.evaluate(before)
        page.evaluate(
            "([recording, options]) => start(recording, options)", [recording or recorded, options if kernel else None]
        )
        if kernel:
            page.wait_for_function(
                "() => kernel.calls.length > 0 && !document.querySelector('[aria-label=Run]').disabled"
            )
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []
