"""What is left of a stepper where its kernel is gone: the picture, in a notebook that was saved and opened again."""

from __future__ import annotations

import json
import re

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

import hydroflow_nb as hf
from hydroflow_nb.widgets import bundle, still

SET_UP = "%load_ext hydroflow_nb\nimport hydroflow_nb as hf\nnumbers = hf.channel()"
CELL = "%%hydroflow doubled\nsource_stream(numbers) -> map(|x| x * 2) -> for_each(print);"
PICTURE = ".jp-RenderedSVG img"

# The colour of a picture close to its corner: red, green and blue.
GROUND = """picture => {
  const drawn = document.createElement("canvas").getContext("2d");
  drawn.drawImage(picture, 0, 0);
  return [...drawn.getImageData(6, 6, 1, 1).data].slice(0, 3);
}"""


def run_and_save(lab) -> None:
    lab.open_cells(
        "%load_ext hydroflow_nb\nimport hydroflow_nb as hf\nnumbers = hf.channel()", CELL, "doubled.stepper()"
    )
    lab.run_all()
    for index in (1, 2):
        expect(lab.cell(index).get_by_role("region", name="Stepper of doubled")).to_be_visible()
    lab.command("docmanager:save")


def test_a_living_stepper_is_the_only_picture_and_leaves_it_where_its_flow_is_replaced(lab) -> None:
    run_and_save(lab)

    for index in (1, 2):
        expect(lab.cell(index).locator(PICTURE)).to_have_count(1)
        expect(lab.cell(index).locator(PICTURE)).to_be_hidden()
        expect(lab.cell(index).locator(".jp-OutputArea-child:visible")).to_have_count(1)

    lab.run_cell(1)

    expect(lab.cell(1).get_by_role("region", name="Stepper of doubled")).to_be_visible()
    expect(lab.cell(1).locator(PICTURE)).to_be_hidden()
    expect(lab.cell(2).get_by_role("region", name="Stepper of doubled")).to_have_count(0)
    expect(lab.cell(2).locator(PICTURE)).to_be_visible()
    lab.screenshot("replaced")
    assert lab.complaints == []


def test_a_saved_notebook_shows_the_picture_once_opened_again_and_as_a_page(lab, browser) -> None:
    run_and_save(lab)
    lab.server.end_sessions()

    lab._show("cells.ipynb")

    for index in (1, 2):
        expect(lab.cell(index).locator(PICTURE)).to_be_visible()
        # The widget's renderer has given up by then.
        expect(lab.cell(index).locator(".jupyter-widgets")).to_have_count(1)
        expect(lab.cell(index).locator(".jp-OutputArea-child:visible")).to_have_count(1)
    lab.screenshot("opened_again")
    assert lab.complaints == []

    html, _ = HTMLExporter().from_filename(str(lab.folder / "cells.ipynb"))
    (lab.folder / "cells.html").write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())

    page.goto((lab.folder / "cells.html").as_uri())

    expect(page.locator(".jp-OutputArea-child img[src^='data:image/svg+xml']:visible")).to_have_count(2)
    expect(page.locator(".jp-OutputArea-child:visible")).to_have_count(2)
    page.screenshot(path=lab.artifacts / "saved_page.png")
    page.close()


def test_a_notebook_from_another_machine_shows_the_picture_and_is_not_trusted(lab) -> None:
    lab.open_cells(
        SET_UP, f"{CELL.replace('doubled', 'doubled --recording 100', 1)}", "numbers.send(1); doubled.run_tick()"
    )
    lab.run_all()
    expect(lab.cell(1).locator(PICTURE)).to_have_attribute("src", re.compile("2%20items%20moved"))
    lab.command("docmanager:save")
    lab.server.end_sessions()
    text = (lab.folder / "cells.ipynb").read_text(encoding="utf-8")
    (lab.folder / "foreign.ipynb").write_text(text.replace("numbers.send(1)", "numbers.send(7)"), encoding="utf-8")

    lab._show("foreign.ipynb")

    image = lab.cell(1).get_by_role("img", name="Graph of doubled, tick 0: 2 items moved, batch of 1")
    expect(image).to_be_visible()
    expect(lab.cell(1).locator(PICTURE)).to_have_count(0)
    lab.screenshot("from_another_machine")


