"""A stepper within JupyterLab's window: what is in sight beside the file browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

CELLS = (
    "import hydroflow_nb as hf\nedges, found = hf.channel(), []",
    '''unreach = hf.compile("""
arcs = source_stream(edges) -> inspect(|arc| None) -> tee();
reached = union() -> tee();
source_iter([0]) -> [0]reached;
reached[0] -> map(|v| (v, ())) -> [0]hop;
arcs[0] -> [1]hop;
hop = join::<'static>() -> flat_map(|(src, (_, dst))| [src, dst]);
hop -> [1]reached;
arcs[1] -> flat_map(|(src, dst)| [src, dst]) -> filter(|v| v > 0) -> [pos]unreached;
reached[1] -> [neg]unreached;
unreached = difference::<'static>() -> for_each(found.append);
""", globals(), name="unreach")
unreach.stepper()''',
)


MEASURES = """() => {
  const box = (element) => element.getBoundingClientRect().toJSON();
  const hf = document.querySelector(".hf"), picture = hf.querySelector(".hf-picture");
  const words = picture.querySelector(".node text");
  return {
    letters: Number(words.getAttribute("font-size")) * words.getScreenCTM().a,
    whole: box(hf), frame: box(hf.querySelector(".hf-graph")),
    things: [...picture.querySelectorAll(".node")].map(box),
    bars: [...hf.querySelectorAll(".hf-toolbar, .hf-status")].map(box),
  };
}"""


def test_a_flow_of_thirteen_operators_is_in_sight_beside_the_file_browser_in_light_and_dark(lab) -> None:
    lab.open_cells(*CELLS)
    lab.page.goto(lab.page.url.replace("/doc/", "/lab/"), wait_until="domcontentloaded")
    lab.panel.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    lab.wait_idle()
    lab.command("filebrowser:activate")
    lab.run_cell(0)
    lab.run_cell(1)
    stepper = lab.page.locator(".hf")
    for arc in ("(0, 5)", "(5, 3)", "(7, 8)"):
        stepper.get_by_role("textbox", name="Item").fill(arc)
        stepper.get_by_role("button", name="Send", exact=True).click()
        stepper.get_by_role("button", name="Step", exact=True).click()
        expect(stepper.get_by_role("list", name="Waiting").get_by_role("listitem")).to_have_count(0)
    expect(stepper.get_by_role("status")).to_contain_text("tick 2: ")
    for theme in ("light", "dark"):
        named = f"JupyterLab {theme.capitalize()}"
        lab.command("apputils:change-theme", {"theme": named})
        lab.page.locator(f'[data-jp-theme-name="{named}"]').wait_for(state="attached")
        stepper.evaluate("widget => widget.scrollIntoView({ block: 'center' })")
        lab.screenshot(f"stepper_beside_browser_{theme}")
        assert_all_is_in_sight(lab.page.evaluate(MEASURES))
    assert lab.complaints == []


def assert_all_is_in_sight(seen: dict[str, Any]) -> None:
    assert seen["letters"] >= 9
    assert seen["whole"]["height"] <= 0.85 * 900
    assert len(seen["things"]) == 17
    for thing in seen["things"]:
        assert seen["frame"]["left"] <= thing["left"]
        assert thing["right"] <= seen["frame"]["right"]
        assert seen["frame"]["top"] <= thing["top"]
        assert thing["bottom"] <= seen["frame"]["bottom"]
    for bar in seen["bars"]:
        assert bar["top"] >= 0
        assert bar["bottom"] <= 900
