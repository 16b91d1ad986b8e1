"""The page as a whole: features, hostile texts, two views, what is drawn how often, and what is shared."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect
from stepper_page import Recorded, Start, button, step_by, thing


def test_html_in_items_and_names_is_text(start: Start, recorded: Recorded) -> None:
    bad = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>"
    recording = recorded
    recording["graph"]["ops"]["op-7"]["text"] = bad
    recording["graph"]["name"] = bad
    for step in recording["ticks"][0]["steps"]:
        for move in step["moves"].values():
            move["items"] = [bad] * move["count"]
    run = "window.pwned=1"
    hostile = f"<script>{run}</script><foreignObject><body onload='{run}'/></foreignObject>"
    hostile += f'<a href="javascript:{run}" onclick="{run}"><g id="op-77"/></a><g onclick="{run}" id="op-7"'
    recording["svg"] = recording["svg"].replace('<g id="op-7"', hostile)
    page = start(recording, known=1, waiting={"edges": [bad]})

    thing(page, "op-4").click()
    thing(page, "op-7").click()

    expect(page.get_by_role("list", name="Waiting")).to_contain_text("<img src=x")
    expect(page.locator(".hf-panelhead")).to_contain_text("<script>")
    assert page.evaluate("window.pwned") is None
    assert page.locator(".hf img, .hf script, .hf foreignObject, .hf a, .hf [onclick]").count() == 0


def test_two_views_on_one_page_keep_apart(start: Start, recorded: Recorded) -> None:
    page = start(known=4)
    page.evaluate("recording => start(recording, null, 'second')", recorded)
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((element) => element.id)")

    page.locator("#second").get_by_role("button", name="Step back").click()

    assert len(ids) == len(set(ids))
    expect(page.locator("#stage").get_by_role("status")).to_contain_text("tick 3: ")
    expect(page.locator("#second").get_by_role("status")).to_contain_text("tick 4: ")


FEATURE = """() => {
  window.makers = [({ view, act }) => {
    const button = Object.assign(document.createElement("button"), { textContent: "Probe" });
    button.addEventListener("click", () => act.showTab("probe"));
    const element = document.createElement("p");
    const octagon = "M5 1h6l4 4v6l-4 4H5l-4-4V5z";
    return {
      buttons: [button],
      keys: [{ key: "x", meaning: "probe", press: (at) => { window.lit = at.id; act.redraw(); } }],
      tabs: {
        probe: { element, label: () => "the probe", draw: () => { element.textContent = `at ${view.cursor.tick}`; } },
        inner: { element: document.createElement("i"), label: (id) => `inside ${id}`, draw() {},
          beside: (id) => id === "op-7" },
      },
      mark: (id) => id === window.lit ? { classes: "lit", badge: "12", sign: octagon, words: "holds 12" } : null,
    };
  }];
}"""


def test_a_feature_adds_a_button_a_key_tabs_and_marks(start: Start, artifacts: Path) -> None:
    page = start(known=4, before=FEATURE)
    button(page, "Probe").click()
    expect(page.get_by_role("tabpanel", name="the probe").locator("p")).to_have_text("at 3")
    button(page, "Step back").click()
    expect(page.get_by_role("tabpanel", name="the probe").locator("p")).to_have_text("at 2")

    thing(page, "op-7").click()
    expect(page.get_by_role("tab", name="inside op-7")).to_have_attribute("aria-selected", "false")
    page.keyboard.press("x")
    expect(thing(page, "op-7")).to_have_class(re.compile(r"\blit\b"))
    expect(thing(page, "op-7")).to_have_attribute("aria-description", re.compile("holds 12"))
    expect(thing(page, "op-7").locator(".mark-of text")).to_have_text("12")
    page.screenshot(path=artifacts / "stepper_marked.png")
    page.evaluate("lit = 'edge-3'")
    button(page, "Step back").click()

    expect(page.locator(".hf-picture .mark-of")).to_have_count(1)
    expect(thing(page, "edge-3")).to_have_class(re.compile(r"\blit\b"))
    expect(thing(page, "edge-3")).to_have_attribute("aria-label", re.compile("holds 12"))
    page.evaluate("lit = null")
    button(page, "Step").click()
    expect(page.locator(".hf-picture :is(.mark-of, .lit)")).to_have_count(0)


WATCHED = """() => {
  window.touched = new Set();
  new MutationObserver((changes) => changes.forEach(({ target }) => touched.add(
    (target.nodeType === 3 ? target.parentElement : target).closest("[data-id], .badge") ?? target,
  ))).observe(document.querySelector(".hf-picture"), {
    attributes: true, childList: true, characterData: true, subtree: true });
}"""


def test_a_step_touches_only_what_changes_in_the_picture(start: Start) -> None:
    page = start(known=6)
    step_by(page, "operator")
    for _ in range(8):
        button(page, "Step back").click()
    page.evaluate(WATCHED)

    button(page, "Step").click()
    page.wait_for_timeout(100)
    step = page.evaluate("touched.size")
    page.evaluate("touched.clear()")
    thing(page, "op-7").hover()
    page.wait_for_timeout(100)

    assert 1 <= step <= 14  # two operators, their edges with their numbers, boxes: of 53
    assert page.evaluate("touched.size") <= 2


COUNTED = """() => { window.draws = 0; window.makers = [({ act }) => {
  window.redraw = act.redraw;
  return { draw() { window.draws += 1; } };
}]; }"""


def test_what_happens_within_a_frame_is_drawn_once_with_the_next_one(start: Start) -> None:
    page = start(known=4, before=COUNTED)

    page.evaluate("""() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
        draws = 0; for (let time = 0; time < 100; time += 1) redraw();
        requestAnimationFrame(() => requestAnimationFrame(done)); })))""")

    assert page.evaluate("draws") == 2


def test_cleanup_leaves_nothing_behind(start: Start) -> None:
    page = start(known=2)

    page.evaluate("cleanup()")
    page.keyboard.press("ArrowLeft")

    assert page.locator("#stage > *").count() == 0


def test_share_gives_the_cells_of_the_kernel_and_downloads_its_page(start: Start, tmp_path: Path) -> None:
    page = start(known=2)

    button(page, "Share").click()
    expect(page.locator(".hf-cell pre")).to_have_text(["%%hydroflow unreach", "unreach.run_tick()"])
    with page.expect_download() as download:
        button(page, "Download the page").click()
    button(page, "Close sharing").click()

    assert download.value.suggested_filename == "unreach.html"
    download.value.save_as(tmp_path / "run.html")
    assert (tmp_path / "run.html").read_text() == "<!doctype html><title>Run of unreach</title>"
    expect(page.locator(".hf-share")).to_be_hidden()
