"""The stepper's page, without a notebook: a recorded run, and a kernel that plays it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page
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


# A page of its own for each test would take three times as long.
@pytest.fixture(scope="package")
def tab(browser: Browser) -> Iterator[Page]:
    """A page that the tests of this folder use one after another, each with a document of its own."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def start(browser: Browser, tab: Page, repository: Path, recorded: Recorded) -> Iterator[Start]:
    """Opens a page with the stepper: `start(known=4)` with a kernel that ran 4 ticks, `start(kernel=False)` saved."""
    script = (repository / "tests" / "widgets" / "page" / "scripted_kernel.js").read_text(encoding="utf-8")
    html = PAGE.format(style=bundle.stylesheet("stepper"), kernel=script, script=bundle.script("stepper"))
    pages: list[Page] = []
    complaints: list[str] = []

    def complain(error: Error) -> None:
        complaints.append(str(error))

    def open_page(
        recording: Recorded | None = None,
        *,
        kernel: bool = True,
        width: int = 1200,
        before: str = "() => {}",
        **options: object,
    ) -> Page:
        page = browser.new_page() if pages else tab
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 1000})
        page.set_default_timeout(60_000)
        page.on("pageerror", complain)
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
    for page in pages[1:]:
        page.close()
    tab.goto("about:blank")
    tab.mouse.move(0, 0)
    if pages:
        tab.remove_listener("pageerror", complain)
    assert complaints == []
