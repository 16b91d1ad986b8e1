"""The stepper's page of a flow with a loop in a loop, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import hydroflow_nb as hf
from hydroflow_nb.widgets import bundle

TEXT = """numbers = source_iter([1]); results = for_each(found.append);
loop firing {
    begun = numbers -> batch();
    loop grow {
        begun -> batch() -> n;
        n = union() -> tee();
        n -> map(|x| 10 * x) -> filter(|x| x <= 100) -> defer_tick() -> n;
        n -> all_iterations() -> grown;
    };
    grown = all_iterations() -> results;
};
"""
PAGE = """<!doctype html><meta charset="utf-8"><style>{style}</style>
<style>body {{ margin: 16px; color-scheme: {theme}; background: {ground}; }}</style>
<body data-jp-theme-light="{light}"><div id="stage"></div>
<script type="module">{script}
window.start = (recording) => {{ mount(document.getElementById("stage"), recording, null); }};
</script></body>"""


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    flow = hf.compile(TEXT, {"found": []}, name="powers")
    recording = flow.record()
    flow.run_tick()
    return dict(recording.to_dict())


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, recorded: dict[str, Any]) -> Iterator[Page]:
    light = request.param == "light"
    found = browser.new_page(viewport={"width": 1200, "height": 1000})
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.set_content(
        PAGE.format(
            style=bundle.stylesheet("stepper"),
            script=bundle.script("stepper"),
            theme=request.param,
            ground="#fff" if light else "#111",
            light=str(light).lower(),
        )
    )
    found.evaluate("recording => start(recording)", recorded)
    yield found
    artifacts = Path(__file__).parents[1] / "artifacts"
    artifacts.mkdir(exist_ok=True)
    found.screenshot(path=artifacts / f"loops-{request.param}.png")
    found.close()
    assert complaints == []


def thing(page: Page, element: str) -> Locator:
    return page.locator(f".hf-picture [data-id='{element}']")


def test_each_iteration_is_a_step_and_the_table_tells_the_iteration(page: Page) -> None:
    page.get_by_role("combobox", name="Step by").select_option("iteration")
    status = page.get_by_role("status")
    seen: list[str] = []
    button = page.get_by_role("button", name="Step back", exact=True)
    for _ in range(12):
        text = status.inner_text()
        seen += [f"iteration {number}" for number in range(3) if f"iteration {number}:" in text]
        if "iteration 1:" in text:
            break
        button.click()

    assert list(dict.fromkeys(seen)) == ["iteration 2", "iteration 1"]
    expect(thing(page, "loop-2")).to_have_class("cluster loop ran next")
    expect(thing(page, "loop-1")).to_have_count(1)
    wire = "edge-" + str(next(n for n in range(1, 30) if _leaves_map(page, n)))
    thing(page, wire).locator(".hit").click(force=True)
    expect(page.get_by_role("tabpanel")).to_contain_text("100")
    expect(page.get_by_role("tabpanel")).to_contain_text("new, iteration 1")
    expect(page.get_by_role("tabpanel").locator("tbody tr").nth(1)).to_contain_text("iteration 0")


def _leaves_map(page: Page, number: int) -> bool:
    label = thing(page, f"edge-{number}")
    return label.count() == 1 and (label.get_attribute("aria-label") or "").startswith("map to filter")
