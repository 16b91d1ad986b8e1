"""Why, asked in a real JupyterLab: a row, the key `w`, the tree and the lit path, in light and dark."""

from __future__ import annotations

from playwright.sync_api import expect

SET_UP = """
%load_ext hydroflow_nb
import hydroflow_nb as hf
edges = hf.channel([(0, 1), (1, 2), (7, 8)]); lonely = []
"""
REACH = """%%hydroflow reach
arcs = source_stream(edges) -> tee();
reached = union() -> unique::<'static>() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>() -> flat_map(|(src, (_, dst))| [dst]) -> [1]reached;
arcs[1] -> map(|(src, dst)| dst) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference() -> for_each(lonely.append);
"""


def test_a_row_and_the_key_w_show_the_tree_and_light_the_path(lab) -> None:
    lab.open_cells(SET_UP, REACH, "edges.send((2, 3))", "%hydroflow why 3 at hop -> reached")
    for index in (0, 1):
        lab.run_cell(index)
    stepper = lab.page.get_by_role("region", name="Stepper of reach", exact=True)
    step = stepper.get_by_role("button", name="Step", exact=True)
    step.click()
    expect(stepper.get_by_role("status")).to_contain_text("tick 0: ")
    lab.run_cell(2)
    step.click()
    expect(stepper.get_by_role("status")).to_contain_text("tick 1: ")

    stepper.locator('.hf-picture [aria-label^="flat_map("]').first.click()
    row = stepper.get_by_role("tabpanel").locator("tbody tr", has_text="3").first
    row.click()
    lab.page.keyboard.press("w")

    tree = stepper.get_by_role("list", name="What made it")
    expect(tree).to_contain_text("joins two items of the key 2")
    expect(tree).to_contain_text("came from outside")
    lit = stepper.locator(".hf-picture .node.lit")
    expect(lit).not_to_have_count(0)
    assert stepper.locator(".hf-picture [aria-label^='difference'].lit").count() == 0
    expect(stepper.locator(".hf-strip .bar.why")).to_have_count(2)
    stepper.evaluate("stepper => stepper.scrollIntoView({ block: 'start' })")
    lab.screenshot("why_in_lab_light", of=stepper)
    lab.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
    lab.page.locator('[data-jp-theme-name="JupyterLab Dark"]').wait_for(state="attached")
    lab.screenshot("why_in_lab_dark", of=stepper)

    lab.run_cell(3)

    told = lab.page.locator(".hf-why").last
    expect(told).to_contain_text("3 hop -> reached, tick 1")
    expect(told).to_have_css("color-scheme", "dark")
