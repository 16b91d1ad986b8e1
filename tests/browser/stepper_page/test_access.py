"""Who can use it: roles and names, keys, contrast, and narrow panes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from stepper_page import LARGE, Start, button, status, step_by, thing

import hydroflow_nb as hf


def test_controls_have_their_roles_and_names(start: Start) -> None:
    page = start(known=2)

    bar = page.get_by_role("toolbar", name="Stepper")
    for name in ("To start", "Step back", "Step", "To newest", "Run", "Stop"):
        expect(bar.get_by_role("button", name=name, exact=True)).to_have_count(1)
    assert bar.get_by_role("combobox", name="Step by").locator("option").all_inner_texts() == [
        "tick", "stratum", "subgraph", "operator",
    ]  # fmt: skip
    expect(status(page)).to_have_attribute("aria-live", "polite")
    graph = page.get_by_role("group", name="Graph")
    expect(graph.get_by_role("button", name="source_stream(edges)", exact=True)).to_have_attribute("tabindex", "0")
    expect(page.get_by_role("tablist", name="Channels")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Search items")).to_have_count(1)
    expect(button(page, "Pin")).to_have_count(1)
    form = page.get_by_role("form", name="Inject")
    expect(form.get_by_role("combobox", name="Input")).to_have_count(1)
    expect(form.get_by_role("textbox", name="Item")).to_have_count(1)
    expect(form.get_by_role("button", name="Send")).to_have_count(1)
    expect(form.get_by_role("list", name="Waiting")).to_have_count(1)
    expect(page.get_by_role("slider", name="Tick")).to_have_attribute("aria-valuenow", "1")


def test_keys_step_change_the_grain_and_leave_ctrl_to_the_notebook(start: Start) -> None:
    page = start(known=4)
    page.locator(".hf").focus()

    page.keyboard.press("ArrowLeft")
    expect(status(page)).to_contain_text("tick 2: ")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("combobox", name="Step by")).to_have_value("stratum")
    page.keyboard.press("n")
    expect(status(page)).to_contain_text("tick 3, stratum 0")
    page.keyboard.press("Home")
    expect(status(page)).to_contain_text("before the first recorded tick")
    page.keyboard.press("End")
    expect(status(page)).to_contain_text("tick 3, stratum 1")
    page.evaluate(
        """() => { window.heard = []; addEventListener("keydown", (event) =>
            heard.push([event.key, Boolean(document.querySelector("[data-lm-suppress-shortcuts]"))])); }"""
    )
    page.keyboard.press("z")
    page.keyboard.press("Control+s")

    assert ["z", True] in page.evaluate("heard")
    assert ["s", False] in page.evaluate("heard")


def test_keys_do_nothing_while_the_focus_is_elsewhere(start: Start) -> None:
    page = start(known=4)
    page.locator("#outside").focus()

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("n")

    expect(status(page)).to_contain_text("tick 3: ")
    expect(page.locator("#outside")).to_have_value("n")


def test_tab_goes_along_the_edges_and_enter_opens_a_table(start: Start) -> None:
    page = start(known=4)
    thing(page, "op-1").focus()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("tab", selected=True)).to_contain_text("tee")
    page.keyboard.press("e")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("source_stream → tee")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".hf-picture .selected")).to_have_count(0)


NAMED = """() => {
  const stop = document.activeElement;
  if (!stop.closest(".hf")) return "outside";
  const words = stop.getAttribute("aria-label") || stop.textContent.trim() || stop.labels?.[0]?.textContent;
  return words ? stop.tagName : `${stop.tagName} ${stop.getAttribute("class")}`;
}"""


@pytest.mark.parametrize("width", [1200, 600])
def test_every_stop_of_tab_has_a_name(start: Start, width: int) -> None:
    flow = hf.compile(f"all = union(); {LARGE} all -> unique() -> for_each(|n| None);", {}, name="large")
    recording = flow.record()
    flow.run_tick()
    page = start(recording.to_dict(), known=1, width=width)
    page.locator("body").press("Tab")

    stops = []
    while (stop := page.evaluate(NAMED)) != "outside" and len(stops) < 150:
        stops.append(stop)
        page.keyboard.press("Tab")

    assert 50 < len(stops) < 150
    assert set(stops) <= {"DIV", "BUTTON", "SELECT", "INPUT", "g", "TR"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(start: Start, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed here")
    script = (Path(axe.__path__[0]) / "axe.min.js").read_text(encoding="utf-8")
    page = start(known=6, waiting={"edges": ["(5, 7)"]})
    page.evaluate("light => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower())
    step_by(page, "operator")
    button(page, "Step back").click()
    thing(page, "op-7").click()
    button(page, "Pin").click()
    page.keyboard.press("/")
    page.locator(".hf-picture .handle[data-box='stratum-1']").click()
    page.evaluate(script)

    found = page.evaluate("() => axe.run('.hf')")["violations"]

    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in serious] == []


@pytest.mark.parametrize("width", [1200, 700, 420])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overflows_and_text_has_contrast(start: Start, artifacts: Path, theme: str, width: int) -> None:
    page = start(known=6, width=width, waiting={"edges": ["(5, 7)", "(4, 2)"]})
    page.evaluate("light => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower())
    step_by(page, "operator")
    thing(page, "handoff-4").focus()
    thing(page, "handoff-4").click()
    button(page, "Pin").click()
    for _ in range(25):
        button(page, "Step back").click()
    thing(page, "op-7").focus()
    thing(page, "op-7").click()

    page.screenshot(path=artifacts / f"stepper_{theme}_{width}.png", full_page=True)

    overflow = page.evaluate(
        "() => { const hf = document.querySelector('.hf'); return hf.scrollWidth - hf.clientWidth; }"
    )
    assert overflow <= 0
    ink, ground = page.evaluate(
        """() => { const read = (name) => { const s = document.createElement("span"); s.style.color = `var(${name})`;
        document.querySelector(".hf").append(s); const c = getComputedStyle(s).color; s.remove();
        return c.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0); };
        return [read("--hf-ink"), read("--hf-ground")]; }"""
    )
    assert (ink < ground) == (theme == "light")
