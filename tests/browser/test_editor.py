"""Writing a flow in JupyterLab: its colours, its mistakes while it is written, and the pages of its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

if TYPE_CHECKING:
    from conftest import Lab

CELL = """%%hydroflow reach --check
// from here to there
reached = union() -> unique::<'static>() -> tee();
source_iter([(0, "a // b")]) -> map(|(node, _)| node if True else None) -> [0]reached;
reached[1] -> mapp(|x| len(x)) -> [1]reched;
reached[0] -> for_each(print); /* the
end */"""


def editor(lab: Lab, index: int) -> Locator:
    return lab.cell(index).locator(".cm-content")


def words(lab: Lab, index: int) -> dict[str, str]:
    """The colour of each coloured piece of a cell's text."""
    pieces = editor(lab, index).evaluate(
        "node => [...node.querySelectorAll('.cm-line span')].map(one => [one.textContent, getComputedStyle(one).color])"
    )
    return {text.strip(): colour for text, colour in pieces}


@pytest.fixture
def written(lab: Lab) -> Lab:
    lab.open_cells("%load_ext hydroflow_nb", CELL, "reached = map(len, [])")
    lab.run_cell(0)
    # Mistakes are looked for at a pause of writing. While the kernel does so, it shows no page of a word.
    editor(lab, 1).click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.type(" ")
    lab.cell(1).locator(".cm-lintRange-error").first.wait_for()
    lab.wait_idle()
    return lab


def test_a_flow_has_the_colours_of_its_own_language_and_other_cells_keep_theirs(written: Lab) -> None:
    coloured, python = words(written, 1), words(written, 2)

    assert coloured["map"] == coloured["unique"] == coloured["for_each"] != coloured["->"]
    assert coloured["// from here to there"] == coloured["end */"]
    assert coloured['"a // b"'] not in (coloured["// from here to there"], coloured["map"])
    assert coloured["if"] == coloured["else"]
    assert "'static" in coloured
    assert python["map"] == python["len"]
    assert written.complaints == []


def test_mistakes_are_underlined_while_the_flow_is_written_and_mended_by_a_click(written: Lab) -> None:
    marked = written.cell(1).locator(".cm-lintRange-error")

    expect(marked).to_have_text(["mapp", "[1]reched"])
    marked.first.hover()
    tooltip = written.page.locator(".cm-tooltip-lint")
    expect(tooltip).to_contain_text("there is no operator `mapp`")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        written.command("apputils:change-theme", {"theme": theme})
        written.page.wait_for_timeout(300)
        marked.first.hover()
        expect(tooltip).to_be_visible()
        written.screenshot(f"editor-{theme.split()[1].lower()}")
    tooltip.get_by_role("button", name=re.compile("map")).click()

    expect(marked).to_have_text(["[1]reched"])
    assert "-> map(|x| len(x))" in editor(written, 1).inner_text()


def test_the_pointer_and_shift_tab_show_the_page_of_the_operator_and_not_of_python_s_builtin(written: Lab) -> None:
    operator = written.cell(1).locator(".cm-line span", has_text=re.compile("^map$")).first

    operator.hover()
    page = written.page.locator(".hydroflow-page")
    expect(page).to_contain_text("map(f)")
    written.screenshot("editor-page")
    written.page.mouse.move(0, 0)
    operator.click()
    written.start("tooltip:launch-notebook")

    expect(written.page.locator(".jp-Tooltip")).to_contain_text("map(f)")


def test_all_places_of_a_name_are_marked_where_the_cursor_stands_in_it(written: Lab) -> None:
    editor(written, 1).locator(".cm-line").nth(2).click(position={"x": 12, "y": 8})

    expect(written.cell(1).locator(".hydroflow-same")).to_have_text(["reached"] * 4)


SHARED = """%%hydroflow shared
both = join::<'static>() -> for_each(print);
source_iter([(1, "𝔸")]) -> [0]both;
source_iter([(1, 2)]) -> map(|x| x) -> [1]both;"""


def test_what_is_selected_in_the_stepper_is_marked_in_the_text_and_the_cursor_lights_the_graph(lab: Lab) -> None:
    lab.open_cells("%load_ext hydroflow_nb", SHARED, "shared.run_available()\nshared.graph", "shared.recording")
    lab.run_all()
    stepper = lab.cell(1).get_by_role("region", name="Stepper of shared")
    chosen, near = lab.cell(1).locator(".hydroflow-selected"), lab.cell(1).locator(".hydroflow-near")

    stepper.locator(".hf-picture .node[data-id=op-1]").click()
    expect(chosen).to_have_text(["join::<'static>()"])
    expect(near).to_have_text(["for_each(print)", 'source_iter([(1, "𝔸")])', "[0]both", "map(|x| x)", "[1]both"])
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab.command("apputils:change-theme", {"theme": theme})
        scheme = theme.split()[1].lower()
        # Pictures and pages of runs too are as the notebook is, whatever the machine is.
        expect(lab.cell(2).locator(".jp-RenderedSVG img")).to_have_css("color-scheme", scheme)
        page = lab.cell(3).frame_locator("iframe.hf-frame").locator("html")
        expect(page).to_have_css("color-scheme", scheme)
        expect(page.locator(".hf-stepper")).to_have_css("color-scheme", scheme)
        lab.screenshot(f"selection_{scheme}", lab.cell(1))

    editor(lab, 1).locator(".cm-line").nth(3).click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.press("ArrowLeft")
    lit = stepper.locator(".hf-picture .hot[data-id]")
    expect(lit).to_have_count(1)
    lab.page.keyboard.type(" ")
    expect(chosen).to_have_count(0)
    expect(lit).to_have_count(0)
    assert lab.complaints == []
