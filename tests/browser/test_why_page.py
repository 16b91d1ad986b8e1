"""The tab "why" in a page: the kernel's part is played by what answers it, the network is blocked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import hydroflow_nb as hf
from hydroflow_nb.widgets import bundle
from hydroflow_nb.widgets.questions import Answers
from hydroflow_nb.widgets.stepper.bound_flow import BoundFlow
from hydroflow_nb.widgets.stepper.reasons import Reasons

REACH = """# What can be reached from 0.
arcs = source_stream(edges) -> tee();
reached = union() -> unique::<'static>() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>()
    -> flat_map(|(src, (_, dst))| [dst])
    -> [1]reached;
arcs[1] -> map(|(src, dst)| dst) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference() -> for_each(|_| None);
"""
PAGE = """<!doctype html><meta charset="utf-8"><style>{style}</style>
<style>body {{ margin: 16px; color-scheme: light dark; background: light-dark(#fff, #111); }}
[data-jp-theme-light="true"] {{ color-scheme: light; }} [data-jp-theme-light="false"] {{ color-scheme: dark; }}</style>
<body data-jp-theme-light="true"><div id="stage"></div><script type="module">{script}
const kernel = {{
  call: (kind, content) => window.answer(kind, content ?? {{}}),
  subscribe: () => () => {{}}, busy: () => false, interrupt: () => {{}},
}};
window.start = (recording, asks) => mount(document.getElementById("stage"), recording, asks ? kernel : null);
</script></body>"""


def reach() -> hf.Flow:
    edges = hf.channel()
    flow = hf.compile(REACH, {"edges": edges}, name="reach")
    flow.record()
    for some in ([(0, 1), (1, 2), (7, 8)], [(2, 3)], [(3, 4), ("<img src=x onerror=hacked=1>", 9)]):
        edges.extend(some)
        flow.run_tick()
    return flow


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1140, "height": 820})
    opened.set_default_timeout(60_000)
    opened.route("**/*", lambda route: route.abort())
    opened.set_content(PAGE.format(style=bundle.stylesheet("stepper"), script=bundle.script("stepper")))
    yield opened
    opened.close()


@pytest.fixture
def asked(page: Page) -> Page:
    flow = reach()
    nothing: Answers = {"nodes": lambda _: {"nodes": []}}
    answers = {**nothing, **Reasons(flow, BoundFlow(flow, {})).answers}

    def answer(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        answering = answers.get(kind)
        return (answering(content) if answering is not None else None) or {}

    page.expose_function("answer", answer)
    page.evaluate("([recording, asks]) => window.start(recording, asks)", [dict(flow.recording.to_dict()), True])
    return page


def open_table(page: Page, operator: str) -> None:
    page.locator(f'.hf-picture [aria-label^="{operator}"]').first.click()


def test_a_row_tells_how_its_item_came_to_be_and_the_path_is_lit(asked: Page, artifacts: Path) -> None:
    open_table(asked, "flat_map(")
    row = asked.get_by_role("tabpanel").locator("tbody tr", has_text="4").first
    row.hover()
    row.get_by_role("button", name="why").click()

    tree = asked.get_by_role("list", name="What made it")
    expect(tree).to_contain_text("flat_map is made by")
    expect(tree).to_contain_text("joins two items of the key 3")
    expect(asked.locator(".hf-picture .node.lit")).not_to_have_count(0)
    expect(asked.locator(".hf-picture [aria-label^='for_each']")).not_to_have_class("lit")
    expect(asked.locator(".hf-strip .bar.why")).to_have_count(3)
    asked.locator(".hf-stepper").screenshot(path=artifacts / "why_light.png")
    asked.evaluate("document.body.dataset.jpThemeLight = 'false'")
    asked.wait_for_timeout(400)  # colours go over slowly
    asked.locator(".hf-stepper").screenshot(path=artifacts / "why_dark.png")


def test_the_key_w_asks_and_a_line_of_the_tree_leads_to_its_place(asked: Page) -> None:
    open_table(asked, "flat_map(")
    row = asked.get_by_role("tabpanel").locator("tbody tr", has_text="4").first
    row.focus()
    asked.keyboard.press("w")
    tree = asked.get_by_role("list", name="What made it")
    expect(tree).to_contain_text("joins two items")

    tree.locator("button.cause", has_text="(2, ())").first.click()

    expect(asked.locator(".hf-toolbar")).to_contain_text("tick 0")
    expect(asked.locator(".hf-picture .edge.selected")).to_have_count(1)
    fold = tree.get_by_role("button", name="What made").first
    before = tree.locator(".line").count()
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "false")
    assert tree.locator(".line").count() < before


def test_what_is_missing_is_asked_in_the_tab(asked: Page) -> None:
    asked.locator(".hf-stepper").focus()
    asked.keyboard.press("w")
    field = asked.get_by_label("An item that is missing")
    field.fill("2")
    field.press("Enter")

    answer = asked.locator(".hf-whyanswer")
    expect(answer).to_contain_text("difference it is in [neg]")
    field.fill("1 +")
    field.press("Enter")
    expect(answer).to_contain_text("SyntaxError")
    assert asked.evaluate("window.hacked ?? null") is None


def test_a_saved_page_tells_the_same_from_the_file_alone(
    asked: Page, browser: Browser, tmp_path: Path, artifacts: Path
) -> None:
    reach().recording.save(tmp_path / "run.html")
    context = browser.new_context(viewport={"width": 1140, "height": 820}, offline=True)
    saved = context.new_page()
    saved.set_default_timeout(60_000)
    saved.goto((tmp_path / "run.html").as_uri())
    told = []
    for page in (asked, saved):
        open_table(page, "flat_map(")
        page.get_by_role("tabpanel").locator("tbody tr", has_text="4").first.focus()
        page.keyboard.press("w")
        tree = page.get_by_role("list", name="What made it")
        expect(tree).to_contain_text("joins two items of the key 3")
        told.append((tree.inner_text(), page.locator(".hf-picture .node.lit, .hf-picture .edge.lit").count()))

    assert told[0] == told[1]
    assert told[1][1] > 5
    expect(saved.locator(".hf-strip .bar.why")).to_have_count(3)
    expect(saved.locator(".hf-whynot")).to_be_hidden()
    saved.get_by_role("button", name="tick 0", exact=True).click()
    expect(saved.locator(".hf-toolbar")).to_contain_text("tick 0")
    saved.screenshot(path=artifacts / "why_saved_light.png")
    saved.emulate_media(color_scheme="dark")
    saved.wait_for_timeout(400)  # colours go over slowly
    saved.screenshot(path=artifacts / "why_saved_dark.png")
    context.close()


def test_without_a_kernel_it_tells_what_to_do(page: Page) -> None:
    page.evaluate("([recording, asks]) => window.start(recording, asks)", [dict(reach().recording.to_dict()), False])
    page.locator(".hf-stepper").focus()
    page.keyboard.press("w")

    expect(page.locator(".hf-stepper")).to_contain_text("This page has no reasons with it")
    expect(page.locator(".hf-atrow")).to_have_count(0)