# Outputs as front ends wrap them that have no class of JupyterLab's, as those of VS Code and Colab; the second cell's
# widget is not alive.
ELSEWHERE = """<!doctype html><meta charset="utf-8"><div class="cells">
<div class="cell_container">
  <div class="output_container"><div class="output">{picture}</div></div>
  <div class="output_container"><div class="output">{seam}</div></div>
  <div class="output_container"><div class="output"><div id="view"></div></div></div>
</div>
<div class="cell_container">
  <div class="output_container"><div class="output">{other}</div></div>
</div></div>
<script type="module">
const model = {{
  get: name => ({{ still: {name}, graph: {graph}, svg: "", cannot: {{}} }})[name], on() {{}}, off() {{}}, send() {{}},
}};
const url = URL.createObjectURL(new Blob([{script}], {{ type: "text/javascript" }}));
const view = document.getElementById("view").cloneNode();
const end = (await import(url)).default.render({{ model, el: view }});
window.live = () => document.getElementById("view").replaceWith(view);
window.renew = () => {{
  const [first] = document.querySelectorAll(".output_container");
  const other = first.cloneNode(true);
  other.style.display = "";
  first.replaceWith(other);
}};
window.end = end;
</script>"""


def test_elsewhere_the_widget_s_script_hides_the_picture_as_long_as_the_widget_lives(
    browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    monkeypatch.setattr(still, "display", lambda forms, **_: shown.append(forms))
    flow = hf.compile("source_iter([1]) -> for_each(print);")
    one = still.Still()
    one.show({"image/svg+xml": flow.graph.svg()}, {})
    words = {
        "picture": shown[0]["image/svg+xml"],
        "seam": shown[1]["text/html"],
        "other": flow.graph.svg(),
        "name": json.dumps(one.name),
        "graph": json.dumps(flow.graph.to_dict()),
        "script": json.dumps(bundle.script("stepper")).replace("</", "<\\/"),
    }
    page = browser.new_page()
    faults: list[object] = []
    page.on("pageerror", lambda error: faults.append(error))
    page.set_content(ELSEWHERE.format(**words))
    picture = page.locator(".output_container").nth(0)
    page.wait_for_function("() => window.end")
    # It was made, and is not in the page yet.
    expect(picture).to_be_visible()

    page.evaluate("live()")
    expect(page.get_by_role("region", name="Stepper of flow")).to_be_visible()
    expect(picture).to_be_hidden()
    expect(page.locator(".output_container").nth(1)).to_be_hidden()
    page.evaluate("renew()")
    expect(picture).to_be_hidden()
    expect(page.locator(".output_container").nth(3)).to_be_visible()
    page.evaluate("end()")

    expect(picture).to_be_visible()
    assert faults == []
    page.close()


def saved_pictures(lab) -> list[str]:
    """The pictures in the notebook's file."""
    cells = json.loads((lab.folder / "cells.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return ["".join(output["data"]["image/svg+xml"]) for output in outputs if "image/svg+xml" in output.get("data", {})]


def test_what_was_stepped_is_in_the_saved_notebook_and_in_a_page_made_of_it_in_light_and_dark(lab, browser) -> None:
    lab.open_cells(SET_UP, CELL, "numbers.extend([1, 2, 3])")
    lab.run_all()
    stepper = lab.cell(1).get_by_role("region", name="Stepper of doubled")
    stepper.get_by_role("button", name="Step", exact=True).click()
    expect(stepper.get_by_role("status")).to_contain_text("tick 0: 6 items moved, batch of 3")
    # The picture is renewed when the flow has rested for half a second.
    picture = lab.cell(1).locator(PICTURE)
    expect(picture).to_have_attribute("src", re.compile("6%20items%20moved|6 items moved"))
    expect(picture).to_be_hidden()
    lab.command("docmanager:save")
    (svg,) = saved_pictures(lab)
    assert "tick 0: 6 items moved, batch of 3</text>" in svg
    lab.server.end_sessions()

    lab._show("cells.ipynb")

    expect(lab.cell(1).locator(PICTURE)).to_be_visible()
    lab.screenshot("opened_again_with_its_run")
    html, _ = HTMLExporter().from_filename(str(lab.folder / "cells.ipynb"))
    (lab.folder / "cells.html").write_text(html, encoding="utf-8")
    grounds = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto((lab.folder / "cells.html").as_uri())
        shown = page.locator(".jp-OutputArea-child img[src^='data:image/svg+xml']:visible")
        expect(shown).to_have_count(1)
        shown.screenshot(path=lab.artifacts / f"saved_run_{scheme}.png")
        grounds.append(shown.evaluate(GROUND))
        page.close()
    assert grounds == [[255, 255, 255], [17, 17, 17]]
    assert lab.complaints == []
